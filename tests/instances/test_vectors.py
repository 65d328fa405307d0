"""Promises of gap problems at their very thresholds."""

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.vectors import FarHamming, GapHamming


def row(ones: int, d: int = 6) -> BitMatrix:
    """One vector with so many ones."""
    return BitMatrix.of(np.arange(d)[None] < ones)


@pytest.mark.parametrize(("distance", "kept"), [(1, True), (2, True), (3, False), (4, True), (5, True)])
def test_a_row_at_a_threshold_keeps_the_promise(distance: int, kept: bool) -> None:
    """Between the thresholds 2 and 4, and there alone, no instance may be."""
    assert GapHamming(row(0), row(distance), 2, 4).promised() is kept
    assert FarHamming(row(0), row(distance), 4, 2).promised() is kept


def test_the_sides_of_the_thresholds() -> None:
    for distance in range(7):
        near, far = GapHamming(row(0), row(distance), 2, 4), FarHamming(row(0), row(distance), 4, 2)
        assert (near.reaches((0, 0)), near.accepts((0, 0))) == (distance <= 2, distance < 4)
        assert (far.reaches((0, 0)), far.accepts((0, 0))) == (distance >= 4, distance > 2)
