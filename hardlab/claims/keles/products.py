"""Keles et al.: inner products without normalisation (Theorems 4.1-4.3, and 12 of Appendix C), and K8.

Each theorem is checked at its constant C: the decision is right on every row under the worst admissible error. The least
constants, derived here, are enough and, up to 1%, needed. The letters are those of `keles_gadget`; n >= 2 throughout. The
paper's statements are taken from our notes of it.
"""

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Verdict
from hardlab.claims.keles.cases import (
    ADDITIVE,
    EXACT,
    RELATIVE,
    fraction,
    instances,
    instances_and_sizes,
    keles,
    whole,
    worst_product,
)
from hardlab.claims.keles.deciding import Bound, bounds_yes, decides, nothing_more, separates, theorem
from hardlab.claims.keles.gadget import Model, Row, Size, ln
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

CLAIMS: tuple[Claim[Any], ...] = (
    theorem(
        "Theorem-4.1",
        keles("Theorem 4.1"),
        EXP,
        ROW_4_1,
        instances(worst_product, EXACT),
        (
            "exp(<Q_i, Q_j>), exact outputs, TVPP",
            "C = 2 ln n and the threshold n e^(C(t-1))",
            "A NO row has at most n e^(C(t-1)), a YES row at least e^(Ct) = n^2 e^(C(t-1)).",
        ),
    ),
    theorem(
        "Theorem-4.2",
        keles("Theorem 4.2"),
        REL,
        ROW_4_2,
        instances(worst_product, RELATIVE),
        (
            "exp(<Q_i, Q_j>), relative error mu < 1, TVPP",
            "C = 2 ln(rho n) and the threshold (1+mu) n e^(C(t-1))",
            "A YES row keeps (1-mu) e^(Ct) > (1+mu) n e^(C(t-1)), as e^C > rho n.",
        ),
    ),
    Claim(
        id="Theorem-4.2-least",
        source="derived here, for Theorems 4.1 (mu = 0), 4.2 and 12",
        statement="C > ln(rho n) is enough for every t; for t >= 8 at 0.99 ln(rho n) the worst rows meet.",
        proof="(1-mu)(e^(Ct) + n-1) > (1+mu) n e^(C(t-1)) once e^C >= rho n; the worst rows are all products t-1, and one t"
        " with the rest 0.",
        printed=lambda s: ln(s.rho * s.n),
        check=separates(REL, ROW_4_2, worst_product, at_least_8),
        cases=instances_and_sizes(RELATIVE, ((2, 8, 8), (8, 12, 8), (64, 12, 8))),
    ),
    Claim(
        id="Theorem-4.3",
        source=keles("Theorem 4.3"),
        statement="exp(<Q_i, Q_j>), additive error mu >= 0, TVPP: with C = 2 ln(n+2mu) and the threshold n e^(C(t-1)) + mu,"
        " every row is decided rightly under every admissible error, for n >= 2.",
        wrong="The factor 2 is not needed.",
        correction="C = ln(n+2mu), for every t.",
        proof="e^(C(t-1)) (e^C - n) >= e^(C(t-1)) 2mu >= 2mu > 2mu - (n-1).",
        printed=ROW_4_3,
        mended=replace(ROW_4_3, constant=lambda s: ln(s.n + 2 * s.mu)),
        check=decides(ADD),
        cases=instances(worst_product, ADDITIVE),
    ),
    Claim(
        id="Theorem-4.3-least",
        source="derived here, for Theorem 4.3",
        statement="For mu > 0 the least C is the one from which on e^(C(t-1)) (e^C - n) > 2mu - (n-1): at t = 1 it is"
        " ln(1+2mu). It is enough, and at 0.99 of it the worst rows meet.",
        proof="The n-1 other keys of a YES row weigh at least 1 each; the worst rows attain both sides.",
        printed=lambda s: least_additive(s, 2 * s.mu),
        check=separates(ADD, ROW_4_3, worst_product, nothing_more, positive_error),
        cases=instances_and_sizes(ADDITIVE[1:], FEW),
    ),
    theorem(
        "Theorem-12-relative",
        keles("Theorem 12 (Appendix C), multiplicative part"),
        SCORES,
        ROW_4_2,
        instances(worst_product, RELATIVE),
        (
            "exp(<Q_i, Q_j>), relative error mu < 1 on every score, TVPP",
            "C = 2 ln(rho n) and the threshold (1+mu) n e^(C(t-1))",
            "All scores are positive, so their relative errors bound that of the sum, and Theorem 4.2 applies.",
        ),
    ),
    theorem(
        "Theorem-12-additive",
        keles("Theorem 12 (Appendix C), additive part"),
        SCORES_ADD,
        ROW_12_ADDITIVE,
        instances(worst_product, ADDITIVE),
        (
            "exp(<Q_i, Q_j>), additive error mu >= 0 on every score, TVPP",
            "C = 2 ln(n+2mu) and the threshold n e^(C(t-1)) + n mu",
            "The error of a row is n mu, and (n+2mu)^2 - n > 2 n mu - (n-1), although C is that of an error mu.",
        ),
    ),
    Claim(
        id="Theorem-12-additive-least",
        source="derived here, for Theorem 12",
        statement="For mu > 0 the least C is the one from which on e^(C(t-1)) (e^C - n) > 2 n mu - (n-1). It is enough, and at"
        " 0.99 of it the worst rows meet.",
        proof="As for Theorem 4.3 with the error n mu.",
        printed=lambda s: least_additive(s, 2 * s.n * s.mu),
        check=separates(SCORES_ADD, ROW_12_ADDITIVE, worst_product, nothing_more, positive_error),
        cases=instances_and_sizes(ADDITIVE[1:], FEW),
    ),
    Claim(
        id="K8-relative",
        source=keles("Appendix C, multiplicative part, Case 2"),
        statement="With relative errors mu on the scores, a YES row has at least (1-mu) e^(Ct) + n-1.",
        wrong="The error is on all scores, also on the n-1 others.",
        correction="(1-mu) (e^(Ct) + n-1), attained by one product t with the rest 0.",
        proof="One score is at least e^(Ct), the others at least 1, and all may be too small by the factor 1-mu.",
        printed=Bound(ROW_4_2, lambda s, C: (1 - s.mu) * (C * s.t).exp() + s.n - 1),
        mended=BOUND_RELATIVE,
        check=bounds_yes(SCORES, worst_product, nothing_more),
        cases=instances_and_sizes(RELATIVE, SIZES, every=False),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K8-additive",
        source=keles("Appendix C, additive part, Case 2"),
        statement="With additive errors mu on the scores, a YES row has at least e^(Ct) + n-1 - mu.",
        wrong="Each of the n scores may be too small by mu.",
        correction="e^(Ct) + n-1 - n mu, attained as for K8-relative; C = 2 ln(n+2mu) is enough all the same"
        " (Theorem-12-additive).",
        proof="V picks n scores.",
        printed=Bound(ROW_12_ADDITIVE, lambda s, C: (C * s.t).exp() + s.n - 1 - s.mu),
        mended=BOUND_ADDITIVE,
        check=bounds_yes(SCORES_ADD, worst_product, nothing_more),
        cases=instances_and_sizes(ADDITIVE, SIZES, every=False),
        recorded=Verdict.FAILS,
    ),
)
