"""Plain functions f(Q, K, V, dO, scale) -> (dQ, dK, dV) as algorithms for gradients."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from attention.algorithm import Unpromised, asked_for, check_mechanism
from attention.function import OF_GRADIENTS, answered, check_signature
from instances.coded import Floats
from instances.faults import PlugInFault
from instances.gradients import Gradient
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention


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
        check_signature(self.function, self.name, form=OF_GRADIENTS)

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        asked = asked_for(Gradient, self.name, inputs)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        within(24 * (inputs.n + inputs.m) * inputs.d, self.memory, f"dense Q and K, and gradients, for {self.name}", size)
        Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
        given = answered(self, OF_GRADIENTS, [Q, K, inputs.V, asked.dO], inputs.scale)
        found = dict(zip(("dQ", "dK", "dV"), self._three(given, [X.shape for X in (Q, K, inputs.V)]), strict=True))
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
