"""Calls that follow each other, of kernels that keep something on purpose; small calls; the library's own attention."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.checks.honesty import (
    BURST,
    CALLS,
    KEPT,
    NEARLY,
    ONE_ROW,
    OTHER_Q,
    OTHER_V,
    SAME_ARRAYS,
    SAME_ENDS,
    SAME_SUMS,
    UNDER,
    burst,
    kept_under,
    library,
    replays,
)
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import unplanned
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Conventions, Offer, Outcome
from hardlab.work.failure import Failure
from tests.support.kernels import OneHead

ALL = Offer(("batch", "heads", "gqa", "cross", "width"), arrays="numpy")


def right(call: Call) -> Answer:
    return Answer(unplanned(call).reading.output(), "float32", 0.0)


def off(call: Call) -> Outcome:
    answer = right(call)
    return replace(answer, output=answer.output + 1.0)


class Kept(OneHead):
    """A kernel that keeps its answers under what the function makes of a call."""

    name = "kept"

    def __init__(self, key: Callable[[Call], Any] | None = None, offer: Offer = ALL) -> None:
        self.conventions, self.key, self.given = Conventions(dtype="float32"), key, offer
        self.answers: dict[Any, Answer] = {}
        self.calls: list[Call] = []

    @property
    def offer(self) -> Offer:
        return self.given

    def call(self, call: Call) -> Outcome:
        self.calls.append(call)
        if self.key is None:
            return right(call)
        return self.answers.setdefault(self.key(call), right(call))


def draw(check: str, quick: bool = False, offer: Offer = ALL) -> Draw:
    return Draw(5, check, offer, quick)


def kept_calls(key: Callable[[Call], Any]) -> list[str]:
    """The calls that get the answer of another."""
    found = list(replays(Kept(key), draw("replays")))
    assert len(found) == CALLS
    assert {one.status for one in found} <= {"passed", "wrong"}
    wrong = [one for one in found if one.status == "wrong"]
    assert all(one.reason == f"{KEPT}: {one.name.partition('/')[2]} gets that of an earlier call" for one in wrong)
    return [one.name.partition("/")[2] for one in wrong]


def test_a_right_kernel_computes_each_anew() -> None:
    kernel = Kept()
    found = list(replays(kernel, draw("replays")))
    assert [(one.status, one.reason) for one in found] == [("passed", "it is computed anew")] * CALLS
    assert len(kernel.calls) == CALLS + 1
    assert [call.again for call in kernel.calls] == [False, True, *[False] * 8, True]
    assert kernel.calls[-1].identity == replace(kernel.calls[0], again=True).identity


def rows(call: Call, *places: int) -> Any:
    return tuple(X[:, :, list(places)].tobytes() for X in call.operands)


@pytest.mark.parametrize(
    ("key", "calls", "under"),
    [
        (lambda call: call.sizes, {SAME_ARRAYS, SAME_SUMS, SAME_ENDS, OTHER_V, OTHER_Q, ONE_ROW, NEARLY}, "the shapes"),
        (lambda call: tuple(round(float(X.sum()), 6) for X in call.operands), {SAME_SUMS}, "sums or other moments"),
        (lambda call: (call.Q.tobytes(), call.K.tobytes()), {OTHER_V, ONE_ROW, NEARLY}, "Q and K, without V"),
        (lambda call: (call.K.tobytes(), call.V.tobytes()), {OTHER_Q}, "K and V, without Q"),
        (lambda call: rows(call, 0, 1, -1), {SAME_ENDS, ONE_ROW}, "a part of the entries"),
        (lambda call: tuple(np.round(8 * X).tobytes() for X in call.operands), {NEARLY}, "rounded entries"),
        (lambda call: call.again or call.identity, {"the values of the first call, in those arrays"},
         "something less than the input"),
    ],
)  # fmt: skip
def test_what_answers_are_kept_under(key: Callable[[Call], Any], calls: set[str], under: str) -> None:
    found = kept_calls(key)
    assert calls <= set(found)
    assert kept_under(found).startswith(f"{KEPT} under {under}: {len(found)} of {CALLS} calls get that of another, first ")


def test_the_first_that_all_are_in_is_said() -> None:
    for under, calls in UNDER.items():
        assert kept_under(calls) == f"{KEPT} under {under}: {len(calls)} of 10 calls get that of another, first {calls[0]}"
    assert kept_under([OTHER_Q, OTHER_V]).startswith(f"{KEPT} under Q and K, without V: 2 of 10")
    assert kept_under(["x"]) == f"{KEPT} under something less than the input: 1 of 10 calls get that of another, first x"


def test_another_wrong_answer_is_said_by_its_entry() -> None:
    class Off(Kept):
        def call(self, call: Call) -> Outcome:
            self.calls.append(call)
            return off(call) if len(self.calls) > 2 else right(call)

    found = list(replays(Off(), draw("replays")))
    assert [one.status for one in found] == ["passed"] * 1 + ["wrong"] * 9
    assert found[3].reason.startswith("output[")


def test_failures_of_such_calls() -> None:
    class Fails(Kept):
        def __init__(self, *at: int) -> None:
            super().__init__()
            self.at = at

        def call(self, call: Call) -> Outcome:
            self.calls.append(call)
            return Failure("raised", "x") if len(self.calls) in self.at else right(call)

    [only] = replays(Fails(1), draw("replays"))
    assert (only.name, only.status, only.reason) == ("replays/first", "crashed", "raised: x")
    found = list(replays(Fails(3, 5), draw("replays")))
    assert [one.status for one in found] == ["passed", "crashed", "passed", "crashed", *["passed"] * 6]


def small(outcomes: Callable[[int, Call], Outcome], quick: bool = False) -> tuple[list[Any], list[Call]]:
    """The results of many small calls."""

    class Each(Kept):
        def call(self, call: Call) -> Outcome:
            self.calls.append(call)
            return outcomes(len(self.calls) - 1, call)

    kernel = Each()
    return list(burst(kernel, draw("burst", quick))), kernel.calls


def test_many_small_calls() -> None:
    for quick, count in ((False, BURST), (True, BURST // 4)):
        [only], calls = small(lambda place, call: right(call), quick)
        assert (only.name, only.status, only.reason) == ("burst", "passed", f"{count} calls of shapes of their own are right")
        assert len(calls) == count
        sizes = [call.sizes for call in calls]
        assert {size[0] for size in sizes} == {1, 2}
        assert {size[5] for size in sizes} <= {32, 48, 64, 80}
        assert max(size[3] for size in sizes) <= 23
        assert 2 <= min(size[4] for size in sizes) <= max(size[4] for size in sizes) <= 39


def test_small_calls_that_are_wrong() -> None:
    [only], calls = small(lambda place, call: off(call) if place in (5, 9) else right(call))
    assert len(calls) == BURST
    assert (only.name, only.status) == ("burst/5", "wrong")
    assert only.reason.startswith(f"2 of {BURST} small calls of shapes of their own are wrong: output[")
    assert only.counterexample is not None
    assert only.needs


def test_small_calls_that_fail_or_are_declined() -> None:
    [only], calls = small(lambda place, call: Failure("raised", "x") if place == 3 else right(call))
    assert (only.name, only.status, len(calls)) == ("burst/3", "crashed", 4)
    [only], calls = small(lambda place, call: Failure("declined", "no"))
    assert (only.name, only.status, only.reason, len(calls)) == ("burst", "declined", "declined: no", BURST)
    [only], calls = small(lambda place, call: right(call) if place == 60 else Failure("declined", "no"))
    assert (only.status, only.reason) == ("passed", "1 calls of shapes of their own are right")


def test_the_librarys_own_attention() -> None:
    class Listened(Kept):
        used: tuple[str, ...] = ()

        def call(self, call: Call) -> Outcome:
            self.calls.append(call)
            return replace(right(call), operators=self.used)

    kernel = Listened()
    assert [(one.status, one.reason) for one in library(kernel, draw("library"), True)] == [
        ("passed", "it calls no attention of numpy")
    ]
    assert kernel.calls[0].listen
    kernel.used = ("aten::sdpa", "torch.flash")
    for forbidden in (True, False):
        [only] = library(kernel, draw("library"), forbidden)
        assert only.status == ("wrong" if forbidden else "passed")
        assert only.reason == "it calls the library's own attention: aten::sdpa, torch.flash"
    [only] = library(Kept(offer=replace(ALL, watched=False)), draw("library"), True)
    assert (only.status, only.reason) == ("skipped", "nobody sees what is called where the kernel runs")

    class Fails(Kept):
        def call(self, call: Call) -> Outcome:
            return Failure("declined", "no")

    assert [one.status for one in library(Fails(), draw("library"), True)] == ["declined"]
