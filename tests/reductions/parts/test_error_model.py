"""Errors of kernels that reductions of products allow for: their ranges, the ratio they ask for, and what rounding leaves."""

from math import inf, log, nan, nextafter

import pytest

from instances.faults import BadInput, Declined
from reductions.edges.product_exp import ProductExp, exponential_constants


@pytest.mark.parametrize(
    ("mu", "error", "held"),
    [
        (0.0, "multiplicative", True), (nextafter(1.0, 0.0), "multiplicative", True), (1.0, "multiplicative", False),
        (-1e-9, "multiplicative", False), (nan, "multiplicative", False), (0.0, "additive", True), (1e9, "additive", True),
        (inf, "additive", False), (-1e-9, "additive", False), (nan, "additive", False), (0.0, "both", False),
    ],
)  # fmt: skip
def test_each_condition_of_an_error(mu: float, error: str, held: bool) -> None:
    if held:
        assert ProductExp(mu, error).mu == mu  # type: ignore[arg-type]
    else:
        with pytest.raises(BadInput, match=r"mu = |error = "):
            ProductExp(mu, error)  # type: ignore[arg-type]


@pytest.mark.parametrize("R0", [1.001, 16.0, 1e6])
@pytest.mark.parametrize("mu", [0.0, 0.25, 0.5])
def test_the_ratio(mu: float, R0: float) -> None:
    """R0 (1 + mu)/(1 - mu), or R0 for an additive error; a millionth of its logarithm is room."""
    assert ProductExp(mu, R0=R0).ratio == pytest.approx(R0 * {0.0: 1, 0.25: 5 / 3, 0.5: 3}[mu], rel=1e-14)
    assert ProductExp(mu, "additive", R0).ratio == R0
    assert ProductExp(mu, R0=R0).room == pytest.approx(log(R0) / 2**20, rel=1e-14)
    assert ProductExp() == ProductExp(0.0, "multiplicative", 16.0)


@pytest.mark.parametrize("keys", [1, 7, 10**6])
@pytest.mark.parametrize(("mu", "rho"), [(0.0, 1.0), (0.5, 3.0)])
def test_the_constants_of_exponentials(keys: int, mu: float, rho: float) -> None:
    """e^C is m rho R0, or (m + 2 mu) R0: then e^(Ct) and m e^(C(t - 1)) differ by the ratio, or by 2 mu and more."""
    t, R0 = 5, 16.0
    for model, power in (
        (ProductExp(mu, R0=R0), keys * rho * R0), (ProductExp(mu, "additive", R0), (keys + 2 * mu) * R0),
    ):  # fmt: skip
        found = exponential_constants(model, keys, t)
        assert found.keys() == {"C", "B", "ln_low", "ln_high"}
        assert found["C"] == pytest.approx(log(power), rel=1e-14)
        assert found["B"] ** 2 == pytest.approx(log(power), rel=1e-14)
        assert found["ln_low"] == pytest.approx(log(keys) + (t - 1) * log(power) + log(R0) / 2**20, rel=1e-14)
        assert found["ln_high"] == pytest.approx(t * log(power) - log(R0) / 2**20, rel=1e-14)


def test_rounding_may_take_an_eighth_of_the_room() -> None:
    """Exactly so much of it; of exponentials the largest exponent is C t."""
    model = ProductExp(R0=16.0)
    model.check_rounding(model.room * 2**50)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        model.check_rounding(nextafter(model.room * 2**50, inf))
    assert exponential_constants(model, 1, 2**29)["C"] == pytest.approx(log(16), rel=1e-14)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        exponential_constants(model, 1, 2**31)


def test_an_additive_error_up_to_what_is_told_apart() -> None:
    ProductExp(0.25, "additive").check_additive(0.25)
    ProductExp(0.25, "multiplicative").check_additive(0.1)
    for tolerance in (nextafter(0.25, 0.0), nan):
        with pytest.raises(Declined, match="told apart up to an error"):
            ProductExp(0.25, "additive").check_additive(tolerance)
