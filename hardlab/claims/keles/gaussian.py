"""Keles et al.: the Gaussian (Theorem 7 and Appendix G), K3, K4, K9 and K11, and what the chain from OV saves.

t is the squared threshold of BHCP: a pair is YES where |a-b|^2 < t. The paper's statements are taken from our notes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import (
    EXACT,
    RELATIVE,
    Pair,
    beyond,
    instances,
    instances_and_sizes,
    oversized,
    sized,
    small_factor,
    uneven,
    whole,
    worst_distance,
)
from hardlab.claims.keles.deciding import Bound, bounds_yes, decides, separates
from hardlab.claims.keles.gadget import Row, Size, ln, number, output, profiles, size_of
from hardlab.claims.keles.problems import CHAIN
from hardlab.claims.keles.products import ADD, EXP, REL
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
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

PLUS = replace(ROW_7, exponent=lambda s, C, product, square: C * square)
NOT_STRICT = replace(ROW_7, yes=lambda product, distance, t: distance <= t)
OF_PRODUCTS = replace(ROW_7, yes=lambda product, distance, t: product >= t)

DISTANCES = instances(worst_distance, EXACT, distances=True)
DISTANCES_RELATIVE = instances(worst_distance, RELATIVE, distances=True)

CLAIMS = stated(
    __file__,
    Checked("Theorem-7", decides(REL), DISTANCES_RELATIVE, printed=ROW_7),
    Checked(
        "Theorem-7-least",
        separates(REL, ROW_7, worst_distance, far),
        instances_and_sizes(RELATIVE, ((2, 12, 1), (3, 12, 4), (64, 12, 2)), distances=True),
        printed=lambda s: ln(s.rho * s.n),
    ),
    Checked("Theorem-7-after-OV", after_ov, of_ov, printed=lambda s: ln(s.rho * s.n) / 2),
    Checked("K3-sign", decides(EXP), DISTANCES, printed=PLUS, mended=ROW_7, recorded=Verdict.FAILS),
    Checked("K4-case-1", decides(EXP), DISTANCES, printed=NOT_STRICT, mended=ROW_7, recorded=Verdict.FAILS),
    Checked("K4-multiplicative", decides(REL), DISTANCES_RELATIVE, printed=OF_PRODUCTS, mended=ROW_7, recorded=Verdict.FAILS),
    Checked(
        "K4-prescribed", decides(REL), instances(worst_distance, RELATIVE, distances=True, scale="1/3"), printed=PRESCRIBED
    ),
    Checked(
        "K9-factor-n",
        bounds_yes(EXP, worst_distance, far),
        instances_and_sizes(EXACT, tuple((n, 13, t) for n in (2, 3, 8) for t in (1, 2, 5)), distances=True, every=False),
        printed=Bound(ROW_7, lambda s, C: s.n * (-C * (s.t - 1)).exp()),
        mended=BOUND,
        recorded=Verdict.FAILS,
    ),
    Checked(
        "K11-l2",
        decides(ADD, small_factor),
        instances(worst_distance, EXACT, distances=True, scale="1/1000"),
        printed=l2(lambda s: s.scale * arb(s.n) ** -s.d),
        mended=SMALL,
        recorded=Verdict.FAILS,
    ),
    Checked("Appendix-G-l2-best", error_is_largest, far_sizes, printed=BEST),
)
