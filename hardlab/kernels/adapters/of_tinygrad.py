"""Tensors of tinygrad, computed when their numbers are asked for; gradients by backward."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import Immutable, WrongGradients, by_array, numbers_of_bits
from hardlab.kernels.adapters.of_numpy import ADAPTER as NUMPY
from instances.coded import Floats

tinygrad: Any = importlib.import_module("tinygrad")


class Tinygrad(Immutable):
    name = "tinygrad"

    def operand(self, view: NDArray[Any], device: str | None) -> Any:
        array = np.ascontiguousarray(view)
        if array.dtype == np.uint16:
            return tinygrad.Tensor(numbers_of_bits(array)).cast(tinygrad.dtypes.bfloat16).realize()
        return tinygrad.Tensor(array.copy()).realize()

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        if not isinstance(given, tinygrad.Tensor):
            return by_array(given)
        dtype = str(given.dtype).removeprefix("dtypes.")
        dtype = {"float": "float32", "double": "float64", "half": "float16"}.get(dtype, dtype)
        wide = given.cast(tinygrad.dtypes.float32) if dtype == "bfloat16" else given
        return dtype, by_array(wide.numpy())[1]

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        leaves = [operand.detach().realize() for operand in operands]  # every tensor has gradients
        given = run(*leaves)
        if given.shape != dO.shape:
            raise WrongGradients(f"the output has shape {given.shape}, expected {dO.shape}")
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
