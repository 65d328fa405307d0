"""Arrays to attend."""

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
