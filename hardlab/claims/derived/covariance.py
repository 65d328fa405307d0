"""What errors of weights do to a mean and to a covariance (Lemmas F1 and F2), on which bounds of gradients rest.

A case is a finite law: masses p, relative errors e of the weights with |e| <= eta < 1, and values f and x; E~ and Cov~ are
under the masses p (1 + e), normalised again. h = artanh eta, tau = tanh(h/2) = (1 - sqrt(1 - eta^2))/eta. `tight` says that the
bound is attained.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import Row, ball, row_of, shown, total
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Bound:
    """What is compared, of the masses, f and x; the bound of eta, times the range of f, and that of x where both `ranges`
    count; the largest eta it is for.
    """

    of: Callable[[Row, Row, Row], Fraction]
    bound: Callable[[arb], arb]
    largest: Fraction = Fraction(1)
    ranges: int = 2
    indicator: bool = False


def moved(formulas: Bound, case: Case) -> Finding:
    """|of(p~) - of(p)| <= bound(eta) range(f) range(x), and equal where the case is tight."""
    p, e, f, x = (row_of(case[name]) for name in ("p", "e", "f", "x"))
    eta = Fraction(str(case["eta"]))
    if not len(p) == len(e) == len(f) == len(x) or not p:
        raise ValueError("p, e, f and x must have one length, at least 1")
    if len(p) > 64 or min(p) <= 0 or not 0 < eta < 1 or max(map(abs, e)) > eta or eta > formulas.largest:
        return outside("no law, or not 0 < eta within the range of the statement, or too large to check here")
    if formulas.indicator and (set(x) - {Fraction(0), Fraction(1)} or sum(x) != 1):
        return outside("x is not the indicator of one atom")
    before = [mass / total(p) for mass in p]
    after = [mass * (1 + of) for mass, of in zip(p, e, strict=True)]
    after = [mass / total(after) for mass in after]
    off = abs(formulas.of(after, f, x) - formulas.of(before, f, x))
    ranges = (max(f) - min(f)) * (max(x) - min(x) if formulas.ranges == 2 else 1)
    side = sign(lambda: formulas.bound(ball(eta)) * ball(ranges) - ball(off))
    detail = f"off by {shown(ball(off))}, bound {shown(formulas.bound(ball(eta)) * ball(ranges))}"
    return found(side >= 0 and (side == 0 or not case.get("tight", False)), detail)


def mean(p: Row, f: Row, x: Row) -> Fraction:
    """E f."""
    return total(a * b for a, b in zip(p, f, strict=True))


def covariance(p: Row, f: Row, x: Row) -> Fraction:
    """E f x - E f E x."""
    return mean(p, [a * b for a, b in zip(f, x, strict=True)], x) - mean(p, f, x) * mean(p, x, x)


def tau(eta: arb) -> arb:
    return (1 - (1 - eta * eta).sqrt()) / eta


def artanh(eta: arb) -> arb:
    return ((1 + eta) / (1 - eta)).log() / 2


def two_points() -> Iterator[Case]:
    """The laws that attain tau, at eta = 3/5 and 4/5, where it is 1/3 and 1/2; then random laws and corners."""
    for eta, upper in (("3/5", "1/3"), ("4/5", "1/4")):
        lower = str(1 - Fraction(upper))
        yield {"p": [upper, lower], "e": [eta, f"-{eta}"], "f": ["1", "0"], "x": ["0", "0"], "eta": eta, "tight": True}
    yield from laws()


def four_points() -> Iterator[Case]:
    """f x = 1 on the mass (1 - tau)/2 and -1 elsewhere, which attains tau/2; then random laws and corners."""
    for eta, upper in (("3/5", "1/6"), ("4/5", "1/8")):
        lower = str(Fraction(1, 2) - Fraction(upper))
        p, e = [upper, upper, lower, lower], [eta, eta, f"-{eta}", f"-{eta}"]
        yield {"p": p, "e": e, "f": ["1", "-1", "1", "-1"], "x": ["1", "-1", "-1", "1"], "eta": eta, "tight": eta == "3/5"}
    yield from laws()


def single_atoms() -> Iterator[Case]:
    """x is the indicator of an atom, of any tenth as its mass and f the same, where errors are small and where they are not."""
    for eta in ("1/1000", "1/10", "1/2", "9/10"):
        for part in range(1, 10):
            p = [str(Fraction(part, 10)), str(Fraction(10 - part, 10))]
            for e in ([eta, f"-{eta}"], [f"-{eta}", eta]):
                yield {"p": p, "e": e, "f": ["1", "0"], "x": ["1", "0"], "eta": eta}
    rng = np.random.default_rng(76)
    for _ in range(60):
        k = int(rng.integers(2, 6))
        case = _law(rng, k)
        yield {**case, "x": ["1" if i == 0 else "0" for i in range(k)]}


def near_attained() -> Iterator[Case]:
    """The same, and for eta = 1/1000, where tau/2 is nearly h/4; the bound is attained by none."""
    for eta, part in (("1/1000", "1999/8000"), ("3/5", "1/6"), ("4/5", "1/8")):
        rest = str(Fraction(1, 2) - Fraction(part))
        p, e = [part, part, rest, rest], [eta, eta, f"-{eta}", f"-{eta}"]
        yield {"p": p, "e": e, "f": ["1", "-1", "1", "-1"], "x": ["1", "-1", "-1", "1"], "eta": eta}
    yield from laws()


def laws() -> Iterator[Case]:
    """Random masses and values, errors at the ends +-eta or between; every corner law of a rectangle with tenths as masses."""
    rng = np.random.default_rng(77)
    for _ in range(120):
        yield _law(rng, int(rng.integers(1, 7)))
    for eta in ("1/100", "3/4", "99/100"):
        for masses in _tenths():
            for k in (5, 6, 9, 10):
                e = [eta if k >> i & 1 else f"-{eta}" for i in range(4)]
                yield {"p": masses, "e": e, "f": ["1", "0", "1", "0"], "x": ["1", "0", "0", "1"], "eta": eta}


def _tenths() -> Iterator[Sequence[str]]:
    yield from (
        [str(Fraction(part, 10)) for part in (a, b, c, 10 - a - b - c)]
        for a in range(1, 8, 2)
        for b in range(1, 9 - a, 2)
        for c in range(1, 10 - a - b, 2)
    )


def _law(rng: np.random.Generator, k: int) -> Case:
    eta = Fraction(int(rng.integers(1, 100)), 100)
    signs = rng.choice([-1, 1], k) if rng.integers(2) else rng.uniform(-1, 1, k)
    return {
        "p": [str(int(mass)) for mass in rng.integers(1, 50, k)],
        "e": [str(Fraction(float(s)).limit_denominator(100) * eta) for s in signs],
        "f": [str(int(value)) for value in rng.integers(-3, 4, k)],
        "x": [str(int(value)) for value in rng.integers(-3, 4, k)],
        "eta": str(eta),
    }


SHARP = Bound(covariance, lambda eta: tau(eta) / 2, Fraction(78, 100))

CLAIMS = stated(
    __file__,
    Checked("F1-mean", moved, two_points, printed=Bound(mean, tau, ranges=1)),
    Checked("F2-covariance", moved, near_attained, printed=Bound(covariance, lambda eta: artanh(eta) / 4)),
    Checked(
        "F2-indicator",
        moved,
        single_atoms,
        printed=Bound(covariance, lambda eta: artanh(eta) / (3 * arb(3).sqrt()), indicator=True),
    ),
    Checked(
        "F2-sharp",
        moved,
        four_points,
        printed=Bound(covariance, lambda eta: tau(eta) / 4, Fraction(78, 100)),
        mended=SHARP,
        recorded=Verdict.FAILS,
    ),
)
