"""Runs a kernel of JAX arrays over the inputs of this folder: python run_jax.py mykernel:attention."""

import random
import sys
from typing import Any

import jax
import ml_dtypes
import numpy as np
from running import Declined, NoArray, main

NAME = "jax"
DEVICE: Any = None


def start(dtype: str, device: Any) -> None:
    """Make ready for calls in this dtype."""
    global DEVICE
    jax.config.update("jax_enable_x64", True)
    DEVICE = None if device is None else jax.devices(device)[0]


def about() -> Any:
    return {"device": str(jax.devices()[0]), "versions": {"numpy": np.__version__, "jax": jax.__version__}}


def operand(array: Any, place: Any) -> Any:
    if place is not None:
        raise Declined("JAX arrays are always packed in memory")
    return other(array)


def other(array: Any) -> Any:
    """An array; uint16 are the bits of bfloat16."""
    return jax.device_put(array.view(ml_dtypes.bfloat16) if array.dtype == np.uint16 else array, DEVICE)


def refilled(old: Any, new: Any) -> Any:
    """The new arrays: nobody writes to one of JAX."""
    return new


def copy(array: Any) -> Any:
    return array


def equal(one: Any, two: Any) -> bool:
    return True


def differentiated(run: Any, operands: Any) -> Any:
    """The output, and its gradients in Q, K and V by vjp."""
    output, back = jax.vjp(run, *operands[:3])
    return output, back(operands[3].astype(output.dtype))


def numbers(given: Any) -> Any:
    """An output as an array, bfloat16 as its bits."""
    try:
        array = np.asarray(given)
    except (TypeError, ValueError) as error:
        raise NoArray(f"the kernel gave a {type(given).__name__}, which is no array") from error
    if array.dtype == ml_dtypes.bfloat16:
        return array.view(np.uint16)
    if array.dtype.kind not in "fiu":
        raise NoArray(f"the kernel gave {array.dtype}, expected real numbers")
    return array


def seed(number: int) -> None:
    random.seed(number)
    np.random.seed(number % 2**32)


def wait(output: Any) -> None:
    """Return when it is computed."""
    jax.block_until_ready(output)


if __name__ == "__main__":
    main(sys.modules[__name__])
