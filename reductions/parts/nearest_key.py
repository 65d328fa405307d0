"""The way from a row of attention back to a pair of vectors, or a triple: scan the keys for the row's partners."""

from instances.problem import Witness
from instances.triples import ThreeOrthogonalVectors
from instances.vectors import GapHamming, OrthogonalVectors, ThresholdProduct


def nearest_pair(problem: GapHamming, witness: Witness) -> Witness:
    """(i, j) with b_j nearest to a_i, the first such j: a scan of the m rows of B, as Alman and Song's row needs."""
    (i,) = witness
    return i, int(problem.B.distances(problem.A.words[i]).argmin())


def most_orthogonal_pair(problem: OrthogonalVectors, witness: Witness) -> Witness:
    """(i, j) with the least a_i . b_j, the first such j: a scan of the m rows of B."""
    (i,) = witness
    return i, int(problem.B.products(problem.A.words[i]).argmin())


def largest_product_pair(problem: ThresholdProduct, witness: Witness) -> Witness:
    """(i, j) with the largest a_i . b_j, the first such j: a scan of the m rows of B."""
    (i,) = witness
    return i, int(problem.B.products(problem.A.words[i]).argmax())


def most_orthogonal_triple(problem: ThreeOrthogonalVectors, witness: Witness) -> Witness:
    """(i, j, k) with the least product of three, the first such (j, k): a scan of the m l pairs of rows of B and of C."""
    (i,) = witness
    row = problem.A.words[i]
    least = [(int(found.min()), j, int(found.argmin())) for j in range(problem.B.n)
             for found in (problem.products(row & problem.B.words[j]),)]  # fmt: skip
    _, j, k = min(least)
    return i, j, k
