"""Tasks that compare answers with two thresholds: what questions of attention and of its gradients share."""

from abc import abstractmethod
from collections.abc import Container, Iterator, Sequence
from functools import cached_property
from math import exp, expm1, inf, log
from typing import NamedTuple

import numpy as np
from flint import arb, ctx
from numpy.typing import ArrayLike

from instances.arrays import array_from
from instances.bits import Ints
from instances.exact import logarithm, precision, sign
from instances.faults import BadInput
from instances.inputs import Attention
from instances.problem import Problem, Witness


class Tolerance(NamedTuple):
    """An error, and its logarithm to base 10 (the value itself may underflow to 0)."""

    value: float
    log10: float


def additive_tolerance(low: float, high: float, logarithmic: bool) -> Tolerance:
    """(high - low)/2, where low and high are given as natural logarithms if `logarithmic`."""
    if not logarithmic:
        return Tolerance((high - low) / 2, (log(high - low) - log(2)) / log(10) if low < high else -inf)
    natural = high + log(-expm1(low - high)) - log(2)
    return Tolerance(exp(natural) if natural < 700 else inf, natural / log(10))


class ThresholdTask(Problem):
    """YES iff one of the answers that count is >= high; promise: each of them is <= low or >= high. A witness is (row,).

    The answers are in the first column of `inputs.exact`, or their logarithms where `logarithmic`; `counted` are their rows.
    """

    inputs: Attention
    low: float
    high: float
    logarithmic: bool = False

    def _check_thresholds(self) -> None:
        """Errors: `BadInput` unless low < high, both finite."""
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise BadInput(f"low = {self.low} and high = {self.high}: they must be finite with low < high")

    @property
    @abstractmethod
    def counted(self) -> Sequence[int]:
        """The rows whose answers count, in rising order."""

    @property
    def _counting(self) -> Container[int]:
        return self.counted

    def accepts(self, witness: Witness) -> bool:
        return self._in_range(witness) and sign(lambda: self.output(witness[0]) - self.low) > 0

    def reaches(self, witness: Witness) -> bool:
        return self._in_range(witness) and sign(lambda: self.output(witness[0]) - self.high) >= 0

    def says(self, witness: Witness) -> str:
        above = f">= high = {self.high:.6g}" if self.reaches(witness) else f"> low = {self.low:.6g}"
        return f"{self.answer_named(witness[0])} is {self.output(witness[0]).str(6, radius=False)}, {above}"

    def answer_named(self, row: int) -> str:
        """What an answer is called."""
        return f"{'the logarithm of ' if self.logarithmic else ''}the output of row {row}"

    def promised(self) -> bool:
        return all(self.reaches((i,)) or not self.accepts((i,)) for i in self.counted)

    def output(self, row: int) -> arb:
        """The exact answer of one row as a ball at flint's working precision, or its logarithm."""
        with precision():
            if (row, ctx.prec) not in self._outputs:
                value = self.inputs.exact.row(row)[0]
                self._outputs[row, ctx.prec] = logarithm(value) if self.logarithmic else value
            return self._outputs[row, ctx.prec]

    @cached_property
    def _outputs(self) -> dict[tuple[int, int], arb]:
        """What has been computed, by row and working precision: `promised`, `reaches` and `accepts` ask for the same rows."""
        return {}

    def witnesses(self) -> Iterator[Witness]:
        return ((i,) for i in self.counted)

    def _in_range(self, witness: Witness) -> bool:
        return len(witness) == 1 and witness[0] in self._counting

    @property
    def additive(self) -> Tolerance:
        """(high - low)/2, the additive error below which the sign of output - (high + low)/2 decides every row."""
        return additive_tolerance(self.low, self.high, self.logarithmic)

    @property
    def relative(self) -> float:
        """The relative error that is tolerated; infinite where none is spoken of."""
        return inf


def listed(read: ArrayLike, rows: int | None, n: int) -> Ints:
    """The list of rows that are read. Errors: `BadInput` unless they are `rows` whole numbers that rise, below n; as many as
    there are, at least one, where `rows` is None.
    """
    array = array_from(read, "read")
    rows = array.size if rows is None else rows
    if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) != rows or not rows:
        raise BadInput(f"read has shape {array.shape} and type {array.dtype}: it lists rows = {rows} rows, and at least one")
    least, most = int(array.min()), int(array.max())
    found = array.astype(np.int64)
    if least < 0 or most >= n or (np.diff(found) <= 0).any():
        raise BadInput(f"read lists rows from {least} to {most}: they rise, and are from 0 to n - 1 = {n - 1}")
    found.setflags(write=False)
    return found
