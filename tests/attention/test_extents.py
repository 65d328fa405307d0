"""The extents of rows against numpy."""

import numpy as np
import pytest

from attention.extents import deviations, extents, largest_norm


@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 3), (1000, 8)])
def test_extents(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    X, centre, unit = rng.normal(size=(n, d)), rng.normal(size=d), rng.uniform(1, 2, d)
    assert np.allclose(extents(X), [X.min(axis=0), X.max(axis=0), X.mean(axis=0)], rtol=1e-12, atol=1e-15)
    assert np.isclose(largest_norm(X, centre, unit), np.linalg.norm((X - centre) * unit, axis=1).max(), rtol=1e-12)
    y = (X - centre) * unit
    found = [X.min(axis=0), X.max(axis=0), y.sum(axis=0), np.abs(y).sum(axis=0)]
    assert np.allclose(deviations(X, centre, unit), found, rtol=1e-12, atol=1e-13)
