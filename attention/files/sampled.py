"""Some rows of attention over files, measured by module `attention.measured`."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from attention.exact.partial import Partial, quotient, total
from attention.files.stored import Stored
from attention.files.tiles import bounds_over
from attention.measured import CHUNK, Measured, chunk_sums, reference_bound, scaled
from instances.coded import Floats
from instances.seen import Seen


def measured(inputs: Stored, rows: Sequence[int], output: Floats, seen: Seen | None = None) -> Measured:
    """How far the given output of these rows is off, over the intervals of keys that `seen` gives them, all unless it is given;
    rows that see no key are left out. Time O(rows m (d + v)) in extended precision.
    """
    if seen is not None:
        sees = [number for number, i in enumerate(rows) if seen.start[i] < seen.stop[i]]
        rows, output = [rows[number] for number in sees], output[sees]
    if not rows:
        return Measured((), (), 0.0)
    queries = scaled(np.concatenate([inputs.Q.read(i, i + 1) for i in rows]), inputs.scale)
    if seen is None:
        reference = quotient(total(inputs.over("KV", partial(_part, queries))))
    else:
        reference = np.concatenate([_of_row(inputs, queries[[k]], seen.keys(i)[0]) for k, i in enumerate(rows)])
    return Measured.of(rows, output, reference, reference_bound(bounds_over(inputs)))


def _of_row(inputs: Stored, query: Any, keys: slice) -> Any:
    """The attention of one row over an interval of keys, which it reads chunk by chunk."""
    ends = ((start, min(start + CHUNK, keys.stop)) for start in range(keys.start, keys.stop, CHUNK))
    return quotient(total(chunk_sums(query, inputs.K.read(*chunk), inputs.V.read(*chunk)) for chunk in ends))


def held_by(rows: int, inputs: Stored) -> int:
    """Bytes for so many rows: scores and weights of a chunk of keys, and the sums of the blocks that are at work."""
    each = np.dtype(np.longdouble).itemsize
    return rows * each * (3 * CHUNK + inputs.d + (4 * inputs.at_once + 2) * (inputs.v + 2))


def _part(queries: Any, K: Floats, V: Floats) -> Partial:
    """The sums over a block of keys, chunk by chunk."""
    chunks = (slice(start, start + CHUNK) for start in range(0, len(K), CHUNK))
    return total(chunk_sums(queries, K[keys], V[keys]) for keys in chunks)
