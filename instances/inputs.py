"""The computation that is asked for: Q, K, V, the scale, and the mechanism, which says what rows see and what is added.

Letters: Q has n rows (queries), K and V have m rows (keys and values), Q and K have d columns.
A_ij = exp(scale <q_i, k_j>), D_i = sum_j A_ij, Att = D^-1 A V; module `mechanism` has the other kinds of weights. Keles et
al. and kernels take scale 1/sqrt(d) or 1, Alman and Song 1/d: the scale is always explicit.
"""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np

from instances.bits import Ints
from instances.coded import Floats, Rows, chosen, column_count, copied, dense, finite, own, real_matrix, row_count
from instances.exact import ExactAttention
from instances.faults import BadInput, Declined
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import size_text
from instances.seen import Seen


@dataclass(frozen=True, eq=False)
class Attention:
    """The computation D^-1 exp(scale Q K^T) V, or what `mechanism` has in its place: all that an algorithm ever sees.

    Q (n, d) and K (m, d) are plain arrays or stacks of `Coded` blocks, V is (m, v), all finite.
    A row of `blind` sees no key: where rows are normalised, nothing is said of its answer.
    With `copy=False` float64 arrays are not copied, and must not change while this is used.
    Errors: `BadInput` where shapes do not fit, m = 0 or d = 0, or an entry is not finite.
    """

    asks: ClassVar[str] = ""
    """What an algorithm must say of itself to compute it: nothing for attention, a word for what has more to it."""
    computed: ClassVar[str] = "attention"
    """What algorithms for it compute, in words."""
    averages: ClassVar[bool] = True
    """Whether its answers are sums of values under weights, so that promises speak of the mean of |V|."""

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
        if not isinstance(self.mechanism, Mechanism):
            raise BadInput(f"mechanism = {self.mechanism!r:.80}: give a Mechanism, as Mechanism.of makes one of a word")
        object.__setattr__(self, "scale", float(self.scale))
        if not np.isfinite(self.scale):
            raise BadInput(f"scale = {self.scale}: it must be finite")
        if not self.mechanism.plain:
            object.__setattr__(self, "_placed", self.mechanism.over(self.n, self.m))
        if self.mechanism.rotary is not None:
            self.mechanism.rotary.planes(self.d)

    @cached_property
    def _placed(self) -> Seen:
        return self.mechanism.over(self.n, self.m)

    @cached_property
    def seen(self) -> Seen | None:
        """The keys that each row sees; None where every row sees every key."""
        return None if self.mechanism.sees.is_all or self._placed.everything else self._placed

    @property
    def blind(self) -> Ints:
        """The rows that see no key."""
        return np.zeros(0, dtype=np.int64) if self.seen is None else self.seen.blind

    def bias(self, rows: slice, keys: slice) -> Floats | None:
        """What is added to the scores of these rows and keys, as an array that NumPy broadcasts to them; None for nothing."""
        return None if self.mechanism.bias.is_none else self.mechanism.bias.block(self._placed, rows, keys)

    @property
    def largest_bias(self) -> float:
        """No |b_ij| of a key that row i sees is larger."""
        return 0.0 if self.mechanism.bias.is_none else self.mechanism.bias.largest(self._placed)

    @cached_property
    def turned(self) -> "Attention":
        """The same with rows of Q and K that are turned to their positions, in float64; itself without rotary positions.

        An approximation: each row is within `rotary.ROUNDINGS` in each plane. Errors: `Declined` beyond the range of float64.
        """
        rotary = self.mechanism.rotary
        if rotary is None:
            return self
        Q = rotary.turned(self.queries(slice(0, self.n)), self._placed.diagonal)
        K = rotary.turned(self.keys(slice(0, self.m)), np.arange(self.m))
        if not (np.isfinite(Q).all() and np.isfinite(K).all()):
            raise Declined("turned rows of Q or K are beyond float64: scale the rows down")
        return Attention(Q, K, self.V, self.scale, replace(self.mechanism, rotary=None), copy=False)

    @property
    def tiny(self) -> str:
        """The call that makes it again, of plain numbers; empty where they are many."""
        if (self.n + self.m) * self.d + self.V.size > 40 or self.mechanism.arrays:
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

    @property
    def shape(self) -> tuple[int, int]:
        """(n, v): the rows and columns of the answer."""
        return self.n, self.V.shape[1]

    @property
    def unanswered(self) -> Ints:
        """The rows that have no answer: where they are normalised, those that see no key."""
        return self.blind if self.mechanism.normalised else self.blind[:0]

    def queries(self, rows: slice) -> Floats:
        """Rows of Q as a float64 block."""
        return dense(self.Q, rows)

    def keys(self, rows: slice) -> Floats:
        """Rows of K as a float64 block."""
        return dense(self.K, rows)

    @property
    def asked(self) -> str:
        """What it asks for, in words."""
        return "attention"

    @property
    def value_range(self) -> tuple[float, float]:
        """The least and the largest value that answers in column 0 are sums of."""
        return float(self.V[:, 0].min()), float(self.V[:, 0].max())

    @property
    def largest_value(self) -> float:
        """The largest |V|, of any column."""
        return float(np.abs(self.V).max(initial=0.0))

    def part(self, rows: Sequence[int]) -> "Attention":
        """The same of these rows alone, which rise, and of column 0; only where every row sees every key."""
        return Attention(chosen(self.Q, rows), self.K, self.V[:, :1], self.scale, self.mechanism)

    @property
    def beside_sizes(self) -> "Attention":
        """The same with the columns of |V| beside those of V."""
        return Attention(self.Q, self.K, np.hstack([self.V, np.abs(self.V)]), self.scale, self.mechanism)

    def plain_mean(self, c: int) -> float:
        """The mean of column c of the values, which knows nothing of Q and K."""
        with np.errstate(over="ignore"):
            return float(np.mean(self.V[:, c]))

    def copied(self) -> "Attention":
        """Equal inputs that share no array with these."""
        return Attention(copied(self.Q), copied(self.K), own(self.V), self.scale, self.mechanism)

    @cached_property
    def exact(self) -> ExactAttention:
        """The same function in ball arithmetic, one row at a time."""
        return ExactAttention(
            self.Q, self.K, self.V, self.scale, self.mechanism, None if self.mechanism.plain else self._placed
        )
