"""The compiled sums over bits against numpy, by the definition."""

import numpy as np
import pytest

from attention.exact.boolean_sums import boolean_sums
from instances.bits import BitMatrix


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize(("n", "m", "d", "C", "x", "density"), [
    (5, 3, 10, 2, 0.6, 0.5), (33, 1000, 130, 2, 5.3, 0.5), (33, 1100, 130, 2, 5.3, 0.05), (7, 600, 300, 5, 1.0, 0.5),
    (3, 513, 640, 10, 26.0, 0.3), (9, 513, 255, 31, 2.3, 0.5), (2, 2000, 64, 1, 20.0, 0.9), (1, 1, 1, 1, 1.0, 1.0),
])  # fmt: skip
def test_boolean_sums(n: int, m: int, d: int, C: int, x: float, density: float, either: bool) -> None:
    rng = np.random.default_rng(d)
    a, b, y = rng.random((n, d)) < density, np.sort(rng.random((m, d)) < density, axis=0), rng.normal(size=(m, C))
    y[:, -1] = 1
    sums, peaks = boolean_sums(BitMatrix.of(a).words, BitMatrix.of(b).words, either, x, y)
    k = (a[:, None] ^ b[None]).sum(axis=2) if either else a.astype(int) @ b.T.astype(int)
    weights = np.exp2(x * (k - k.max(axis=1, keepdims=True)))
    expected = weights @ y
    shifted = sums * np.exp2(x * (16 * peaks - k.max(axis=1)))[:, None]
    assert (peaks == k.max(axis=1) // 16).all()
    assert np.abs(shifted - expected).max() < 1e-11 * np.abs(weights @ np.abs(y)).max()
