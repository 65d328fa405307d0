"""What decides a pair of boxes, at each of its limits."""

import numpy as np
import pytest

from attention.mixed.walk import Seen, degree
from tests.support.boxes import box_rule

REACHES = np.array([[0.0, 0.0, 0.0], [0.5, 1.0, 2.0], [0.25, 0.5, 1.0], [0.125, 0.25, 0.5]])
"""M up to which degrees 0 to 2 serve, of levels 1 to 3; there are four rows, as level 0 is none."""

BELOW = 1 - 2.0**-53


def of(e_0: float, M: float = 0.1, apart: bool = True, up: float = -100.0) -> tuple[int, int]:
    """Level and degree where exponents of the pair are at most 2^(up - floor), floor 0, of the row's largest."""
    level, g = degree(box_rule(e_0, np.array([0.0, -64.0]), REACHES), 1, Seen(up, M, apart))
    return int(level), int(g)


@pytest.mark.parametrize(
    ("e_0", "level"),
    [(1.0, 0), (2.0, 0), (0.75, 1), (0.5, 1), (0.49, 2), (0.25, 2), (0.24, 3), (0.125, 3), (0.124, 4), (2.0**-4, 4), (1e-9, 4)],
)
def test_a_level_is_how_many_times_an_error_may_be_halved(e_0: float, level: int) -> None:
    """e itself is e_0 where the pair is far above the floor: 1 or more is nothing that counts."""
    assert of(e_0, up=1000.0)[0] == level


def test_what_may_be_lost_grows_as_a_pair_falls_below_the_floor() -> None:
    assert [of(0.0, up=-64.0 + x)[0] for x in (0.0, 1.0, 1.5, 2.0, 3.0)] == [0, 1, 2, 2, 3]
    assert of(0.0, up=-64.0 - 1e9)[0] == of(0.5, up=-63.0)[0] == 0
    assert of(0.5 - 2.0**-53, up=-63.0)[0] == 1


@pytest.mark.parametrize(("M", "g"), [(0.0, 0), (0.5, 0), (0.5 / BELOW, 1), (1.0, 1), (1.5, 2), (2.0, 2), (2.0 / BELOW, -1)])
def test_the_least_degree_that_reaches(M: float, g: int) -> None:
    assert of(0.5, M, up=1000.0) == (1, g)
    assert of(0.25, M / 2, up=1000.0) == (2, g)
    assert of(0.25, M / 2, apart=False, up=1000.0) == (2, -1)
    assert of(1e-3, M / 4, up=1000.0) == (4, -1)
