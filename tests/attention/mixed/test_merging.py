"""The bound on what merged sums are off by, from its formula a second time."""

from math import expm1, inf
from typing import Any

import numpy as np
import pytest

from attention.exact.streaming import BLOCK
from attention.exp2 import EXP2_ULPS
from attention.mixed.merging import Merging
from attention.polynomial.rounding import Off
from attention.rounding import Rounding
from instances.task import Attention

U, EXACT = 2.0**-53, Off(0, 0, 1)
GIVEN: dict[str, Any] = {"Y": 0.0, "mean": 0.0, "largest": 0.0, "m": 0, "S": 0.0, "common": 0.0, "heavy": 0.0}


def off(light: Off | None = EXACT, **changes: float) -> float:
    return Merging(**{**GIVEN, **changes}).rounding(light)


@pytest.mark.parametrize(
    ("light", "changes", "rho"),
    [
        (Off(0, 0, 1), {}, 4 * U),
        (Off(1, 0, 100), {}, 2 / 100),
        (Off(1, 3, 100), {}, 3 / 100),
        (Off(0, 3, 100), {"common": 0.25}, 0.28),
        (Off(1, 0, 100), {"heavy": 0.3}, 0.3),
        (Off(0, 0, 1), {"heavy": 0.1, "S": 0.2 / U}, 0.9),
        (Off(0, 0, 1), {"heavy": 0.1, "S": 0.05 / U}, 0.3),
    ],
)
def test_relative_errors_of_a_mass(light: Off, changes: dict[str, float], rho: float) -> None:
    """2 Y rho/(1 - rho), rho the larger of the light and the heavy keys', with 4 u S and a few u more; below 1/2. Y is
    rounded by 8 u.
    """
    rho += (EXP2_ULPS + 6) * U
    assert off(light, Y=1.0, **changes) == pytest.approx(2 * rho / (1 - rho) + 8 * U if rho < 0.5 else inf, rel=1e-5, abs=0)


def test_values_are_about_their_mean() -> None:
    """The mean and 2 Y are rounded by 4 u; Y = 2^40 stands with its own few u, and what is flushed is nothing beside it."""
    own = (4 + EXP2_ULPS + 6) * U
    assert off(mean=2.0**40) == pytest.approx(4 * U * 2.0**40 * (1 + 1e-9), rel=1e-12, abs=0)
    assert off(Y=2.0**40) == pytest.approx(2.0**40 * (2 * own + 8 * U), rel=1e-6, abs=0)
    flushed = 8 * 2.0**-400
    assert [off(), off(m=32), off(largest=3.0)] == pytest.approx([flushed * 32, flushed * 64, flushed * 128], rel=1e-6, abs=0)


def test_half_a_mass_is_too_much() -> None:
    assert off(heavy=0.49, Y=1.0) < 2
    assert off(heavy=0.5, Y=1.0) == off(None) == inf


def test_bounds_of_values_and_scores() -> None:
    V = np.array([[1.0, -2.0], [3.0, 0.5]]) / 8
    mean, ones = np.array([0.5, -4.0]) / 8, np.ones((2, 3))
    inputs = Attention(ones, ones, V, 1.0)
    light = Merging.of(inputs, mean, None, 5.0, 2.0**10)
    assert pytest.approx([4.5 / 8 * (1 + 1e-9)], rel=1e-12, abs=0) == [light.Y]
    assert [light.mean, light.largest, light.m, light.S] == [4 / 8, 3 / 8, 2, 5 + 2**10]
    assert light.common == pytest.approx(7 * U * 2**10, rel=1e-9, abs=0)
    assert light.heavy == 0
    a = Rounding.of(inputs, np.float64, BLOCK).a
    assert Merging.of(inputs, mean, inputs, 5.0, 1.0).heavy == pytest.approx(expm1(a) + 4 * U, rel=1e-9, abs=0)


@pytest.mark.parametrize(("scale", "proved"), [(0.9, True), (1.2, False)])
def test_heavy_keys_are_off_by_at_most_1(scale: float, proved: bool) -> None:
    """By about 11 u S, S = |scale|: (d + 6) u S for d = 1, and 4 u S."""
    one = np.ones((1, 1))
    inputs = Attention(one, one, one, scale / (11 * U))
    assert np.isfinite(Merging.of(inputs, one[0], inputs, 0.0, 0.0).heavy) == proved
