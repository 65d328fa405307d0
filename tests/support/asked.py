"""Attention as `attend` is asked for it, from the definition, in balls of 200 bits: outputs and gradients, pair by pair."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, ctx
from numpy.typing import NDArray

from instances.coded import Floats

BITS = 200

Balls = list[list[arb]]


@dataclass(frozen=True)
class Sees:
    """(b, H, n, m): which pairs are seen, and what is added to their scores as (added, slope, distance)."""

    pairs: NDArray[np.bool_]
    added: Floats
    slope: Floats
    distance: Floats

    def score(self, *at: int) -> arb:
        return arb(float(self.added[at])) - arb(float(self.slope[at])) * arb(float(self.distance[at]))


def sees(b: int, H: int, G: int, n: int, m: int, asked: dict[str, Any]) -> Sees:
    """What the options say, by loops."""
    shape = (b, H, n, m)
    pairs = np.zeros(shape, dtype=np.bool_)
    distance = np.zeros(shape)
    queries, keys = _lengths(asked, n, m)
    window = asked.get("window", (None, None))
    left, right = window if isinstance(window, tuple) else (window, window)
    if "causal" in asked:
        right = 0
    keep = np.asarray(asked.get("keep", np.ones(m, dtype=np.bool_)))
    keep = keep[:, None] if keep.ndim == 2 else keep
    keep = np.broadcast_to(keep, (b, G, m))
    mask = np.broadcast_to(asked.get("mask", np.ones(shape, dtype=np.bool_)), shape)
    for x, h, i, j in np.ndindex(*shape):
        s, row = _place(queries, i)
        t, key = _place(keys, j)
        diagonal = row + (keys[s] - queries[s] if asked.get("causal") == "bottom-right" else 0)
        distance[x, h, i, j] = abs(key - diagonal)
        pairs[x, h, i, j] = (
            s == t
            and (left is None or key >= diagonal - left)
            and (right is None or key <= diagonal + right)
            and keep[x, h * G // H, j]
            and mask[x, h, i, j]
        )
    slopes = np.broadcast_to(asked.get("alibi", 0.0), (H,))
    added = np.broadcast_to(asked.get("bias", 0.0), shape)
    return Sees(pairs, added, np.broadcast_to(slopes[None, :, None, None], shape), distance)


def _lengths(asked: dict[str, Any], n: int, m: int) -> tuple[list[int], list[int]]:
    given = asked.get("lengths", ([n], [m]))
    queries, keys = given if isinstance(given, tuple) else (given, given)
    if "cu_seqlens" in asked:
        given = asked["cu_seqlens"]
        queries, keys = (np.diff(x) for x in (given if isinstance(given, tuple) else (given, given)))
    return [int(x) for x in queries], [int(x) for x in keys]


def _place(lengths: list[int], i: int) -> tuple[int, int]:
    """The sequence of the i-th, and its number there."""
    for s, length in enumerate(lengths):
        if i < length:
            return s, i
        i -= length
    raise IndexError(i)


def weights(Q: Floats, K: Floats, scale: float, seen: Sees, of: tuple[int, int]) -> list[dict[int, arb]]:
    """The P_ij of one head, of the keys that each row sees; none for a row that sees none."""
    found = []
    for i, q in enumerate(Q.tolist()):
        row = {}
        for j in np.flatnonzero(seen.pairs[of][i]).tolist():
            product = sum((arb(x) * arb(y) for x, y in zip(q, K[j].tolist(), strict=True)), arb(0))
            row[j] = (arb(scale) * product + seen.score(*of, i, j)).exp()
        total = sum(row.values(), arb(0))
        found.append({j: w / total for j, w in row.items()})
    return found


def outputs(Q: Floats, K: Floats, V: Floats, scale: float, asked: dict[str, Any]) -> Iterator[tuple[tuple[int, ...], Any]]:
    """((b, H, n index), the row's balls, None where it sees no key), for every row of heads."""
    b, H, n, _ = Q.shape
    G, m = K.shape[1:3]
    seen = sees(b, H, G, n, m, asked)
    for x, h in np.ndindex(b, H):
        g = h * G // H
        with ctx.workprec(BITS):
            for i, row in enumerate(weights(Q[x, h], K[x, g], scale, seen, (x, h))):
                columns = V[x, g].T.tolist()
                yield (x, h, i), [sum((p * arb(c[j]) for j, p in row.items()), arb(0)) for c in columns] if row else None


def heads(*arrays: Floats) -> list[Floats]:
    """Matrices as one batch of one head."""
    return [x[None, None] if x.ndim == 2 else x for x in arrays]


Entries = dict[tuple[int, ...], arb]
"""Balls by their indices (b, head, row, column)."""


def gradients(arrays: list[Floats], scale: float, asked: dict[str, Any]) -> list[Entries]:
    """dQ, dK and dV of Q, K, V, dO from the definition; rows that see no key add nothing."""
    Q, K, V, dO = arrays
    (b, H, n, d), (G, m), v = Q.shape, K.shape[1:3], V.shape[-1]
    seen = sees(b, H, G, n, m, asked)
    shapes = (Q.shape, K.shape, V.shape)
    dQ, dK, dV = ({at: arb(0) for at in np.ndindex(*shape)} for shape in shapes)
    with ctx.workprec(BITS):
        for x, h in np.ndindex(b, H):
            g = h * G // H
            q, k, values, given = ([[arb(float(y)) for y in row] for row in X] for X in (Q[x, h], K[x, g], V[x, g], dO[x, h]))
            for i, row in enumerate(weights(Q[x, h], K[x, g], scale, seen, (x, h))):
                f = {j: sum((given[i][c] * values[j][c] for c in range(v)), arb(0)) for j in row}
                delta = sum((p * f[j] for j, p in row.items()), arb(0))
                for j, p in row.items():
                    slope = arb(scale) * p * (f[j] - delta)
                    for c in range(d):
                        dQ[x, h, i, c] += slope * k[j][c]
                        dK[x, g, j, c] += slope * q[i][c]
                    for c in range(v):
                        dV[x, g, j, c] += p * given[i][c]
    return [dQ, dK, dV]
