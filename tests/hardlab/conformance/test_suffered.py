"""Kernels that are counted, and not called again where they were late; what they always do is found where nobody says it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.planting import Planted, Shape, planted
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Offer, Outcome
from hardlab.work.failure import Failure, FailureKind
from instances.coded import Floats
from tests.hardlab.conformance.test_meaning import CROSS, FLOAT32, causal
from tests.support import kernels
from tests.support.kernels import InProcess


class Scripted(InProcess):
    """A kernel whose outcomes are given one after the other."""

    def __init__(self, *outcomes: Any) -> None:
        super().__init__(kernels.right, FLOAT32)
        object.__setattr__(self, "outcomes", list(outcomes))
        object.__setattr__(self, "left", 0)

    def call(self, call: Call) -> Outcome:
        return self.outcomes.pop(0)  # type: ignore[no-any-return, attr-defined]

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return self.outcomes.pop(0)  # type: ignore[no-any-return, attr-defined]

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Any:
        return self.outcomes.pop(0)  # type: ignore[attr-defined]


CALL: Planted = planted(Shape(1, 1, 1, 2, 2, 4, 4), "spread", np.random.default_rng(0), "float32")
X = np.zeros((1, 1))
ANSWER = Answer(X, "float32", 0.0)


@pytest.mark.parametrize(
    ("kind", "ends", "late"),
    [
        ("crashed", 1, False), ("timeout", 1, True), ("memory", 1, False), ("raised", 1, False), ("declined", 0, False),
        ("shape", 0, False), ("mutated", 0, False),
    ],
)  # fmt: skip
def test_ends_are_counted_and_who_was_late_is_not_called_again(kind: FailureKind, ends: int, late: bool) -> None:
    failure = Failure(kind, "x")
    kernel = Scripted(ANSWER, failure, *([] if late else [ANSWER]))
    suffered = Suffered(kernel, 4)
    assert suffered.seed_of_check == 4
    assert suffered.call(CALL.call) is ANSWER
    assert suffered(X, X, X, 1.0) is failure
    assert (suffered.calls, suffered.answers, suffered.ends) == (2, 1, ends)
    assert suffered.late is (failure if late else None)
    last = suffered.promise(X, X, X, 1.0) if late else suffered.call(CALL.call)
    assert last is (failure if late else ANSWER)
    assert (suffered.calls, suffered.answers, suffered.ends) == (3, 1 if late else 2, ends)


def test_after_a_check_a_late_kernel_may_be_called_again() -> None:
    suffered = Suffered(Scripted(Failure("timeout", "x"), 0.5, Failure("raised", "y")))
    suffered.call(CALL.call)
    suffered.late = None
    assert suffered.promise(X, X, X, 1.0) == 0.5
    suffered.call(CALL.call)
    assert (suffered.ends, suffered.calls, suffered.answers) == (2, 3, 0)


def test_what_was_noticed_is_known_by_its_first_call() -> None:
    suffered = Suffered(Scripted(ANSWER, replace(ANSWER, noticed=("a", "b")), replace(ANSWER, noticed=("b", "c")), ANSWER))
    for _ in range(4):
        suffered.call(CALL.call)
    assert suffered.noticed == {"a": 2, "b": 2, "c": 3}


def with_offer(offer: Offer, ask: Callable[[Call], Outcome]) -> Suffered:
    class Asked(Scripted):
        @property
        def offer(self) -> Offer:
            return offer

        def call(self, call: Call) -> Outcome:
            return ask(call)

    return Suffered(Asked(), 3)


def test_what_it_always_does_is_found_where_it_cannot_be_asked() -> None:
    found = with_offer(Offer(("cross", "width"), scale="1/sqrt(d)"), causal("bottom-right"))
    assert found.offer.always == "bottom-right"
    assert found.meaning == (
        "this agrees with causal attention, aligned bottom-right, in all of 40 cases: checked as that "
        "(--features causal-bottom-right)"
    )
    assert found.calls == 40
    assert found.conventions == replace(FLOAT32, scale="1/sqrt(d)")
    whole = with_offer(CROSS, causal(None))
    assert (whole.offer, whole.meaning, whole.calls) == (CROSS, "", 3)
    for known in (Offer(("causal",)), Offer(always="top-left")):
        told = with_offer(known, causal("bottom-right"))
        assert (told.offer, told.calls) == (known, 0)
