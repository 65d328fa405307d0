"""Some rows of attention in extended precision: what outputs are measured against where balls would take too long.

Guarantee (derived here, as in module `rounding`). With u the unit roundoff of numpy's longdouble (2^-64 on x86, 2^-53 at
worst), S bounding the scores, its exponential taken to be within EXP2_ULPS u: the scores are off by s = gamma(d + 6, u) S, or
gamma(d + 8, u) S with a bias, the sum of a chunk has at most CHUNK terms, and a weight meets at most c merges, c the chunks of
a block and the blocks together:

    |reference - Att| <= (e^{2a} - 1 + 4u) max|V|,   a = s + 4u (S + s) + EXP2_ULPS u + gamma(13 (c + 1) + CHUNK + 16, u).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from math import expm1
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.exact.partial import Partial, quotient, total
from attention.exp2 import EXP2_ULPS
from attention.rounding import WIDEN, Bounds, gamma
from instances.coded import Floats
from instances.faults import BadInput
from instances.task import Attention

CHUNK = 1 << 13
"""Keys whose weights are held at once."""

TINY = 1e-320
"""In place of 0 on a logarithmic axis."""


@dataclass(frozen=True)
class Measured:
    """Of some rows the largest |T - reference| of each, and the bound on |reference - Att|. An answer that is no finite number
    is infinitely off.
    """

    rows: tuple[int, ...]
    errors: tuple[float, ...]
    bound: float

    @classmethod
    def of(cls, rows: Sequence[int], output: NDArray[np.floating[Any]], reference: Any, bound: float) -> "Measured":
        """The (rows, v) output beside the reference."""
        off = np.abs(output.astype(np.longdouble) - reference).max(axis=1, initial=0.0)
        off[~np.isfinite(output).all(axis=1)] = np.inf
        return cls(tuple(rows), tuple(map(float, off)), bound)

    @property
    def error(self) -> float:
        """The largest of them."""
        return max(self.errors, default=0.0)

    @classmethod
    def all_of(cls, parts: Iterable["Measured"]) -> "Measured":
        """Of the rows of all parts, one after the other; the bound is the largest."""
        rows, errors, bounds = zip(*((part.rows, part.errors, part.bound) for part in parts), strict=True)
        return cls(tuple(chain(*rows)), tuple(chain(*errors)), max(bounds))


def plotted(found: Measured, promise: float, algorithm: str) -> Any:
    """The errors beside the promise, as a figure of matplotlib. Errors: `BadInput` where that is not installed."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise BadInput("plots need matplotlib: pip install 'hardness-lab[plots]'") from None
    if not found.rows:
        raise BadInput("there is no row to be plotted: the output is empty")
    least = max(found.bound, TINY)
    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.add_subplot()
    for below, mark, face in ((False, "o", "#0072b2"), (True, "v", "none")):
        some = [
            (row, max(error, least)) for row, error in zip(found.rows, found.errors, strict=True) if (error <= least) == below
        ]
        axes.plot(*zip(*some, strict=True), mark, color="#0072b2", markerfacecolor=face, markersize=4) if some else None
    for height, colour, style, name in (
        (promise, "#d55e00", "-", "promise"), (least, "#565b62", ":", "resolved: triangles are below"),
    ):  # fmt: skip
        if 0 < height < np.inf:
            axes.axhline(height, color=colour, linestyle=style)
            axes.annotate(name, (0.99, height), (0, 4), ("axes fraction", "data"), "offset points", color=colour, ha="right")
    axes.margins(y=0.1)
    axes.set(yscale="log", xlabel="row", ylabel="largest |output - Att| of the row", title=f"Measured error of {algorithm}")
    return figure


def sampled_rows(n: int, count: int) -> list[int]:
    """At most `count` rows from the first to the last, evenly."""
    return sorted({int(i) for i in np.linspace(0, n - 1, min(count, n))})


def reference_rows(inputs: Attention, rows: Sequence[int]) -> Any:
    """(rows, v) softmax attention of these rows, each of which sees a key, in extended precision. Time O(rows m (d + v)),
    memory O(CHUNK (d + v)).
    """
    found = np.empty((len(rows), inputs.V.shape[1]), np.longdouble)
    for number, i in enumerate(rows):
        seen, kept = (slice(0, inputs.m), None) if inputs.seen is None else inputs.seen.keys(i)
        query = scaled(inputs.queries(slice(i, i + 1)), inputs.scale)
        parts = []
        for start in range(seen.start, seen.stop, CHUNK):
            keys = slice(start, min(start + CHUNK, seen.stop))
            some = slice(None) if kept is None else kept[start - seen.start : keys.stop - seen.start]
            K, V, bias = inputs.keys(keys), inputs.V[keys][some], inputs.bias(slice(i, i + 1), keys)
            if len(V):
                added = None if bias is None else np.broadcast_to(bias, (1, len(K)))[:, some]
                parts.append(chunk_sums(query, K[some], V, added))
        found[number] = quotient(total(parts))[0]
    return found


def reference_bound(of: Bounds) -> float:
    """The bound of the module's text."""
    u, S, rows = float(np.finfo(np.longdouble).eps) / 2, of.S, of.m if of.rows is None else of.rows
    s = gamma(of.d + (8 if of.bias > 0 else 6), u) * S
    merges = -(-rows // CHUNK) + of.blocks
    a = s + 4 * u * (S + s) + EXP2_ULPS * u + gamma(13 * (merges + 1) + CHUNK + 16, u)
    return (expm1(2 * a) + 4 * u) * of.largest * WIDEN if a <= 300 else np.inf


def scaled(queries: Floats, scale: float) -> Any:
    """log2(e) scale q of each row."""
    return queries.astype(np.longdouble) * (np.longdouble(scale) / np.log(np.longdouble(2)))


def chunk_sums(queries: Any, K: Floats, V: Floats, bias: Floats | None = None) -> Partial:
    """The sums over some keys, at least one; queries are `scaled`."""
    scores = queries @ K.astype(np.longdouble).T
    if bias is not None:
        scores += bias.astype(np.longdouble) / np.log(np.longdouble(2))
    peak = scores.max(axis=1)
    weights = np.exp2(scores - peak[:, None])
    return peak, weights.sum(axis=1), weights @ V.astype(np.longdouble)
