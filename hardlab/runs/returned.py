"""Outputs that were computed elsewhere, in the place of an algorithm."""

from dataclasses import dataclass

import numpy as np

from attention.algorithm import NO_PROMISE, Promise
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import Attention


@dataclass(frozen=True, eq=False)
class Returned:
    """What somebody says the outputs of `inputs` are, (n, v), or their logarithms: it promises nothing, and has no others.

    Axes of length 1 in front, and a missing one behind where v = 1, are no matter. Errors: `BadInput` for another shape.
    """

    key: str
    inputs: Attention
    outputs: Floats
    logarithmic: bool = False

    mechanisms = visibility = rotary = gradients = True

    def __post_init__(self) -> None:
        n, v = self.inputs.shape
        found = self.outputs.shape
        bare = found[next((place for place, size in enumerate(found[:-2]) if size != 1), max(0, len(found) - 2)) :]
        if bare != (n, v) and not (v == 1 and found == (n,)):
            raise BadInput(f"{self.key} has the shape {found}: the task asks for {(n, v)}, a row for each row of Q")
        object.__setattr__(self, "outputs", self.outputs.reshape(n, v))

    def promise(self, inputs: Attention) -> Promise:
        return NO_PROMISE

    def __call__(self, inputs: Attention) -> Floats:
        if inputs.shape != self.inputs.shape:
            raise Declined(f"{self.key} has the outputs of another task")
        return np.array(self.outputs)
