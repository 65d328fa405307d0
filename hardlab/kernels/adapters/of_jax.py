"""JAX arrays, which nobody can write to; gradients by vjp. float64 is allowed in the kernel's process."""

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import Immutable, by_array
from hardlab.kernels.adapters.of_numpy import ADAPTER as NUMPY
from instances.coded import Floats

jax: Any = importlib.import_module("jax")
jax.config.update("jax_enable_x64", True)


class Jax(Immutable):
    name = "jax"

    def operand(self, view: NDArray[Any], device: str | None) -> Any:
        array = np.ascontiguousarray(view)
        if array.dtype == np.uint16:
            array = array.view(importlib.import_module("ml_dtypes").bfloat16)
        return jax.device_put(array.copy(), None if device is None else jax.devices(device)[0])

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        return by_array(given)

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        given, back = jax.vjp(run, *operands)
        return given, back(dO.astype(given.dtype))

    def seed(self, seed: int) -> None:
        NUMPY.seed(seed)

    def wait(self, given: Any) -> None:
        jax.block_until_ready(given)


ADAPTER = Jax()
