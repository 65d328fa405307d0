"""Keles et al.: inner products without normalisation (Theorems 4.1-4.3, and 12 of Appendix C), and K8.

Each theorem is checked at its constant C: the decision is right on every row under the worst admissible error. The least
constants, derived here, are enough and, up to 1%, needed. The letters are those of `keles_gadget`; n >= 2 throughout. The
paper's statements are taken from our notes of it.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial

from flint import arb

from hardlab.claims.claim import Case, Verdict
from hardlab.claims.keles.cases import (
    ADDITIVE,
    EXACT,
    RELATIVE,
    fraction,
    instances,
    instances_and_sizes,
    whole,
    worst_product,
)
from hardlab.claims.keles.deciding import Bound, bounds_yes, decides, nothing_more, separates
from hardlab.claims.keles.gadget import Model, Row, Size, ln
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

EXP = Model()
REL = Model(error="relative")
ADD = Model(error="additive")
SCORES = Model(error="scores-relative")
SCORES_ADD = Model(error="scores-additive")


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
ROW_12_ADDITIVE = replace(ROW_4_3, threshold=lambda s, C: s.n * below(s, C) + s.n * s.mu)

BOUND_RELATIVE = Bound(ROW_4_2, lambda s, C: (1 - s.mu) * ((C * s.t).exp() + s.n - 1))
BOUND_ADDITIVE = Bound(ROW_12_ADDITIVE, lambda s, C: (C * s.t).exp() + s.n - 1 - s.n * s.mu)


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


def at_least_8(case: Case) -> str:
    """For t >= 8 the n-1 other keys of the worst YES row weigh less than 1% of C makes up, for every n."""
    return "" if whole(case, "t") >= 8 else "t < 8"


def positive_error(case: Case) -> str:
    """The bisection does not resolve smaller ones."""
    return "" if fraction(case["mu"]) >= Fraction(1, 1 << 20) else "the error is less than 2^(-20)"


SIZES = tuple((n, t, t) for n in (2, 3, 8) for t in (1, 2, 5))
FEW = ((2, 12, 1), (3, 12, 2), (8, 12, 4))

CLAIMS = stated(
    __file__,
    Checked("Theorem-4.1", decides(EXP), instances(worst_product, EXACT), printed=ROW_4_1),
    Checked("Theorem-4.2", decides(REL), instances(worst_product, RELATIVE), printed=ROW_4_2),
    Checked(
        "Theorem-4.2-least",
        separates(REL, ROW_4_2, worst_product, at_least_8),
        instances_and_sizes(RELATIVE, ((2, 8, 8), (8, 12, 8), (64, 12, 8))),
        printed=lambda s: ln(s.rho * s.n),
    ),
    Checked(
        "Theorem-4.3",
        decides(ADD),
        instances(worst_product, ADDITIVE),
        printed=ROW_4_3,
        mended=replace(ROW_4_3, constant=lambda s: ln(s.n + 2 * s.mu)),
    ),
    Checked(
        "Theorem-4.3-least",
        separates(ADD, ROW_4_3, worst_product, nothing_more, positive_error),
        instances_and_sizes(ADDITIVE[1:], FEW),
        printed=lambda s: least_additive(s, 2 * s.mu),
    ),
    Checked("Theorem-12-relative", decides(SCORES), instances(worst_product, RELATIVE), printed=ROW_4_2),
    Checked("Theorem-12-additive", decides(SCORES_ADD), instances(worst_product, ADDITIVE), printed=ROW_12_ADDITIVE),
    Checked(
        "Theorem-12-additive-least",
        separates(SCORES_ADD, ROW_12_ADDITIVE, worst_product, nothing_more, positive_error),
        instances_and_sizes(ADDITIVE[1:], FEW),
        printed=lambda s: least_additive(s, 2 * s.n * s.mu),
    ),
    Checked(
        "K8-relative",
        bounds_yes(SCORES, worst_product, nothing_more),
        instances_and_sizes(RELATIVE, SIZES, every=False),
        printed=Bound(ROW_4_2, lambda s, C: (1 - s.mu) * (C * s.t).exp() + s.n - 1),
        mended=BOUND_RELATIVE,
        recorded=Verdict.FAILS,
    ),
    Checked(
        "K8-additive",
        bounds_yes(SCORES_ADD, worst_product, nothing_more),
        instances_and_sizes(ADDITIVE, SIZES, every=False),
        printed=Bound(ROW_12_ADDITIVE, lambda s, C: (C * s.t).exp() + s.n - 1 - s.mu),
        mended=BOUND_ADDITIVE,
        recorded=Verdict.FAILS,
    ),
)
