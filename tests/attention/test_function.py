"""Plain functions: called as they are written, and told which signature is wanted where they cannot be."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from attention import PlainFunction, Softmax, attend
from attention.algorithm import answers
from attention.function import check_signature
from instances.faults import BadInput, PlugInFault
from instances.task import Attention
from solvers import Threshold


def right(Q: Any, K: Any, V: Any, scale: float) -> Any:
    W = np.exp(scale * Q @ K.T)
    return W @ V / W.sum(axis=1, keepdims=True)


def named(query: Any, key: Any, value: Any, attn_mask: Any = None, dropout_p: float = 0.0, *, scale: float = 1.0) -> Any:
    assert attn_mask is None
    return right(query, key, value, scale)


class Callable4:
    def __call__(self, Q: Any, K: Any, V: Any, softmax_scale: Any = None) -> Any:
        return right(Q, K, V, softmax_scale)


X = np.random.default_rng(0).uniform(-1, 1, (3, 5, 4))
INPUTS = Attention(X[0], X[1], X[2], 0.7)


@pytest.mark.parametrize("function", [right, named, Callable4(), lambda *all_: right(*all_), partial(named, dropout_p=0.0)])
def test_a_function_is_called_as_it_is_written(function: Callable[..., Any]) -> None:
    found = answers(PlainFunction(function, "mine"), INPUTS)
    assert np.allclose(found, answers(Softmax(), INPUTS), atol=1e-12)


@pytest.mark.parametrize(("function", "says"), [
    (lambda q, k, v: v, "mine has no place for scale, and takes (q, k, v): an attention plug-in"),
    (lambda x: x, "mine takes (x): an attention plug-in"),
    (lambda q, k, v, scale, more: v, "mine takes (q, k, v, scale, more):"),
    (lambda query, key, value, attn_mask=None: value, "mine has 'attn_mask' where scale belongs, and takes (query, key,"),
    (lambda q, k, v, mask: v, "mine has 'mask' where scale belongs"),
    (lambda q, k, v, dropout_p=0.0: v, "mine has 'dropout_p' where scale belongs"),
    (lambda: 1, "mine takes ():"),
    (Softmax(), "mine takes (inputs: "),
])  # fmt: skip
def test_another_signature_is_told_which_is_wanted(function: Callable[..., Any], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        PlainFunction(function, "mine")
    assert says in str(caught.value)
    assert "a function f(Q, K, V, scale) -> (n, v), or an Algorithm" in str(caught.value)


def test_signatures_that_python_does_not_know_are_called() -> None:
    with pytest.raises(PlugInFault, match="builtin raised TypeError"):
        answers(PlainFunction(iter, "builtin"), INPUTS)


def test_a_scale_that_is_built_in_has_no_place() -> None:
    check_signature(lambda q, k, v: v, "mine", scale=False)
    with pytest.raises(BadInput, match=r"mine takes \(q, k, v, s\): an attention plug-in is a function f\(Q, K, V\) -> "):
        check_signature(lambda q, k, v, s: v, "mine", scale=False)


@pytest.mark.parametrize("function", [
    lambda Q, K, V, scale: Q.unsqueeze(0),
    lambda Q, K, V, scale: Q @ K.transpose(-2, -1),
    lambda Q, K, V, scale: Q + "text",
])  # fmt: skip
def test_what_speaks_of_types_says_what_was_given(function: Callable[..., Any]) -> None:
    with pytest.raises(PlugInFault, match=r"^mine raised .*; it gets Q, K and V as read-only NumPy arrays of float32"):
        answers(PlainFunction(function, "mine", "float32"), INPUTS)


def test_a_function_is_no_algorithm_by_itself() -> None:
    for wrong in (right, Softmax):
        with pytest.raises(BadInput, match=r"PlainFunction\(f, name\) makes one of a function"):
            Threshold(wrong)  # type: ignore[arg-type]
        with pytest.raises(BadInput, match="PlainFunction"):
            attend(*np.ones((3, 2, 2)), algorithm=wrong)  # type: ignore[arg-type]
