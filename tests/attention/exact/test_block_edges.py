"""As many rows, or keys, as blocks have, and one more or less: the definition and its gradients are those of matrices."""

from typing import Any

import numpy as np
import pytest

from attention import Backward, Logspace, Softmax
from attention.algorithm import answers
from attention.exact.backward import backward
from attention.exact.gradients import gradients
from attention.exact.streaming import BLOCK, ROW_BLOCK
from attention.measured import CHUNK, reference_rows
from instances.bias import Bias
from instances.gradients import OF
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
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


MECHANISMS = {
    "causal": Mechanism(sees=Visibility(right=0)), "from the end": Mechanism(sees=Visibility(right=0, corner="bottom-right")),
    "window": Mechanism(sees=Visibility(left=40, right=3)),
    "kept": Mechanism(sees=Visibility(keep=np.arange(BLOCK + 33) % 3 != 1)),
    "first block": Mechanism(sees=Visibility(keep=np.arange(BLOCK + 33) < BLOCK)),
    "last block": Mechanism(sees=Visibility(keep=np.arange(BLOCK + 33) >= BLOCK)),
    "biased": Mechanism(bias=Bias(dyadic(8, (ROW_BLOCK + 1, BLOCK + 33)))),
    "biased and causal": Mechanism(sees=Visibility(right=0), bias=Bias(dyadic(8, (ROW_BLOCK + 1, BLOCK + 33)))),
    "gaussian": Mechanism(kernel="gaussian"),
}  # fmt: skip


@pytest.mark.parametrize("d", [2, 40])
@pytest.mark.parametrize("name", MECHANISMS)
def test_what_rows_of_blocks_see(name: str, d: int) -> None:
    """In more than one block of rows and of keys, by the fused kernel and by BLAS, and in logarithms."""
    n, m, mechanism = ROW_BLOCK + 1, BLOCK + 33, MECHANISMS[name]
    Q, K, V = dyadic(1, (n, d)) / d, dyadic(2, (m, d)), np.abs(dyadic(3, (m, 2))) + 0.01
    of = Attention(Q, K, V, 0.5, mechanism)
    apart = ((Q[:, None] - K) ** 2).sum(axis=2) if name == "gaussian" else -(Q @ K.T)
    added: Any = of.bias(slice(0, n), slice(0, m))
    scores = -0.5 * apart + (0.0 if added is None else added)
    hidden = np.zeros((n, m), np.bool_) if of.seen is None else of.seen.hidden(slice(0, n), slice(0, m))
    weights = np.where(False if hidden is None else hidden, 0.0, np.exp(scores))
    with np.errstate(invalid="ignore", divide="ignore"):
        expected, masses = weights @ V / weights.sum(axis=1, keepdims=True), np.log(weights.sum(axis=1))
    logs = answers(Logspace(), of)
    assert np.allclose(np.exp(logs), expected, rtol=1e-11, atol=0, equal_nan=True)
    if name != "gaussian":
        for precision, close in (("float64", 1e-11), ("float32", 2e-5)):
            by = Softmax(precision)  # type: ignore[arg-type]
            assert np.allclose(by(of), expected, rtol=close, atol=0, equal_nan=True)
            assert np.allclose(by.summed(of).logsumexp, masses, rtol=close, atol=close)
