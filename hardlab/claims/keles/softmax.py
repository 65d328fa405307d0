"""Keles et al.: softmax (Theorems 5.1 and 5.2), K5, and the gadgets for softmax derived here.

The letters are those of `keles_gadget`; n >= 2 throughout. The paper's statements are taken from our notes of it.
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
    fraction,
    instances,
    instances_and_sizes,
    keles,
    tiny,
    uneven,
    worst_softmax,
)
from hardlab.claims.keles.deciding import decides, separates, theorem
from hardlab.claims.keles.gadget import Model, Size, ln, number
from hardlab.claims.keles.products import ROW_4_1, below
from hardlab.claims.numbers import shown
from instances.exact import sign

SOFTMAX = Model(softmax=True)
FLIPPED = Model(softmax=True, values=(1, 0), error="relative")

ROW_5_1 = replace(ROW_4_1, constant=lambda s: ln(s.n) + s.d, threshold=lambda s, C: below(s, C) / (below(s, C) + 1))
ROW_5_2 = replace(ROW_4_1, constant=lambda s: ln(2 * s.rho * s.n) + s.d, threshold=lambda s, C: (1 - s.mu) / (1 + below(s, C)))
ALMOST_ONE = replace(
    ROW_5_2,
    constant=lambda s: ln(2 * s.n * (2 * arb(s.n) ** 2 - 1)) + s.d,
    threshold=lambda s, C: arb(s.n) ** -2 / (1 + below(s, C)),
    error=lambda s: 1 - arb(s.n) ** -2,
)
SCALED = replace(ROW_5_1, constant=lambda s: ln(s.n) + s.scale**2 * s.w, factors=lambda s, C: (s.scale, C / s.scale))


def least_flipped(s: Size) -> arb:
    own = s.n * arb(s.w).exp()
    return ln((2 * s.rho - 1) * own) if s.t == 1 else ln(s.rho * own + 1)


def heavy(case: Case) -> str:
    """Then n-1 is less than 1% of C makes up, for every n."""
    return "" if case["t"] == 1 and case["d"] >= 12 else "t > 1, or d < 12"


def heavy_or_many(case: Case) -> str:
    return "" if case["t"] == 2 and case["n"] >= 64 and case["d"] >= 12 else heavy(case)


def at_least_10(case: Case) -> str:
    """Then c ln n is more than ln(2 rho n) for every n >= 2."""
    return "" if 10 <= fraction(case["scale"]) <= 1000 else "c is not between 10 and 1000"


def at_most_1(case: Case) -> str:
    return "" if fraction(case["scale"]) <= 1 else "gamma > 1"


def multiples_of_log() -> Iterator[Case]:
    """c = 10 and 20, with the worst instances of two vectors a side in every dimension."""
    for c, dimensions in (("10", 8), ("20", 14)):
        for d in range(1, dimensions + 1):
            for t in (1, 2, d):
                for instance in worst_softmax(2, d, t) if t <= d else ():
                    yield {**instance, "t": t, "scale": c}


@dataclass(frozen=True)
class Dummy:
    """OV with one dummy key: C, the threshold and the error that is borne, from n and R0."""

    constant: Callable[[int, arb], arb]
    threshold: Callable[[arb], arb]
    error: Callable[[arb], arb]


def dummy_key_decides(formulas: Dummy, case: Case) -> Finding:
    """u_i > threshold iff a_i is orthogonal to some b_j; Q = sqrt(C) A, K = (-sqrt(C) B; 0), V = (1_n; 0), worst error."""
    A, B = ([[int(x) for x in v] for v in case[side]] for side in "AB")
    if why := uneven(case) or ("" if len(B) > 1 else "n = 1 has a YES row at exactly 1/2"):
        return outside(why)
    if fraction(case["R0"]) <= 1:
        return outside("R0 <= 1 bears no error")

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


def instances_of_ov() -> Iterator[Case]:
    for R0 in ("2", "16"):
        for instance, _ in tiny():
            yield {**instance, "R0": R0}
        for n in (2, 8, 32):
            yield {"A": ["10"] * n, "B": ["10"] * n, "R0": R0}
            yield {"A": ["1" * 12] * n, "B": ["0" * 12] + ["1" * 12] * (n - 1), "R0": R0}


DUMMY = Dummy(
    constant=lambda n, R0: ln(n * R0),
    threshold=lambda R0: (arb(1) / 2 + 1 / (R0 + 1)) / 2,
    error=lambda R0: arb(1) / 4 - 1 / (2 * (R0 + 1)),
)

CLAIMS: tuple[Claim[Any], ...] = (
    theorem(
        "Theorem-5.1",
        keles("Theorem 5.1"),
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
    Claim(
        id="Theorem-5.1-least",
        source="derived here, for Theorem 5.1",
        statement="C > ln n + w is enough, w the largest <a_i, a_k>; for t = 1 and w >= 12 at 0.99 of it the worst rows meet.",
        proof="The a-keys weigh at most n e^w. After Lemma 1 (dimension 2d) w is d, not 2d.",
        printed=lambda s: ln(s.n) + s.w,
        check=separates(SOFTMAX, ROW_5_1, worst_softmax, heavy),
        cases=instances_and_sizes(EXACT, ((2, 12, 1), (64, 12, 1))),
    ),
    theorem(
        "Theorem-5.2",
        keles("Theorem 5.2"),
        FLIPPED,
        ROW_5_2,
        instances(worst_softmax, RELATIVE),
        (
            "Softmax with V = (1_n; 0_n), relative error mu < 1, TVPP, YES iff below",
            "C = ln(2 rho n) + d and the threshold (1-mu) / (1 + e^(C(t-1)))",
            "With W = n e^d: a YES row has at most (1+mu) W / (e^(Ct) + n-1 + W), and e^C = 2 rho W.",
        ),
    ),
    Claim(
        id="Theorem-5.2-least",
        source="derived here, for Theorem 5.2",
        statement="C > ln((2 rho - 1) n e^w) at t = 1 and C > ln(rho n e^w + 1) at t >= 2 are enough, w the largest <a_i, a_k>;"
        " for w >= 12 and t = 1, or t = 2 and n >= 64, at 0.99 of it the worst rows meet.",
        proof="(1-mu)(e^(Ct) + n-1 + n e^w) > (1+mu) n e^w (1 + e^(C(t-1))), the terms compared in each case.",
        printed=least_flipped,
        check=separates(FLIPPED, ROW_5_2, worst_softmax, heavy_or_many),
        cases=instances_and_sizes(RELATIVE, ((2, 12, 1), (64, 12, 1), (64, 12, 2))),
    ),
    Claim(
        id="K5-almost-one",
        source=keles("remark in Section 4.4 and Appendix H"),
        statement="In Theorem 5.2 the error mu = 1 - n^(-2) is borne with C = O(log n); checked for C = c ln n with a c >= 10"
        " that the case gives.",
        wrong="The a-keys weigh up to n e^d, and d is more than any multiple of log n: c = 10 fails for n = 2, d = 4, and"
        " c = 20 for n = 2, d = 11.",
        correction="C = ln(2 rho n) + d = O(log n) + d.",
        proof="Theorem-5.2 with rho = 2n^2 - 1.",
        printed=replace(ALMOST_ONE, constant=lambda s: s.scale * ln(s.n)),
        mended=ALMOST_ONE,
        check=decides(FLIPPED, at_least_10),
        cases=multiples_of_log,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="Softmax-scaled",
        source="derived here, for Theorem 5.1",
        statement="With the A rows times gamma and the B rows times C/gamma, 0 < gamma <= 1, C = ln n + gamma^2 w is enough in"
        " Theorem 5.1, w the largest <a_i, a_k> (gamma = 1/4): the d in the constant goes.",
        proof="<Q_i, Q_(n+j)> is unchanged and <Q_i, Q_k> = gamma^2 <a_i, a_k>, so the a-keys weigh at most n e^(gamma^2 w).",
        printed=SCALED,
        check=decides(SOFTMAX, at_most_1),
        cases=instances(worst_softmax, EXACT, scale="1/4"),
    ),
    Claim(
        id="Softmax-dummy-key",
        source="derived here, for Appendix G, softmax",
        statement="Q = sqrt(C) A, K = -sqrt(C) B and one zero key, V = 1 on B, C = ln(n R0): softmax decides OV row by row with"
        " the constant additive error 1/4 - 1/(2(R0+1)), for n >= 2 and R0 > 1.",
        proof="u = S/(S+1), S = sum_j e^(-C a.b): S > 1 on a YES row, S <= n e^(-C) = 1/R0 on a NO row; the threshold is"
        " halfway.",
        printed=DUMMY,
        check=dummy_key_decides,
        cases=instances_of_ov,
    ),
)
