"""Arrays as the adapters for JAX and tinygrad make and read them, over stand-ins for them."""

import random
import sys
from collections.abc import Iterator
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.adapters.adapter import WrongGradients
from tests.support.stand_ins import BFLOAT16, jax, module

BITS = np.array([[0x3F80, 0xC000]], np.uint16)
ASKED: list[Any] = []


TYPES = {"float32": "float", "float64": "double", "float16": "half"}


class Tensor:
    """A tensor of tinygrad: its gradient is there after `backward` of what it went into."""

    def __init__(self, array: Any, dtype: str | None = None) -> None:
        kind = dtype or TYPES.get(array.dtype.name, array.dtype.name)
        self.array, self.dtype, self.grad = array, f"dtypes.{kind}", None
        self.of: tuple[Any, ...] = ()

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    def cast(self, dtype: str) -> "Tensor":
        return Tensor(self.array, {"float32": "float"}.get(dtype, dtype))

    def realize(self) -> "Tensor":
        ASKED.append("realize")
        return self

    def numpy(self) -> Any:
        assert self.dtype != "dtypes.bfloat16", "NumPy has no bfloat16"
        return self.array

    def detach(self) -> "Tensor":
        return Tensor(self.array)

    def backward(self, dO: Any) -> None:
        for leaf in self.of:
            leaf.grad = dO.array.sum()

    @staticmethod
    def manual_seed(seed: int) -> None:
        ASKED.append(seed)


@pytest.fixture
def adapter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The adapter of that library."""
    tinygrad = module("tinygrad", Tensor=Tensor, dtypes=SimpleNamespace(bfloat16="bfloat16", float32="float32"))
    for name, made in {**jax(ASKED), "tinygrad": tinygrad}.items():
        monkeypatch.setitem(sys.modules, name, made)
    name = f"hardlab.kernels.adapters.of_{request.param}"
    before = sys.modules.pop(name, None)
    ASKED.clear()
    yield import_module(name).ADAPTER
    sys.modules.pop(name, None)
    if before is not None:
        sys.modules[name] = before


@pytest.mark.parametrize("adapter", ["jax", "tinygrad"], indirect=True)
def test_what_both_say(adapter: Any) -> None:
    assert (adapter.stores, adapter.bfloat16, adapter.gradients) == (("packed",), True, True)
    assert adapter.refill(np.zeros(2), np.zeros(2)) is False
    ASKED.clear()
    adapter.seed(2**32 + 5)
    first = (random.random(), np.random.rand())
    np.random.seed(5)
    random.seed(2**32 + 5)
    assert first == (random.random(), np.random.rand())
    assert ([2**32 + 5] if adapter.name == "tinygrad" else []) == ASKED
    assert adapter.numbers([1.5])[1] == [1.5]


@pytest.mark.parametrize("adapter", ["jax"], indirect=True)
def test_arrays_of_jax(adapter: Any) -> None:
    assert ASKED == [("jax_enable_x64", True)]
    X = np.arange(6.0).reshape(2, 3).T
    for device, on in ((None, None), ("gpu", "gpu:0")):
        for make in (adapter.operand, adapter.other):
            made, where = make(X, device)
            assert (made == X).all()
            assert made.flags.c_contiguous
            assert not np.shares_memory(made, X)
            assert where == on
    made, _ = adapter.operand(BITS, None)
    assert (made.dtype, made.tobytes()) == (BFLOAT16, BITS.tobytes())
    given, (dtype, found) = adapter.differentiated(lambda q, k: (q + k).astype(np.float32), [X, 2 * X], np.ones((3, 2)))
    assert given.tolist() == (3 * X).tolist()
    assert dtype == np.float32
    assert [x.tolist() for x in found] == [(6 * X).tolist(), (12 * X).tolist()]
    adapter.wait("it")
    assert ASKED[1:] == [("wait", "it")]


@pytest.mark.parametrize("adapter", ["tinygrad"], indirect=True)
def test_tensors_of_tinygrad(adapter: Any) -> None:
    X = np.arange(6.0).reshape(2, 3).T
    made = adapter.operand(X, None)
    assert (made.array == X).all()
    assert made.array.flags.c_contiguous
    assert not np.shares_memory(made.array, X)
    made = adapter.operand(BITS, None)
    assert (made.dtype, made.array.tolist()) == ("dtypes.bfloat16", [[1.0, -2.0]])
    for name in (*TYPES, "int32"):
        dtype, numbers = adapter.numbers(Tensor(np.ones(2, name)))
        assert (dtype, numbers.tolist()) == (name, [1.0, 1.0])
    dtype, numbers = adapter.numbers(made)
    assert (dtype, numbers.tolist()) == ("bfloat16", [[1.0, -2.0]])
    assert adapter.numbers(np.ones(2))[0] == "float64"
    ASKED.clear()
    adapter.wait(made)
    assert ASKED == ["realize"]


@pytest.mark.parametrize("adapter", ["tinygrad"], indirect=True)
def test_gradients_of_tinygrad(adapter: Any) -> None:
    operands, dO = [Tensor(np.full((2, 3), float(i))) for i in range(3)], Tensor(np.ones((2, 3)))

    def run(*leaves: Tensor, which: tuple[int, ...] = (0, 1, 2), shape: tuple[int, int] = (2, 3)) -> Tensor:
        output = Tensor(np.ones(shape))
        output.of = tuple(leaves[i] for i in which)
        return output

    given, found = adapter.differentiated(run, operands, dO)
    assert given.shape == (2, 3)
    assert found == [6.0] * 3
    assert [X.grad for X in operands] == [None] * 3
    with pytest.raises(WrongGradients, match=r"has shape \(3, 2\), expected \(2, 3\)"):
        adapter.differentiated(lambda *leaves: run(*leaves, shape=(3, 2)), operands, dO)
    with pytest.raises(WrongGradients, match=r"no way from the output to Q and V$"):
        adapter.differentiated(lambda *leaves: run(*leaves, which=(1,)), operands, dO)
