"""Numbers of cases: exact ones, and how those of any size are shown."""

from fractions import Fraction

import pytest
from flint import arb

from hardlab.claims.numbers import ball, dot, largest, power, rational, row_of, rows_of, shown, total


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (arb(0), "0"),
        (arb(1), "1.0000000"),
        (-arb(3) / 8, "-0.37500000"),
        (arb("9.99").exp(), "21807.299"),
        (arb("10.01").exp(), "e^10.0100"),
        (arb("-9.99").exp(), "4.5856207e-5"),
        (-arb("-10.01").exp(), "-e^-10.0100"),
        (arb("1234567").exp(), "e^1.23457e+6"),
    ],
)
def test_numbers_far_from_1_are_shown_as_powers_of_e(value: arb, text: str) -> None:
    assert shown(value) == text


def test_products_and_sums_are_exact() -> None:
    u, v = row_of(["1/3", "2"]), row_of(["-3", "1/7"])
    assert dot(u, v) == Fraction(-5, 7)
    assert power(u, (2, 3)) == Fraction(8, 9)
    assert power([5, 2], (0, 1)) == 2
    assert [total(u), total([])] == [Fraction(7, 3), Fraction(0)]
    assert isinstance(total([]), Fraction)
    assert largest([u, v]) == 3
    assert (str(rational(Fraction(-2, 4))), ball("1/2") == arb("0.5")) == ("-1/2", True)


@pytest.mark.parametrize("rows", [[], [[]], [["1"], ["1", "2"]], [["1"], []]])
def test_a_matrix_has_rows_of_one_length(rows: list[list[str]]) -> None:
    with pytest.raises(ValueError, match="rows of one length"):
        rows_of(rows)
    assert rows_of([["1", "1/2"]]) == [[1, Fraction(1, 2)]]
