"""Networks of attention, layer after layer and head beside head, and the yes/no question that the reductions ask of them.

X (N, w) are the tokens, one a row. A head has WQ (w, k), WK (w, k), WV (w, v) and WO (v, w); L layers have H heads each:

    X' = [X +] sum_h softmax(scale X WQ_h (X WK_h)^T) X WV_h WO_h,

each row of the scores being normalised over all tokens, and X + the residual stream, where there is one. No masks, no layer
norm, nothing between layers.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from instances.coded import Floats, array_digest, finite, matrix_digest
from instances.exact import ExactAttention
from instances.exact_network import ExactNetwork, Weights
from instances.faults import BadInput
from instances.inputs import Attention
from instances.mechanism import SOFTMAX
from instances.problem import Size, size_text
from instances.threshold import ThresholdTask

WEIGHTS = ("WQ", "WK", "WV", "WO")


@dataclass(frozen=True, eq=False, kw_only=True)
class Network(Attention):
    """One column of the tokens after the last layer: all that an algorithm for networks ever sees. `Network.of` makes one.

    Q, K and V are the tokens X; WQ and WK are (L, H, w, k), WV (L, H, w, v), WO (L, H, v, w). The answer has one column.
    Errors: `BadInput` as `Attention`, for weights of other shapes or not finite, and for a column that tokens do not have.
    """

    asks: ClassVar[str] = "networks"
    computed: ClassVar[str] = "networks of attention"
    averages: ClassVar[bool] = False

    WQ: Weights
    WK: Weights
    WV: Weights
    WO: Weights
    residual: bool
    column: int

    @classmethod
    def of(cls, X: ArrayLike, scale: float, weights: Iterable[ArrayLike], *, residual: bool, column: int) -> Self:
        """The network of the tokens X with these weights: WQ, WK, WV and WO."""
        tokens = finite(X, "X")
        named: dict[str, Any] = dict(zip(WEIGHTS, weights, strict=True))
        return cls(tokens, tokens, tokens, scale, residual=residual, column=column, **named)

    def __post_init__(self, copy: bool) -> None:
        super().__post_init__(copy)
        for name in WEIGHTS:
            object.__setattr__(self, name, finite(getattr(self, name), name, copy))
        w = self.d
        if self.WQ.ndim != 4 or self.WQ.shape != self.WK.shape or self.WQ.shape[2] != w or not self.WQ.size:
            shapes = f"WQ has shape {self.WQ.shape}, WK {self.WK.shape}"
            raise BadInput(f"{shapes}: both must be (L, H, w, k), w = {w} the columns of X, none of them 0")
        if self.WV.ndim != 4 or self.WV.shape[:3] != self.WQ.shape[:3] or not self.WV.size:
            raise BadInput(f"WV has shape {self.WV.shape}: it must be (L, H, w, v), as WQ, which has {self.WQ.shape}")
        if self.WO.shape != (*self.WV.shape[:2], self.WV.shape[3], w):
            raise BadInput(f"WO has shape {self.WO.shape}, WV {self.WV.shape}: it must be (L, H, v, w)")
        if type(self.residual) is not bool or type(self.column) is not int or not 0 <= self.column < w:
            said = f"residual = {self.residual!r}, column = {self.column!r}"
            raise BadInput(f"{said}: give a bool, and a column from 0 to {w - 1}")
        if self.mechanism != SOFTMAX:
            raise BadInput(f"networks with {self.mechanism} are not known: give softmax attention over all tokens")

    @property
    def layers(self) -> int:
        return int(self.WQ.shape[0])

    @property
    def heads(self) -> int:
        """Heads of a layer."""
        return int(self.WQ.shape[1])

    @property
    def tokens(self) -> Floats:
        """X."""
        return self.V

    @property
    def shape(self) -> tuple[int, int]:
        return self.n, 1

    @property
    def asked(self) -> str:
        return "a network of attention"

    @property
    def tiny(self) -> str:
        return ""

    def __repr__(self) -> str:
        sizes = size_text({"n": self.n, "d": self.d, "layers": self.layers, "heads": self.heads})
        return f"Network({sizes}, scale = {self.scale:.6g}, column {self.column}{', residual' if self.residual else ''})"

    def copied(self) -> "Network":
        weights = (getattr(self, name).copy() for name in WEIGHTS)
        return Network.of(self.tokens.copy(), self.scale, weights, residual=self.residual, column=self.column)

    @cached_property
    def exact(self) -> ExactAttention:
        """The column in ball arithmetic, one entry at a time."""
        weights = (self.WQ, self.WK, self.WV, self.WO)
        return ExactNetwork(self.tokens, self.scale, weights, self.residual, self.column)


@dataclass(frozen=True, eq=False)
class TransformerTask(ThresholdTask):
    """YES iff one of the first `rows` entries of the column that is read, after the last layer, is >= high.

    Promise: each of them is <= low or >= high. A witness is (row,).
    Errors: `BadInput` unless low < high, both finite, and 1 <= rows <= N.
    """

    called: ClassVar[str] = "transformer"

    inputs: Network
    low: float
    high: float
    rows: int

    def __post_init__(self) -> None:
        self._check_thresholds()
        if not isinstance(self.inputs, Network):
            raise BadInput(f"inputs are {type(self.inputs).__name__}: a question of a network has a Network")
        if type(self.rows) is not int or not 1 <= self.rows <= self.inputs.n:
            raise BadInput(f"rows = {self.rows}, there are {self.inputs.n} tokens: 1 <= rows <= N")

    @property
    def size(self) -> Size:
        of = self.inputs
        return {"n": of.n, "d": of.d, "layers": of.layers, "heads": of.heads, "rows": self.rows}

    @property
    def short(self) -> str:
        return f"TransformerTask({size_text(self.size)}, low = {self.low:.6g}, high = {self.high:.6g})"

    @property
    def counted(self) -> Sequence[int]:
        return range(self.rows)

    def answer_named(self, row: int) -> str:
        return f"column {self.inputs.column} of token {row} after the last layer"

    @classmethod
    def memory(cls, size: Size) -> int:
        return 8 * size["d"] * (size["n"] + 4 * size["layers"] * size["heads"] * size["d"])

    @cached_property
    def identity(self) -> str:
        of = self.inputs
        text = f"transformer {of.scale.hex()} {self.low.hex()} {self.high.hex()} {self.rows} {of.residual} {of.column}"
        parts = [array_digest(name, getattr(of, name)) for name in WEIGHTS]
        return hashlib.sha256(text.encode() + matrix_digest(of.tokens) + b"".join(parts)).hexdigest()

    def as_json(self) -> Any:
        """The tokens and the weights, beside the scale, what is read, the thresholds and how many rows count."""
        of = self.inputs
        arrays = {"X": of.tokens, **{name: getattr(of, name) for name in WEIGHTS}}
        said = {"scale": of.scale, "residual": of.residual, "column": of.column, "low": self.low, "high": self.high}
        return {**{name: array.tolist() for name, array in arrays.items()}, **said, "rows": self.rows}

    @classmethod
    def from_json(cls, given: Any) -> Self:
        X, *weights = (np.array(given[name], dtype=np.float64) for name in ("X", *WEIGHTS))
        inputs = Network.of(X, float(given["scale"]), weights, residual=given["residual"], column=given["column"])
        return cls(inputs, float(given["low"]), float(given["high"]), given["rows"])
