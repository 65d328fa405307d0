"""What tensors are made of in the script for torch, over a stand-in for it."""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.runners import running
from tests.support.stand_ins import BFLOAT16, Tensor, Torch, tensor, torch

__all__ = ["torch"]  # the fixture


@pytest.fixture
def script(torch: Torch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setitem(sys.modules, "running", running)
    name = "hardlab.kernels.runners.run_torch"
    sys.modules.pop(name, None)
    yield import_module(name)
    sys.modules.pop(name, None)


def test_where_tensors_lie(script: Any, torch: Torch) -> None:
    bits = np.array([0x3F80, 0xC000], np.uint16)
    for device, on, said in ((None, "cpu", "cpu"), ("cuda:1", "cuda", "a card"), ("cpu", "cpu", "cpu")):
        script.start("float32", device)
        assert script.about() == {"device": said, "versions": {"numpy": np.__version__, "torch": "2.0"}}
        for made in (script.other(np.ones(2)), script.operand(np.ones(2), None), script.other(bits)):
            assert made.device.type == on
        torch.asked.clear()
        script.wait(script.other(bits))
        assert torch.asked == (["synchronize"] if on == "cuda" else [])
    assert script.other(bits).dtype == BFLOAT16
    assert script.other(bits).double().tolist() == [1.0, -2.0]
    found = script.operand(np.arange(20.0), {"shape": [2, 3], "strides": [6, 2], "offset": 5})
    assert found.tolist() == [[5, 7, 9], [11, 13, 15]]


def test_old_tensors_are_filled_where_new_ones_fit(script: Any, torch: Torch) -> None:
    old = [tensor(np.zeros((2, 3))), tensor(np.zeros(4))]
    for other in (
        [old[0]], [tensor(np.ones((2, 3))), tensor(np.ones(3))], [tensor(np.ones((3, 2)).T), tensor(np.ones(4))],
        [tensor(np.ones((2, 3))), tensor(np.ones(8)[::2])],
    ):  # fmt: skip
        assert script.refilled(old, other) is other
    assert not any(x.any() for x in old)
    assert script.refilled(old, [tensor(np.ones((2, 3))), tensor(np.full(4, 2.0))]) is old
    assert [x.ravel().tolist() for x in old] == [[1.0] * 6, [2.0] * 4]
    assert torch.asked == [("no_grad",)]
    copy = script.copy(old[0])
    assert script.equal(copy, old[0]) is True
    copy[0, 0] = 5.0
    assert script.equal(copy, old[0]) is False


def operands() -> list[Any]:
    return [tensor(np.full((2, 3), float(i), np.float32)) for i in range(4)]


def test_gradients(script: Any) -> None:
    leaves: list[Any] = []

    def run(*given: Any) -> Any:
        leaves.extend(given)
        return tensor(given[0] + given[1] + given[2]).requires_grad_()

    given = operands()
    output, found = script.differentiated(run, given)
    assert output.tolist() == [[3.0] * 3] * 2
    assert [x.tolist() for x in found] == [[[18.0] * 3] * 2] * 3
    assert all(leaf.requires_grad for leaf in leaves)
    assert not any(X.requires_grad for X in given)

    def loses(*which: int) -> Any:
        def run(*given: Any) -> Any:
            for i in which:
                given[i].requires_grad_(False)
            return given[0].clone().requires_grad_()

        return run

    for which, said in (((1,), "K"), ((0, 2), "Q and V")):
        with pytest.raises(running.NoArray, match=f"autograd finds no way from the output to {said}$"):
            script.differentiated(loses(*which), operands())
    for none in (tensor(np.ones((2, 3))), np.ones((2, 3)), None):
        with pytest.raises(running.Declined, match="the output requires no grad"):
            script.differentiated(lambda *given, none=none: none, operands())
    with pytest.raises(running.NoArray, match=r"has shape \(3, 2\), expected \(2, 3\)"):
        script.differentiated(lambda *given: tensor(np.ones((3, 2))).requires_grad_(), operands())


def test_numbers(script: Any) -> None:
    assert script.numbers(tensor(np.arange(6.0).reshape(2, 3).T).to("cuda")).tolist() == [[0, 3], [1, 4], [2, 5]]
    bits = np.array([[0x3F80, 0xC000]], np.uint16)
    found = script.numbers(script.other(bits))
    assert (found.dtype, found.tolist()) == (np.uint16, bits.tolist())
    assert not isinstance(found, Tensor)
    for none, said in (
        (tensor(np.array([True])), "a tensor of bool"), (tensor(np.array([1j])), "a tensor of complex128"), ([1.0], "a list"),
        (np.ones(2), "a ndarray"),
    ):  # fmt: skip
        with pytest.raises(running.NoArray, match=f"the kernel gave {said}, expected a tensor of real numbers"):
            script.numbers(none)


def test_seeds(script: Any, torch: Torch) -> None:
    script.seed(2**32 + 5)
    first = (random.random(), np.random.rand())
    np.random.seed(5)
    random.seed(2**32 + 5)
    assert first == (random.random(), np.random.rand())
    assert torch.asked == [("seed", 2**32 + 5)]
