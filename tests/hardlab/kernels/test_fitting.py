"""Kernels that take as many keys as queries, and values as wide as these, are asked all that one head can be asked."""

import numpy as np
import pytest

from hardlab.kernels.call import Call
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Answer, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats

RANDOM = np.random.default_rng(0)


def attention(Q: Floats, K: Floats, V: Floats) -> Floats:
    scores = Q @ K.swapaxes(-1, -2)
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    made: Floats = weights / weights.sum(axis=-1, keepdims=True) @ V
    return made


class Square:
    """A kernel that takes operands of one shape only, and counts its calls."""

    calls = 0

    def __call__(self, call: Call) -> Outcome:
        self.calls += 1
        assert call.Q.shape == call.K.shape == call.V.shape
        return Answer(attention(call.Q, call.K, call.V), "float64", 1.0, noticed=(f"call {self.calls}",))


def call_of(n: int, m: int, d: int, v: int, heads: int = 1) -> Call:
    Q, K, V = (RANDOM.normal(size=(1, heads, *shape)) for shape in ((n, d), (m, d), (m, v)))
    return Call(Q, K, V, 1.0)


@pytest.mark.parametrize(
    ("sizes", "calls"),
    [((5, 5, 4, 4), 1), ((3, 7, 4, 4), 1), ((7, 3, 4, 4), 3), ((7, 1, 2, 5), 7), ((4, 4, 8, 1), 1), ((2, 9, 1, 3), 1)],
)
def test_it_is_the_attention_of_the_whole(sizes: tuple[int, int, int, int], calls: int) -> None:
    kernel, call = Square(), call_of(*sizes)
    outcome = asked_in_parts(kernel, call, ())
    assert isinstance(outcome, Answer)
    assert np.allclose(outcome.output, attention(call.Q, call.K, call.V), atol=1e-12)
    assert (kernel.calls, outcome.seconds, len(outcome.noticed)) == (calls, calls, calls)


def test_what_is_offered_is_asked_as_it_is() -> None:
    seen: list[Call] = []

    def declines(call: Call) -> Outcome:
        seen.append(call)
        return Failure("declined", "no")

    call, heads = call_of(3, 7, 4, 2), call_of(3, 7, 4, 2, heads=2)
    assert asked_in_parts(declines, call, ("cross", "width")) == Failure("declined", "no")
    assert asked_in_parts(declines, heads, ()) == Failure("declined", "no")
    assert seen == [call, heads]
    assert asked_in_parts(declines, call, ("cross",)) == Failure("declined", "no")
    assert (seen[2].Q.shape, seen[2].V.shape) == ((1, 1, 3, 4), (1, 1, 7, 4))
