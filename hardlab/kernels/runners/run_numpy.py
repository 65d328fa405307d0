"""Runs a kernel of NumPy arrays over the inputs of this folder: python run_numpy.py mykernel:attention."""

import random
import sys
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided
from running import Declined, NoArray, main

NAME = "numpy"


def start(dtype: str, device: Any) -> None:
    """Make ready for calls in this dtype."""
    if dtype == "bfloat16":
        sys.exit("NumPy has no bfloat16: take run_torch.py or run_jax.py")
    if device is not None:
        sys.exit("--device: NumPy arrays are on no device")


def about() -> Any:
    return {"versions": {"numpy": np.__version__}}


def operand(array: Any, place: Any) -> Any:
    """The array; of a flat piece of memory the part that `place` says, counted in numbers."""
    if place is None:
        return array
    strides = [stride * array.itemsize for stride in place["strides"]]
    return as_strided(array[place["offset"] :], place["shape"], strides)


def other(array: Any) -> Any:
    return array


def refilled(old: Any, new: Any) -> Any:
    """The old arrays with the new values, where they fit."""
    if len(old) != len(new) or any(x.shape != y.shape or x.strides != y.strides for x, y in zip(old, new, strict=True)):
        return new
    for x, y in zip(old, new, strict=True):
        np.copyto(x, y)
    return old


def copy(array: Any) -> Any:
    return array.copy()


def equal(one: Any, two: Any) -> bool:
    return bool(one.tobytes() == two.tobytes())


def differentiated(run: Any, operands: Any) -> Any:
    raise Declined("NumPy arrays carry no gradients: name a function by --backward")


def numbers(given: Any) -> Any:
    """An output as an array."""
    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise NoArray(f"the kernel gave a {type(given).__name__}, which is no array") from error
    if array.dtype.kind not in "fiu":
        raise NoArray(f"the kernel gave {array.dtype}, expected real numbers")
    return array.astype(np.int64) if array.dtype == np.uint16 else array


def seed(number: int) -> None:
    random.seed(number)
    np.random.seed(number % 2**32)


def wait(output: Any) -> None:
    """Return when it is computed."""


if __name__ == "__main__":
    main(sys.modules[__name__])
