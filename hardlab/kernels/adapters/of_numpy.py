"""NumPy arrays: every way of lying in memory, no gradients of their own."""

import random
from collections.abc import Callable, Sequence
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import NoGradients, by_array
from hardlab.kernels.call import Storage
from instances.coded import Floats

NO_GRADIENTS = "NumPy arrays carry no gradients: name a function by --backward"


class Numpy:
    name = "numpy"
    stores: tuple[Storage, ...] = get_args(Storage)
    bfloat16 = False
    gradients = False

    def operand(self, view: NDArray[Any], device: str | None) -> Any:
        return view

    def other(self, array: NDArray[Any], device: str | None) -> Any:
        return array

    def refill(self, old: Any, new: Any) -> bool:
        if old.shape != new.shape or old.strides != new.strides:
            return False
        np.copyto(old, new)
        return True

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        return by_array(given)

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        raise NoGradients(NO_GRADIENTS)

    def seed(self, seed: int) -> None:
        random.seed(seed)
        np.random.seed(seed % 2**32)

    def wait(self, given: Any) -> None:
        pass


ADAPTER = Numpy()
