"""The weights of rows as logarithms, against their definition in the reals."""

from math import exp, inf, log

import numpy as np
import pytest

from hardlab.runs.weights import log_shares
from instances.mechanism import Mechanism
from instances.task import Attention

BIAS = np.linspace(-1, 1, 25).reshape(5, 5) ** 3


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize(
    "mechanism", ["softmax", "exp", "gaussian", "gaussian-mean", "softmax[window=1]", "gaussian[window=2]"]
)
def test_sums_and_shares(mechanism: str, biased: bool) -> None:
    """ln sum_j w_ij and ln(w_ij / sum_j w_ij), w_ij = e^(score + bias) of the keys that are seen, for the rows asked for."""
    rng = np.random.default_rng(1)
    Q, K = rng.uniform(-1, 1, (5, 3)), rng.uniform(-1, 1, (5, 3))
    inputs = Attention(Q, K, np.ones((5, 1)), 0.75, Mechanism.of(mechanism, {"bias": BIAS} if biased else {}))
    sums, shares = log_shares(inputs, [4, 0, 2])
    for at, i in enumerate([4, 0, 2]):
        weights = []
        for j in range(5):
            score = float(Q[i] @ K[j]) if inputs.mechanism.kernel == "dot" else -float(((Q[i] - K[j]) ** 2).sum())
            bias = float(BIAS[i, j]) if biased else 0.0
            seen = abs(i - j) <= {"1": 1, "2": 2}.get(mechanism[-2], 9)
            weights.append(exp(0.75 * score + bias) if seen else 0.0)
        assert sums[at] == pytest.approx(log(sum(weights)), rel=1e-13, abs=1e-13)
        expected = [log(weight / sum(weights)) if weight else -inf for weight in weights]
        assert shares[at].tolist() == pytest.approx(expected, rel=1e-13, abs=1e-13)
    assert [len(part) for part in log_shares(inputs, [])] == [0, 0]
