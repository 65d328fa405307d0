"""Keles et al.: the slips K2-K5 in the theorems on attention, each beside the corrected statement."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.keles_cases import (
    EXACT,
    RELATIVE,
    instances,
    worst_distance,
    worst_product,
    worst_softmax,
)
from hardlab.claims.keles_formulas import (
    EXP,
    FLIPPED,
    ROW_5_2,
    ROW_7,
    ROW_7_RELATIVE,
    below,
    ln,
)
from hardlab.claims.keles_gadget import (
    Model,
    decides,
)

SOFTMAX_ADD = Model(softmax=True, error="additive")


def keys_summed(keys: Callable[[int], int], case: Case) -> Finding:
    """Theorem 4.1 decides every row when row i is the sum over the first keys(n) of the 2n rows of K."""
    A, B = ([int(v, 2) for v in case[side]] for side in "AB")
    n, t = len(A), int(case["t"])
    if n < 2:
        return outside("n = 1 gives C = 0")
    for i, a in enumerate(A):
        read = [(a & b).bit_count() for b in B[: max(0, keys(n) - n)]]
        value = sum((n ** (2 * p) for p in read), 0)  # e^C = n^2
        truth = any((a & b).bit_count() >= t for b in B)
        bar = n * n ** (2 * (t - 1))
        if (value > bar) != truth:
            return found(False, f"row {i} is {'YES' if truth else 'NO'}: its output is {value}, the threshold is {bar}")
    return found(True, "every row decided")


def scaled(scale: str, worst: Any, errors: tuple[str, ...], distances: bool = False) -> Callable[[], Iterator[Case]]:
    """The instances of a theorem with a prescribed number."""

    def cases() -> Iterator[Case]:
        for case in instances(worst, errors, distances=distances)():
            yield {**case, "scale": scale}

    return cases


GAUSSIAN_PLUS = replace(ROW_7, exponent=lambda s, C, product, square: C * square)
PRESCRIBED = replace(
    ROW_7_RELATIVE,
    constant=lambda s: ln(2 * s.rho * s.n),
    factors=lambda s, C: ((C / s.scale).sqrt(), (C / s.scale).sqrt()),
    exponent=lambda s, C, product, square: -s.scale * square,
)
ALMOST_ONE = replace(
    ROW_5_2,
    constant=lambda s: ln(2 * s.n * (2 * arb(s.n) ** 2 - 1)) + s.d,
    threshold=lambda s, C: arb(s.n) ** -2 / (1 + below(s, C)),
    error=lambda s: 1 - arb(s.n) ** -2,
)
CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="K2-indices",
        source="Keles et al., theorems of Section 4: the ranges of i and j",
        statement="With n vectors a side, row i of the gadget is a sum over j in [n] (the reading checked: n is that of TVPP).",
        wrong="The gadget has 2n rows, and the keys n+1..2n are the ones with V = 1; the first n give 0.",
        correction="j in [2n].",
        proof="V = (0_n; 1_n).",
        printed=lambda n: n,
        mended=lambda n: 2 * n,
        check=keys_summed,
        cases=instances(worst_product, EXACT, (2, 3)),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K3-sign",
        source="Keles et al., Theorem 7 (statement)",
        statement="With f = exp(C |Q_i - Q_j|^2), C = 2 ln n > 0 and the threshold n e^(-Ct), the decision for BHCP is right.",
        wrong="With the plus sign the far keys weigh most, and NO rows exceed the threshold.",
        correction="f = exp(-C |Q_i - Q_j|^2), or C < 0.",
        proof="Theorem-7.",
        printed=GAUSSIAN_PLUS,
        mended=ROW_7,
        check=decides(EXP),
        cases=instances(worst_distance, EXACT, distances=True),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K4-case-1",
        source="Keles et al., Theorem 7, proof, Case 1",
        statement="A row with a squared distance <= t exceeds the threshold n e^(-Ct).",
        wrong="BHCP asks for a distance < t; a row with all distances exactly t has the output n e^(-Ct) at most.",
        correction="Case 1 is a distance < t.",
        proof="Theorem-7.",
        printed=replace(ROW_7, yes=lambda product, distance, t: distance <= t),
        mended=ROW_7,
        check=decides(EXP),
        cases=instances(worst_distance, EXACT, distances=True),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K4-multiplicative",
        source="Keles et al., Theorem 7, proof, multiplicative part",
        statement="The rows above the threshold are those with a product a.b >= t.",
        wrong="That is the case of TVPP, copied; the Gaussian decides distances.",
        correction="The rows with a squared distance < t.",
        proof="Theorem-7-relative.",
        printed=replace(ROW_7_RELATIVE, yes=lambda product, distance, t: product >= t),
        mended=ROW_7_RELATIVE,
        check=decides(EXP),
        cases=instances(worst_distance, RELATIVE, distances=True),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K4-prescribed",
        source="Keles et al., Theorem 7, proof (Appendix E), last paragraph",
        statement="Where f = exp(-alpha |Q_i - Q_j|^2) with alpha given (here 1/3), the gadget times sqrt(C / alpha) decides."
        " The paragraph has C = 2 ln(2 rho n) and ln(2 rho n), the proof 2 ln(rho n): the least of the three is checked.",
        wrong="",
        correction="",
        proof="alpha times the scaled squared distance is C times the distance, and any C > ln(rho n) is enough.",
        printed=PRESCRIBED,
        mended=PRESCRIBED,
        check=decides(EXP),
        cases=scaled("1/3", worst_distance, RELATIVE, distances=True),
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="K5-almost-one",
        source="Keles et al., remark in Section 4.4 and Appendix H",
        statement="In Theorem 5.2 the error mu = 1 - n^(-2) is borne with C = ln(2 rho n), which is O(log n).",
        wrong="The constant of the theorem has + d, and d is more than any multiple of log n: the a-keys weigh up to n e^d.",
        correction="C = ln(2 rho n) + d = O(log n) + d.",
        proof="Theorem-5.2 with rho = 2n^2 - 1.",
        printed=replace(ALMOST_ONE, constant=lambda s: ln(2 * s.n * (2 * arb(s.n) ** 2 - 1))),
        mended=ALMOST_ONE,
        check=decides(FLIPPED),
        cases=instances(worst_softmax, EXACT),
        recorded=Verdict.FAILS,
    ),
)
