"""As much of torch as `attend` uses, on NumPy, for machines without it: tensors of a type, and a module that makes them."""

import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest


class Dtype:
    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"


class Device:
    def __init__(self, type: str) -> None:
        self.type = type

    def __repr__(self) -> str:
        return "cuda:0" if self.type == "cuda" else self.type


class Tensor:
    """Values in an array, which for bfloat16 is of float32."""

    def __init__(
        self, array: Any, dtype: Dtype, requires_grad: bool = False, device: str = "cpu", layout: str = "torch.strided"
    ) -> None:
        self.array, self.dtype, self.requires_grad = array, dtype, requires_grad
        self.device, self.layout = Device(device), layout

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.array.shape)

    def float(self) -> "Tensor":
        return Tensor(self.array.astype(np.float32), FLOAT32)

    def numpy(self) -> Any:
        if self.dtype.name not in ("float16", "float32", "float64", "int64"):
            raise TypeError(f"Got unsupported ScalarType {self.dtype.name}")
        return self.array

    def to(self, dtype: Dtype) -> "Tensor":
        return Tensor(as_bfloat16(self.array) if dtype.name == "bfloat16" else self.array.astype(dtype.name), dtype)

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("Can't call numpy() on this tensor")


Tensor.__module__ = "torch"

FLOAT32 = Dtype("float32")


def as_bfloat16(array: Any) -> Any:
    """float32 rounded to the nearest number of 8 bits, ties to even."""
    bits = np.ascontiguousarray(array, np.float32).view(np.uint32).astype(np.uint64)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16) << 16
    return rounded.astype(np.uint32).view(np.float32)


def tensor(array: Any, name: str, **about: Any) -> Tensor:
    """A tensor of the type with the nearest values to the array's."""
    return Tensor(as_bfloat16(array) if name == "bfloat16" else np.asarray(array).astype(name), Dtype(name), **about)


def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the name of torch, as whoever makes tensors has it."""
    module = ModuleType("torch")
    module.from_numpy = lambda array: Tensor(array, Dtype(array.dtype.name))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "torch", module)
