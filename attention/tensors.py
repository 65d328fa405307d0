"""Torch tensors in, torch tensors out, by what they can do: torch itself is not imported, whoever gives tensors has done that.

Rounding of an output x to p bits (derived here). To nearest it is off by at most 2^-p |x|, and where x is below the normal
numbers by half the smallest subnormal one: 2^-24 and 2^-150 for float32, 2^-11 and 2^-25 for float16. For bfloat16 (2^-8 and
2^-134) it is rounded from float32, twice together: 2^-8 + 2^-24 + 2^-32 and 2^-134 + 2^-149. Every row of Att is a mean of rows
of V, so that |Att| <= M = max|V|, which the type holds: an output is brought within +-M first, which takes it no further from
Att and leaves no infinity, and |x| <= M.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instances.faults import BadInput, one_line

Array = NDArray[np.floating[Any]]

_WIDEN = 1 + 1e-9
"""Covers the rounding of the bounds themselves."""


@dataclass(frozen=True)
class Output:
    """In which type an output is given: held as `dtype`, rounded by at most `relative` |x| + `absolute`; a torch tensor of
    `torch_dtype`, where inputs were tensors, and then of this type if all of them were.
    """

    name: str
    dtype: type[np.floating[Any]]
    relative: float
    absolute: float
    tensor: bool
    torch_dtype: Any = None

    @classmethod
    def of(cls, given: Sequence[object], arrays: Sequence[NDArray[Any]]) -> "Output":
        """For inputs as they were given, and as arrays: a 16-bit type where all are tensors of it, else float32 where none is
        wider, else float64.
        """
        types = [getattr(x, "dtype", None) if is_tensor(x) else None for x in given]
        tensor = any(type_ is not None for type_ in types)
        name = _name(types[0])
        if name in ("float16", "bfloat16") and {_name(type_) for type_ in types} == {name}:
            if name == "float16":
                return cls(name, np.float16, 2.0**-11, 2.0**-25, True, types[0])
            return cls(name, np.float32, 2.0**-8 + 2.0**-24 + 2.0**-32, 2.0**-134 + 2.0**-149, True, types[0])
        if all(array.dtype.kind == "f" and array.dtype.itemsize <= 4 for array in arrays):
            return cls("float32", np.float32, 2.0**-24, 2.0**-149, tensor)
        return cls("float64", np.float64, 0.0, 0.0, tensor)

    @property
    def largest(self) -> float:
        """The largest number that the type holds, or a little less."""
        return 3.38e38 if self.name == "bfloat16" else float(np.finfo(self.dtype).max)

    def rounding(self, largest: float) -> float:
        """The most that rounding adds to the error of an output, |V| being at most `largest`."""
        return (self.relative * largest + self.absolute) * _WIDEN

    def rounded(self, output: Array, largest: float) -> Array:
        """Brought within +-`largest`, and as it is held."""
        return output if self.dtype == np.float64 else np.clip(output, -largest, largest).astype(self.dtype)

    def beside(self, array: Array) -> Any:
        """The array, or a tensor of its type with its values."""
        return sys.modules["torch"].from_numpy(np.require(array, requirements=["C", "W"])) if self.tensor else array

    def given(self, output: Array) -> Any:
        """The array, or a tensor with its values."""
        tensor = self.beside(output)
        return tensor if self.torch_dtype is None else tensor.to(self.torch_dtype)


def is_tensor(values: object) -> bool:
    """Whether it is a torch tensor, or of a class of them."""
    return any(c.__name__ == "Tensor" and c.__module__.partition(".")[0] == "torch" for c in type(values).__mro__)


def array_of(tensor: Any, name: str) -> NDArray[Any]:
    """Its values, shared where the type is one of numpy's; bfloat16 as float32, which holds them.

    Errors: `BadInput` where it requires grad, is not on the CPU, not dense, or of another type.
    """
    if tensor.requires_grad:
        raise BadInput(f"{name} requires grad, and attend is not differentiated: give {name}.detach()")
    if tensor.device.type != "cpu":
        raise BadInput(f"{name} is on {tensor.device}, and attend computes on the CPU: give {name}.cpu()")
    if str(getattr(tensor, "layout", "torch.strided")) != "torch.strided":
        raise BadInput(f"{name} is stored as {getattr(tensor, 'layout', None)}: give {name}.to_dense()")
    kind = _name(tensor.dtype)
    if kind.startswith("float") and kind not in ("float16", "float32", "float64"):
        raise BadInput(f"{name} is of {tensor.dtype}: give float64, float32, float16 or bfloat16")
    try:
        array: NDArray[Any] = (tensor.float() if kind == "bfloat16" else tensor).numpy()
    except Exception as error:  # of kinds that numpy does not know
        raise BadInput(f"{name} is not an array: {one_line(error)}") from error
    return array


def _name(dtype: object) -> str:
    return str(dtype).removeprefix("torch.")
