"""The formulas of the theorems of Keles et al. on attention: C, threshold, gadget and problem of each, and the least C."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flint import arb

from hardlab.claims.keles_gadget import Model, Row, Size
from instances.exact import sign

EXP = Model()
ADD = Model(error="additive")
SOFTMAX = Model(softmax=True)
FLIPPED = Model(softmax=True, values=(1, 0))
SCORES = Model(error="scores-relative")
SCORES_ADD = Model(error="scores-additive")


def ln(x: arb | int) -> arb:
    return arb(x).log()


def below(s: Size, C: arb) -> arb:
    """e^(C(t-1))"""
    return (C * (s.t - 1)).exp()


ROW_4_1 = Row(
    constant=lambda s: 2 * ln(s.n),
    threshold=lambda s, C: s.n * below(s, C),
    factors=lambda s, C: (arb(1), C),
    exponent=lambda s, C, product, square: product,
    yes=lambda product, distance, t: product >= t,
)
ROW_4_2 = replace(ROW_4_1, constant=lambda s: 2 * ln(s.rho * s.n), threshold=lambda s, C: (1 + s.mu) * s.n * below(s, C))
ROW_4_3 = replace(ROW_4_1, constant=lambda s: 2 * ln(s.n + 2 * s.mu), threshold=lambda s, C: s.n * below(s, C) + s.mu)
ROW_5_1 = replace(ROW_4_1, constant=lambda s: ln(s.n) + s.d, threshold=lambda s, C: below(s, C) / (below(s, C) + 1))
ROW_5_2 = replace(ROW_4_1, constant=lambda s: ln(2 * s.rho * s.n) + s.d, threshold=lambda s, C: (1 - s.mu) / (1 + below(s, C)))
ROW_7 = Row(
    constant=lambda s: 2 * ln(s.n),
    threshold=lambda s, C: s.n * (-C * s.t).exp(),
    factors=lambda s, C: (arb(1), arb(1)),
    exponent=lambda s, C, product, square: -C * square,
    yes=lambda product, distance, t: distance < t,
)
ROW_7_RELATIVE = replace(
    ROW_7, constant=lambda s: 2 * ln(s.rho * s.n), threshold=lambda s, C: (1 + s.mu) * s.n * (-C * s.t).exp()
)
ROW_12_ADDITIVE = replace(ROW_4_3, threshold=lambda s, C: s.n * below(s, C) + s.n * s.mu)


def l2(error: Callable[[Size], arb]) -> Row:
    """Appendix G with the Gaussian, for a given largest additive error."""
    return replace(
        ROW_7, constant=lambda s: 2 * ln(s.n + 2), threshold=lambda s, C: s.n * (-C * s.t).exp() + error(s), error=error
    )


def least_additive(s: Size, excess: arb) -> arb:
    """The least C from which on e^(C(t-1)) (e^C - n) > excess - (n-1), by bisection."""
    low = max(ln(s.n * (s.t - 1)) - ln(s.t), arb(0)) if s.t > 1 else arb(0)
    high = ln(s.n + excess)

    def surplus(C: arb) -> arb:
        return below(s, C) * (C.exp() - s.n) - excess + (s.n - 1)

    for _ in range(48):
        middle = ((low + high) / 2).mid()
        enough = sign(partial(surplus, middle)) > 0
        low, high = (low, middle) if enough else (middle, high)
    return high


def least_flipped(s: Size) -> arb:
    own = s.n * arb(s.w).exp()
    return ln((2 * s.rho - 1) * own) if s.t == 1 else ln(s.rho * own + 1)
