"""Softmax attention by its definition over tiles: a block of queries, a block of keys, partial sums merged (derived here).

A tile gives for each of its rows a peak p (a power of two), the mass sum_j 2^(x_ij - p) and the values weighed so. Two of them
are merged about the larger peak: each is multiplied by 2^(its peak - the larger), which counts as in module `rounding` (12
roundings with its product), and one addition follows. A weight of the first of b blocks meets b - 1 merges, so

    13 (ceil(rows/256) + 1) + 16   becomes   13 (ceil(rows/256) + b) + 16

in the mass's factor e^{+-a}; peaks only grow, in a block and over blocks, so that the differences of one weight still sum to at
most 2 (S + s). Every tile is filled up: 32 lanes a block are summed as tiny.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any

import numpy as np

from attention.algorithm import Promise
from attention.blocks import Which
from attention.exact.partial import Partial, quotient, total
from attention.exact.softmax import OF_ONE_KEY, logsumexp, partial_sums
from attention.exact.streaming import BLOCK
from attention.files.stored import Rows, Stored
from attention.rounding import Bounds, Rounding, row_bounds
from attention.summed import Summed
from instances.coded import Floats
from instances.task import Attention

NONE = np.zeros(0, np.int64)

MATRICES: tuple[Which, ...] = ("Q", "K", "V")


def bounds_over(inputs: Stored) -> Bounds:
    """What rounding bounds need to know of the inputs, in one pass over each file."""
    (q, of_queries), (k, of_keys), (v, _) = (_largest(inputs.over(which, row_bounds)) for which in MATRICES)
    largest = float(v.max(initial=0.0))
    return Bounds(inputs.d, inputs.m, inputs.scale, q, k, largest, (of_queries, of_keys), *inputs.key_blocks)


def _largest(parts: Iterable[tuple[Floats, float]]) -> tuple[Floats, float]:
    bounds, norms = zip(*parts, strict=True)
    return np.max(bounds, axis=0), max(norms)


def promise_over(inputs: Stored) -> Promise:
    """What `rows_over` promises."""
    return OF_ONE_KEY if inputs.m == 1 else Rounding.of_bounds(bounds_over(inputs), np.float64, BLOCK).of_quotient()


def logsumexp_error_over(inputs: Stored) -> float:
    """What it promises of the logarithms."""
    return Rounding.of_bounds(bounds_over(inputs), np.float64, BLOCK).of_mass()


def rows_over(inputs: Stored) -> Iterator[Summed]:
    """The output, and the logarithms of masses, for successive blocks of queries. Time O(n m (d + v)), in float64. Of a single
    key, its row of V.
    """
    queries, keys = inputs.ranges(inputs.n), inputs.ranges(inputs.m)
    tiles = [(rows, columns) for rows in queries for columns in keys]
    parts = inputs.ordered(partial(_tile, inputs.Q, inputs.K, inputs.V, inputs.scale), tiles)
    for start, stop in queries:
        found = total(islice(parts, len(keys)))
        T = np.repeat(inputs.V.read(0, 1), stop - start, axis=0) if inputs.m == 1 else quotient(found)
        yield Summed(T, logsumexp(found[0], found[1], NONE))


def _tile(Q: Any, K: Any, V: Any, scale: float, tile: tuple[Rows, Rows]) -> Partial:
    rows, keys = tile
    inputs = Attention(Q.read(*rows), K.read(*keys), V.read(*keys), scale, copy=False)
    return partial_sums(inputs, np.float64)
