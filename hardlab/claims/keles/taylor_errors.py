"""For Corollary 11 of Keles et al., which bounds no error: how far the Taylor polynomials of e^x at 0 and at -M are off.

T_p(x) = sum of x^z / z! for z <= p; |x| <= M.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import factorial

from flint import arb

from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.keles.cases import fraction, whole
from hardlab.claims.keles.gadget import number
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


def beyond_orders(case: Case) -> str:
    """Why M and p are outside the hypotheses M > 0, p >= 0; "" where they are inside."""
    inside = 0 < fraction(case["M"]) <= 64 and 0 <= whole(case, "p") <= 64
    return "" if inside else "M is not positive, a negative order, or too large to check here"


def error_at_0(bound: Callable[[arb, int], arb], case: Case) -> Finding:
    """|T_p(x) - e^x| / e^x on [-M, M] is largest at -M (of 33 points), and there between bound / e^M and bound."""
    if why := beyond_orders(case):
        return outside(why)
    p = case["p"]

    def error(share: Fraction) -> arb:
        x = number(case["M"]) * number(str(share))
        return abs(1 - sum((x**z / factorial(z) for z in range(p + 1)), arb(0)) / x.exp())

    worst = Fraction(-1)
    for share in (Fraction(i, 16) for i in range(-15, 17)):
        if sign(_difference(lambda: error(worst), error, share)) < 0:
            return found(False, f"the error at {share} M is above that at -M")

    over = sign(lambda: error(worst) - bound(number(case["M"]), p))
    under = sign(lambda: error(worst) * number(case["M"]).exp() - bound(number(case["M"]), p))
    return found(over <= 0 <= under, f"error {shown(error(worst))} at -M, bound {shown(bound(number(case['M']), p))}")


@dataclass(frozen=True)
class Shifted:
    """The Taylor polynomial of e^x at -M: the coefficient of x^i, and its largest relative error, from (M, p)."""

    coefficient: Callable[[arb, int, int], arb]
    error: Callable[[arb, int], arb]


def error_at_minus_m(formulas: Shifted, case: Case) -> Finding:
    """All coefficients are positive; the relative error on [-M, M] is at most as said, and that at x = M; 33 points."""
    if why := beyond_orders(case):
        return outside(why)
    p = case["p"]
    for i in range(p + 1):
        if formulas.coefficient(number(case["M"]), p, i) <= 0:
            return found(False, f"the coefficient of x^{i} is not positive")

    def error(share: Fraction) -> arb:
        M = number(case["M"])
        x = M * number(str(share))
        return abs(1 - sum((formulas.coefficient(M, p, i) * x**i for i in range(p + 1)), arb(0)) / x.exp())

    def said() -> arb:
        return formulas.error(number(case["M"]), p)

    for share in (Fraction(i, 16) for i in range(-16, 16)):
        if sign(_difference(said, error, share)) < 0:
            return found(False, f"the error at {share} M is above {shown(said())}")
    exact = sign(lambda: abs(error(Fraction(1)) / said() - 1) - arb(2) ** -40) < 0
    return found(exact, f"error {shown(error(Fraction(1)))} at M, said is {shown(said())}")


def _difference(left: Callable[[], arb], right: Callable[[Fraction], arb], share: Fraction) -> Callable[[], arb]:
    return lambda: left() - right(share)


def _power_sum(M: arb, q: int) -> arb:
    return sum((M**z / factorial(z) for z in range(q + 1)), arb(0))


def orders() -> Iterator[Case]:
    for p in range(13):
        for M in ("1/10", "1", "5/2", "8"):
            yield {"M": M, "p": p}


SHIFTED = Shifted(
    coefficient=lambda M, p, i: (-M).exp() * _power_sum(M, p - i) / factorial(i),
    error=lambda M, p: 1 - (-2 * M).exp() * _power_sum(2 * M, p),
)


CLAIMS = stated(
    __file__,
    Checked("Taylor-at-0", error_at_0, orders, printed=lambda M, p: M ** (p + 1) * M.exp() / factorial(p + 1)),
    Checked("Taylor-at-minus-M", error_at_minus_m, orders, printed=SHIFTED),
)
