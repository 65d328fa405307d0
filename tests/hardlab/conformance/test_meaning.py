"""What a kernel without a causal mask computes, told from few calls."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.dense import Sight, seen
from hardlab.conformance.meaning import CASES, FIRST, always, probes
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Conventions, Offer, Outcome
from hardlab.work.failure import Failure

FLOAT32 = Conventions(dtype="float32")
SQUARE, CROSS = Offer(("width",)), Offer(("cross", "width"))


def test_the_calls_are_tiny_and_some_have_more_keys() -> None:
    for offer in (SQUARE, CROSS):
        sizes = [made.call.sizes for made in probes(FLOAT32, offer, 8)]
        assert len(sizes) == CASES == 40
        assert {size[:3] for size in sizes} == {(1, 1, 1)}
        assert {size[5:] for size in sizes} == {(64, 64)}
        assert {size[3] for size in sizes} == set(range(2, 10))
        more = [m - n for _, _, _, n, m, _, _ in sizes]
        assert more[::2] == [0] * 20
        assert set(more[1::2]) == ({0} if offer is SQUARE else set(range(5)))
    one, again, other = (next(probes(FLOAT32, CROSS, seed)).call.identity for seed in (5, 5, 6))
    assert one == again != other


def causal(corner: str | None) -> Callable[[Call], Outcome]:
    """A kernel that masks in each call, or in none."""

    def asked(call: Call) -> Outcome:
        n, m = call.sizes[3:5]
        sight = Sight(n, m, right=None if corner is None else 0, bottom_right=corner == "bottom-right")
        sees = seen(sight, 0, 0, np.arange(n))
        scores = np.where(sees, call.scale * call.Q[0, 0] @ call.K[0, 0].T, -np.inf)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Answer((weights / weights.sum(axis=1, keepdims=True) @ call.V[0, 0])[None, None], "float32", 0.0)

    return asked


def counted(ask: Callable[[Call], Outcome]) -> tuple[Callable[[Call], Outcome], list[Call]]:
    calls: list[Call] = []

    def asked(call: Call) -> Outcome:
        calls.append(call)
        return ask(call)

    return asked, calls


def test_attention_over_all_keys_is_told_after_few_calls() -> None:
    ask, calls = counted(causal(None))
    assert always(ask, FLOAT32, CROSS, 1) is None
    assert len(calls) == FIRST == 3


@pytest.mark.parametrize("seed", range(3))
def test_causal_attention_is_told_by_its_corner(seed: int) -> None:
    for corner, word in (("top-left", "causal"), ("bottom-right", "causal-bottom-right")):
        ask, calls = counted(causal(corner))
        assert always(ask, FLOAT32, CROSS, seed) == (
            word, f"this agrees with causal attention, aligned {corner}, in all of 40 cases",
        )  # fmt: skip
        assert len(calls) == 40
        assert always(causal(corner), FLOAT32, SQUARE, seed) == (
            "causal", "this agrees with causal attention, as many queries as keys, in all of 40 cases",
        )  # fmt: skip


def test_what_is_neither_is_given_up() -> None:
    ask, calls = counted(lambda call: Answer(np.zeros((*call.Q.shape[:3], call.V.shape[3])), "float32", 0.0))
    assert always(ask, FLOAT32, CROSS, 1) is None
    assert len(calls) == 1


def test_a_late_slip_is_seen() -> None:
    for last in (1, 20, 39):
        ask, calls = counted(causal("top-left"))

        def slips(call: Call, ask: Any = ask, calls: Any = calls, last: int = last) -> Outcome:
            answer = ask(call)
            assert isinstance(answer, Answer)
            return replace(answer, output=answer.output * (1 + (len(calls) > last)))

        assert always(slips, FLOAT32, CROSS, 1) is None
        assert len(calls) == last + 1


def test_who_declines_more_keys_is_asked_on_and_who_fails_is_not() -> None:
    failure = Failure("declined", "no")

    def square(call: Call) -> Outcome:
        return causal("top-left")(call) if call.sizes[3] == call.sizes[4] else failure

    found = always(square, FLOAT32, CROSS, 1)
    assert found == ("causal", "this agrees with causal attention, as many queries as keys, in all of 40 cases")
    assert always(lambda call: failure, FLOAT32, CROSS, 1) is None
    ask, calls = counted(lambda call: failure)
    always(ask, FLOAT32, SQUARE, 1)
    assert len(calls) == 1
