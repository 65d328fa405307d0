"""Torch tensors, in the memory of the arrays on the CPU; gradients by autograd."""

import importlib
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import NoGradients, WrongGradients, by_array
from hardlab.kernels.adapters.of_numpy import ADAPTER as NUMPY
from hardlab.kernels.call import Storage
from hardlab.kernels.storing import memory
from instances.coded import Floats

torch: Any = importlib.import_module("torch")


class Torch:
    name = "torch"
    stores: tuple[Storage, ...] = (
        "packed",
        "transposed",
        "columns",
        "padded",
        "offset",
        "strided",
        "broadcast",
        "shared",
        "one",
    )
    bfloat16 = True
    gradients = True

    def operand(self, view: NDArray[Any], device: str | None) -> Any:
        root, first = memory(view)
        flat = _tensor(root.reshape(-1)).to(device or "cpu")
        return flat.as_strided(view.shape, [stride // view.itemsize for stride in view.strides], first)

    def other(self, array: NDArray[Any], device: str | None) -> Any:
        return _tensor(np.array(array)).to(device or "cpu")

    def refill(self, old: Any, new: Any) -> bool:
        if old.shape != new.shape or old.stride() != new.stride():
            return False
        with torch.no_grad():
            old.detach().copy_(new)
        return True

    def numbers(self, given: Any) -> tuple[str, Floats | None]:
        if not isinstance(given, torch.Tensor):
            return by_array(given)
        dtype = str(given.dtype).removeprefix("torch.")
        if given.is_complex() or dtype == "bool" or given.layout is not torch.strided:
            return dtype, None
        return dtype, np.array(given.detach().cpu().double().numpy(), order="C")

    def differentiated(self, run: Callable[..., Any], operands: Sequence[Any], dO: Any) -> tuple[Any, Sequence[Any]]:
        leaves = [operand.detach().requires_grad_() for operand in operands]
        with torch.enable_grad():
            given = run(*leaves)
            if not isinstance(given, torch.Tensor) or not given.requires_grad:
                raise NoGradients("the output requires no grad, so that there are no gradients by autograd")
            if given.shape != dO.shape:
                raise WrongGradients(f"the output has shape {tuple(given.shape)}, expected {tuple(dO.shape)}")
            found = torch.autograd.grad(given, leaves, dO.to(given.dtype), allow_unused=True)
        missing = [name for name, gradient in zip("QKV", found, strict=True) if gradient is None]
        if missing:
            raise WrongGradients(f"autograd finds no way from the output to {' and '.join(missing)}")
        return given, found

    def seed(self, seed: int) -> None:
        NUMPY.seed(seed)
        torch.manual_seed(seed)

    def wait(self, given: Any) -> None:
        if getattr(getattr(given, "device", None), "type", "cpu") == "cuda":
            torch.cuda.synchronize()


def _tensor(array: NDArray[Any]) -> Any:
    """A tensor in the memory of an array; bits become bfloat16."""
    if array.dtype == np.uint16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array if prod(array.shape) else array.copy())


ADAPTER = Torch()
