"""Plain functions f(Q, K1, K2, V1, V2, scale) -> (n, v) as algorithms for tensor attention."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from attention.algorithm import Unpromised, asked_for, check_mechanism
from attention.function import OF_TENSORS, answered, check_signature
from instances.coded import Floats, dense
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention
from instances.tensor import TensorAttention


@dataclass(frozen=True)
class TensorFunction(Unpromised):
    """A function that computes tensor attention over all pairs of keys, as its author says; it has no promise.

    f(Q, K1, K2, V1, V2, scale) gets Q (n, d), K1 (m1, d), K2 (m2, d), V1 (m1, v), V2 (m2, v): 2-D, C-contiguous, read-only
    copies in `precision`, and returns (n, v); the scale by its name where a parameter is called so. Errors: `BadInput` for a
    function with another signature; `Declined` where the dense copies exceed `memory` bytes; `PlugInFault` for what speaks of
    types.
    """

    function: Callable[..., Any]
    name: str
    precision: Literal["float64", "float32"] = "float64"
    memory: int = MEMORY_BUDGET

    tensors: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_signature(self.function, self.name, form=OF_TENSORS)

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        of = asked_for(TensorAttention, self.name, inputs)
        size = {"n": of.n, "m": of.m, "l": of.m2, "d": of.d}
        within(16 * (of.n + of.m + of.m2) * of.d, self.memory, f"dense Q, K1 and K2 for {self.name}", size)
        matrices = [dense(matrix, slice(None)) for matrix in (of.Q, of.K, of.K2, of.V, of.V2)]
        answer: Floats = answered(self, OF_TENSORS, matrices, of.scale)
        return answer
