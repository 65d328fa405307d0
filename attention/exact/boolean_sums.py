"""Sums of exponentials of bit counts: weights are looked up, and no inner product is ever formed in floats.

The weight of a pair is 2^(x k) for its count k = |a xor b| or |a and b|, x > 0: the product of low[k mod 16] = 2^(x (k mod 16))
and high[k div 16] = 2^(16 x (k div 16 - peak)), where `peak` is the largest k div 16 that the row has met. Both tables sit in
registers (16 float64 a permutation, two for `high` where 256 <= k < 512) where the processor has AVX-512, else in memory.
Beyond the peak `high` is infinite: the sum of a tile that passes it is not finite, and is done again with the higher peak.
Where rows see intervals of keys, tiles that no row of a group sees are passed over, and those that one of them sees in part are
summed key by key.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types

from attention.aligned import aligned
from attention.columns import BITS_TILE, SPREAD, kernel_width
from attention.lanes import LANES, Typed, element_at, intrinsic, literal, llvm_function, load, room, splatted
from attention.sums import add_products, fold, zeros
from instances.bits import Ints, Words
from instances.coded import Floats
from instances.compiling import njit

BEYOND = 1 << 40
"""More than all tiles."""

IN_REGISTERS = 16
"""Entries of a table that two registers hold."""


def boolean_sums(
    A: Words, B: Words, either: bool, x: float, y: Floats, bits: int | None = None, spans: Ints | None = None
) -> tuple[Floats, Ints]:
    """(n, C) sums of 2^(x (k_ij - 16 peak_i)) y_jc and the (n,) peaks, k_ij = |A_i xor B_j| if `either`, else |A_i and B_j|.

    n, m, W, C >= 1; rows of W words of which `bits` are used, all unless given; x >= 0, y an (m, C) array. The sums of row i
    are over spans_i0 <= j < spans_i1, over all j without `spans`. Time O(n m (W + C)), memory O(m (W + C)).
    """
    (m, W), w = B.shape, kernel_width(y.shape[1])
    tiles, count = -(-m // BITS_TILE), -(-y.shape[1] // w) * w
    keys, values = aligned((tiles, W * BITS_TILE), np.uint64), aligned((tiles, count * BITS_TILE), np.float64)
    _tiled(np.ascontiguousarray(B), y, keys, values)
    sums, peaks = np.empty((len(A), count)), np.zeros(len(A), dtype=np.int64)
    entries = (64 * W if bits is None else bits) // 16 + 1
    held = -(-entries // IN_REGISTERS) if entries <= 2 * IN_REGISTERS else 0
    kernel, entries = _kernel(w, either, held, spans is not None), held * IN_REGISTERS or entries
    spans = np.zeros((0, 2), dtype=np.int64) if spans is None else spans
    low = np.exp2(x * np.arange(16))
    for first in range(0, count, w):
        kernel(np.ascontiguousarray(A), keys, values, first, low, 16 * x, entries, spans, sums, peaks)
    return sums[:, : y.shape[1]], peaks


@njit(parallel=True)
def _tiled(B: Words, y: Floats, keys: Words, values: Floats) -> None:
    """Tiles of BITS_TILE rows, word by word and column by column; the last is filled with its last row, of weight 0 there."""
    m, W = B.shape
    for t in numba.prange(len(keys)):
        for j in range(BITS_TILE):
            i = min(BITS_TILE * t + j, m - 1)
            real = BITS_TILE * t + j < m
            for w in range(W):
                keys[t, w * BITS_TILE + j] = B[i, w]
            for c in range(values.shape[1] // BITS_TILE):
                values[t, c * BITS_TILE + j] = y[i, c] if real and c < y.shape[1] else 0.0


@cache
def _kernel(columns: int, either: bool, held: int, spanned: bool) -> Callable[..., None]:
    rows = 4 if columns == 2 else 2
    each = rows * columns

    def sums(
        A: Words, keys: Words, values: Floats, first: int, low: Floats, leap: float, entries: int, spans: Ints, result: Floats,
        peaks: Ints,
    ) -> None:  # fmt: skip
        n, W = A.shape
        for group in numba.prange((n + rows - 1) // rows):
            start, count = group * rows, min(rows, n - group * rows)
            words, high = np.zeros(W * rows, np.uint64), room(rows * entries, low)
            one, total = np.zeros(each * SPREAD), np.zeros(each * SPREAD)
            peak = np.zeros(rows, np.int64)
            for r in range(rows):
                for w in range(W):
                    words[w * rows + r] = A[start + min(r, count - 1), w]
                _table(high, r * entries, entries, leap, 0)
            begin, end, inside, outside = _tiles(spans, start, count) if spanned else (0, len(keys), 0, len(keys))
            for t in range(begin, end):
                done = spanned and not inside <= t < outside
                if done:
                    one[:] = 0
                    for r in range(count):
                        _in_part(words, r, rows, keys[t], W, either, low, leap, high, entries, peak, spans[start + r],
                                 BITS_TILE * t, values[t], first, columns, total)  # fmt: skip
                while not done:
                    found = zeros(one, each)
                    for j in range(0, BITS_TILE, 8):
                        counts = zeros(words, rows)
                        for w in range(W):
                            counts = add_counts(counts, words, w * rows, load(keys[t], w * BITS_TILE + j), either)
                        weights = powers(counts, low, high, entries, held)
                        found = add_products(found, weights, values[t], first * BITS_TILE + j, BITS_TILE)
                    one[:] = 0
                    fold(one, 0, found)
                    done = True
                    for r in range(rows):
                        sound = True
                        for c in range(r * columns * SPREAD, (r + 1) * columns * SPREAD):
                            sound = sound and np.isfinite(one[c])
                        if not sound:
                            new = _largest(words, r, rows, keys[t], W, either, 0, BITS_TILE) // 16
                            if new > peak[r]:
                                for c in range(r * columns * SPREAD, (r + 1) * columns * SPREAD):
                                    total[c] *= np.exp2(leap * (peak[r] - new))
                                peak[r] = new
                                _table(high, r * entries, entries, leap, new)
                                done = False
                total += one
            for r in range(count):
                peaks[start + r] = peak[r]
                for c in range(columns):
                    at = (r * columns + c) * SPREAD
                    result[start + r, first + c] = total[at] + total[at + 1] + total[at + 2] + total[at + 3]

    sums.__qualname__ = f"boolean_{columns}_{either}_{held}_{spanned}"
    return njit(parallel=True)(sums)


@njit()
def _table(high: Floats, at: int, entries: int, leap: float, peak: int) -> None:
    for k in range(entries):
        high[at + k] = np.exp2(leap * (k - peak)) if k <= peak else np.inf


@njit()
def _largest(words: Words, r: int, rows: int, keys: Words, W: int, either: bool, start: int, stop: int) -> int:
    """The largest count of row r in a part of a tile."""
    best = 0
    for j in range(start, stop):
        best = max(best, _count(words, r, rows, keys, W, either, j))
    return best


@njit()
def _count(words: Words, r: int, rows: int, keys: Words, W: int, either: bool, j: int) -> int:
    """The count of row r and the j-th key of a tile."""
    count = 0
    for w in range(W):
        x = words[w * rows + r] ^ keys[w * BITS_TILE + j] if either else words[w * rows + r] & keys[w * BITS_TILE + j]
        count += bits_of(x)
    return count


@njit()
def _tiles(spans: Any, start: int, count: int) -> tuple[int, int, int, int]:
    """The tiles from the first to the last that one of these rows sees, and those in them that all rows see whole."""
    begin, end, inside, outside = BEYOND, 0, 0, BEYOND
    for r in range(start, start + count):
        if spans[r, 0] < spans[r, 1]:
            begin, end = min(begin, spans[r, 0] // BITS_TILE), max(end, -(-spans[r, 1] // BITS_TILE))
        inside, outside = max(inside, -(-spans[r, 0] // BITS_TILE)), min(outside, spans[r, 1] // BITS_TILE)
    return begin, end, inside, outside


@njit()
def _in_part(
    words: Words, r: int, rows: int, keys: Words, W: int, either: bool, low: Floats, leap: float, high: Floats, entries: int,
    peak: Ints, span: Ints, origin: int, values: Floats, first: int, columns: int, total: Floats,
) -> None:  # fmt: skip
    """Add to the sums of row r the keys of a tile that lie in its span."""
    begin, end = max(span[0] - origin, 0), min(span[1] - origin, BITS_TILE)
    new = _largest(words, r, rows, keys, W, either, begin, end) // 16
    if new > peak[r]:
        for c in range(r * columns * SPREAD, (r + 1) * columns * SPREAD):
            total[c] *= np.exp2(leap * (peak[r] - new))
        peak[r] = new
        _table(high, r * entries, entries, leap, new)
    for j in range(begin, end):
        k = _count(words, r, rows, keys, W, either, j)
        weight = low[k % 16] * high[r * entries + k // 16]
        for c in range(columns):
            total[(r * columns + c) * SPREAD + j % SPREAD] += weight * values[(first + c) * BITS_TILE + j]


@intrinsic
def bits_of(typing: Any, x: Any) -> Typed:
    """The number of ones in a word."""
    return types.intp(types.uint64), lambda context, b, s, a: b.ctpop(a[0])


@intrinsic
def add_counts(typing: Any, counts: Any, words: Any, i: Any, x: Any, either: Any) -> Typed:
    """counts[r] + the bits of words[i + r] xor x (of `and`, if not `either`), lane by lane, for every r."""
    exclusive = literal(either)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start, found = element_at(context, b, words, a[1], a[2]), []
        for r in range(counts.count):
            word = splatted(b, counts.dtype, b.load(b.gep(start, [ir.IntType(32)(r)])))
            bits = (b.xor if exclusive else b.and_)(word, a[3])
            found.append(b.add(b.extract_value(a[0], r), b.call(llvm_function(b, counts.dtype, "ctpop", 1), [bits])))
        return context.make_tuple(b, counts, found)

    return counts(counts, words, types.intp, x, either), code


@intrinsic
def powers(typing: Any, counts: Any, low: Any, high: Any, entries: Any, held: Any) -> Typed:
    """low[k mod 16] high[r entries + k div 16] for the lanes k of counts[r], for every r."""
    kind, tables = LANES[types.float64], literal(held)
    result = types.UniTuple(kind, counts.count)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        held = tables if "+avx512f" in context.codegen().magic_tuple()[2].split(",") else 0
        words = counts.dtype.vector
        four, fifteen = ir.Constant(words, [4] * 8), ir.Constant(words, [15] * 8)
        found = []
        for r in range(counts.count):
            k = b.extract_value(a[0], r)
            start = element_at(context, b, high, a[2], b.mul(a[3], ir.IntType(64)(r)))
            first = _looked_up(b, kind, element_at(context, b, low, a[1], ir.IntType(64)(0)), b.and_(k, fifteen), min(held, 1))
            found.append(b.fmul(first, _looked_up(b, kind, start, b.lshr(k, four), held)))
        return context.make_tuple(b, result, found)

    return result(counts, low, high, types.intp, held), code


def _looked_up(b: Any, kind: Any, table: Any, index: Any, held: int) -> Any:
    """table[index] lane by lane; `held` needs AVX-512 (elsewhere LLVM would end the process), and so many times 16 entries."""
    if held:
        permuted = [_permuted(b, kind, b.gep(table, [ir.IntType(32)(16 * part)]), index) for part in range(held)]
        above = b.icmp_unsigned(">=", index, ir.Constant(index.type, [16] * 8))
        return permuted[0] if held == 1 else b.select(above, permuted[1], permuted[0])
    found = ir.Constant(kind.vector, ir.Undefined)
    for lane in range(8):
        at = ir.IntType(32)(lane)
        found = b.insert_element(found, b.load(b.gep(table, [b.extract_element(index, at)])), at)
    return found


def _permuted(b: Any, kind: Any, table: Any, index: Any) -> Any:
    """table[index mod 16] lane by lane."""
    halves = [b.load(b.bitcast(b.gep(table, [ir.IntType(32)(8 * h)]), kind.vector.as_pointer()), align=8) for h in (0, 1)]
    function = ir.FunctionType(kind.vector, [kind.vector, index.type, kind.vector])
    name = "llvm.x86.avx512.vpermi2var.pd.512"
    return b.call(cgutils.get_or_insert_function(b.module, function, name), [halves[0], index, halves[1]])
