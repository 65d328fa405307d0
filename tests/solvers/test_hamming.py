"""Hamming balls: exact, up to the size that they may have."""

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.families import random_hamming
from instances.faults import Declined
from instances.vectors import GapHamming
from solvers import Decision, HammingBalls, Verdict
from solvers.hamming import ball_size, within_balls


@pytest.mark.parametrize("d", [5, 64, 70])
def test_balls_are_exact(d: int) -> None:
    rng = np.random.default_rng(d)
    A, B = BitMatrix.of(rng.random((12, d)) < 0.5), BitMatrix.of(rng.random((9, d)) < 0.5)
    near = A.bools()
    near[:, rng.integers(0, d, 2)] ^= True
    B = BitMatrix.of(np.vstack([B.bools(), near[::2]]))
    for t in range(3):
        expected = [int(B.distances(row).min()) <= t for row in A.words]
        assert within_balls(A, B, t).tolist() == expected
    assert any(expected)
    assert not all(within_balls(A, B, 0))


def test_balls_that_are_too_large_are_declined() -> None:
    problem = random_hamming(4, 4, 60, seed=1)
    assert ball_size(60, problem.t, 10**6) > 10**6
    with pytest.raises(Declined, match="use exhaustive-hamming"):
        HammingBalls().solve(problem)


def test_ball_sizes() -> None:
    assert [ball_size(4, t, 100) for t in range(6)] == [1, 5, 11, 15, 16, 16]
    assert ball_size(10**6, 5 * 10**5, 7) == 10**6 + 1


def test_a_ball_may_be_as_large_as_is_said() -> None:
    """1 + 4 + 6 vectors within 2 in 4 dimensions."""
    A, B = BitMatrix.of(["0000", "1111"]), BitMatrix.of(["1110", "1011"])
    for t, t2, answer in (
        (0, 4, Decision(Verdict.NO, "no ball of radius t = 0 around a left vector holds a right one")),
        (1, 4, Decision(Verdict.YES, "vectors 1 and 0 are within t = 1", (1, 0))),
        (2, 4, Decision(Verdict.YES, "vectors 1 and 0 are within t = 2", (1, 0))),
    ):
        assert HammingBalls(11).solve(GapHamming(A, B, t, t2)) == answer
    with pytest.raises(Declined, match="a ball of radius t = 2 in d = 4 dimensions holds more than 10 vectors"):
        HammingBalls(10).solve(GapHamming(A, B, 2, 4))
    assert HammingBalls().most == 10**6


def test_sums_are_counted_no_further_than_they_must() -> None:
    assert [ball_size(4, 4, most) for most in (0, 1, 4, 5, 11, 15, 16)] == [1, 5, 5, 11, 15, 16, 16]
