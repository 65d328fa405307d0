"""Softmax attention by its definition, streamed, in float64 or float32.

Guarantee (module `rounding`): |T - Att| <= (e^{2a} - 1 + 4u) mean|V| + 8 (m + 32) tiny (1 + max|V|).
For d <= FUSED a kernel of our own keeps everything in registers and the nearest cache; above, BLAS makes the products.
"""

from dataclasses import dataclass
from math import e as EULER
from math import log, log2
from typing import Any, ClassVar, Literal

import numpy as np

from attention.algorithm import Promise, check_mechanism
from attention.columns import TERMS, Columns
from attention.exact.partial import Partial
from attention.exact.streaming import BLOCK, Sums, over_rows, scores, small
from attention.rounding import U64, Rounding
from attention.summed import Summed
from instances.bits import Ints
from instances.coded import Floats, Rows, dense
from instances.faults import BadInput
from instances.memory import MEMORY_BUDGET
from instances.task import Attention

FUSED = 128
"""Up to this d the fused kernel is the faster one."""

OF_ONE_KEY = Promise(0.0, U64)
"""Its answer is exact; balls, which tell whether a promise is kept, have a width, and so has this."""


@dataclass(frozen=True)
class Softmax:
    """D^-1 exp(scale Q K^T) V by its definition, every operation a pair in float64 or in float32, with a proved rounding error.

    Of a single key the answer is its row of V, exactly, whatever its score is. Time O(n m (d + v)), memory O(m (d + v)) beyond
    the inputs (O(blocks) where they are coded). Float32 is inside as well, not only in the output. Keys that a row does not see
    have no weight, and tiles that no row sees take no time; a row that sees none is NaN. A bias is added to the scores. Rows of
    rotary positions are turned in float64 first, which the error covers.
    """

    visibility: ClassVar[bool] = True
    rotary: ClassVar[bool] = True

    precision: Literal["float64", "float32"] = "float64"

    def __post_init__(self) -> None:
        if self.precision not in ("float64", "float32"):
            raise BadInput(f"precision = {self.precision!r}: softmax works in float64 or float32")

    @property
    def key(self) -> str:
        return "softmax" if self.precision == "float64" else "softmax32"

    @property
    def logarithmic(self) -> bool:
        return False

    @property
    def _type(self) -> type[np.floating[Any]]:
        return np.float64 if self.precision == "float64" else np.float32

    def promise(self, inputs: Attention) -> Promise:
        check_mechanism(self, inputs)
        return OF_ONE_KEY if inputs.m == 1 else rounding_of(inputs, self._type).of_quotient()

    def logsumexp_error(self, inputs: Attention) -> float:
        """As module `rounding` has it of a mass."""
        check_mechanism(self, inputs)
        return rounding_of(inputs, self._type).of_mass()

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        return _of_one_key(inputs) if inputs.m == 1 else _quotients(inputs, weighted_sums(inputs, self._type))

    def summed(self, inputs: Attention) -> Summed:
        check_mechanism(self, inputs)
        peak, D, N = about_peaks(inputs, self._type)
        T = _of_one_key(inputs) if inputs.m == 1 else _quotients(inputs, (N, D))
        return Summed(T, logsumexp(peak, D, inputs.blind))


def logsumexp(peak: Floats, D: Floats, blind: Ints) -> Floats:
    """ln sum_j w_ij, of masses D about peaks in powers of two; minus infinity for rows that see no key."""
    with np.errstate(divide="ignore", invalid="ignore"):
        L: Floats = log(2) * (peak + np.log2(D))
    L[blind] = -np.inf
    return L


def _of_one_key(inputs: Attention) -> Floats:
    result: Floats = np.repeat(inputs.V, inputs.n, axis=0)
    result[inputs.blind] = np.nan
    return result


def _quotients(inputs: Attention, sums: tuple[Floats, Floats]) -> Floats:
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        result: Floats = sums[0] / sums[1][:, None]
    result[inputs.blind] = np.nan
    return result


def rounding_of(inputs: Attention, dtype: type[np.floating[Any]]) -> Rounding:
    """The rounding of `weighted_sums`."""
    return Rounding.of(inputs, dtype, TERMS if _fused(inputs) else BLOCK)


def weighted_sums(inputs: Attention, dtype: type[np.floating[Any]]) -> tuple[Floats, Floats]:
    """N (n, v) and D (n,): sum_j w_ij V_jc and sum_j w_ij, the w_ij in a row proportional to exp(scale <q_i, k_j>)."""
    _, D, N = about_peaks(inputs, dtype)
    return N, D


def about_peaks(inputs: Attention, dtype: type[np.floating[Any]]) -> Partial:
    """What `partial_sums` gives, by the faster kernel; the peaks are 0 where none are needed."""
    bounded, inputs = rounding_of(inputs, dtype).bounded, inputs.turned
    if _fused(inputs):
        from attention.fused import fused_sums

        v = inputs.V.shape[1]
        columns = Columns(inputs.V, np.zeros(v), np.ones(v))
        Q, rows = dense(inputs.Q, slice(None)), dense(inputs.K, slice(None))
        spans = None if inputs.seen is None else np.stack([inputs.seen.start, inputs.seen.stop], axis=1)
        peaks = np.empty(inputs.n)
        found = fused_sums(Q, rows, inputs.scale * log2(EULER), columns, dtype, bounded, spans, peaks)
        return peaks, found[:, v], found[:, :v]
    return partial_sums(inputs, dtype)


def partial_sums(inputs: Attention, dtype: type[np.floating[Any]]) -> tuple[Floats, Floats, Floats]:
    """The (n,) peaks p, (n,) sums_j 2^(x_ij - p_i) and (n, v) sums_j 2^(x_ij - p_i) V_jc; x_ij = log2(e) scale <q_i, k_j>."""
    v = inputs.V.shape[1]
    with np.errstate(over="ignore"):
        V = inputs.V.astype(dtype, copy=False)
        K: Rows = inputs.K if isinstance(inputs.K, tuple) else inputs.K.astype(dtype, copy=False)

    def row_block(rows: slice) -> Floats:
        total = Sums(rows.stop - rows.start, v, dtype, small(inputs))
        if inputs.seen is not None:
            total.peak[:] = np.finfo(dtype).min / 4  # below all scores, and minus infinity is far below it
        for keys, block, hidden in scores(inputs, K, rows, dtype):
            total.add(block, V[keys], hidden)
        return np.hstack([total.weighted, total.mass[:, None], total.peak[:, None]])

    found = over_rows(inputs, v + 2, row_block)
    return found[:, v + 1], found[:, v], found[:, :v]


def _fused(inputs: Attention) -> bool:
    """Whether the fused kernel is used: for small d, where its copy of K and V is small, and rows see intervals of keys."""
    inputs = inputs.turned
    plain = not isinstance(inputs.Q, tuple) and not isinstance(inputs.K, tuple)
    plain = plain and (inputs.seen is None or inputs.seen.intervals) and inputs.mechanism.bias.is_none
    return plain and inputs.d <= FUSED and 16 * inputs.m * (inputs.d + inputs.V.shape[1] + 1) <= MEMORY_BUDGET
