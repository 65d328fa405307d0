"""From a target, the name of a kernel or the function itself, to the kernel behind it."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path

from hardlab.kernels.child import ChildKernel
from hardlab.kernels.external import ExternalKernel
from hardlab.kernels.kernel import Conventions, Kernel
from hardlab.work.limits import MEMORY, TIMEOUT
from instances.faults import BadInput


def kernel_named(
    target: str,
    conventions: Conventions | None = None,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    path: Path | None = None,
) -> Kernel:
    """The kernel of that name, loaded at its first call: a command if {input} or {output} stands in it, else a `ChildKernel`.

    Errors: `BadInput` for a command that is none; by the first call, where the target cannot be loaded or called like that.
    """
    if path is not None and not path.is_dir():
        raise BadInput(f"--path {path}: there is no such directory")
    if "{input}" in target or "{output}" in target:
        return ExternalKernel(target, conventions or Conventions(), timeout, memory)
    return ChildKernel(target, conventions or Conventions(), timeout, memory, path)


def target_of(algorithm: str | Callable[..., object]) -> str:
    """The target by which another process finds a function or class: module:object, or FILE.py:object where the module was not
    imported from sys.path. Errors: `BadInput` for what does not stand at the top of a module, under its name.
    """
    if isinstance(algorithm, str):
        return algorithm
    name, module = getattr(algorithm, "__qualname__", None), inspect.getmodule(algorithm)
    file = getattr(module, "__file__", None)
    if module is None or file is None or name is None or getattr(module, name, None) is not algorithm:
        raise BadInput(f"{algorithm!r} is no function or class at the top of a module: give a name, as in 'mymodule:attention'")
    within = Path(*module.__name__.split("."))
    places = [Path(folder, part).resolve() for folder in sys.path for part in (f"{within}.py", within / "__init__.py")]
    return f"{module.__name__}:{name}" if Path(file).resolve() in places else f"{file}:{name}"
