"""Our exact attention against torch's, on the CPU."""

import warnings
from typing import Any

import numpy as np
import pytest

from attention import Softmax, attend
from instances.task import Attention

pytestmark = pytest.mark.peers

REASON = "torch is not installed: make test-peers installs it"


@pytest.fixture(scope="module")
def torch() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch", reason=REASON)


@pytest.mark.parametrize(("n", "m", "d", "v"), [(1, 1, 1, 1), (65, 300, 8, 8), (130, 1100, 64, 64), (40, 700, 200, 3)])
def test_softmax_is_scaled_dot_product_attention(torch: Any, n: int, m: int, d: int, v: int) -> None:
    generator = np.random.default_rng(n)
    Q, K, V = (generator.normal(size=shape) for shape in ((n, d), (m, d), (m, v)))
    for algorithm, dtype, tolerance in ((Softmax(), torch.float64, 1e-13), (Softmax("float32"), torch.float32, 1e-5)):
        q, k, values = (torch.tensor(x, dtype=dtype)[None, None] for x in (Q, K, V))
        theirs = torch.nn.functional.scaled_dot_product_attention(q, k, values)[0, 0].numpy()
        assert np.abs(algorithm(Attention(Q, K, V, d**-0.5)) - theirs).max() < tolerance


def test_attend_takes_what_scaled_dot_product_attention_takes(torch: Any) -> None:
    """Batches of heads, the default scale, float32 in and out."""
    generator = np.random.default_rng(0)
    Q, K, V = (generator.normal(size=shape).astype(np.float32) for shape in ((2, 3, 10, 4), (2, 3, 50, 4), (2, 3, 50, 5)))
    theirs = torch.nn.functional.scaled_dot_product_attention(*(torch.from_numpy(x) for x in (Q, K, V))).numpy()
    found = attend(Q, K, V, error=1e-3)
    assert found.output.shape == (2, 3, 10, 5)
    assert found.output.dtype == np.float32
    assert np.abs(found.output - theirs).max() <= found.promise + 1e-5
