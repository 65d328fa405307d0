"""Alman and Song, Lemma 4.7, Case 2: the entries of A, the normaliser, the threshold and the decision.

A case holds the sets A and B (n vectors of weight d/2 each, as 0/1 strings), t and eps. Letters as in the lemma: beta = B^2
(9), tau (5) the weight of a padding key, t~ (12) a third of the least YES output; the right half of a query is sqrt(beta) 1_d.
Everything is evaluated from the definition of attention, in ball arithmetic where exponentials decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from flint import arb

from hardlab.claims.alman_song.lemma_4_7.construction import (
    CORRECTED,
    PRINTED,
    Construction,
    balanced_cases,
    bar_of,
    beta_of,
    beyond,
    distance,
    inner,
    mass,
    output,
    size,
)
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Entries:
    """floor <= A_ij <= exp(rate beta) for i, j <= n; whether the bounds are said to be attained, at h = d and h = 0."""

    floor: int
    rate: Fraction
    attained: bool


def bounds_entries(formulas: Entries, case: Case) -> Finding:
    """Every entry of the data block of A = exp(Q K^T / 2d) is within its bounds."""
    n, d, _ = size(case)
    if why := beyond(case):
        return outside(why)
    for a in case["A"]:
        for b in case["B"]:
            exponent = Fraction(inner(a, b), 2 * d)
            above = _side(case, exponent, formulas.floor)
            loose = (a == b and exponent != formulas.rate) or (distance(a, b) == d and above != 0)
            if above < 0 or exponent > formulas.rate or (formulas.attained and loose):
                return found(False, f"ln A_ij = {exponent} beta, bounds {formulas.floor} and exp({formulas.rate} beta)")
    return found(True, f"{n * n} entries within the bounds")


def _side(case: Case, exponent: Fraction, floor: int) -> int:
    return sign(lambda: (ball(exponent) * beta_of(CORRECTED, case)).exp() - floor)


def bounds_normaliser(formulas: Construction, case: Case) -> Finding:
    """n tau <= D_ii <= 2 n tau for every i <= 2n."""
    n, _, _ = size(case)
    if why := beyond(case):
        return outside(why)
    for i in range(2 * n):
        if not _normalised(formulas, case, i):
            D = shown(mass(case, i, beta_of(formulas, case)))
            return found(False, f"row {i}: D = {D}, n tau = {shown(n * formulas.tau(beta_of(formulas, case)))}")
    return found(True, f"D_ii within [n tau, 2 n tau] for {2 * n} rows")


def _normalised(formulas: Construction, case: Case, i: int) -> bool:
    def least() -> arb:
        return len(case["A"]) * formulas.tau(beta_of(formulas, case))

    def row() -> arb:
        return mass(case, i, beta_of(formulas, case))

    return sign(lambda: row() - least()) >= 0 and sign(lambda: 2 * least() - row()) >= 0


def decides_exactly(formulas: Construction, case: Case) -> Finding:
    """The exact output u_i of a row is >= 2 t~ if some distance is <= t, and < 2 t~ if all are >= (1 + eps) t."""
    if why := beyond(case):
        return outside(why)
    return decided(formulas, case, lambda: arb(0))


def decided(formulas: Construction, case: Case, noise: Callable[[], arb]) -> Finding:
    """Rows that keep the promise are decided by u_i >= 2 t~, where u_i is off by `noise` towards the wrong side."""
    _, _, t = size(case)
    rows = 0
    for i, a in enumerate(case["A"]):
        least = min(distance(a, b) for b in case["B"])
        if t < least < (1 + Fraction(str(case["eps"]))) * t:
            continue
        rows += 1
        yes = least <= t
        off = _minus(noise) if yes else noise
        if _above(formulas, case, i, off) != yes:
            u, bar = shown(output(formulas, case, i) + off()), shown(bar_of(formulas, case))
            return found(False, f"row {i} is {'YES' if yes else 'NO'} (least distance {least}): u = {u}, 2 t~ = {bar}")
    return found(True, f"{rows} rows decided") if rows else outside("no row keeps the promise")


def _minus(noise: Callable[[], arb]) -> Callable[[], arb]:
    return lambda: -noise()


def _above(formulas: Construction, case: Case, i: int, off: Callable[[], arb]) -> bool:
    return sign(lambda: output(formulas, case, i) + off() - bar_of(formulas, case)) >= 0


CLAIMS = stated(
    __file__,
    Checked(
        "E21-entries",
        bounds_entries,
        balanced_cases,
        printed=Entries(0, Fraction(1), attained=False),
        mended=Entries(1, Fraction(1, 4), attained=True),
    ),
    Checked("E19-normaliser", bounds_normaliser, balanced_cases, printed=PRINTED, mended=CORRECTED, recorded=Verdict.FAILS),
    Checked("E19-decision", decides_exactly, balanced_cases, printed=PRINTED, mended=CORRECTED, recorded=Verdict.FAILS),
)
