"""Keles et al.: the Gaussian (Theorem 7 and Appendix G), K3, K4, K9 and K11, and what the chain from OV saves.

t is the squared threshold of BHCP: a pair is YES where |a-b|^2 < t. The paper's statements are taken from our notes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import (
    EXACT,
    RELATIVE,
    Pair,
    beyond,
    instances,
    instances_and_sizes,
    keles,
    oversized,
    sized,
    small_factor,
    uneven,
    whole,
    worst_distance,
)
from hardlab.claims.keles.deciding import Bound, bounds_yes, decides, separates, theorem
from hardlab.claims.keles.gadget import Row, Size, ln, number, output, profiles, size_of
from hardlab.claims.keles.problems import CHAIN
from hardlab.claims.keles.products import ADD, EXP, REL
from hardlab.claims.numbers import shown
from instances.exact import sign

ROW_7 = Row(
    constant=lambda s: 2 * ln(s.rho * s.n),
    threshold=lambda s, C: (1 + s.mu) * s.n * (-C * s.t).exp(),
    factors=lambda s, C: (arb(1), arb(1)),
    exponent=lambda s, C, product, square: -C * square,
    yes=lambda product, distance, t: distance < t,
)


def l2(error: Callable[[Size], arb]) -> Row:
    """Appendix G with the Gaussian, for a given largest additive error."""
    return replace(
        ROW_7, constant=lambda s: 2 * ln(s.n + 2), threshold=lambda s, C: s.n * (-C * s.t).exp() + error(s), error=error
    )


@dataclass(frozen=True)
class Best:
    """Appendix G, Gaussian: the best C and the largest additive error that it bears."""

    constant: Callable[[Size], arb]
    error: Callable[[Size], arb]


def error_is_largest(formulas: Best, case: Case) -> Finding:
    """With 0.99 of the error the worst rows are apart at the best C; with 1.01 of it at no C between half and twice that."""
    n, d, t = (whole(case, letter) for letter in ("n", "d", "t"))
    if why := beyond({"n": n, "d": d, "t": t}, "exact") or ("" if t >= 2 and d >= 8 * t else "t < 2, or d < 8t"):
        return outside(why)
    instances = [{**instance, "t": t} for instance in worst_distance(n, d, t)]
    no, yes = (next(iter(profiles(instance))) for instance in instances)

    def gap(error: str, factor: str) -> arb:
        size = size_of(instances[0], 0)
        row = l2(lambda s: formulas.error(s) * number(error))
        C = formulas.constant(size) * number(factor)
        return output(ADD, row, size, C, yes, -1) - output(ADD, row, size, C, no, 1)

    if sign(lambda: gap("99/100", "1")) <= 0:
        return found(False, f"apart by {shown(gap('99/100', '1'))} at 0.99 of the error")
    for factor in ("1/2", "4/5", "9/10", "19/20", "99/100", "1", "101/100", "21/20", "11/10", "5/4", "2"):
        if sign(partial(gap, "101/100", factor)) > 0:
            return found(False, f"still apart at 1.01 of the error and {factor} of C")
    return found(True, "the error is the largest")


def far(case: Case) -> str:
    """For d >= t + 8 the far keys of the worst YES row weigh next to nothing, for every n."""
    return "" if whole(case, "d") >= whole(case, "t") + 8 else "d < t + 8"


def chained(instance: Case) -> dict[str, list[str]]:
    """The instance of BHCP that an instance of OV becomes."""
    maps = {"A": CHAIN.left, "B": CHAIN.right}
    return {side: ["".join(map(str, f(tuple(map(int, v))))) for v in instance[side]] for side, f in maps.items()}


def worst_chained(n: int, d: int, t: int) -> Pair:
    """From OV in dimension d/3: all products 1, and one product 0 with the rest as large as they may be."""
    zero, one, ones = (("1" * k).ljust(d // 3, "0") for k in (0, 1, d // 3))
    return chained({"A": [ones] * n, "B": [one] * n}), chained({"A": [ones] * n, "B": [zero] + [ones] * (n - 1)})


def after_ov(constant: Callable[[Size], arb], case: Case) -> Finding:
    """Theorem 7 on what OV becomes, with the squared threshold d + 1: `separates`."""
    if why := oversized(whole(case, "n"), 3 * whole(case, "d")) if sized(case) else uneven(case):
        return outside(why)
    made: dict[str, Any] = {"mu": case["mu"]}
    if sized(case):
        made |= {"n": case["n"], "d": 3 * case["d"], "t": case["d"] + 1}
    else:
        made |= {**chained(case), "t": len(case["A"][0]) + 1}
    return AFTER_OV(constant, made)


AFTER_OV = separates(REL, ROW_7, worst_chained, lambda case: "" if whole(case, "d") >= 36 else "d < 12")


def of_ov() -> Iterator[Case]:
    for case in instances_and_sizes(RELATIVE, ((2, 12, 1), (64, 12, 1)), distances=True)():
        if case["t"] == 1:
            yield {key: value for key, value in case.items() if key != "t"}


def far_sizes() -> Iterator[Case]:
    return ({"n": n, "d": 8 * t, "t": t} for n in (2, 3, 8, 64) for t in (2, 3, 5))


SMALL = l2(lambda s: arb(s.n + 2) ** (-2 * s.d))
BOUND = Bound(ROW_7, lambda s, C: (-C * (s.t - 1)).exp())
BEST = Best(
    constant=lambda s: ln(s.n) + ln(s.t) - ln(s.t - 1),
    error=lambda s: (arb(s.t - 1) / (s.n * s.t)) ** (s.t - 1) / (2 * s.t),
)
PRESCRIBED = replace(
    ROW_7,
    constant=lambda s: ln(2 * s.rho * s.n),
    factors=lambda s, C: ((C / s.scale).sqrt(), (C / s.scale).sqrt()),
    exponent=lambda s, C, product, square: -s.scale * square,
)

CLAIMS: tuple[Claim[Any], ...] = (
    theorem(
        "Theorem-7",
        keles("Theorem 7, with the sign of K3"),
        REL,
        ROW_7,
        instances(worst_distance, RELATIVE, distances=True),
        (
            "exp(-C |Q_i - Q_j|^2), relative error mu < 1 (exact outputs: mu = 0), BHCP with the squared threshold t",
            "C = 2 ln(rho n) and the threshold (1+mu) n e^(-Ct)",
            "A NO row has at most (1+mu) n e^(-Ct), a YES row keeps (1-mu) e^(-C(t-1)), which is more, as e^C > rho n.",
        ),
    ),
    Claim(
        id="Theorem-7-least",
        source="derived here, for Theorem 7",
        statement="C > ln(rho n) is enough; for d >= t + 8 at 0.99 of it the worst rows meet.",
        proof="The worst rows are all distances t, and one t-1 with the rest d; the rest weighs next to nothing.",
        printed=lambda s: ln(s.rho * s.n),
        check=separates(REL, ROW_7, worst_distance, far),
        cases=instances_and_sizes(RELATIVE, ((2, 12, 1), (3, 12, 4), (64, 12, 2)), distances=True),
    ),
    Claim(
        id="Theorem-7-after-OV",
        source="derived here, for Theorem 7",
        statement="On the instances that Chain-gap makes of OV in dimension d, with the squared threshold d+1, half the"
        " constant is enough: C > ln(rho n) / 2; for d >= 12 at 0.99 of it the worst rows meet.",
        proof="(1-mu) e^(-Cd) > (1+mu) n e^(-C(d+2)).",
        printed=lambda s: ln(s.rho * s.n) / 2,
        check=after_ov,
        cases=of_ov,
    ),
    Claim(
        id="K3-sign",
        source=keles("Theorem 7 (statement)"),
        statement="With f = exp(C |Q_i - Q_j|^2), C = 2 ln n > 0 and the threshold n e^(-Ct), the decision for BHCP is right.",
        wrong="With the plus sign the far keys weigh most, and NO rows exceed the threshold.",
        correction="f = exp(-C |Q_i - Q_j|^2), or C < 0.",
        proof="Theorem-7.",
        printed=replace(ROW_7, exponent=lambda s, C, product, square: C * square),
        mended=ROW_7,
        check=decides(EXP),
        cases=instances(worst_distance, EXACT, distances=True),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K4-case-1",
        source=keles("Theorem 7, proof, Case 1"),
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
        source=keles("Theorem 7, proof, multiplicative part"),
        statement="The rows above the threshold are those with a product a.b >= t.",
        wrong="That is the case of TVPP, copied; the Gaussian decides distances.",
        correction="The rows with a squared distance < t.",
        proof="Theorem-7.",
        printed=replace(ROW_7, yes=lambda product, distance, t: product >= t),
        mended=ROW_7,
        check=decides(REL),
        cases=instances(worst_distance, RELATIVE, distances=True),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K4-prescribed",
        source=keles("Theorem 7, proof (Appendix E), last paragraph"),
        statement="Where f = exp(-alpha |Q_i - Q_j|^2) with alpha > 0 given (here 1/3), the gadget times sqrt(C / alpha)"
        " decides. The paragraph has C = 2 ln(2 rho n) and ln(2 rho n), the proof 2 ln(rho n): ln(2 rho n) is checked.",
        proof="alpha times the scaled squared distance is C times the distance, and any C > ln(rho n) is enough.",
        printed=PRESCRIBED,
        check=decides(REL),
        cases=instances(worst_distance, RELATIVE, distances=True, scale="1/3"),
    ),
    Claim(
        id="K9-factor-n",
        source=keles("Appendix G, Gaussian, Case 2"),
        statement="A YES row (a squared distance <= t-1) has Y >= n e^(-C(t-1)).",
        wrong="Only one distance need be that small: the factor n does not belong there.",
        correction="Y >= e^(-C(t-1)), which the worst row has up to 0.1% for d >= t + 8.",
        proof="One term of the sum; the others may be as small as e^(-Cd).",
        printed=Bound(ROW_7, lambda s, C: s.n * (-C * (s.t - 1)).exp()),
        mended=BOUND,
        check=bounds_yes(EXP, worst_distance, far),
        cases=instances_and_sizes(EXACT, tuple((n, 13, t) for n in (2, 3, 8) for t in (1, 2, 5)), distances=True, every=False),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K11-l2",
        source=keles("Table 1, Gaussian row, against Appendix G"),
        statement="BHCP with the squared threshold t <= d is decided under an additive error mu = O(n^(-d)), with C = 2 ln(n+2)"
        " and the threshold n e^(-Ct) + mu; checked for mu = c n^(-d), with a c <= 1/1000 that the case gives.",
        wrong="At t = d the outputs are of order n^(-2(d-1)), below every multiple of n^(-d) as d grows: c = 1/1000 fails for"
        " n = 2, d = t = 5, and c = 10^(-6) for n = 2, d = t = 8. Appendix G has mu <= (n+2)^(-2d).",
        correction="mu = (n+2)^(-2d), as in Appendix G.",
        proof="e^(-Ct) (e^C - n) >= (n+2)^(-2d) ((n+2)^2 - n) > 2 (n+2)^(-2d).",
        printed=l2(lambda s: s.scale * arb(s.n) ** -s.d),
        mended=SMALL,
        check=decides(ADD, small_factor),
        cases=instances(worst_distance, EXACT, distances=True, scale="1/1000"),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Appendix-G-l2-best",
        source="derived here, for Appendix G, Gaussian",
        statement="For t >= 2 the largest additive error is ((t-1)/(nt))^(t-1) / (2t), borne at e^C = n t/(t-1), up to what the"
        " far keys add (below 1% for d >= 8t).",
        proof="e^(-Ct)(e^C - n) is largest where (t-1) e^C = n t.",
        printed=BEST,
        check=error_is_largest,
        cases=far_sizes,
    ),
)
