"""Exponents of sizes, one letter at a time."""

import pytest

from hardlab.conformance.laws.growth import Growth


def test_the_exponents_of_the_formula_and_of_what_is_built() -> None:
    growth = Growth()
    for n in range(1, 9):
        growth.saw({"n": n, "k": 2}, {"N": n**3, "K": 5}, {"N": n**2, "K": 5})
    claimed, seen = growth.slopes()["n", "N"]
    assert claimed == pytest.approx(3)
    assert seen == pytest.approx(2)
    assert growth.said() == "N grows as n^2, the formula as n^3"


def test_sizes_that_are_zero_or_stand_still_have_no_exponent() -> None:
    growth = Growth()
    for n in range(4):
        growth.saw({"n": n}, {"N": 0, "M": 7}, {"N": 0, "M": 7})
    assert growth.said() == "no letter of the source varied alone"
    assert Growth().said() == "no letter of the source varied alone"


def test_the_largest_that_was_built_of_a_size_counts() -> None:
    growth = Growth()
    for n in (1, 2, 4, 8):
        growth.saw({"n": n}, {"N": n}, {"N": 1})
        growth.saw({"n": n}, {"N": n}, {"N": n})
    assert growth.slopes()["n", "N"] == pytest.approx((1, 1))
