"""Random attention and how long it takes, with a clock that the test sets."""

from math import log, sqrt
from typing import Any

import numpy as np
import pytest

from hardlab.study import measuring
from hardlab.study.measuring import fits, root, timed, uniform
from instances.exact import MAX_KEPT
from instances.faults import Declined
from instances.task import Attention


def test_entries_and_their_bounds() -> None:
    assert root(1000) == sqrt(log(1000))
    inputs = uniform(400, 5, 2.5, [1, 2])
    Q, K, V = np.asarray(inputs.Q), np.asarray(inputs.K), inputs.V
    assert Q.shape == K.shape == V.shape == (400, 5)
    for X, low, high in ((Q, -2.5, 2.5), (K, -2.5, 2.5), (V, -1.0, 1.0), (uniform(400, 5, 2.5, [1, 2], True).V, 0.0, 1.0)):
        assert low <= X.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < X.max() <= high
    assert inputs.scale == 0.2
    assert not np.array_equal(Q, K)
    again, other = uniform(400, 5, 2.5, [1, 2]), uniform(400, 5, 2.5, [1, 3])
    assert np.array_equal(Q, np.asarray(again.Q))
    assert not np.array_equal(Q, np.asarray(other.Q))
    np.testing.assert_allclose(np.asarray(uniform(400, 5, 5.0, [1, 2]).Q), 2 * Q)


@pytest.mark.parametrize(("n", "d"), [(100, 4), (MAX_KEPT, 1), (MAX_KEPT, 3)])
def test_what_fits(n: int, d: int) -> None:
    """Ten arrays of float64, and 48 bytes for each number that is kept as a ball."""
    wanted = 80 * n * d + 48 * min(n * d, MAX_KEPT)
    fits(n, d, wanted)
    with pytest.raises(Declined, match="random attention"):
        fits(n, d, wanted - 1)


class Counting:
    """An algorithm that takes so long, and says which inputs it had."""

    key, logarithmic = "counting", False

    def __init__(self, now: list[float], *seconds: float) -> None:
        self.now, self.seconds, self.seen = now, list(seconds), list[Any]()

    def promise(self, inputs: Attention) -> Any:
        raise AssertionError("nobody asks")

    def __call__(self, inputs: Attention) -> Any:
        self.now[0] += self.seconds.pop(0)
        self.seen.append(inputs)
        return np.full((inputs.n, 2), float(len(self.seen)))


@pytest.mark.parametrize(("repeats", "seconds"), [(1, 3.0), (2, 2.0), (3, 3.0), (4, 2.5)])
def test_the_median_of_the_runs_after_the_first(repeats: int, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(measuring, "perf_counter", lambda: now[0])
    algorithm = Counting(now, 100.0, 3.0, 1.0, 7.0, 2.0)
    inputs = Attention(np.zeros((3, 1)), np.zeros((4, 1)), np.zeros((4, 2)), 1.0)
    took, output = timed(algorithm, inputs, repeats)
    assert took == seconds
    assert (output == 1.0).all()
    assert len(algorithm.seen) == repeats + 1
    assert len({id(one) for one in algorithm.seen}) == repeats + 1
    assert all(np.array_equal(np.asarray(one.Q), np.asarray(inputs.Q)) for one in algorithm.seen)
