"""The way from a row of attention back to a pair of vectors: scan the keys for the row's partner."""

from instances.problem import Witness
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
