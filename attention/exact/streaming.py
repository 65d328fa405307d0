"""Attention in blocks of rows and keys by BLAS, for any d: O((rows + keys) d) floats at a time, threads over row blocks.

A thread works on one row block with BLAS held to one thread, so that no two thread pools compete. Of few scores NumPy computes
the weights too, in this thread, with BLAS as it is.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from math import e as EULER
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.blas import ONE_BLAS_THREAD
from attention.exp2 import exp2
from attention.watching import report
from instances.bits import Bools
from instances.coded import Floats, Rows, dense
from instances.task import Attention

ROW_BLOCK = 512

BLOCK = 512
"""Keys whose scores are held at once, and the most terms that are summed in the working type."""

SMALL = 2**15
"""Up to so many scores their weights are computed by NumPy: to load compiled code takes longer than that, half a second."""

LANES = 32
"""Score blocks are filled up with minus infinities to a multiple of this."""

Scores = NDArray[np.floating[Any]]


class Sums:
    """Running sums of 2^score for some rows, and of 2^score V: mass 2^peak and weighted 2^peak.

    By NumPy where `small`, else by compiled code; the rounding bounds are those of both.
    """

    def __init__(self, rows: int, columns: int, dtype: Any, small: bool) -> None:
        by_numpy: tuple[Callable[..., None], Callable[..., None]] = (exponentiate_by_numpy, rescaled_sum_by_numpy)
        self._exponentiate, self._rescaled_sum = by_numpy if small else _compiled()
        self.peak = np.full(rows, -np.inf, dtype)
        self.mass, self.weighted = np.zeros(rows), np.zeros((rows, columns))
        self._factor, self._new, self._products = np.empty(rows), np.empty(rows), np.empty((rows, columns), dtype)

    def add(self, scores: Scores, V: Scores, hidden: Bools | None = None) -> None:
        """Add the keys whose values are V; scores has as many columns as V rows, filled up; it is overwritten.

        The values of keys that are `hidden` from a row do not enter its sums.
        """
        self._exponentiate(scores, self.peak, self._factor, self._new)
        if hidden is not None:
            scores[:, : len(V)][hidden] = 0
        self.mass = self.mass * self._factor + self._new
        if V.shape[1]:
            np.matmul(scores[:, : len(V)], V, out=self._products)
            self._rescaled_sum(self.weighted, self._factor, self._products)


def small(inputs: Attention) -> bool:
    """Whether NumPy computes these."""
    return inputs.n * inputs.m <= SMALL


def _compiled() -> tuple[Callable[..., None], Callable[..., None]]:
    from attention.exact.exponentials import exponentiate, rescaled_sum

    return exponentiate, rescaled_sum


def exponentiate_by_numpy(scores: Scores, peak: Scores, factor: Floats, mass: Floats) -> None:
    """As `exponentials.exponentiate`: scores become weights 2^(score - peak), factor 2^(old peak - new), mass the sums."""
    with np.errstate(invalid="ignore"):  # of a row that has seen no key
        new = np.maximum(peak, scores.max(axis=1))
        factor[:] = np.exp2(peak.astype(np.float64) - new.astype(np.float64))
        peak[:] = new
        scores[:] = exp2(scores - new[:, None])
    mass[:] = scores.sum(axis=1, dtype=np.float64)


def rescaled_sum_by_numpy(sums: Floats, factor: Floats, new: Scores) -> None:
    """sums[i, c] becomes factor[i] sums[i, c] + new[i, c]."""
    sums *= factor[:, None]
    sums += new


def over_rows(inputs: Attention, columns: int, row_block: Callable[[slice], Floats]) -> Floats:
    """The (n, columns) array whose row blocks are `row_block(rows)`, computed by as many threads as numba's kernels take."""
    out = np.empty((inputs.n, columns))

    def work(start: int) -> None:
        rows = slice(start, min(start + ROW_BLOCK, inputs.n))
        out[rows] = row_block(rows)

    starts = range(0, inputs.n, ROW_BLOCK)
    if small(inputs):
        for start in starts:
            work(start)
        return out
    from instances.compiling import thread_count

    workers = min(thread_count(), len(starts))
    with ONE_BLAS_THREAD, ThreadPoolExecutor(workers) if workers > 1 else nullcontext() as pool:
        for done, _ in enumerate(pool.map(work, starts) if pool else map(work, starts), 1):
            report(done, len(starts))
    return out


def scores(inputs: Attention, K: Rows, rows: slice, dtype: Any) -> Iterator[tuple[slice, Scores, Bools | None]]:
    """(keys, log2 of the weights filled up, which are hidden) for the given rows and successive blocks of keys.

    These are, in the working type, log2(e) times scale Q K^T, or what the mechanism has instead, plus the bias; minus infinity
    for keys that a row does not see. Blocks that none of the rows sees are left out. K is inputs.K, or a copy in that type.
    """
    unit, seen = inputs.scale * log2(EULER), inputs.seen
    gaussian = inputs.mechanism.kernel == "gaussian"
    with np.errstate(over="ignore"):
        queries = (inputs.queries(rows) * (2 * unit if gaussian else unit)).astype(dtype)
        norms = unit * _squares(inputs.queries(rows)).astype(dtype) if gaussian else None
    room = np.empty(len(queries) * BLOCK, dtype)
    span = slice(0, inputs.m) if seen is None else seen.span(rows)
    for start in range(span.start // BLOCK * BLOCK, span.stop, BLOCK):
        keys = slice(start, min(start + BLOCK, inputs.m))
        hidden = None if seen is None else seen.hidden(rows, keys)
        if hidden is not None and hidden.all():
            continue
        count = keys.stop - start
        full = -(-count // LANES) * LANES
        block = room[: len(queries) * full].reshape(len(queries), full)
        np.matmul(queries, dense(K, keys).astype(dtype, copy=False).T, out=block[:, :count])
        if norms is not None:
            block[:, :count] -= norms[:, None] + unit * _squares(dense(K, keys)).astype(dtype)
        bias = inputs.bias(rows, keys)
        if bias is not None:
            with np.errstate(over="ignore"):  # of keys that are hidden
                block[:, :count] += (bias * log2(EULER)).astype(dtype)
        if hidden is not None:
            block[:, :count][hidden] = -np.inf
        block[:, count:] = -np.inf
        yield keys, block, hidden


def _squares(rows: Floats) -> Floats:
    """The squared norm of each row."""
    norms: Floats = np.einsum("ic,ic->i", rows, rows)
    return norms


def filled(block: Scores) -> Scores:
    """The block with minus infinities up to a multiple of LANES columns."""
    return np.pad(np.ascontiguousarray(block), ((0, 0), (0, -block.shape[1] % LANES)), constant_values=-np.inf)
