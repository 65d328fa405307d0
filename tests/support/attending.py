"""Arrays to attend."""

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np
from flint import ctx

from attention import (
    Attended,
)
from attention.laws import BITS
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.task import Attention

VALUES: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "uniform": lambda rng, m: rng.uniform(-1, 1, (m, 2)),
    "bits": lambda rng, m: rng.integers(0, 2, (m, 1)).astype(float),
    "far from 0": lambda rng, m: 1e6 + rng.integers(0, 2, (m, 2)) / 1024,
    "constant": lambda rng, m: np.full((m, 1), 0.1),
    "of two sizes": lambda rng, m: rng.normal(size=(m, 2)) * [1e-9, 1e3],
}
"""Drawn with so many rows, as (m, v)."""

NAMES = ["auto", "polynomial", "taylor", "taylor-from-below", "split", "low-rank", "boxes", "softmax", "softmax32", "certified"]


def arrays(n: int = 5, m: int = 7, d: int = 3, v: int = 2, batch: tuple[int, ...] = (), seed: int = 0) -> list[Floats]:
    rng = np.random.default_rng(seed)
    return [rng.uniform(-1, 1, (*batch, *axes)) for axes in ((n, d), (m, d), (m, v))]


def coded() -> Attention:
    """Two rows of two bits on either side."""
    bits = Coded(BitMatrix.of(["01", "10"]), np.zeros(2), np.ones(2))
    return Attention((bits,), (bits,), np.ones((2, 1)), 1.0)


def grouped(b: int, H: int, G: int, n: int, m: int, d: int = 3, v: int = 2, seed: int = 0) -> list[Floats]:
    """H heads of queries and G of keys."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in ((b, H, n, d), (b, G, m, d), (b, G, m, v))]


def certainly_within(found: Attended, Q: Any, K: Any, V: Any, scale: float, rows: range) -> None:
    """|output - Att| <= promise in ball arithmetic."""
    inputs = Attention(np.array(Q), np.array(K), np.array(V), scale)
    for i in rows:
        with ctx.workprec(BITS):
            for exact, given in zip(inputs.exact.row(i), found.output[i].tolist(), strict=True):
                assert isfinite(given)
                assert abs(exact - given) <= found.promise
