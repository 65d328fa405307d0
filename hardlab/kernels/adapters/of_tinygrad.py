"""Tensors of tinygrad, computed when their numbers are asked for; gradients by backward."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import NoGradients, WrongGradients, by_array
from hardlab.kernels.adapters.of_numpy import ADAPTER as NUMPY
from hardlab.kernels.call import Storage
from instances.coded import Floats

tinygrad: Any = importlib.import_module("tinygrad")


class Tinygrad:
    name = "tinygrad"
    stores: tuple[Storage, ...] = ("packed",)
    bfloat16 = True
    gradients = True

    def operand(self, view: NDArray[Any], device: str | None) -> Any:
        array = np.ascontiguousarray(view)
        if array.dtype == np.uint16:
            wide = (array.astype(np.uint32) << 16).view(np.float32)
            return tinygrad.Tensor(wide).cast(tinygrad.dtypes.bfloat16).realize()
        return tinygrad.Tensor(array.copy()).realize()

    def other(self, array: NDArray[Any], device: str | None) -> Any:
        return self.operand(array, device)

    def refill(self, old: Any, new: Any) -> bool:
        return False

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        if not isinstance(given, tinygrad.Tensor):
            return by_array(given)
        dtype = str(given.dtype).removeprefix("dtypes.")
        dtype = {"float": "float32", "double": "float64", "half": "float16"}.get(dtype, dtype)
        wide = given.cast(tinygrad.dtypes.float32) if dtype == "bfloat16" else given
        return dtype, by_array(wide.numpy())[1]

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        leaves = [tinygrad.Tensor(operand.numpy(), dtype=operand.dtype, requires_grad=True) for operand in operands]
        given = run(*leaves)
        if given.shape != dO.shape:
            raise WrongGradients(f"the output has shape {given.shape}, expected {dO.shape}")
        if not given.requires_grad:
            raise NoGradients("the output requires no grad, so that there are no gradients")
        given.backward(dO)
        missing = [name for name, leaf in zip("QKV", leaves, strict=True) if leaf.grad is None]
        if missing:
            raise WrongGradients(f"there is no way from the output to {' and '.join(missing)}")
        return given, [leaf.grad for leaf in leaves]

    def seed(self, seed: int) -> None:
        NUMPY.seed(seed)
        tinygrad.Tensor.manual_seed(seed)

    def wait(self, given: Any) -> None:
        given.realize()


ADAPTER = Tinygrad()
