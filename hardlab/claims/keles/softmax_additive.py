"""Keles et al., Appendix G: softmax with additive error, K10-K12.

The paper's statements are taken from our notes of it; by these, its proof stops before a constant C is chosen.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import EXACT, beyond, instances, small_factor, worst_softmax
from hardlab.claims.keles.deciding import decides
from hardlab.claims.keles.gadget import Model, Row, Size, ln, output, profiles, size_of
from hardlab.claims.keles.products import below
from hardlab.claims.keles.softmax import ROW_5_1, SOFTMAX
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

SOFTMAX_ADD = Model(softmax=True, error="additive")


def displayed_is_output(own: Callable[[arb, int], arb], case: Case) -> Finding:
    """The displayed output S / (S + sum_k exp(own(C, <a_i, a_k>))) is that of row i of softmax attention on Q, K = Q."""
    if why := beyond(case, "exact"):
        return outside(why)
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


def gap_is(gap: Callable[[int, int, int], arb], case: Case) -> Finding:
    """On the worst YES row (all a = 1_d, one product t, the rest 0) the output minus the threshold E/(E+1) is gap(n, d, t)."""
    if why := beyond({letter: case[letter] for letter in ("n", "d", "t")}, "exact"):
        return outside(why)
    n, d, t = (case[letter] for letter in ("n", "d", "t"))
    instance = {**worst_softmax(n, d, t)[1], "t": t}
    (profile,) = profiles(instance)

    def ratio() -> arb:
        size = size_of(instance, d)
        C = ln(n) + d
        return (output(SOFTMAX, ROW_5_1, size, C, profile, 0) - ROW_5_1.threshold(size, C)) / gap(n, d, t)

    if sign(lambda: abs(ratio() - 1) - arb(2) ** -30) > 0:
        return found(False, f"the gap over its formula is {shown(ratio())}")
    return found(True, "the formula is exact")


def sizes() -> Iterator[Case]:
    for n in (2, 3, 8, 64):
        for d in (1, 2, 5, 12):
            for t in sorted({1, d // 2, d} - {0}):
                yield {"n": n, "d": d, "t": t}


def worst_gap(n: int, d: int, t: int) -> arb:
    C = ln(n) + d
    return (n - 1) / (((C * t).exp() + n - 1 + n * arb(d).exp()) * ((C * (t - 1)).exp() + 1))


def softmax_additive(error: Callable[[Size], arb]) -> Row:
    return replace(ROW_5_1, threshold=lambda s, C: below(s, C) / (below(s, C) + 1) + error(s), error=error)


SMALL = softmax_additive(lambda s: arb(s.n) ** (-3 * s.d) * (-3 * arb(s.d) ** 2).exp())

CLAIMS = stated(
    __file__,
    Checked(
        "K10-denominator",
        displayed_is_output,
        lambda: (case for case in instances(worst_softmax, EXACT)() if len(case["A"]) <= 8),
        printed=lambda C, product: C * product,
        mended=lambda C, product: arb(product),
        recorded=Verdict.FAILS,
    ),
    Checked(
        "K11-softmax",
        decides(SOFTMAX_ADD, small_factor),
        instances(worst_softmax, EXACT, scale="1/1000"),
        printed=softmax_additive(lambda s: s.scale * arb(s.n) ** -s.d),
        mended=SMALL,
        recorded=Verdict.FAILS,
    ),
    Checked(
        "K12-constant",
        decides(SOFTMAX_ADD),
        instances(worst_softmax, EXACT),
        printed=replace(SMALL, constant=None),
        mended=SMALL,
        recorded=Verdict.ILL_TYPED,
    ),
    Checked("K12-gap", gap_is, sizes, printed=worst_gap),
)
