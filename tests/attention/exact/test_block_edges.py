"""As many rows, or keys, as blocks have, and one more or less: the definition and its gradients are those of matrices."""

import numpy as np
import pytest

from attention import Backward, Softmax
from attention.algorithm import answers
from attention.exact.backward import backward
from attention.exact.gradients import gradients
from attention.exact.streaming import BLOCK, ROW_BLOCK
from attention.measured import CHUNK, reference_rows
from instances.gradients import OF
from instances.task import Attention
from tests.support.dense import dense
from tests.support.differentiated import column_of
from tests.support.dyadic import dyadic

SIZES = [
    (1, BLOCK + 1), (ROW_BLOCK + 1, 1), (ROW_BLOCK, BLOCK), (ROW_BLOCK + 1, BLOCK + 1), (ROW_BLOCK - 1, BLOCK - 1),
    (2 * ROW_BLOCK + 1, 3), (3, 2 * BLOCK + 1),
]  # fmt: skip


@pytest.mark.parametrize(("n", "m"), SIZES)
def test_rows_and_keys_of_blocks(n: int, m: int) -> None:
    of, dO = Attention(dyadic(1, (n, 3)), dyadic(2, (m, 3)), dyadic(3, (m, 2)), -0.5), dyadic(4, (n, 2))
    expected = dense(of, dO)
    for precision in ("float64", "float32"):
        close = 1e-11 if precision == "float64" else 1e-5
        assert np.allclose(answers(Softmax(precision), of), expected.T, rtol=close, atol=close)
    (found, _), by_tiles = gradients(of, dO, np.float64), backward(of, dO)
    for name, exact in (("dQ", expected.dQ), ("dK", expected.dK), ("dV", expected.dV)):
        assert np.allclose(getattr(by_tiles, name), exact, rtol=1e-11, atol=1e-11)
        assert np.allclose(getattr(found, name), exact, rtol=1e-11, atol=1e-11)
    named = {"dQ": expected.dQ, "dK": expected.dK, "dV": expected.dV, "dX": of.queries(slice(None)).T @ expected.dQ}
    for name in OF:
        alone = answers(Backward(), column_of(of, dO, name, 1))[:, 0]
        assert np.allclose(alone, named[name][:, 1], rtol=1e-10, atol=1e-10), name


@pytest.mark.parametrize("m", [CHUNK - 1, CHUNK, CHUNK + 1])
def test_keys_of_chunks(m: int) -> None:
    of = Attention(dyadic(1, (4, 2)), dyadic(2, (m, 2)), dyadic(3, (m, 1)), -0.5)
    assert np.allclose(reference_rows(of, [0, 3]).astype(float), dense(of, np.zeros((4, 1))).T[[0, 3]], rtol=1e-12, atol=1e-13)
