"""The protocol of an adapter, and what all share."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.call import Storage
from instances.coded import Floats


class NoGradients(Exception):
    """No gradients can be had of a kernel, and why."""


class WrongGradients(Exception):
    """What was given as gradients is none, and why."""


class Adapter(Protocol):
    """How a library's arrays are made and read.

    Arrays of bfloat16 come as their bits (uint16). `operand` keeps the strides of a view, and its memory where it can.
    """

    name: str
    stores: tuple[Storage, ...]
    """The ways of lying in memory that its arrays have."""

    bfloat16: bool

    gradients: bool
    """Whether they carry some of their own."""

    def operand(self, view: NDArray[Any], device: str | None) -> Any: ...

    def other(self, array: NDArray[Any], device: str | None) -> Any: ...

    def refill(self, old: Any, new: Any) -> bool:
        """Whether the values of `new` are now in the very array `old`."""
        ...

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        """The name of the type that an output came in, and a copy of its numbers; None where it has no real numbers."""
        ...

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        """run(*operands), and its gradients in the first three. Errors: `NoGradients`; `WrongGradients`."""
        ...

    def seed(self, seed: int) -> None: ...

    def wait(self, given: Any) -> None:
        """Return when it is computed."""
        ...


class Immutable(ABC):
    """What libraries have in common whose arrays nobody writes to: they are packed, and masks are made as operands are."""

    stores: tuple[Storage, ...] = ("packed",)
    bfloat16 = True
    gradients = True

    @abstractmethod
    def operand(self, view: NDArray[Any], device: str | None) -> Any: ...

    def other(self, array: NDArray[Any], device: str | None) -> Any:
        return self.operand(array, device)

    def refill(self, old: Any, new: Any) -> bool:
        return False


def bits_of(X: Floats) -> NDArray[np.uint16]:
    """The bfloat16 numbers nearest to X's float32 numbers, as their bits; X holds no NaN."""
    wide = np.ascontiguousarray(X).astype(np.float32).view(np.uint32)
    return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)


def numbers_of_bits(bits: NDArray[Any]) -> NDArray[np.float32]:
    """The bfloat16 numbers that these are the bits of."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def floats_of(array: NDArray[Any]) -> Floats:
    with np.errstate(all="ignore"):
        return np.array(array, dtype=np.float64, order="C")


def by_array(given: Any) -> tuple[str, Floats | None]:
    """What NumPy makes of an output."""
    try:
        array = np.asarray(given)
    except (TypeError, ValueError):
        return type(given).__name__, None
    dtype = array.dtype.name if hasattr(given, "dtype") else type(given).__name__
    if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
        return dtype, None
    return dtype, floats_of(array)
