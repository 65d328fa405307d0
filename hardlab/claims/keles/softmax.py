"""Keles et al.: softmax (Theorems 5.1 and 5.2), K5, and the gadgets for softmax derived here.

The letters are those of `keles_gadget`; n >= 2 throughout. The paper's statements are taken from our notes of it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.keles.cases import (
    EXACT,
    RELATIVE,
    fraction,
    instances,
    instances_and_sizes,
    tiny,
    uneven,
    worst_softmax,
)
from hardlab.claims.keles.deciding import decides, separates
from hardlab.claims.keles.gadget import Model, Size, ln, number
from hardlab.claims.keles.products import ROW_4_1, below
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
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

CLAIMS = stated(
    __file__,
    Checked("Theorem-5.1", decides(SOFTMAX), instances(worst_softmax, EXACT), printed=ROW_5_1),
    Checked(
        "Theorem-5.1-least",
        separates(SOFTMAX, ROW_5_1, worst_softmax, heavy),
        instances_and_sizes(EXACT, ((2, 12, 1), (64, 12, 1))),
        printed=lambda s: ln(s.n) + s.w,
    ),
    Checked("Theorem-5.2", decides(FLIPPED), instances(worst_softmax, RELATIVE), printed=ROW_5_2),
    Checked(
        "Theorem-5.2-least",
        separates(FLIPPED, ROW_5_2, worst_softmax, heavy_or_many),
        instances_and_sizes(RELATIVE, ((2, 12, 1), (64, 12, 1), (64, 12, 2))),
        printed=least_flipped,
    ),
    Checked(
        "K5-almost-one",
        decides(FLIPPED, at_least_10),
        multiples_of_log,
        printed=replace(ALMOST_ONE, constant=lambda s: s.scale * ln(s.n)),
        mended=ALMOST_ONE,
        recorded=Verdict.FAILS,
    ),
    Checked("Softmax-scaled", decides(SOFTMAX, at_most_1), instances(worst_softmax, EXACT, scale="1/4"), printed=SCALED),
    Checked("Softmax-dummy-key", dummy_key_decides, instances_of_ov, printed=DUMMY),
)
