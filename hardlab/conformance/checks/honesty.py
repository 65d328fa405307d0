"""Does a kernel compute what it is asked, each time, and nothing beside: calls that follow each other on purpose.

Answers that are kept under something that is not the whole input come out where only the rest of it changes: other values in
the very arrays of the call before, the same sums, the same first and last rows, the same shape and scale. Calls of many shapes
one after the other come out wrong for a kernel that is right in its first calls or in shapes that it has seen.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from hardlab.conformance.asking import read
from hardlab.conformance.case import Case
from hardlab.conformance.comparing import failed
from hardlab.conformance.drawing import Draw
from hardlab.conformance.evidence import evidence
from hardlab.conformance.planting import Shape, unplanned
from hardlab.conformance.result import FAILED, Result
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Kernel
from hardlab.work.failure import Failure
from instances.coded import Floats

KEPT = "answers are kept"
"""How the reason begins where an answer of another call comes back."""

SAME_ARRAYS = "other values in the arrays of the call before"
SAME_SUMS = "another order of the rows of Q, K and V: the same sums"
SAME_ENDS = "other rows in the middle: the same first and last rows"
OTHER_V, OTHER_Q = "another V, the same Q and K", "another Q, the same K and V"
ONE_ROW = "other numbers in one row"
NEARLY = "numbers of V that round to the same eighths"

CALLS = 10
"""Of `replays`, after the first."""

UNDER: Mapping[str, tuple[str, ...]] = {
    "the shapes": (SAME_SUMS, OTHER_V, OTHER_Q),
    "sums or other moments": (SAME_SUMS,),
    "Q and K, without V": (OTHER_V,),
    "K and V, without Q": (OTHER_Q,),
    "a part of the entries": (SAME_ENDS,),
    "some entries": (ONE_ROW,),
    "rounded entries": (NEARLY,),
    "the addresses or the objects of the operands": (SAME_ARRAYS,),
}
"""What answers are kept under, by calls that get that of another; the first of which all do."""

BURST = 64
"""Small calls of shapes that were not asked before."""


def replays(kernel: Kernel, draw: Draw) -> Iterator[Result]:
    """Calls that share something with the one before, and ask something else."""
    shape = draw.fit(Shape(1, 2, 1, 40, 48, 64, 64))
    case = Case("replays", shape, "spread", draw.seed(), causal=kernel.offer.always)
    first = case.planted(kernel.conventions)
    before = kernel.call(first.call)
    if isinstance(before, Failure):
        yield failed("replays/first", before)
        return
    random = draw.random
    fresh = replace(case, seed=draw.seed(1)).planted(kernel.conventions)
    steps = (
        (SAME_ARRAYS, _again(fresh.call)),
        ("the same values in other arrays", first.call),
        (SAME_SUMS, _shuffled(first.call, random)),
        (SAME_ENDS, _inside(first.call, fresh.call)),
        (OTHER_V, replace(first.call, V=fresh.call.V)),
        (OTHER_Q, replace(first.call, Q=fresh.call.Q)),
        (ONE_ROW, _one_row(first.call, random)),
        ("eighths for V", replace(first.call, V=_eighths(first.call.V))),
        (NEARLY, replace(first.call, V=_eighths(first.call.V) + 2.0**-5)),
        ("the values of the first call, in those arrays", _again(first.call)),
    )
    answers = [(first.call, before)]
    for what, call in steps:
        outcome = kernel.call(call)
        name = f"replays/{what}"
        if isinstance(outcome, Failure):
            yield failed(name, outcome)
            continue
        yield _told(kernel, name, replace(case, name=name), call, outcome, answers)
        answers.append((call, outcome))


def _told(kernel: Kernel, name: str, case: Case, call: Call, outcome: Answer, before: list[tuple[Call, Answer]]) -> Result:
    found = evidence(case, unplanned(call), outcome, kernel.conventions.dtype)
    if not found[0].wrong.any():
        return Result(name, "passed", "it is computed anew")
    for asked, other in before:
        same = all(np.array_equal(X, Y) for X, Y in zip(asked.operands, call.operands, strict=True))
        if not same and np.array_equal(outcome.output, other.output):
            return Result(name, "wrong", f"{KEPT}: {name.partition('/')[2]} gets that of an earlier call")
    return Result(name, "wrong", found[0].said)


def _again(call: Call) -> Call:
    return replace(call, again=True)


def _shuffled(call: Call, random: np.random.Generator) -> Call:
    """Rows of all operands in another order, those of V in one of its own."""
    Q, K, V = (X[:, :, random.permutation(X.shape[2])] for X in (call.Q, call.K, call.V))
    return replace(call, Q=Q, K=K, V=V)


def _inside(call: Call, other: Call) -> Call:
    """The other call's rows in the middle third."""
    return replace(call, Q=_middle(call.Q, other.Q), K=_middle(call.K, other.K), V=_middle(call.V, other.V))


def _middle(X: Floats, Y: Floats) -> Floats:
    n = X.shape[2]
    these = (np.arange(n) >= n // 3) & (np.arange(n) < n - n // 3)
    return np.where(these[:, None], Y, X)


def _one_row(call: Call, random: np.random.Generator) -> Call:
    """One row of V with the opposite sign, but for its first and last entries."""
    V = call.V.copy()
    V[:, :, int(random.integers(1, V.shape[2] - 1)), 1:-1] *= -1
    return replace(call, V=V)


def _eighths(V: Floats) -> Floats:
    return np.round(8 * V) / 8


def burst(kernel: Kernel, draw: Draw) -> Iterator[Result]:
    """Many small calls, each of a shape and a size of entries of its own; the first that is wrong, or one result for all."""
    random, lost, answered = draw.random, 0, 0
    count = BURST // (4 if draw.quick else 1)
    first: Result | None = None
    declined: Result | None = None
    for number in range(count):
        n, m = int(random.integers(1, 24)), int(random.integers(2, 40))
        d = int(random.choice([32, 48, 64, 80]))
        shape = draw.fit(Shape(int(random.integers(1, 3)), 2, 1, n, m if "cross" in draw.offer.features else n, d, d))
        case = Case(f"burst/{number}", shape, "spread", draw.seed(number), kernel.offer.always)
        result = replace(read(kernel, case), needs=case.needs)
        if result.status == "declined":
            declined = declined or replace(result, name="burst")
            continue
        if result.status in FAILED and not result.evidence:
            yield result
            return
        answered += 1
        if result.status in FAILED:
            lost, first = lost + 1, first or result
    if first is None and not answered and declined is not None:
        yield declined
    elif first is None:
        yield Result("burst", "passed", f"{answered} calls of shapes of their own are right")
    else:
        yield replace(first, reason=f"{lost} of {answered} small calls of shapes of their own are wrong: {first.reason}")


def library(kernel: Kernel, draw: Draw, forbidden: bool) -> Iterator[Result]:
    """Whether it calls attention of its own library; wrong where that is forbidden."""
    if not kernel.offer.watched:
        yield Result("library", "skipped", "nobody sees what is called where the kernel runs")
        return
    case = Case("library", draw.fit(Shape(1, 2, 2, 24, 24, 64, 64)), "spread", draw.seed(), kernel.offer.always)
    outcome = kernel.call(replace(case.planted(kernel.conventions).call, listen=True))
    if isinstance(outcome, Failure):
        yield failed("library", outcome)
    elif outcome.operators:
        used = ", ".join(outcome.operators)
        yield Result("library", "wrong" if forbidden else "passed", f"it calls the library's own attention: {used}")
    else:
        yield Result("library", "passed", f"it calls no attention of {kernel.offer.arrays}")


def kept_under(calls: Sequence[str]) -> str:
    """What answers are kept under, where these of the calls got that of an earlier one."""
    under = next((what for what, those in UNDER.items() if set(those) <= set(calls)), "something less than the input")
    return f"{KEPT} under {under}: {len(calls)} of {CALLS} calls get that of another, first {calls[0]}"
