"""Attention, and the yes/no question that the reductions ask of it.

Letters: Q has n rows (queries), K and V have m rows (keys and values), Q and K have d columns.
A_ij = exp(scale <q_i, k_j>), D_i = sum_j A_ij, Att = D^-1 A V; module `mechanism` has the other kinds of weights. Keles et
al. and kernels take scale 1/sqrt(d) or 1, Alman and Song 1/d: the scale is always explicit.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import InitVar, dataclass
from functools import cached_property
from math import exp, expm1, inf, log, tanh
from typing import ClassVar, NamedTuple

import numpy as np
from flint import arb, ctx

from instances.coded import Floats, Rows, column_count, copied, dense, finite, matrix_digest, own, real_matrix, row_count
from instances.exact import ExactAttention, logarithm, precision, sign
from instances.faults import BadInput
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import Problem, Size, Witness, size_text


@dataclass(frozen=True, eq=False)
class Attention:
    """The computation D^-1 exp(scale Q K^T) V, or what `mechanism` has in its place: all that an algorithm ever sees.

    Q (n, d) and K (m, d) are plain arrays or stacks of `Coded` blocks, V is (m, v), all finite.
    With `copy=False` float64 arrays are not copied, and must not change while this is used.
    Errors: `BadInput` where shapes do not fit, m = 0 or d = 0, an entry is not finite, or a normalised row sees no key.
    """

    Q: Rows
    K: Rows
    V: Floats
    scale: float
    mechanism: Mechanism = SOFTMAX
    copy: InitVar[bool] = True

    def __post_init__(self, copy: bool) -> None:
        object.__setattr__(self, "Q", real_matrix(self.Q, "Q", copy))
        object.__setattr__(self, "K", real_matrix(self.K, "K", copy))
        object.__setattr__(self, "V", finite(self.V, "V", copy))
        if column_count(self.Q) != column_count(self.K):
            raise BadInput(f"Q has {column_count(self.Q)} columns and K has {column_count(self.K)}: give d in both")
        if self.V.ndim != 2 or self.V.shape[0] != self.m:
            raise BadInput(f"V has shape {self.V.shape}, K has m = {self.m} rows: V must be (m, v)")
        if self.m == 0 or self.d == 0:
            raise BadInput(f"attention over m = {self.m} keys in d = {self.d} dimensions: both must be at least 1")
        object.__setattr__(self, "scale", float(self.scale))
        if not np.isfinite(self.scale):
            raise BadInput(f"scale = {self.scale}: it must be finite")
        if self.n and self.mechanism.normalised and not self.mechanism.seen(self.n - 1, self.m):
            raise BadInput(f"{self.mechanism} over n = {self.n} rows and m = {self.m} keys: row {self.n - 1} sees no key")

    @property
    def tiny(self) -> str:
        """The call that makes it again, of plain numbers; empty where they are many."""
        if (self.n + self.m) * self.d + self.V.size > 40:
            return ""
        Q, K = (X.tolist() for X in (self.queries(slice(None)), self.keys(slice(None))))
        of = "" if self.mechanism == SOFTMAX else f", Mechanism.of({str(self.mechanism)!r})"
        return f"Attention({Q}, {K}, {self.V.tolist()}, {self.scale!r}{of})"

    def __repr__(self) -> str:
        if self.tiny:
            return self.tiny
        sizes = size_text({"n": self.n, "m": self.m, "d": self.d, "v": self.V.shape[1]})
        return f"Attention({sizes}, scale = {self.scale:.6g}{'' if self.mechanism == SOFTMAX else f', {self.mechanism}'})"

    @property
    def n(self) -> int:
        return row_count(self.Q)

    @property
    def m(self) -> int:
        return row_count(self.K)

    @property
    def d(self) -> int:
        return column_count(self.Q)

    def queries(self, rows: slice) -> Floats:
        """Rows of Q as a float64 block."""
        return dense(self.Q, rows)

    def keys(self, rows: slice) -> Floats:
        """Rows of K as a float64 block."""
        return dense(self.K, rows)

    def copied(self) -> "Attention":
        """Equal inputs that share no array with these."""
        return Attention(copied(self.Q), copied(self.K), own(self.V), self.scale, self.mechanism)

    @cached_property
    def exact(self) -> ExactAttention:
        """The same function in ball arithmetic, one row at a time."""
        return ExactAttention(self.Q, self.K, self.V, self.scale, self.mechanism)


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
    """YES iff one of the counted outputs (column 0 of Att) is >= high: those of the rows 0, step, ..., (rows - 1) step.

    Promise: each of them is <= low or >= high. With `logarithmic` (V >= 0) low, high and the outputs compared
    with them are natural logarithms. A witness is (row,).
    Errors: `BadInput` unless low < high, both finite, 1 <= rows, (rows - 1) step < n, and V >= 0 where logarithmic.
    """

    called: ClassVar[str] = "attention"

    inputs: Attention
    low: float
    high: float
    rows: int
    logarithmic: bool = False
    step: int = 1

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
        if self.inputs.V.shape[1] == 0:
            raise BadInput("V has no column: the question is about its column 0")
        if self.logarithmic and bool((self.inputs.V < 0).any()):
            raise BadInput("V has negative entries: a logarithmic question needs V >= 0")

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
    def counted(self) -> range:
        """The rows whose outputs count."""
        return range(0, self.rows * self.step, self.step)

    def _in_range(self, witness: Witness) -> bool:
        return len(witness) == 1 and witness[0] in self.counted

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
        text = f"attention {inputs.mechanism} {numbers}" + (f" step {self.step}" if self.step != 1 else "")
        parts = (matrix_digest(inputs.Q), matrix_digest(inputs.K), matrix_digest(inputs.V))
        return hashlib.sha256(text.encode() + b"".join(parts)).hexdigest()
