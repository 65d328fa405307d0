"""The gadget of Keles et al. (as our notes have it), evaluated from the definition of attention.

The rows of Q are x a_i (i <= n) and y b_j, K = Q, V is one column with one value for the a-keys and one for the b-keys,
and output row i is sum_j f(Q_i, K_j) V_j, divided by sum_j f(Q_i, K_j) under softmax. For pairs of vectors the problem
says which are YES: TVPP a.b >= t, BHCP |a-b|^2 < t (t is the squared threshold). A row a_i is YES if a pair of it is.
Letters: n vectors a side, d bits, w the largest <a_i, a_k>, mu the error, rho = (1+mu)/(1-mu).
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from flint import arb

from hardlab.claims.claim import Case, IllTyped
from hardlab.claims.keles.cases import beyond, fraction, whole
from hardlab.claims.numbers import ball


class Size(NamedTuple):
    """What the formulas of a theorem may depend on; `scale` is a number that the case prescribes."""

    n: int
    d: int
    t: int
    w: int
    mu: arb
    scale: arb

    @property
    def rho(self) -> arb:
        return (1 + self.mu) / (1 - self.mu)


@dataclass(frozen=True)
class Row:
    """The formulas of one theorem: C, the threshold, the factors x and y of the gadget, f = exp(exponent), the YES pairs
    by (a.b, |a-b|^2, t), and the largest error that is admitted. No constant: the statement gives none."""

    constant: Callable[[Size], arb] | None
    threshold: Callable[[Size, arb], arb]
    factors: Callable[[Size, arb], tuple[arb, arb]]
    exponent: Callable[[Size, arb, arb, arb], arb]
    yes: Callable[[int, int, int], bool]
    error: Callable[[Size], arb] = lambda s: s.mu


class Model(NamedTuple):
    """What a theorem assumes: h, the two values of V, and where an error of which kind is made.

    relative: |Y^ - Y| <= mu |Y|; additive: |Y^ - Y| <= mu; scores-*: the same for every f(Q_i, K_j), before the sum.
    """

    softmax: bool = False
    values: tuple[int, int] = (0, 1)
    error: Literal["exact", "relative", "additive", "scores-relative", "scores-additive"] = "exact"

    @property
    def flipped(self) -> bool:
        """Whether the b-keys have value 0, so that YES rows are the small ones."""
        return self.values[0] > self.values[1]

    def beyond(self, case: Case) -> str:
        """Why a case is outside the hypotheses; "" where it is inside."""
        return beyond(case, self.error)


Profile = tuple[tuple[int, int, int, int, int], ...]
"""The keys of a row: (side, common bits, distance, bits, how many); rows with the same profile have the same output."""


def profiles(case: Case) -> Counter[tuple[int, Profile]]:
    """(|a_i|, keys) of every row i <= n."""
    A, B = ([int(v, 2) for v in case[side]] for side in "AB")
    rows: Counter[tuple[int, Profile]] = Counter()
    for a in A:
        keys = Counter(
            (side, (a & v).bit_count(), (a ^ v).bit_count(), v.bit_count()) for side, vs in enumerate((A, B)) for v in vs
        )
        rows[a.bit_count(), tuple(sorted((*key, count) for key, count in keys.items()))] += 1
    return rows


def output(model: Model, row: Row, size: Size, C: arb, profile: tuple[int, Profile], push: int) -> arb:
    """The output of a row by definition, off by the largest error in the direction `push` (-1, 0 or 1)."""
    mu = push * row.error(size)
    weight, keys = profile
    factors = row.factors(size, C)
    x = factors[0]
    read, total = arb(0), arb(0)
    for side, common, _, bits, count in keys:
        y = factors[side]
        square = x * x * weight + y * y * bits - 2 * x * y * common
        score = row.exponent(size, C, x * y * common, square).exp()
        total += count * score
        if model.error == "scores-relative":
            score *= 1 + mu
        elif model.error == "scores-additive":
            score += mu
        read += count * score * model.values[side]
    exact = read / total if model.softmax else read
    if model.error == "relative":
        return exact * (1 + mu)
    return exact + mu if model.error == "additive" else exact


def is_yes(row: Row, profile: tuple[int, Profile], t: int) -> bool:
    return any(side == 1 and row.yes(common, distance, t) for side, common, distance, _, _ in profile[1])


def largest(case: Case) -> int:
    """w, the largest <a_i, a_k> (i = k included)."""
    A = [int(v, 2) for v in case["A"]]
    return max((a & b).bit_count() for a in A for b in A)


def size_of(case: Case, w: int) -> Size:
    """The size of a case; its balls have the working precision of the moment."""
    mu, scale = number(case.get("mu", "0")), number(case.get("scale", "1"))
    return Size(len(case["A"]), len(case["A"][0]), whole(case, "t"), w, mu, scale)


def number(text: str) -> arb:
    """A number of a case as a ball."""
    return ball(fraction(text))


def ln(x: arb | int) -> arb:
    return arb(x).log()


def constant_of(row: Row, size: Size) -> arb:
    """C. Errors: `IllTyped` where the statement gives none."""
    if row.constant is None:
        raise IllTyped("the statement has no C: there is no gadget")
    return row.constant(size)
