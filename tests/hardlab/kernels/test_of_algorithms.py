"""Algorithms called as kernels: head by head with what each sees; what they give, change, promise and refuse."""

from math import inf
from typing import Any

import numpy as np
import pytest

from attention.algorithm import Promise
from hardlab.conformance.dense import meant
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer
from hardlab.kernels.of_algorithms import answered, promised
from hardlab.work.failure import Failure, failure_of
from instances.faults import Declined
from instances.task import Attention
from tests.support.planted import drawn, features

SHAPE = Shape(2, 4, 2, 5, 7, 3, 2)


def by_definition(inputs: Attention) -> Any:
    """0 where a row sees no key."""
    rows, keys = slice(0, inputs.n), slice(0, inputs.m)
    bias, hidden = inputs.bias(rows, keys), None if inputs.seen is None else inputs.seen.hidden(rows, keys)
    weights = np.exp(inputs.scale * inputs.queries(rows) @ inputs.keys(keys).T + (0.0 if bias is None else bias))
    weights = weights if hidden is None else np.where(hidden, 0.0, weights)
    return weights @ inputs.V / np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)


def test_each_head_with_what_it_sees() -> None:
    for _, options in features():
        call = drawn(SHAPE, options)
        found = answered(by_definition, call, failure_of)
        assert isinstance(found, Answer)
        assert found.dtype == "float64"
        assert 0 < found.seconds < 60
        np.testing.assert_allclose(found.output, meant(call).output(), rtol=1e-11)


def call_of(n: int = 3, v: int = 2) -> Call:
    return drawn(Shape(1, 2, 1, n, 4, 3, v))


class Algorithm:
    """Its answer, after it has changed some of what it was given; its promise is given."""

    def __init__(self, given: Any = None, changes: str = "", promise: Any = None, logarithmic: Any = False) -> None:
        self.given, self.changes, self.promised, self.logarithmic = given, changes, promise, logarithmic

    def __call__(self, inputs: Attention) -> Any:
        for name in self.changes:
            X: Any = getattr(inputs, name)
            X.base.setflags(write=True) if X.base is not None else None
            X = X.base if X.base is not None else X
            X.reshape(-1)[-1] += 1.0
        if isinstance(self.given, BaseException):
            raise self.given
        return np.zeros(inputs.shape) if self.given is None else self.given

    def promise(self, inputs: Attention) -> Any:
        if isinstance(self.promised, BaseException):
            raise self.promised
        return self.promised


def failure(algorithm: Algorithm, call: Call | None = None) -> Failure:
    found = answered(algorithm, call or call_of(), failure_of)
    assert isinstance(found, Failure)
    return found


def test_what_is_no_answer() -> None:
    for given, said in (
        (np.zeros((2, 3)), "shape (2, 3) (float64)"), (np.zeros((3, 1), np.float32), "shape (3, 1) (float32)"),
        (np.zeros((3, 2)) > 1, "what is no array of real numbers (bool)"), ("word", "what is no array of real numbers (str)"),
    ):  # fmt: skip
        assert failure(Algorithm(given)) == Failure("shape", f"the kernel gave {said}, expected (3, 2) of real numbers")
    assert failure(Algorithm(ValueError("no"))) == Failure("raised", "ValueError: no")
    assert failure(Algorithm(Declined("no"))).kind == "declined"
    assert failure(Algorithm(), drawn(SHAPE, gradients=True)) == Failure("declined", "an Algorithm has no gradients here")


@pytest.mark.parametrize("changes", ["Q", "K", "V", "QV"])
def test_what_is_changed_is_told(changes: str) -> None:
    call = call_of()
    kept = call.identity
    assert failure(Algorithm(changes=changes), call) == Failure(
        "mutated", f"the kernel changed its input {' and '.join(changes)}"
    )
    assert call.identity == kept


def test_logarithms_are_taken_back_where_it_says_so() -> None:
    for logarithmic, expected in ((True, np.exp(2.0)), (False, 2.0), (1, 2.0)):
        found = answered(Algorithm(np.full((3, 2), 2.0), logarithmic=logarithmic), call_of(), failure_of)
        assert isinstance(found, Answer)
        assert (found.output == expected).all()


def test_what_is_promised() -> None:
    Q, K, V = np.ones((2, 3)), np.ones((4, 3)), np.array([[1.0, -3.0], [0.5, 2.0], [1.0, 1.0], [0.0, 1.0]])
    inputs = Attention(Q, K, V, 0.5)
    for promise in (Promise(0.25, 0.0, 0.0), Promise(0.25, 0.125, 0.0), Promise(0.0, 0.125, 0.0)):
        error = promise.largest_error(inputs)
        assert 0 < error < 1
        assert promised(Algorithm(promise=promise), Q, K, V, 0.5) == error
        found = promised(Algorithm(promise=promise, logarithmic=True), Q, K, V, 0.5)
        assert found == error + 2.0**-50 * (error + 3.0)
        assert found != error
    for none in (Promise(inf, 0.0, 0.0), Promise(0.25, 0.0, 1.0), Declined("no")):
        assert promised(Algorithm(promise=none), Q, K, V, 0.5) is None
    assert promised(Algorithm(promise=ValueError("no")), Q, K, V, 0.5) == Failure("raised", "ValueError: no")
    assert isinstance(promised(object(), Q, K, V, 0.5), Failure)
