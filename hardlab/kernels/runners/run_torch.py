"""Runs a kernel of torch tensors over the inputs of this folder: python run_torch.py mykernel:attention --device cuda."""

import random
import sys
from typing import Any

import numpy as np
import torch
from running import Declined, NoArray, main

NAME = "torch"
DEVICE = "cpu"


def start(dtype: str, device: Any) -> None:
    """Make ready for calls in this dtype."""
    global DEVICE
    DEVICE = device or "cpu"


def about() -> Any:
    on = torch.cuda.get_device_name() if DEVICE.startswith("cuda") else DEVICE
    return {"device": on, "versions": {"numpy": np.__version__, "torch": torch.__version__}}


def operand(array: Any, place: Any) -> Any:
    """The tensor; of a flat piece of memory the part that `place` says, counted in numbers."""
    tensor = other(array)
    return tensor if place is None else tensor.as_strided(place["shape"], place["strides"], place["offset"])


def other(array: Any) -> Any:
    """A tensor; uint16 are the bits of bfloat16."""
    if array.dtype == np.uint16:
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16).to(DEVICE)
    return torch.from_numpy(array).to(DEVICE)


def refilled(old: Any, new: Any) -> Any:
    """The old tensors with the new values, where they fit."""
    if len(old) != len(new) or any(x.shape != y.shape or x.stride() != y.stride() for x, y in zip(old, new, strict=True)):
        return new
    with torch.no_grad():
        for x, y in zip(old, new, strict=True):
            x.copy_(y)
    return old


def copy(tensor: Any) -> Any:
    return tensor.clone()


def equal(one: Any, two: Any) -> bool:
    return bool(torch.equal(one, two))


def differentiated(run: Any, operands: Any) -> Any:
    """The output, and its gradients in Q, K and V by autograd."""
    leaves = [operand.detach().requires_grad_() for operand in operands[:3]]
    output = run(*leaves)
    if not isinstance(output, torch.Tensor) or not output.requires_grad:
        raise Declined("the output requires no grad, so that there are no gradients by autograd")
    if output.shape != operands[3].shape:
        raise NoArray(f"the output has shape {tuple(output.shape)}, expected {tuple(operands[3].shape)}")
    found = torch.autograd.grad(output, leaves, operands[3].to(output.dtype), allow_unused=True)
    missing = [name for name, gradient in zip("QKV", found, strict=True) if gradient is None]
    if missing:
        raise NoArray(f"autograd finds no way from the output to {' and '.join(missing)}")
    return output, found


def numbers(given: Any) -> Any:
    """An output as an array, bfloat16 as its bits."""
    if not isinstance(given, torch.Tensor) or given.is_complex() or given.dtype == torch.bool:
        what = f"a tensor of {given.dtype}" if isinstance(given, torch.Tensor) else f"a {type(given).__name__}"
        raise NoArray(f"the kernel gave {what}, expected a tensor of real numbers")
    tensor = given.detach().cpu().contiguous()
    if tensor.dtype == torch.bfloat16:
        return tensor.view(torch.int16).numpy().view(np.uint16)
    return tensor.numpy()


def seed(number: int) -> None:
    random.seed(number)
    np.random.seed(number % 2**32)
    torch.manual_seed(number)


def wait(output: Any) -> None:
    """Return when it is computed."""
    if DEVICE.startswith("cuda"):
        torch.cuda.synchronize()


if __name__ == "__main__":
    main(sys.modules[__name__])
