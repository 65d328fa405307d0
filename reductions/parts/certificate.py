"""What is proved of every sparsification (see `sparsify`, whose words these are) from the size of the formula alone: the proof
of Calabro, Impagliazzo and Paturi with the constants kept, derived here.

Letters: n variables, m clauses, width k, thresholds t_1, ..., t_{k-1} >= 1; a leaf is a sparse formula at the end of a branch.

How many leaves, for t = min t_j over t_j <= m (no flower has more than m clauses; if there is none, one leaf):

  * sum |C| falls by at least t in a petal step, 2t - 1 in a heart step: a branch has at most m k / t steps;
  * new clauses are never implied by present ones, so all I_c of size c on a branch are different;
    I_c <= C(n, c) 2^c, and I_c <= m C(k, c), since they are parts of the source's clauses;
  * while some of them are there, a set of h literals lies in at most r_{c-h} clauses of size c, r_j = min(m, max(2 t_j - 2,
    t_j)): I_c <= floor(2n (t_{c-1} - 1) / c) + sum_{h<c} r_{c-h} I_h, and I_1 <= 2n;
  * a branch has L <= sum I_c steps, p <= sum floor(I_j / t_j) of them petal steps: at most sum_{j<=p} C(L, j) leaves.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, comb, e, log2

TOP = 2**1024
"""A threshold that no flower reaches; larger ones are cut to it."""

MAX_BITS = 2**22  # of a bound on the number of leaves: larger ones are cut, which is far above MAX_LEAVES still
WIDE = 64  # beyond this width, leaves are bounded by the number of literals alone


def theorem_thresholds(alpha: float, k: int) -> tuple[int, ...]:
    """ceil(theta_1), ..., ceil(theta_{k-1}): theta_j = alpha (2 k alpha)^(2j-1), cut to TOP."""
    exact = Fraction(alpha)
    theta, growth = exact * (2 * k * exact), (2 * k * exact) ** 2
    found: list[int] = []
    while len(found) < k - 1 and theta < TOP:
        found.append(ceil(theta))
        theta *= growth
    return (*found, *[TOP] * (k - 1 - len(found)))


@dataclass(frozen=True)
class Certificate:
    """What is proved of every sparsification of formulas with n variables, m clauses and width k by `thresholds`."""

    branch: int
    """Steps on a branch."""
    petals: int
    """Petal steps on a branch."""
    leaves: int
    clauses: int
    """Clauses of a leaf."""
    literal: int
    """Clauses of a leaf that hold one literal."""


def certificate(n: int, m: int, k: int, thresholds: Sequence[int]) -> Certificate:
    """The bounds of the module, from the size alone."""
    most = [min(t - 1, m) for t in thresholds]
    sparse = 2 * n + sum(2 * n * some // c for c, some in enumerate(most, 2)) if k else 1
    dense = min(m, max(1, sum(most)))
    reached = [t for t in thresholds if t <= m]
    if not reached:
        return Certificate(0, 0, 1, min(m, sparse), dense)
    branch = petals = m * k // min(reached)
    if k <= WIDE:
        introduced = _introduced(n, m, k, thresholds)
        branch = min(branch, sum(introduced))
        petals = min(petals, sum(some // t for some, t in zip(introduced, thresholds, strict=True) if t <= m))
    if not petals:
        branch = 0
    return Certificate(branch, petals, _binomials(branch, petals), min(m, sparse), dense)


def _introduced(n: int, m: int, k: int, thresholds: Sequence[int]) -> list[int]:
    """Bounds on I_1, ..., I_{k-1}."""
    together = [min(m, max(2 * t - 2, t)) for t in thresholds]
    found: list[int] = []
    for c in range(1, k):
        left = 2 * n if c == 1 else 2 * n * min(thresholds[c - 2] - 1, m) // c
        gone = sum(together[c - h - 1] * some for h, some in enumerate(found, 1))
        found.append(min(left + gone, comb(n, c) * 2**c, m * comb(k, c)))
    return found


def _binomials(L: int, p: int) -> int:
    """sum_{j<=p} C(L, j); where that is long to compute, a power of two above it: (e L / p)^p or 2^L."""
    if 2 * p >= L:
        return int(2 ** min(L, MAX_BITS))
    if p > 4096:
        return int(2 ** min(L, ceil(p * log2(e * L / p)) + 1, MAX_BITS))
    total = term = 1
    for j in range(p):
        term = term * (L - j) // (j + 1)
        total += term
    return total
