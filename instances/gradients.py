"""Gradients of softmax attention, and the yes/no question that the reductions ask of one of their columns.

Given dO (n, v), the gradient of some loss by the output, and with P the (n, m) weights of softmax attention over the keys that
rows see, f_ij = <dO_i, V_j> and delta_i = sum_j P_ij f_ij,

    dV = P^T dO,   dS_ij = P_ij (f_ij - delta_i),   dQ = scale dS K,   dK = scale dS^T Q,   dX = Q^T dQ,

where dX is the gradient by a (d, d) matrix X at X = I, if the scores are scale Q X K^T. Sums go over pairs that are seen: a row
that sees no key adds nothing.
"""

import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from instances.bits import Ints
from instances.coded import Floats, array_digest, finite, matrix_digest
from instances.exact import ExactAttention
from instances.exact_gradient import ExactGradient
from instances.faults import BadInput
from instances.inputs import Attention
from instances.mechanism import SOFTMAX
from instances.problem import Size, size_text
from instances.threshold import ThresholdTask, listed

OF = ("dQ", "dK", "dV", "dX")
"""What may be asked for."""


class Three(NamedTuple):
    """What belongs to dQ, to dK and to dV: arrays (n, d), (m, d), (m, v), or a number each."""

    dQ: Any
    dK: Any
    dV: Any


@dataclass(frozen=True, eq=False, kw_only=True)
class Gradient(Attention):
    """One column of dQ (n, d), dK (m, d), dV (m, v) or dX (d, d): all that an algorithm for gradients ever sees.

    The rest is that of `Attention`. The answer has one column. Errors: `BadInput` as there, for a dO that is not (n, v) or not
    finite, a gradient of another name, a column that it does not have, and mechanisms other than softmax attention.
    """

    asks: ClassVar[str] = "gradients"
    computed: ClassVar[str] = "gradients"
    averages: ClassVar[bool] = False

    dO: Floats
    of: str
    column: int

    def __post_init__(self, copy: bool) -> None:
        super().__post_init__(copy)
        object.__setattr__(self, "dO", finite(self.dO, "dO", copy))
        wanted = (self.n, self.V.shape[1])
        if self.dO.shape != wanted:
            raise BadInput(f"dO has shape {self.dO.shape}: it must be that of the output, (n, v) = {wanted}")
        if self.of not in OF:
            raise BadInput(f"of = {self.of!r}: a gradient is one of {', '.join(OF)}")
        width = self.V.shape[1] if self.of == "dV" else self.d
        if type(self.column) is not int or not 0 <= self.column < width:
            raise BadInput(f"column = {self.column}: {self.of} has the columns 0 to {width - 1}")
        if self.mechanism.name != SOFTMAX.name:
            raise BadInput(f"gradients of {self.mechanism} are not known: give softmax attention")

    @property
    def asked(self) -> str:
        return self.of

    @property
    def shape(self) -> tuple[int, int]:
        return {"dQ": self.n, "dK": self.m, "dV": self.m, "dX": self.d}[self.of], 1

    @property
    def unanswered(self) -> Ints:
        return self.blind if self.of == "dQ" else self.blind[:0]

    @property
    def tiny(self) -> str:
        return ""

    def __repr__(self) -> str:
        sizes = size_text({"n": self.n, "m": self.m, "d": self.d, "v": self.V.shape[1]})
        of = "" if self.mechanism == SOFTMAX else f", {self.mechanism}"
        return f"Gradient({sizes}, scale = {self.scale:.6g}, column {self.column} of {self.of}{of})"

    def copied(self) -> "Gradient":
        of = super().copied()
        return Gradient(of.Q, of.K, of.V, of.scale, of.mechanism, dO=self.dO.copy(), of=self.of, column=self.column)

    @cached_property
    def exact(self) -> ExactAttention:
        """The column in ball arithmetic, one entry at a time."""
        seen = None if self.mechanism.plain else self._placed
        return ExactGradient(self.Q, self.K, self.V, self.dO, self.scale, self.mechanism, seen, self.of, self.column)


@dataclass(frozen=True, eq=False)
class GradientTask(ThresholdTask):
    """YES iff one of the entries that are read is >= high: those of the rows `read`, which rise, of one column of a gradient.

    Promise: each of them is <= low or >= high. A witness is (row,). A theorem that decides by "the entry is small" negates dO.
    Errors: `BadInput` unless low < high, both finite; where `read` is empty, falls, or goes beyond the gradient; where a row
    that sees no key has some dO, or is read.
    """

    called: ClassVar[str] = "gradient"

    inputs: Gradient
    low: float
    high: float
    read: Ints

    def __post_init__(self) -> None:
        self._check_thresholds()
        if not isinstance(self.inputs, Gradient):
            raise BadInput(f"inputs are {type(self.inputs).__name__}: a question of gradients has a Gradient")
        object.__setattr__(self, "read", listed(self.read, None, self.inputs.shape[0]))
        given = self.inputs.dO[self.inputs.blind].any(axis=1)
        unseeing = [*self.inputs.blind[given].tolist(), *np.intersect1d(self.inputs.unanswered, self.read).tolist()]
        if unseeing:
            raise BadInput(f"row {unseeing[0]} sees no key, and has a dO or is read: set its dO to 0, and read other rows")

    @property
    def rows(self) -> int:
        """How many entries are read."""
        return len(self.read)

    @property
    def size(self) -> Size:
        return {"n": self.inputs.n, "m": self.inputs.m, "d": self.inputs.d, "rows": self.rows}

    @property
    def short(self) -> str:
        what = f"column {self.inputs.column} of {self.inputs.of}"
        return f"GradientTask({size_text(self.size)}, {what}, low = {self.low:.6g}, high = {self.high:.6g})"

    @cached_property
    def counted(self) -> Sequence[int]:
        listed: list[int] = self.read.tolist()
        return listed

    @cached_property
    def _counting(self) -> Container[int]:
        return frozenset(self.counted)

    def answer_named(self, row: int) -> str:
        return f"{self.inputs.of}[{row}, {self.inputs.column}]"

    @classmethod
    def memory(cls, size: Size) -> int:
        words = -(-size["d"] // 64)
        return 8 * (size["n"] + size["m"]) * (words + 1) + 8 * size["rows"] + 32 * size["d"]

    @cached_property
    def identity(self) -> str:
        of = self.inputs
        text = f"gradient {of.mechanism.word} {of.scale.hex()} {self.low.hex()} {self.high.hex()} {of.of} {of.column}"
        parts = [matrix_digest(matrix) for matrix in (of.Q, of.K, of.V, of.dO)]
        parts += [array_digest(name, array) for name, array in self.arrays.items()]
        return hashlib.sha256(text.encode() + b"".join(parts)).hexdigest()

    @property
    def arrays(self) -> Mapping[str, NDArray[Any]]:
        """What it has beside Q, K, V and dO that is an array, by its names in files."""
        return {**self.inputs.mechanism.arrays, "read": self.read}
