"""What each library makes of arrays, outputs, seeds and gradients; who calls kernels knows none of them by name."""

import inspect
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import CodeType, ModuleType
from typing import Any

import numpy as np

from hardlab.kernels.adapters.adapter import Adapter
from instances.faults import BadInput, one_line

NAMES = ("numpy", "torch", "jax", "tinygrad")


def adapter_named(name: str, said: str) -> Adapter:
    """The adapter of that library. Errors: `BadInput` where the library cannot be imported; `said` names who needs it."""
    try:
        made: Adapter = import_module(f"hardlab.kernels.adapters.of_{name}").ADAPTER
        return made
    except Exception as error:
        what = "torch tensors" if name == "torch" else f"{name} arrays"
        raise BadInput(f"{said} takes {what}, and {name} cannot be imported: {one_line(error)}") from None


def on_device(adapter: Adapter, device: str | None, said: str) -> None:
    """Errors: `BadInput` where its arrays cannot lie on the device; `said` names who takes them."""
    if device is None:
        return
    if adapter.name not in ("torch", "jax"):
        raise BadInput(f"--device {device}: {said} takes {adapter.name} arrays, which are nowhere but here")
    try:
        adapter.operand(np.ones((1, 1, 1, 1)), device)
    except Exception as error:
        raise BadInput(f"--device {device}: {adapter.name} has no such device here: {one_line(error)}") from None


def likely(kernel: Callable[..., Any]) -> list[str]:
    """The libraries whose arrays it may take, the likeliest first: what it says, what its code names, then what is loaded."""
    said = _told(kernel)
    if said is not None:
        return [said]
    named = [name for name in NAMES if name in set(_named(kernel))]
    others = [name for name in NAMES if name not in named and (name == "numpy" or name in sys.modules)]
    return named + others


def _told(kernel: Any) -> str | None:
    """By `tensors = True`, by being a library's own, or by the annotation of its first parameter."""
    if getattr(kernel, "tensors", False) is True:
        return "torch"
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(kernel, torch.nn.Module):
        return "torch"
    if _library(kernel) in NAMES:
        return _library(kernel)
    try:
        annotation = next(iter(inspect.signature(kernel).parameters.values())).annotation
    except (StopIteration, TypeError, ValueError):
        return None
    if isinstance(annotation, str):
        root = annotation.partition(".")[0]
        return {
            "torch": "torch",
            "Tensor": "torch",
            "jax": "jax",
            "jnp": "jax",
            "np": "numpy",
            "numpy": "numpy",
            "tinygrad": "tinygrad",
        }.get(root)
    root = str(getattr(annotation, "__module__", "")).partition(".")[0]
    return {"jaxlib": "jax"}.get(root, root) if root in (*NAMES, "jaxlib") else None


def _library(kernel: Any) -> str:
    return str(getattr(kernel, "__module__", "") or "").partition(".")[0]


def _named(kernel: Any) -> Iterator[str]:
    """The libraries that its code speaks of, by the modules and objects that its global names stand for."""
    function = (
        kernel if inspect.isfunction(kernel) else getattr(kernel, "forward", None) or type(kernel).__dict__.get("__call__")
    )
    function = inspect.unwrap(function) if callable(function) else None
    code, known = getattr(function, "__code__", None), getattr(function, "__globals__", {})
    if not isinstance(code, CodeType):
        return
    words = {word for part in _codes(code) for word in part.co_names}
    for word in words & set(known):
        value = known[word]
        yield (value.__name__ if isinstance(value, ModuleType) else str(getattr(value, "__module__", ""))).partition(".")[0]
    for word in words:
        yield word  # of an import inside of the function


def _codes(code: Any) -> Iterator[Any]:
    yield code
    for constant in code.co_consts:
        if inspect.iscode(constant):
            yield from _codes(constant)
