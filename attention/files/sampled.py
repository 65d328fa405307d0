"""Some rows of attention over files in extended precision: what outputs are measured against where balls would take too long.

Guarantee (derived here, as in module `rounding`). With u the unit roundoff of numpy's longdouble (2^-64 on x86, 2^-53 at
worst), S bounding the scores, its exponential taken to be within EXP2_ULPS u: the scores are off by s = gamma(d + 6, u) S, the
sum of a chunk has at most CHUNK terms, and a weight meets at most c merges, c the chunks of a block and the blocks together:

    |reference - Att| <= (e^{2a} - 1 + 4u) max|V|,   a = s + 4u (S + s) + EXP2_ULPS u + gamma(13 (c + 1) + CHUNK + 16, u).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import expm1
from typing import Any

import numpy as np

from attention.exact.partial import Partial, quotient, total
from attention.exp2 import EXP2_ULPS
from attention.files.stored import Stored
from attention.files.tiles import bounds_over
from attention.rounding import WIDEN, Bounds, gamma
from instances.coded import Floats
from instances.seen import Seen

CHUNK = 1 << 13
"""Keys whose weights are held at once."""


@dataclass(frozen=True)
class Measured:
    """The largest |T - reference| over some rows, and the bound on |reference - Att|."""

    rows: tuple[int, ...]
    error: float
    bound: float


def sampled_rows(n: int, count: int) -> list[int]:
    """At most `count` rows from the first to the last, evenly."""
    return sorted({int(i) for i in np.linspace(0, n - 1, min(count, n))})


def measured(inputs: Stored, rows: Sequence[int], output: Floats, seen: Seen | None = None) -> Measured:
    """How far the given output of these rows is off, over the intervals of keys that `seen` gives them, all unless it is given;
    rows that see no key are left out. Time O(rows m (d + v)) in extended precision.
    """
    if seen is not None:
        sees = [number for number, i in enumerate(rows) if seen.start[i] < seen.stop[i]]
        rows, output = [rows[number] for number in sees], output[sees]
    if not rows:
        return Measured((), 0.0, 0.0)
    queries = np.concatenate([inputs.Q.read(i, i + 1) for i in rows]).astype(np.longdouble)
    queries *= np.longdouble(inputs.scale) / np.log(np.longdouble(2))
    if seen is None:
        reference = quotient(total(inputs.over("KV", partial(_part, queries))))
    else:
        reference = np.concatenate([_of_row(inputs, queries[[k]], seen.keys(i)[0]) for k, i in enumerate(rows)])
    error = float(np.abs(output.astype(np.longdouble) - reference).max(initial=0.0))
    return Measured(tuple(rows), error if np.isfinite(output).all() else np.inf, reference_bound(bounds_over(inputs)))


def _of_row(inputs: Stored, query: Any, keys: slice) -> Any:
    """The attention of one row over an interval of keys, which it reads chunk by chunk."""
    ends = ((start, min(start + CHUNK, keys.stop)) for start in range(keys.start, keys.stop, CHUNK))
    return quotient(total(_chunk(query, inputs.K.read(*chunk), inputs.V.read(*chunk)) for chunk in ends))


def held_by(rows: int, inputs: Stored) -> int:
    """Bytes for so many rows: scores and weights of a chunk of keys, and the sums of the blocks that are at work."""
    each = np.dtype(np.longdouble).itemsize
    return rows * each * (3 * CHUNK + inputs.d + (4 * inputs.at_once + 2) * (inputs.v + 2))


def reference_bound(of: Bounds) -> float:
    """The bound of the module's text."""
    u, S, rows = float(np.finfo(np.longdouble).eps) / 2, of.S, of.m if of.rows is None else of.rows
    s = gamma(of.d + 6, u) * S
    merges = -(-rows // CHUNK) + of.blocks
    a = s + 4 * u * (S + s) + EXP2_ULPS * u + gamma(13 * (merges + 1) + CHUNK + 16, u)
    return (expm1(2 * a) + 4 * u) * of.largest * WIDEN if a <= 300 else np.inf


def _part(queries: Any, K: Floats, V: Floats) -> Partial:
    """The sums over a block of keys, chunk by chunk; queries hold scale log2(e) q."""
    chunks = (slice(start, start + CHUNK) for start in range(0, len(K), CHUNK))
    return total(_chunk(queries, K[keys], V[keys]) for keys in chunks)


def _chunk(queries: Any, K: Floats, V: Floats) -> Partial:
    scores = queries @ K.astype(np.longdouble).T
    peak = scores.max(axis=1)
    weights = np.exp2(scores - peak[:, None])
    return peak, weights.sum(axis=1), weights @ V.astype(np.longdouble)
