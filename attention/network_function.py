"""Plain functions f(X, WQ, WK, WV, WO, residual, scale) -> (N, w) as algorithms for networks of attention."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from attention.algorithm import Unpromised, asked_for, check_mechanism
from attention.function import OF_NETWORKS, answered, check_signature
from instances.coded import Floats
from instances.faults import PlugInFault
from instances.memory import MEMORY_BUDGET, within
from instances.network import WEIGHTS, Network
from instances.task import Attention


@dataclass(frozen=True)
class NetworkFunction(Unpromised):
    """A function that computes a network of attention, as its author says; it has no promise.

    f(X, WQ, WK, WV, WO, residual, scale) gets the tokens X (N, w), the weights WQ and WK (L, H, w, k), WV (L, H, w, v) and WO
    (L, H, v, w), C-contiguous, read-only copies in `precision`, and whether there is a residual stream; it returns the tokens
    after the last layer, (N, w). The scale by its name where a parameter is called so. Errors: `BadInput` for a function with
    another signature; `Declined` where the copies exceed `memory` bytes; `PlugInFault` for what speaks of types, and for
    another shape.
    """

    function: Callable[..., Any]
    name: str
    precision: Literal["float64", "float32"] = "float64"
    memory: int = MEMORY_BUDGET

    networks: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_signature(self.function, self.name, form=OF_NETWORKS)

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        of = asked_for(Network, self.name, inputs)
        arrays = [of.tokens, *(getattr(of, name) for name in WEIGHTS)]
        size = {"n": of.n, "d": of.d, "layers": of.layers, "heads": of.heads}
        within(16 * sum(array.size for array in arrays), self.memory, f"tokens and weights for {self.name}", size)
        given = answered(self, OF_NETWORKS, [*arrays, of.residual], of.scale, np.asarray)
        if given.shape != of.tokens.shape or given.dtype.kind not in "fiu":
            said = f"gave shape {given.shape} of type {given.dtype}, expected {of.tokens.shape} of floats"
            raise PlugInFault(f"{self.name} {said}: all tokens after the last layer")
        answer: Floats = given[:, [of.column]]
        return answer
