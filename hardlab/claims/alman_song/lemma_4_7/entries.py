"""Alman and Song, Lemma 4.7, Case 2: the entries of A, the normaliser, the threshold and the decision.

A case holds the sets A and B (n vectors of weight d/2 each, as 0/1 strings), t and eps. Letters as in the lemma: beta = B^2
(9), tau (5) the weight of a padding key, t~ (12) a third of the least YES output; the right half of a query is sqrt(beta) 1_d.
Everything is evaluated from the definition of attention, in ball arithmetic where exponentials decide.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

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
from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.numbers import ball, shown
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


CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="E21-entries",
        source="Alman and Song, Lemma 4.7, eq. (10) and (11)",
        statement="0 <= A_ij <= tau = e^beta for i, j <= n.",
        wrong="True, but the bounds are far off, and the upper one hides that the padding keys weigh e^(beta/2) only (E19).",
        correction="1 <= A_ij <= e^(beta/4), attained at distance d and at distance 0.",
        proof="0 <= <a_i, b_j> <= |a_i| = d/2, so the exponent beta <a_i, b_j> / (2d) is between 0 and beta/4.",
        printed=Entries(0, Fraction(1), attained=False),
        mended=Entries(1, Fraction(1, 4), attained=True),
        check=bounds_entries,
        cases=balanced_cases,
    ),
    Claim(
        id="E19-normaliser",
        source="Alman and Song, Lemma 4.7, eq. (5), (10) and (11)",
        statement="With tau = e^beta, every row i <= 2n has n tau <= D_ii <= 2 n tau.",
        wrong="The padding keys have the exponent <1_d, 1_d> beta / (2d) = beta/2, so their weight is e^(beta/2), not e^beta.",
        correction="tau = e^(beta/2).",
        proof="The n padding keys weigh e^(beta/2) each, so n tau <= D_ii; a data key weighs at most e^(beta/4) < tau, since "
        "|a| = |b| = d/2 and <a, b> <= d/2.",
        printed=PRINTED,
        mended=CORRECTED,
        check=bounds_normaliser,
        cases=balanced_cases,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E19-decision",
        source="Alman and Song, Lemma 4.7, Cases 2a and 2b",
        statement="A row with a distance <= t has u_i >= 2 t~, a row with all distances >= (1 + eps) t has u_i < 2 t~, where "
        "t~ = (1/3) exp(0.25 beta (1 - t/d)) / (2 n tau) and tau = e^beta.",
        wrong="With tau = e^beta the threshold is smaller than it should be by a factor e^(beta/2), and NO rows pass it.",
        correction="tau = e^(beta/2), so t~ = (1/6n) exp(-0.25 beta (1 + t/d)).",
        proof="D_ii lies between n tau and 2 n tau (E19-normaliser). A YES row has a key of weight >= e^(0.25 beta (1 - "
        "t/d)), so u_i > 3 t~; a NO row has u_i < 6 n t~ e^(-0.25 beta eps t/d) = 6 n t~ / n^10 <= t~ for n >= 2.",
        printed=PRINTED,
        mended=CORRECTED,
        check=decides_exactly,
        cases=balanced_cases,
        recorded=Verdict.FAILS,
    ),
)
