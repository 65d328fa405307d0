"""Exponents of sizes, one letter at a time."""

from math import log

import pytest

from hardlab.conformance.laws.growth import LEAST, Growth


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


@pytest.mark.parametrize(
    ("claimed", "seen", "said"),
    [
        (0.05, 0.05, ""), (0.06, 0.04, "N grows as n^0.04"), (0.04, 0.06, "N grows as n^0.06"), (2.0, 2.04, "N grows as n^2"),
        (2.0, 2.06, "N grows as n^2.1, the formula as n^2"), (2.06, 2.0, "N grows as n^2, the formula as n^2.1"),
        (0.0, 0.0, ""), (0.0, 1.0, "N grows as n^1, the formula as n^0"),
    ],
)  # fmt: skip
def test_exponents_are_told_from_a_twentieth_on(claimed: float, seen: float, said: str) -> None:
    class Given(Growth):
        def slopes(self) -> dict[tuple[str, str], tuple[float, float]]:
            return {("n", "N"): (claimed, seen)}

    assert Given().said() == (said or "no letter of the source varied alone")


def test_so_many_sizes_are_needed() -> None:
    """Of the upper half of them the exponent is; those of 0 do not count."""
    for count in range(LEAST + 2):
        growth = Growth()
        for n in range(count + 1):
            growth.saw({"n": n}, {"N": 2**n}, {"N": n})
        found = growth.slopes()
        assert len(found) == (count >= LEAST)
        if found:
            low, high = count // 2, count
            claimed = (high - low) * log(2) / log(high / low)
            assert found["n", "N"] == pytest.approx((claimed, 1.0))
