"""The yes/no question that the reductions ask of attention."""

import hashlib
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, expm1, inf, log, tanh
from typing import Any, ClassVar, NamedTuple

import numpy as np
from flint import arb, ctx
from numpy.typing import ArrayLike, NDArray

from instances.arrays import array_from
from instances.bits import Ints
from instances.coded import array_digest, matrix_digest
from instances.exact import logarithm, precision, sign
from instances.faults import BadInput
from instances.inputs import Attention as Attention
from instances.problem import Problem, Size, Witness, size_text


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


@dataclass(frozen=True, eq=False)
class AttentionTask(Problem):
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
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if not (np.isfinite(self.low) and np.isfinite(self.high) and self.low < self.high):
            raise BadInput(f"low = {self.low} and high = {self.high}: they must be finite with low < high")
        if not 1 <= self.rows <= self.inputs.n:
            raise BadInput(f"rows = {self.rows}, Q has n = {self.inputs.n} rows: 1 <= rows <= n")
        if type(self.step) is not int or self.step < 1 or (self.rows - 1) * self.step >= self.inputs.n:
            raise BadInput(
                f"step = {self.step}, rows = {self.rows}: row (rows - 1) step must be one of the {self.inputs.n} rows"
            )
        if self.read is not None:
            object.__setattr__(self, "read", _listed(self.read, self.rows, self.step, self.inputs.n))
        self._check_sight()
        if self.inputs.V.shape[1] == 0:
            raise BadInput("V has no column: the question is about its column 0")
        if self.logarithmic and bool((self.inputs.V < 0).any()):
            raise BadInput("V has negative entries: a logarithmic question needs V >= 0")

    def _check_sight(self) -> None:
        """Errors: `BadInput` where a counted row has no answer."""
        of = self.inputs
        unseeing = np.intersect1d(of.blind, self.counted) if of.mechanism.normalised else of.blind[:0]
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

    def accepts(self, witness: Witness) -> bool:
        return self._in_range(witness) and sign(lambda: self.output(witness[0]) - self.low) > 0

    def reaches(self, witness: Witness) -> bool:
        return self._in_range(witness) and sign(lambda: self.output(witness[0]) - self.high) >= 0

    def says(self, witness: Witness) -> str:
        reaches, logarithm = self.reaches(witness), "the logarithm of " if self.logarithmic else ""
        above = f">= high = {self.high:.6g}" if reaches else f"> low = {self.low:.6g}"
        return f"{logarithm}the output of row {witness[0]} is {self.output(witness[0]).str(6, radius=False)}, {above}"

    def promised(self) -> bool:
        return all(self.reaches((i,)) or not self.accepts((i,)) for i in self.counted)

    def output(self, row: int) -> arb:
        """The exact answer of one row as a ball at flint's working precision: Att[row, 0], or its logarithm."""
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

    def _in_range(self, witness: Witness) -> bool:
        return len(witness) == 1 and witness[0] in self._counting

    @property
    def additive(self) -> Tolerance:
        """(high - low)/2, the additive error below which the sign of output - (high + low)/2 decides every row."""
        return additive_tolerance(self.low, self.high, self.logarithmic)

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


def _listed(read: ArrayLike, rows: int, step: int, n: int) -> Ints:
    array = array_from(read, "read")
    if array.ndim != 1 or array.dtype.kind not in "iu" or len(array) != rows or step != 1:
        raise BadInput(f"read has shape {array.shape} and type {array.dtype}: it lists rows = {rows} rows, and step is 1")
    listed = array.astype(np.int64)
    if (np.diff(listed) <= 0).any() or listed[0] < 0 or listed[-1] >= n:
        raise BadInput(f"read lists rows from {listed.min()} to {listed.max()}: they rise, and are from 0 to n - 1 = {n - 1}")
    listed.setflags(write=False)
    return listed
