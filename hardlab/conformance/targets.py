"""From the name of a target to the kernel behind it: a command where {input} or {output} stands in it, else a `ChildKernel`."""

from pathlib import Path

from hardlab.conformance.child import ChildKernel
from hardlab.conformance.external import ExternalKernel
from hardlab.conformance.kernel import Conventions, Kernel
from instances.problem import MEMORY_BUDGET

TIMEOUT = 60.0
"""Seconds a call, unless the user says otherwise."""


def kernel_named(
    target: str,
    conventions: Conventions | None = None,
    timeout: float = TIMEOUT,
    memory: int = MEMORY_BUDGET,
    path: Path | None = None,
) -> Kernel:
    """The kernel of that name, loaded. Errors: `BadInput` where there is none, or it cannot be loaded or called like that."""
    if "{input}" in target or "{output}" in target:
        return ExternalKernel(target, conventions or Conventions(), timeout, memory)
    return ChildKernel(target, conventions or Conventions(), timeout, memory, path).load()
