"""Keles et al., Appendix G, softmax with additive error (K10-K12), and the stronger softmax gadgets derived here."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Claim, Finding, IllTyped, Verdict, found, outside
from hardlab.claims.keles_cases import (
    EXACT,
    instances,
    tiny,
    worst_softmax,
)
from hardlab.claims.keles_formulas import (
    ROW_5_1,
    SOFTMAX,
    below,
    ln,
)
from hardlab.claims.keles_gadget import (
    Model,
    Row,
    Size,
    decides,
    number,
    output,
    profiles,
    shown,
    size_of,
)
from hardlab.claims.keles_slips import scaled
from instances.exact import sign

SOFTMAX_ADD = Model(softmax=True, error="additive")


def denominator(own: Callable[[arb, int], arb], case: Case) -> Finding:
    """The displayed output S / (S + sum_k exp(own(C, <a_i, a_k>))) is that of row i of softmax attention on Q, K = Q."""
    A, B = ([[int(x) for x in v] for v in case[side]] for side in "AB")
    n, d = len(A), len(A[0])

    def gap(i: int) -> arb:
        C = ln(n) + d
        Q: list[list[Any]] = [*A, *([C * x for x in b] for b in B)]
        scores = [sum((x * y for x, y in zip(Q[i], k, strict=True)), arb(0)).exp() for k in Q]
        S = sum(scores[n:], arb(0))
        displayed = sum((own(C, sum(x * y for x, y in zip(A[i], k, strict=True))).exp() for k in A), arb(0))
        return S / (S + displayed) - S / sum(scores, arb(0))

    def off(i: int) -> arb:
        return abs(gap(i)) - arb(2) ** -50

    for i in range(n):
        if sign(partial(off, i)) > 0:
            return found(False, f"row {i}: the displayed output minus the exact one is {shown(gap(i))}")
    return found(True, "displayed and exact outputs agree")


def room(gap: Callable[[int, int, int], arb], case: Case) -> Finding:
    """On the worst YES row (all a = 1_d, one product t, the rest 0) the output minus the threshold E/(E+1) is gap(n, d, t)."""
    n, d, t = (int(case[letter]) for letter in ("n", "d", "t"))
    instance = {**worst_softmax(n, d, t)[1], "t": t, "mu": "0"}
    (profile,) = profiles(instance)

    def ratio() -> arb:
        size = size_of(instance, d)
        C = ROW_5_1.constant(size)
        return (output(SOFTMAX, ROW_5_1, size, C, profile, 0) - ROW_5_1.threshold(size, C)) / gap(n, d, t)

    if sign(lambda: abs(ratio() - 1) - arb(2) ** -30) > 0:
        return found(False, f"the gap over its formula is {shown(ratio())}")
    return found(True, "the formula is exact")


@dataclass(frozen=True)
class Dummy:
    """OV with one dummy key: C, the threshold and the error that is borne, from n and R0."""

    constant: Callable[[int, arb], arb]
    threshold: Callable[[arb], arb]
    error: Callable[[arb], arb]


def dummy_key(formulas: Dummy, case: Case) -> Finding:
    """u_i > threshold iff a_i is orthogonal to some b_j; Q = sqrt(C) A, K = (-sqrt(C) B; 0), V = (1_n; 0), worst error."""
    A, B = ([[int(x) for x in v] for v in case[side]] for side in "AB")
    if len(B) < 2:
        return outside("n = 1 has a YES row at exactly 1/2")

    def over(a: list[int], push: int) -> arb:
        R0 = number(case["R0"])
        root = formulas.constant(len(B), R0).sqrt()
        keys = [*([-root * x for x in b] for b in B), [arb(0)] * len(a)]
        scores = [sum((root * x * y for x, y in zip(a, k, strict=True)), arb(0)).exp() for k in keys]
        u = sum(scores[:-1], arb(0)) / sum(scores, arb(0))
        return u + push * formulas.error(R0) - formulas.threshold(R0)

    for i, a in enumerate(A):
        truth = any(not any(x and y for x, y in zip(a, b, strict=True)) for b in B)
        push = -1 if truth else 1
        if (sign(partial(over, a, push)) > 0) != truth:
            return found(False, f"row {i} is {'YES' if truth else 'NO'}: u minus the threshold is {shown(over(a, push))}")
    return found(True, "every row decided under the worst error")


def sizes() -> Iterator[Case]:
    for n in (2, 3, 8, 64):
        for d in (1, 2, 5, 12):
            for t in (1, d // 2, d):
                if t:
                    yield {"n": n, "d": d, "t": t}


def dummies() -> Iterator[Case]:
    for R0 in ("2", "16"):
        for instance, _ in tiny():
            yield {**instance, "R0": R0}
        for n in (2, 8, 32):
            yield {"A": ["10"] * n, "B": ["10"] * n, "R0": R0}
            yield {"A": ["1" * 12] * n, "B": ["0" * 12] + ["1" * 12] * (n - 1), "R0": R0}


def no_constant(s: Size) -> arb:
    raise IllTyped("no C is given")


def softmax_additive(error: Callable[[Size], arb]) -> Row:
    return replace(ROW_5_1, threshold=lambda s, C: below(s, C) / (below(s, C) + 1) + error(s), error=error)


TABLE_1 = softmax_additive(lambda s: arb(s.n) ** -s.d)


SMALL = softmax_additive(lambda s: arb(s.n) ** (-3 * s.d) * (-3 * arb(s.d) ** 2).exp())


SCALED = replace(
    ROW_5_1,
    constant=lambda s: ln(s.n) + s.scale**2 * s.w,
    factors=lambda s, C: (s.scale, C / s.scale),
)


DUMMY = Dummy(
    constant=lambda n, R0: ln(n * R0),
    threshold=lambda R0: (arb(1) / 2 + 1 / (R0 + 1)) / 2,
    error=lambda R0: arb(1) / 4 - 1 / (2 * (R0 + 1)),
)

CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="K10-denominator",
        source="Keles et al., Appendix G, softmax, the displayed output",
        statement="The output of row i is S / (S + sum_k e^(C <a_i, a_k>)), S = sum_j e^(C <a_i, b_j>).",
        wrong="Only the rows n+1..2n carry C: <Q_i, Q_k> = <a_i, a_k> for k <= n.",
        correction="S / (S + sum_k e^(<a_i, a_k>)).",
        proof="The definition of the gadget.",
        printed=lambda C, product: C * product,
        mended=lambda C, product: arb(product),
        check=denominator,
        cases=instances(worst_softmax, EXACT, (2, 3)),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K11-softmax",
        source="Keles et al., Table 1, softmax row, against Appendix G",
        statement="The additive error mu = n^(-d) is borne by softmax with C = ln n + d (the paper gives no C: K12).",
        wrong="The gap between YES and NO outputs is far smaller; Appendix G claims mu <= n^(-3d) e^(-3d^2).",
        correction="mu = n^(-3d) e^(-3d^2).",
        proof="K12-constant.",
        printed=TABLE_1,
        mended=SMALL,
        check=decides(SOFTMAX_ADD),
        cases=instances(worst_softmax, EXACT),
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="K12-constant",
        source="Keles et al., Appendix G, softmax",
        statement="Softmax with the additive error n^(-3d) e^(-3d^2) decides TVPP for a suitable C.",
        wrong="The proof stops before C is chosen.",
        correction="C = ln n + d, with the threshold E / (E+1) + mu, E = e^(C(t-1)), for n >= 2.",
        proof="The gap of K12-gap exceeds 2 n^(-3d) e^(-3d^2), as t <= d.",
        printed=replace(SMALL, constant=no_constant),
        mended=SMALL,
        check=decides(SOFTMAX_ADD),
        cases=instances(worst_softmax, EXACT),
        recorded=Verdict.ILL_TYPED,
    ),
    Claim(
        id="K12-gap",
        source="derived here, for Appendix G, softmax",
        statement="With C = ln n + d the least YES output exceeds E/(E+1), E = e^(C(t-1)), by exactly"
        " (n-1) / ((e^(Ct) + n-1 + n e^d)(E+1)).",
        wrong="",
        correction="",
        proof="The difference of the two fractions, with e^(Ct) = n e^d E.",
        printed=(
            gap := lambda n, d, t: (
                (n - 1) / ((((ln(n) + d) * t).exp() + n - 1 + n * arb(d).exp()) * (((ln(n) + d) * (t - 1)).exp() + 1))
            )
        ),
        mended=gap,
        check=room,
        cases=sizes,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="Softmax-scaled",
        source="derived here, for Theorem 5.1",
        statement="With the A rows times gamma and the B rows times C/gamma, C = ln n + gamma^2 w is enough in Theorem 5.1, w"
        " the largest <a_i, a_k> (gamma = 1/4): the d in the constant goes.",
        wrong="",
        correction="",
        proof="<Q_i, Q_(n+j)> is unchanged and <Q_i, Q_k> = gamma^2 <a_i, a_k>, so the a-keys weigh at most n e^(gamma^2 w).",
        printed=SCALED,
        mended=SCALED,
        check=decides(SOFTMAX),
        cases=scaled("1/4", worst_softmax, EXACT),
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="Softmax-dummy-key",
        source="derived here, for Appendix G, softmax",
        statement="Q = sqrt(C) A, K = -sqrt(C) B and one zero key, V = 1 on B, C = ln(n R0): softmax decides OV row by row with"
        " the constant additive error 1/4 - 1/(2(R0+1)), for n >= 2.",
        wrong="",
        correction="",
        proof="u = S/(S+1), S = sum_j e^(-C a.b): S > 1 on a YES row, S <= n e^(-C) = 1/R0 on a NO row; the threshold is"
        " halfway.",
        printed=DUMMY,
        mended=DUMMY,
        check=dummy_key,
        cases=dummies,
        recorded=Verdict.HOLDS,
    ),
)
