"""Tensors as the adapter for torch makes and reads them, over a stand-in for it."""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any, get_args

import numpy as np
import pytest

from hardlab.kernels.adapters.adapter import NoGradients, WrongGradients
from hardlab.kernels.call import Storage
from hardlab.kernels.spelling import laid
from tests.support.stand_ins import BFLOAT16, Torch, tensor, torch

__all__ = ["torch"]  # the fixture


@pytest.fixture
def adapter(torch: Torch) -> Iterator[Any]:
    name = "hardlab.kernels.adapters.of_torch"
    before = sys.modules.pop(name, None)
    yield import_module(name).ADAPTER
    sys.modules.pop(name, None)
    if before is not None:
        sys.modules[name] = before


@pytest.mark.parametrize("word", get_args(Storage))
def test_operands_keep_their_strides_and_their_memory(word: Storage, adapter: Any) -> None:
    assert (word in adapter.stores) == (word != "reversed")  # torch has no negative strides
    if word == "reversed":
        return
    view = laid(np.arange(2.0 * 4 * 3 * 5).reshape(2, 4, 3, 5), word, "float32", "bhnd")
    made = adapter.operand(view, None)
    assert (made.shape, made.strides, made.dtype, made.device.type) == (view.shape, view.strides, view.dtype, "cpu")
    assert np.array_equal(made, view)
    assert np.shares_memory(made, view)
    assert adapter.operand(view, "cuda:0").device.type == "cuda"
    assert (adapter.bfloat16, adapter.gradients) == (True, True)


def test_bits_and_empty_arrays(adapter: Any) -> None:
    bits = np.array([[0x3F80, 0xC000]], np.uint16)
    for made in (adapter.operand(bits, None), adapter.other(bits, None)):
        assert made.dtype == BFLOAT16
        assert made.double().tolist() == [[1.0, -2.0]]
    mask = np.array([True, False])
    other = adapter.other(mask, "cuda")
    assert (other.tolist(), other.device.type) == ([True, False], "cuda")
    assert not np.shares_memory(other, mask)
    assert adapter.other(mask, None).device.type == "cpu"
    assert adapter.operand(np.zeros((0, 3)), None).shape == (0, 3)


def test_tensors_are_filled_where_they_fit(adapter: Any, torch: Torch) -> None:
    old = tensor(np.zeros((2, 3)))
    for other in (np.ones((3, 2)), np.ones((3, 2)).T):
        assert adapter.refill(old, tensor(other)) is False
    assert not old.any()
    assert adapter.refill(old, tensor(np.ones((2, 3)))) is True
    assert old.all()
    assert torch.asked == [("no_grad",)]


def test_numbers(adapter: Any) -> None:
    X = np.arange(6.0).reshape(2, 3).T
    for given, name in ((tensor(X.astype(np.float32)).to("cuda"), "float32"), (tensor(X), "float64"), (X, "float64")):
        found, numbers = adapter.numbers(given)
        assert found == name
        assert (numbers == X).all()
        assert numbers.flags.c_contiguous
        assert not np.shares_memory(numbers, X)
    sparse = tensor(X)
    sparse.layout = "sparse"
    for none, name in ((tensor(X + 0j), "complex128"), (tensor(X > 1), "bool"), (sparse, "float64"), ("word", "str")):
        assert adapter.numbers(none) == (name, None)


def test_gradients(adapter: Any) -> None:
    def operands() -> list[Any]:
        return [tensor(np.full((2, 3), float(i), np.float32)) for i in range(3)]

    dO = tensor(np.full((2, 3), 3.0))
    given = operands()
    output, found = adapter.differentiated(lambda q, k, v: tensor(q + k + v).requires_grad_(), given, dO)
    assert output.tolist() == [[3.0] * 3] * 2
    assert [x.tolist() for x in found] == [[[18.0] * 3] * 2] * 3
    assert not any(X.requires_grad for X in given)
    for none in (tensor(np.ones((2, 3))), np.ones((2, 3))):
        with pytest.raises(NoGradients, match="the output requires no grad"):
            adapter.differentiated(lambda *given, none=none: none, operands(), dO)
    with pytest.raises(WrongGradients, match=r"has shape \(3, 2\), expected \(2, 3\)"):
        adapter.differentiated(lambda *given: tensor(np.ones((3, 2))).requires_grad_(), operands(), dO)
    with pytest.raises(WrongGradients, match=r"no way from the output to K$"):
        adapter.differentiated(lambda q, k, v: k.requires_grad_(False).clone().requires_grad_(), operands(), dO)


def test_seeds_and_waiting(adapter: Any, torch: Torch) -> None:
    adapter.seed(2**32 + 5)
    first = (random.random(), np.random.rand())
    np.random.seed(5)
    random.seed(2**32 + 5)
    assert first == (random.random(), np.random.rand())
    for given in (tensor(np.ones(2)), np.ones(2), None):
        adapter.wait(given)
    assert torch.asked == [("seed", 2**32 + 5)]
    adapter.wait(tensor(np.ones(2)).to("cuda"))
    assert torch.asked[1:] == ["synchronize"]
