"""Reaches by formula are certified, and short by little."""

import pytest

from attention.exp_polynomial import minimax
from attention.mixed.levels import highest, reach, reaches


@pytest.mark.parametrize("g", [0, 1, 2, 5, 9, 14])
def test_polynomials_reach_as_far_as_the_formula_says(g: int) -> None:
    for level in (1, 2, 7, 20, 30, 40):
        M = reach(level, g)
        assert minimax(M, g).eta <= 2.0**-level
        assert level < 7 or minimax(1.3 * M, g).eta > 2.0**-level


def test_what_is_asked_beyond_float64_reaches_nowhere() -> None:
    assert reach(47, 5) == reach(60, 5) == 0
    assert reaches(3, 2, 0.5).max() == 0.5
    assert (reaches(3, 2, 4.0)[0] == 0).all()


@pytest.mark.slow
def test_all_reaches() -> None:
    for level in range(1, 46):
        for g in range(17):
            assert minimax(min(4.0, reach(level, g)), g).eta <= 2.0**-level


def test_degrees_fall_with_dimensions() -> None:
    assert [highest(d) for d in (1, 2, 3, 4, 5, 6, 16, 17, 64, 1000, 10_000)] == [16, 14, 12, 8, 6, 4, 4, 3, 2, 1, 0]
