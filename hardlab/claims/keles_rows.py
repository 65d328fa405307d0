"""Keles et al.: the hardness theorems 4.1-4.3, 5.1, 5.2 and 7, each at its constant C.

Every theorem is checked twice: at its C the decision is right on every row under the worst admissible error, and the
least C (derived here) is enough and, up to 1%, needed. The letters are those of `keles_gadget`; n >= 2 throughout.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flint import arb

from hardlab.claims.claim import Claim, Verdict
from hardlab.claims.keles_cases import (
    ADDITIVE,
    EXACT,
    RELATIVE,
    Cases,
    couples,
    instances,
    worst_distance,
    worst_product,
    worst_softmax,
)
from hardlab.claims.keles_formulas import (
    ADD,
    EXP,
    FLIPPED,
    ROW_4_1,
    ROW_4_2,
    ROW_4_3,
    ROW_5_1,
    ROW_5_2,
    ROW_7,
    ROW_7_RELATIVE,
    SOFTMAX,
    least_additive,
    least_flipped,
    ln,
)
from hardlab.claims.keles_gadget import Model, Row, Size, decides, separates

MANY = ((2, 15, 8), (8, 12, 8), (64, 12, 8))
FEW = ((2, 12, 1), (3, 12, 2), (8, 12, 4))
FAR = ((2, 12, 1), (3, 12, 4), (64, 12, 2))
HEAVY = ((2, 12, 1), (64, 12, 1))


def theorem(id: str, source: str, model: Model, row: Row, cases: Cases, words: tuple[str, str, str]) -> Claim[Row]:
    """A theorem that is right as printed: at its C and threshold every row is decided under the worst error."""
    mechanism, constants, proof = words
    return Claim(
        id=id,
        source=source,
        statement=f"{mechanism}: with {constants}, every row is decided rightly under every admissible error, for n >= 2.",
        wrong="",
        correction="",
        proof=proof,
        printed=row,
        mended=row,
        check=decides(model),
        cases=cases,
        recorded=Verdict.HOLDS,
    )


def least(
    id: str, source: str, model: Model, row: Row, constant: Callable[[Size], arb], cases: Cases, words: tuple[str, str]
) -> Claim[Callable[[Size], arb]]:
    """The least C, derived here: above it the YES rows are apart from the NO rows, at 0.99 of it the worst two are not."""
    statement, proof = words
    return Claim(
        id=id,
        source=f"derived here, for {source}",
        statement=statement,
        wrong="",
        correction="",
        proof=proof,
        printed=constant,
        mended=constant,
        check=separates(model, row),
        cases=cases,
        recorded=Verdict.HOLDS,
    )


CLAIMS: tuple[Claim[Any], ...] = (
    theorem(
        "Theorem-4.1",
        "Keles et al., Theorem 4.1",
        EXP,
        ROW_4_1,
        instances(worst_product, EXACT),
        (
            "exp(<Q_i, Q_j>), exact outputs, TVPP",
            "C = 2 ln n and the threshold n e^(C(t-1))",
            "A NO row has at most n e^(C(t-1)), a YES row at least e^(Ct) = n^2 e^(C(t-1)).",
        ),
    ),
    least(
        "Theorem-4.1-least",
        "Theorem 4.1",
        EXP,
        ROW_4_1,
        lambda s: ln(s.n),
        couples(worst_product, EXACT, MANY),
        (
            "C > ln n is enough for every t; for t = 8 at 0.99 ln n the worst NO row reaches the worst YES row.",
            "e^(Ct) + n-1 > n e^(C(t-1)) once e^C >= n; the worst rows are all products t-1, and one t with the rest 0.",
        ),
    ),
    theorem(
        "Theorem-4.2",
        "Keles et al., Theorem 4.2",
        EXP,
        ROW_4_2,
        instances(worst_product, RELATIVE),
        (
            "exp(<Q_i, Q_j>), relative error mu < 1, TVPP",
            "C = 2 ln(rho n) and the threshold (1+mu) n e^(C(t-1))",
            "A YES row keeps (1-mu) e^(Ct) > (1+mu) n e^(C(t-1)), as e^C > rho n.",
        ),
    ),
    least(
        "Theorem-4.2-least",
        "Theorem 4.2",
        EXP,
        ROW_4_2,
        lambda s: ln(s.rho * s.n),
        couples(worst_product, RELATIVE, MANY),
        (
            "C > ln(rho n) is enough for every t; for t = 8 at 0.99 ln(rho n) the worst rows meet.",
            "(1-mu)(e^(Ct) + n-1) > (1+mu) n e^(C(t-1)) once e^C >= rho n.",
        ),
    ),
    theorem(
        "Theorem-4.3",
        "Keles et al., Theorem 4.3",
        ADD,
        ROW_4_3,
        instances(worst_product, ADDITIVE),
        (
            "exp(<Q_i, Q_j>), additive error mu >= 0, TVPP",
            "C = 2 ln(n+2mu) and the threshold n e^(C(t-1)) + mu",
            "e^(C(t-1)) (e^C - n) >= (n+2mu)^2 - n > 2mu.",
        ),
    ),
    least(
        "Theorem-4.3-least",
        "Theorem 4.3",
        ADD,
        ROW_4_3,
        lambda s: least_additive(s, 2 * s.mu),
        couples(worst_product, ADDITIVE[1:], FEW),
        (
            "The least C is the one from which on e^(C(t-1)) (e^C - n) > 2mu - (n-1): at t = 1 it is ln(1+2mu).",
            "The n-1 other keys of a YES row weigh at least 1 each; the worst rows attain both sides.",
        ),
    ),
    Claim(
        id="Theorem-4.3-simple",
        source="derived here, for Theorem 4.3",
        statement="C = ln(n+2mu), without the factor 2, is enough for every t in Theorem 4.3, for n >= 2.",
        wrong="",
        correction="",
        proof="e^(C(t-1)) (e^C - n) = e^(C(t-1)) 2mu >= 2mu > 2mu - (n-1).",
        printed=(simple := replace(ROW_4_3, constant=lambda s: ln(s.n + 2 * s.mu))),
        mended=simple,
        check=decides(ADD),
        cases=instances(worst_product, ADDITIVE),
        recorded=Verdict.HOLDS,
    ),
    theorem(
        "Theorem-5.1",
        "Keles et al., Theorem 5.1",
        SOFTMAX,
        ROW_5_1,
        instances(worst_softmax, EXACT),
        (
            "Softmax, exact outputs, TVPP",
            "C = ln n + d and the threshold E / (E+1), E = e^(C(t-1))",
            "The a-keys weigh between n and n e^d. A NO row has S <= n E; a YES row has S >= e^(Ct) + n-1 > n e^d E. At n = 1"
            " and |a| = d the two are equal, hence n >= 2.",
        ),
    ),
    least(
        "Theorem-5.1-least",
        "Theorem 5.1",
        SOFTMAX,
        ROW_5_1,
        lambda s: ln(s.n) + s.w,
        couples(worst_softmax, EXACT, HEAVY),
        (
            "C > ln n + w is enough, w the largest <a_i, a_k>; for t = 1 and w = 12 at 0.99 of it the worst rows meet.",
            "The a-keys weigh at most n e^w. After Lemma 1 (dimension 2d) w is d, not 2d.",
        ),
    ),
    theorem(
        "Theorem-5.2",
        "Keles et al., Theorem 5.2",
        FLIPPED,
        ROW_5_2,
        instances(worst_softmax, RELATIVE),
        (
            "Softmax with V = (1_n; 0_n), relative error mu < 1, TVPP, YES iff below",
            "C = ln(2 rho n) + d and the threshold (1-mu) / (1 + e^(C(t-1)))",
            "With W = n e^d: a YES row has at most (1+mu) W / (e^(Ct) + n-1 + W), and e^C = 2 rho W.",
        ),
    ),
    least(
        "Theorem-5.2-least",
        "Theorem 5.2",
        FLIPPED,
        ROW_5_2,
        least_flipped,
        couples(worst_softmax, RELATIVE, (*HEAVY, (64, 12, 2))),
        (
            "C > ln((2 rho - 1) n e^w) at t = 1 and C >= ln(rho n e^w + 1) at t >= 2 are enough, w the largest <a_i, a_k>;"
            " for w = 12 at 0.99 of it the worst rows meet.",
            "(1-mu)(e^(Ct) + n-1 + n e^w) > (1+mu) n e^w (1 + e^(C(t-1))), the terms compared in each case.",
        ),
    ),
    theorem(
        "Theorem-7",
        "Keles et al., Theorem 7, with the sign of K3",
        EXP,
        ROW_7,
        instances(worst_distance, EXACT, distances=True),
        (
            "exp(-C |Q_i - Q_j|^2), exact outputs, BHCP with the squared threshold t",
            "C = 2 ln n and the threshold n e^(-Ct)",
            "A NO row has at most n e^(-Ct), a YES row at least e^(-C(t-1)) = n^2 e^(-Ct).",
        ),
    ),
    theorem(
        "Theorem-7-relative",
        "Keles et al., Theorem 7, multiplicative part, with the sign of K3",
        EXP,
        ROW_7_RELATIVE,
        instances(worst_distance, RELATIVE, distances=True),
        (
            "exp(-C |Q_i - Q_j|^2), relative error mu < 1, BHCP with the squared threshold t",
            "C = 2 ln(rho n) and the threshold (1+mu) n e^(-Ct)",
            "A YES row keeps (1-mu) e^(-C(t-1)) > (1+mu) n e^(-Ct), as e^C > rho n.",
        ),
    ),
    least(
        "Theorem-7-least",
        "Theorem 7",
        EXP,
        ROW_7_RELATIVE,
        lambda s: ln(s.rho * s.n),
        couples(worst_distance, RELATIVE, FAR, distances=True),
        (
            "C > ln(rho n) is enough (ln n for exact outputs); for d >= t + 8 at 0.99 of it the worst rows meet.",
            "The worst rows are all distances t, and one t-1 with the rest d; the rest weighs next to nothing.",
        ),
    ),
)
