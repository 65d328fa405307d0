"""The yes/no question that the reductions ask of attention."""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, tanh
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from instances.bits import Ints
from instances.coded import array_digest, matrix_digest
from instances.faults import BadInput
from instances.inputs import Attention as Attention
from instances.problem import Size, size_text
from instances.threshold import ThresholdTask, listed
from instances.threshold import Tolerance as Tolerance
from instances.threshold import additive_tolerance as additive_tolerance


@dataclass(frozen=True, eq=False)
class AttentionTask(ThresholdTask):
    """YES iff one of the counted outputs (column 0 of Att) is >= high: those of the rows 0, step, ..., (rows - 1) step, or of
    the rows that `read` lists, `rows` of them in rising order.

    Promise: each of them is <= low or >= high. With `logarithmic` (V >= 0) low, high and the outputs compared
    with them are natural logarithms. A witness is (row,).
    Errors: `BadInput` unless low < high, both finite, 1 <= rows, (rows - 1) step < n, and V >= 0 where logarithmic; where a
    counted row is normalised and sees no key.
    """

    called: ClassVar[str] = "attention"

    inputs: Attention
    low: float
    high: float
    rows: int
    logarithmic: bool = False
    step: int = 1
    read: Ints | None = None

    def __post_init__(self) -> None:
        self._check_thresholds()
        if not 1 <= self.rows <= self.inputs.n:
            raise BadInput(f"rows = {self.rows}, Q has n = {self.inputs.n} rows: 1 <= rows <= n")
        if type(self.step) is not int or self.step < 1 or (self.rows - 1) * self.step >= self.inputs.n:
            raise BadInput(
                f"step = {self.step}, rows = {self.rows}: row (rows - 1) step must be one of the {self.inputs.n} rows"
            )
        if self.read is not None:
            if self.step != 1:
                raise BadInput(f"read lists the rows that count, and step = {self.step}: leave the step out")
            object.__setattr__(self, "read", listed(self.read, self.rows, self.inputs.n))
        self._check_sight()
        if self.inputs.V.shape[1] == 0:
            raise BadInput("V has no column: the question is about its column 0")
        if self.logarithmic and bool((self.inputs.V < 0).any()):
            raise BadInput("V has negative entries: a logarithmic question needs V >= 0")

    def _check_sight(self) -> None:
        """Errors: `BadInput` where a counted row has no answer."""
        of = self.inputs
        unseeing = np.intersect1d(of.unanswered, self.counted)
        if len(unseeing):
            where = f"{of.mechanism} over n = {of.n} rows and m = {of.m} keys"
            raise BadInput(f"{where}: row {unseeing[0]} sees no key, and its answer would count; read other rows")

    @property
    def size(self) -> Size:
        return {"n": self.inputs.n, "m": self.inputs.m, "d": self.inputs.d, "rows": self.rows}

    @property
    def short(self) -> str:
        within = f"low = {self.low:.6g}, high = {self.high:.6g}{' in logarithms' if self.logarithmic else ''}"
        return f"AttentionTask({size_text(self.size)}, {within})"

    @property
    def counted(self) -> Sequence[int]:
        """The rows whose outputs count."""
        return range(0, self.rows * self.step, self.step) if self.read is None else self._listed

    @cached_property
    def _listed(self) -> list[int]:
        return [] if self.read is None else self.read.tolist()

    @cached_property
    def _counting(self) -> Container[int]:
        return self.counted if self.read is None else frozenset(self._listed)

    @property
    def relative(self) -> float:
        """(high - low)/|high + low|, the relative error tolerated where V, low and high have one sign; infinite elsewhere."""
        if self.logarithmic:
            return tanh((self.high - self.low) / 2)
        V = self.inputs.V[:, 0]
        if (self.low >= 0 and bool((V >= 0).all())) or (self.high <= 0 and bool((V <= 0).all())):
            return (self.high - self.low) / abs(self.high + self.low)
        return inf

    @classmethod
    def memory(cls, size: Size) -> int:
        words = -(-size["d"] // 64)
        return 8 * (size["n"] + size["m"]) * words + 8 * size["m"] + 32 * size["d"]

    @cached_property
    def identity(self) -> str:
        inputs = self.inputs
        numbers = f"{inputs.scale.hex()} {self.low.hex()} {self.high.hex()} {self.rows} {self.logarithmic}"
        text = f"attention {inputs.mechanism.word} {numbers}" + (f" step {self.step}" if self.step != 1 else "")
        parts = [matrix_digest(inputs.Q), matrix_digest(inputs.K), matrix_digest(inputs.V)]
        parts += [array_digest(name, array) for name, array in self.arrays.items()]
        return hashlib.sha256(text.encode() + b"".join(parts)).hexdigest()

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What it has beside Q, K and V that is an array, by its names in files."""
        return {**self.inputs.mechanism.arrays, **({} if self.read is None else {"read": self.read})}
