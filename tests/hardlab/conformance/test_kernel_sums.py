"""What rounding may come to in a kernel sum, written down once more, and what is said of an error on each side of it."""

from math import exp, expm1, inf, nan, sqrt

import numpy as np
import pytest

from hardlab.conformance.arithmetic import ROUNDOFF, TINY
from hardlab.conformance.kernel_sums import Sum, judged
from hardlab.kernels.kernel import Answer, Dtype


def gamma(k: int, u: float) -> float:
    return k * u / (1 - k * u)


@pytest.mark.parametrize("far", [False, True])
@pytest.mark.parametrize("dtype", ROUNDOFF)
def test_what_is_allowed(dtype: Dtype, far: bool) -> None:
    random, u = np.random.default_rng(3), ROUNDOFF[dtype]
    for m, d, h, size in ((1, 1, 2.0, 1.0), (9, 3, 0.7, 1e-30), (20, 2, 0.1, 1e3), (5, 4, 1e-3, 1.0)):
        X, Y, w = random.normal(size=(3, d)), random.normal(size=(m, d)), size * random.normal(size=m)
        given = Sum(X, Y, h, w, far=far)
        for i in range(3):
            expected = TINY[dtype] * (sum(abs(w)) + 1)
            for y, weight in zip(Y, w, strict=True):
                z = sum(float(a - b) ** 2 for a, b in zip(X[i], y, strict=True)) / h**2
                apart = (sqrt(sum(X[i] ** 2)) + sqrt(sum(y**2))) ** 2 / h**2
                off = gamma(d + 6, u) * z if far else gamma(3 * d + 10, u) * apart
                if exp(-z) > 0:
                    expected += abs(weight) * exp(-z) * (expm1(min(off, 700.0)) + 8 * u + gamma(m + 8, u))
            assert given.allowed(i, dtype) == pytest.approx(expected, rel=1e-9)


def sum_of(tolerance: tuple[float, float] | None = None, rows: int = 1) -> Sum:
    """S = 2 and A = 6 in each row."""
    return Sum(np.zeros((rows, 1)), np.zeros((2, 1)), 1.0, np.array([4.0, -2.0]), tolerance)


def found(asked: Sum, *given: float, rows: int = 4, dtype: Dtype = "float64") -> tuple[str, float, float, str]:
    result = judged("x", asked, Answer(np.array(given)[None, None, :, None], dtype, 0.0), dtype, rows)
    assert result.name == "x"
    return result.status, result.demanded or 0.0, result.delivered or 0.0, result.reason


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_without_a_tolerance_it_is_held_to_rounding(dtype: Dtype) -> None:
    allowed = sum_of().allowed(0, dtype)
    assert 0 < allowed < 1e-4
    for off, status in (
        (0.0, "passed"),
        (0.9 * allowed, "passed"),
        (-1.1 * allowed, "inaccurate"),
        (0.059, "inaccurate"),
        (0.061, "wrong"),
    ):
        said = found(sum_of(), 2 + off, dtype=dtype)
        assert said[0] == status
        assert said[1] == allowed
        assert said[2] == pytest.approx(abs(off), abs=1e-15)
        assert said[3].startswith(f"row 0: {2 + off:.9g}, expected 2: off by ")
        assert said[3].endswith(f" {allowed:.3g} is what rounding explains")


@pytest.mark.parametrize(("rtol", "atol"), [(1e-3, 0.0), (0.0, 1e-2), (1e-3, 1e-2)])
def test_with_a_tolerance_it_is_held_to_that(rtol: float, atol: float) -> None:
    demanded = 6 * rtol + atol
    for off, status in (
        (0.99 * demanded, "passed"),
        (1.01 * demanded, "wrong"),
        (-0.99 * demanded, "passed"),
        (-1.01 * demanded, "wrong"),
    ):
        said = found(sum_of((rtol, atol)), 2 + off)
        assert said[0] == status
        assert said[1:3] == pytest.approx((demanded, abs(off)))
        assert said[3].endswith(f"{demanded:.3g} is promised by rtol = {rtol:g}, atol = {atol:g}")
    fine = found(sum_of((1e-30, 0.0)), 2.0)
    assert fine[:2] == ("passed", sum_of().allowed(0, "float64"))


def test_the_worst_row_of_some_is_told() -> None:
    """The first and the last are among them, and no more of them than are asked for."""
    asked = sum_of((1e-3, 0.0), 9)
    assert found(asked, *[2.0] * 7, 2.5, 3.0, rows=2)[3].startswith("row 8: 3,")
    assert found(asked, *[2.0] * 8, 2.0, rows=2)[3].startswith("row 0: 2,")
    assert found(asked, 2.1, 9.0, *[2.0] * 5, 9.0, 2.0, rows=2)[3].startswith("row 0: 2.1,")
    assert found(asked, 2.0, 2.0, 2.0, 2.0, 2.5, *[2.0] * 4, rows=3)[0] == "wrong"
    assert found(asked, 2.0, 2.0, 2.0, 2.5, *[2.0] * 5, rows=9)[0] == "wrong"
    none = judged("x", sum_of(rows=0), Answer(np.zeros((1, 1, 0, 1)), "float64", 0.0), "float64", 3)
    assert (none.status, none.reason) == ("passed", "there are no rows")


@pytest.mark.parametrize("odd", [nan, inf, -inf])
def test_every_sum_is_a_number(odd: float) -> None:
    assert found(sum_of(rows=4), 2.0, 2.0, odd, nan) == ("wrong", 0.0, 0.0, f"row 2: {odd}, and every sum is a number")
