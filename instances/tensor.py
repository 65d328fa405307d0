"""Tensor attention: softmax over all pairs of keys, and the yes/no question that the reductions ask of it.

Q (n, d), K1 (m1, d), K2 (m2, d), V1 (m1, v), V2 (m2, v). Row i answers

    out_i = sum_{j,k} w_ijk (V1_j o V2_k) / sum_{j,k} w_ijk,   w_ijk = exp(scale sum_c Q_ic K1_jc K2_kc),

o the product column by column (Alman and Song, How to Capture Higher-order Correlations?, 2310.04064, who take scale 1/d).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from instances.coded import (
    Floats,
    Rows,
    chosen,
    column_count,
    copied,
    dense,
    finite,
    matrix_digest,
    own,
    real_matrix,
    row_count,
)
from instances.exact import ExactAttention
from instances.exact_tensor import ExactTensor
from instances.faults import BadInput
from instances.inputs import Attention
from instances.mechanism import SOFTMAX
from instances.problem import Size, size_text
from instances.threshold import ThresholdTask


@dataclass(frozen=True, eq=False, kw_only=True)
class TensorAttention(Attention):
    """Attention over all pairs (j, k) of a key of K1 and one of K2; `K` and `V` are K1 and V1.

    Errors: `BadInput` as `Attention`, for K2 and V2 of other shapes than (m2, d) and (m2, v), and for other mechanisms than
    softmax attention over all keys.
    """

    asks: ClassVar[str] = "tensors"
    computed: ClassVar[str] = "tensor attention"

    K2: Rows
    V2: Floats

    def __post_init__(self, copy: bool) -> None:
        super().__post_init__(copy)
        object.__setattr__(self, "K2", real_matrix(self.K2, "K2", copy))
        object.__setattr__(self, "V2", finite(self.V2, "V2", copy))
        if column_count(self.K2) != self.d or not self.m2:
            raise BadInput(
                f"K2 has {self.m2} rows and {column_count(self.K2)} columns: give at least one row, and d = {self.d}"
            )
        if self.V2.shape != (self.m2, self.V.shape[1]):
            raise BadInput(f"V2 has shape {self.V2.shape}: it must be (m2, v) = {(self.m2, self.V.shape[1])}, v that of V1")
        if self.mechanism != SOFTMAX:
            raise BadInput(f"tensor attention with {self.mechanism} is not known: give softmax attention over all keys")

    @property
    def m2(self) -> int:
        """How many keys K2 has; `m` is how many K1 has."""
        return row_count(self.K2)

    @property
    def asked(self) -> str:
        return "tensor attention"

    @property
    def value_range(self) -> tuple[float, float]:
        ends = [(float(V[:, 0].min()), float(V[:, 0].max())) for V in (self.V, self.V2)]
        products = [x * y for x in ends[0] for y in ends[1]]
        return min(products), max(products)

    @property
    def largest_value(self) -> float:
        return super().largest_value * float(np.abs(self.V2).max(initial=0.0))

    @property
    def tiny(self) -> str:
        return ""

    def __repr__(self) -> str:
        sizes = size_text({"n": self.n, "m": self.m, "l": self.m2, "d": self.d, "v": self.V.shape[1]})
        return f"TensorAttention({sizes}, scale = {self.scale:.6g})"

    def copied(self) -> "TensorAttention":
        of = super().copied()
        return TensorAttention(of.Q, of.K, of.V, of.scale, K2=copied(self.K2), V2=own(self.V2))

    def part(self, rows: Sequence[int]) -> "TensorAttention":
        Q, V, V2 = chosen(self.Q, rows), self.V[:, :1], self.V2[:, :1]
        return TensorAttention(Q, self.K, V, self.scale, K2=self.K2, V2=V2)

    @property
    def beside_sizes(self) -> "TensorAttention":
        V, V2 = (np.hstack([values, np.abs(values)]) for values in (self.V, self.V2))
        return TensorAttention(self.Q, self.K, V, self.scale, K2=self.K2, V2=V2)

    def plain_mean(self, c: int) -> float:
        return float(np.mean(self.V[:, c]) * np.mean(self.V2[:, c]))

    @cached_property
    def exact(self) -> ExactAttention:
        """The same function in ball arithmetic, one row at a time."""
        return ExactTensor(self.Q, self.K, self.K2, self.V, self.V2, self.scale)


@dataclass(frozen=True, eq=False)
class TensorTask(ThresholdTask):
    """YES iff one of the first `rows` outputs (column 0) of tensor attention is >= high.

    Promise: each of them is <= low or >= high. A witness is (row,).
    Errors: `BadInput` unless low < high, both finite, and 1 <= rows <= n; where V1 and V2 have no column.
    """

    called: ClassVar[str] = "tensor"

    inputs: TensorAttention
    low: float
    high: float
    rows: int

    def __post_init__(self) -> None:
        self._check_thresholds()
        if not isinstance(self.inputs, TensorAttention):
            raise BadInput(f"inputs are {type(self.inputs).__name__}: a question of tensor attention has a TensorAttention")
        if type(self.rows) is not int or not 1 <= self.rows <= self.inputs.n:
            raise BadInput(f"rows = {self.rows}, Q has n = {self.inputs.n} rows: 1 <= rows <= n")
        if not self.inputs.V.shape[1]:
            raise BadInput("V1 and V2 have no column: the question is about column 0")

    @property
    def size(self) -> Size:
        of = self.inputs
        return {"n": of.n, "m": of.m, "l": of.m2, "d": of.d, "rows": self.rows}

    @property
    def short(self) -> str:
        return f"TensorTask({size_text(self.size)}, low = {self.low:.6g}, high = {self.high:.6g})"

    @property
    def counted(self) -> Sequence[int]:
        return range(self.rows)

    @classmethod
    def memory(cls, size: Size) -> int:
        words, rows = -(-size["d"] // 64), size["n"] + size["m"] + size["l"]
        return 8 * rows * words + 8 * (size["m"] + size["l"]) + 64 * size["d"]

    @cached_property
    def identity(self) -> str:
        of = self.inputs
        text = f"tensor {of.scale.hex()} {self.low.hex()} {self.high.hex()} {self.rows}"
        parts = [matrix_digest(matrix) for matrix in (of.Q, of.K, of.K2, of.V, of.V2)]
        return hashlib.sha256(text.encode() + b"".join(parts)).hexdigest()

    def as_json(self) -> Any:
        """The matrices in floats, row by row, beside the scale, the thresholds and how many rows count."""
        of = self.inputs
        matrices = {"Q": of.Q, "K1": of.K, "K2": of.K2, "V1": of.V, "V2": of.V2}
        numbers = {"scale": of.scale, "low": self.low, "high": self.high, "rows": self.rows}
        return {**{name: dense(matrix, slice(None)).tolist() for name, matrix in matrices.items()}, **numbers}

    @classmethod
    def from_json(cls, given: Any) -> Self:
        Q, K1, K2, V1, V2 = (np.array(given[name], dtype=np.float64) for name in ("Q", "K1", "K2", "V1", "V2"))
        inputs = TensorAttention(Q, K1, V1, float(given["scale"]), K2=K2, V2=V2)
        return cls(inputs, float(given["low"]), float(given["high"]), given["rows"])
