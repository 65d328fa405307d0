"""Plain functions f(Q, K, V, scale) as attention algorithms."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from attention.algorithm import Unpromised, check_mechanism
from instances.coded import Floats
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention


@dataclass(frozen=True)
class PlainFunction(Unpromised):
    """A function that computes softmax attention, as its author says; it has no promise, so it can win YES and never NO.

    f(Q, K, V, scale) gets Q (n, d), K (m, d), V (m, v): 2-D, C-contiguous, read-only copies in `precision`, and returns
    (n, v). Errors: `Declined` where the dense copies exceed `memory` bytes.
    """

    function: Callable[..., Any]
    name: str
    precision: Literal["float64", "float32"] = "float64"
    memory: int = MEMORY_BUDGET

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        within(16 * (inputs.n + inputs.m) * inputs.d, self.memory, f"dense Q and K for {self.name}", size)
        Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
        copies = [np.array(matrix, dtype=self.precision, order="C") for matrix in (Q, K, inputs.V)]
        for copy in copies:
            copy.setflags(write=False)
        answer: Floats = self.function(*copies, inputs.scale)
        return answer
