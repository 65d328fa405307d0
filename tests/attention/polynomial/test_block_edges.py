"""As many rows, or keys, as blocks and chunks have, and one more or less: attention by polynomials is that of matrices."""

import numpy as np
import pytest

from attention.polynomial.gradients import backward, forward, planned
from attention.polynomial.polynomial import Polynomial
from attention.polynomial.sums import CHUNK
from instances.task import Attention
from tests.support.dense import dense
from tests.support.dyadic import dyadic

ROWS = [1, 15, 16, 17, 255, 256, 257, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 17]


def drawn(n: int, m: int, d: int = 2, v: int = 2) -> Attention:
    return Attention(dyadic(1, (n, d)) / 4, dyadic(2, (m, d)) / 4, dyadic(3, (m, v)), 0.5)


@pytest.mark.parametrize("d", [1, 3])
@pytest.mark.parametrize("v", [1, 8, 9])
def test_rows_of_blocks(d: int, v: int) -> None:
    """With few columns and with many."""
    for n in ROWS:
        of = drawn(n, 20, d, v)
        assert np.allclose(Polynomial(1e-8)(of), dense(of, np.zeros((n, v))).T, rtol=1e-7, atol=1e-7), n


@pytest.mark.parametrize("error", [1e-4, 1e-9])
def test_keys_of_blocks(error: float) -> None:
    """In float32 too."""
    for m in (2, 255, 256, 257, 511, 512, 513, 1025, 4097):
        of = drawn(5, m)
        assert np.allclose(Polynomial(error)(of), dense(of, np.zeros((5, 2))).T, rtol=0, atol=error), m


@pytest.mark.parametrize("n", [1, 15, 17, 1023, 1024, 1025])
def test_gradients_of_blocks(n: int) -> None:
    for rows, keys in ((n, 9), (9, n)):
        of, dO = drawn(rows, keys + 1), dyadic(4, (rows, 2))
        plan = planned(of, 1e-6, 1e-6)
        expected = dense(of, dO)
        found = backward(plan, forward(plan, of)[1], of, dO)
        assert np.allclose(found.dQ, expected.dQ, atol=1e-5)
        assert np.allclose(found.dK, expected.dK, atol=1e-5)
        assert np.allclose(found.dV, expected.dV, atol=1e-5)
