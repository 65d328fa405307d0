"""What the tests of reductions to gradients share: instances, the entries that are read, and an algorithm that is just off."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from attention import Backward, Promise
from attention.algorithm import answers
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.gradients import GradientTask
from instances.task import Attention
from instances.vectors import GapHamming
from solvers import Threshold
from solvers.laws import agrees_with_exhaustion
from tests.support.fixtures import fixture

WORDS = ["00000000", "11110000", "00001111", "11001100", "00110011", "10101010"]

YES = GapHamming(BitMatrix.of(["000000"]), BitMatrix.of(["110000", *["111111"] * 3]), 2, 4)
NO = GapHamming(BitMatrix.of(["000000"]), BitMatrix.of(["111100", "001111", "110011", "010111"]), 2, 4)
"""Extreme rows: one key at t and the rest at d; all keys at t2."""


def given(name: str) -> tuple[GapHamming, dict[str, Any], dict[str, Any]]:
    """The instance of a fixture, its inputs and what is expected."""
    inputs, expected = fixture(name)
    return GapHamming(BitMatrix.of(inputs["A"]), BitMatrix.of(inputs["B"]), 1, 2), inputs, expected


def entries(task: GradientTask, algorithm: Any = None) -> Floats:
    """Those that are read."""
    found: Floats = answers(algorithm or Backward(), task.inputs)[task.counted, 0]
    return found


def planted(offset: int) -> GapHamming:
    """Rows whose only near key is `offset` after their own, where there is one."""
    A = [WORDS[(i + offset) % 6] if 0 <= i + offset < 6 else "01010110" for i in range(6)]
    return GapHamming(BitMatrix.of(A), BitMatrix.of(WORDS), 0, 2)


def as_planted() -> list[GapHamming]:
    """The last has no near key at all."""
    return [planted(offset) for offset in (0, 1, 2, -1, 6)]


@dataclass
class Off:
    """Right but for an error that works against the side of each entry."""

    error: float
    task: GradientTask

    key, logarithmic, gradients, visibility = "off", False, True, True

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.error, 0.0)

    def __call__(self, inputs: Attention) -> Floats:
        middle = (self.task.low + self.task.high) / 2
        right = Backward()(inputs)
        return right - self.error * np.sign(right - middle)


def assert_tolerated_and_decided(tasks: list[GradientTask]) -> None:
    """Each is decided as exhaustion does, and as well with an error of 0.99 of what it says that it tolerates."""
    agrees_with_exhaustion(Threshold(Backward()), tasks)
    for task in tasks:
        right = Threshold(Backward()).solve(task)
        assert Threshold(Off(0.99 * task.additive.value, task)).solve(task).verdict is right.verdict
