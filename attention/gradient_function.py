"""Plain functions f(Q, K, V, dO, scale) -> (dQ, dK, dV) as algorithms for gradients."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from attention.algorithm import Unpromised, check_mechanism, gradient_asked
from instances.coded import Floats
from instances.faults import BadInput, PlugInFault, one_line
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

SIGNATURE = "f(Q, K, V, dO, scale) -> (dQ, dK, dV)"


@dataclass(frozen=True)
class GradientFunction(Unpromised):
    """A function that computes the gradients of softmax attention, as its author says; it has no promise.

    f(Q, K, V, dO, scale) gets Q (n, d), K (m, d), V (m, v), dO (n, v): 2-D, C-contiguous, read-only copies in `precision`, and
    returns (dQ, dK, dV) of the shapes of Q, K and V; the scale by its name where a parameter is called so. Errors: `BadInput`
    for a function with another signature; `Declined` where the dense copies exceed `memory` bytes; `PlugInFault` for what
    speaks of types, and for what is no such triple.
    """

    function: Callable[..., Any]
    name: str
    precision: Literal["float64", "float32"] = "float64"
    memory: int = MEMORY_BUDGET

    gradients: ClassVar[bool] = True

    def __post_init__(self) -> None:
        signature = _signature(self.function)
        if signature is None or _binds(signature, 5) or _binds(signature, 4, scale=1.0):
            return
        found = re.sub(r" at 0x[0-9a-f]+", "", str(signature))
        raise BadInput(f"{self.name} takes {found:.120}: a plug-in for gradients is a function {SIGNATURE}, or an Algorithm")

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        asked = gradient_asked(self.name, inputs)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        within(24 * (inputs.n + inputs.m) * inputs.d, self.memory, f"dense Q and K, and gradients, for {self.name}", size)
        Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
        copies = [np.array(matrix, dtype=self.precision, order="C") for matrix in (Q, K, inputs.V, asked.dO)]
        for copy in copies:
            copy.setflags(write=False)
        signature = _signature(self.function)
        try:
            if signature is None or _binds(signature, 5):
                given = self.function(*copies, inputs.scale)
            else:
                given = self.function(*copies, scale=inputs.scale)
        except (TypeError, AttributeError, ValueError) as error:
            what = f"it gets Q, K, V and dO as read-only NumPy arrays of {self.precision}, and scale as a float"
            raise PlugInFault(f"{self.name} raised {type(error).__name__}: {one_line(error)}; {what}") from error
        found = dict(zip(("dQ", "dK", "dV"), self._three(given, [copy.shape for copy in copies[:3]]), strict=True))
        if asked.of == "dX":
            found["dX"] = Q.T @ found["dQ"]
        return found[asked.of][:, [asked.column]]

    def _three(self, given: Any, shapes: list[tuple[int, ...]]) -> list[Floats]:
        """dQ, dK and dV. Errors: `PlugInFault` for anything else."""
        if not isinstance(given, tuple | list) or len(given) != 3:
            raise PlugInFault(f"{self.name} gave a {type(given).__name__}, expected three arrays (dQ, dK, dV)")
        arrays = [np.asarray(array) for array in given]
        for name, array, shape in zip(("dQ", "dK", "dV"), arrays, shapes, strict=True):
            if array.shape != shape or array.dtype.kind not in "fiu":
                said = f"gave {name} of shape {array.shape} and type {array.dtype}, expected {shape} of floats"
                raise PlugInFault(f"{self.name} {said}")
        return [np.asarray(array, dtype=np.float64) for array in arrays]


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """What Python knows of it; None of builtins, and of objects that answer wrongly when they are asked."""
    try:
        return inspect.signature(function)
    except Exception:
        return None


def _binds(signature: inspect.Signature, count: int, **named: float) -> bool:
    try:
        signature.bind(*[None] * count, **named)
    except TypeError:
        return False
    return True
