"""The weights of rows as logarithms, against their definition in the reals."""

from math import exp, inf, log

import numpy as np
import pytest

from hardlab.runs.weights import best_keys, ln_sum, log_shares
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


@pytest.mark.parametrize(("values", "best"), [(1, 3), (5, 4), (6, 5), (7, 3)])
def test_few_values_tell_keys_apart(values: int, best: int) -> None:
    """With up to six of them the best key is one of the largest value; with more it is the best of all."""
    V = np.array([[float(min(j, values - 1))] for j in range(9)])
    K = np.array([[1.0], [0.0], [0.0], [2.0], [1.5], [1.2], [1.1], [0.1], [0.0]])
    inputs = Attention(np.ones((2, 1)), K, V, 1.0)
    assert best_keys(inputs, log_shares(inputs, [0, 1])[1]) == [best] * 2


@pytest.mark.parametrize(("apart", "first"), [(0.0, 1), (0.9e-9, 1), (1.1e-9, 2), (1e-3, 2)])
@pytest.mark.parametrize("scale", [0.25, 1.0, 8.0])
def test_weights_that_are_the_same_up_to_rounding(apart: float, first: int, scale: float) -> None:
    """The first of them, in proportion to the largest where that is above 1."""
    inputs = Attention(np.ones((1, 1)), np.zeros((4, 1)), np.ones((4, 1)), 1.0)
    top = -scale
    shares = np.array([[top - 1, top - apart * max(1.0, scale), top, top - 1]])
    assert best_keys(inputs, shares) == [first]


def test_logarithms_of_sums() -> None:
    assert ln_sum(np.array([0.0, 0.0])) == pytest.approx(np.log(2), rel=1e-15)
    assert ln_sum(np.array([1000.0, 1001.0])) == pytest.approx(1001 + np.log1p(np.exp(-1)), rel=1e-15)
    assert ln_sum(np.array([-np.inf, -np.inf])) == -np.inf
    assert np.isnan(ln_sum(np.array([np.nan, 1.0])))
