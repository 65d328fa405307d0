"""Columns of values: the widths of the compiled sums waste little."""

import pytest

from attention.columns import WIDTHS, kernel_width


@pytest.mark.parametrize("columns", range(1, 60))
def test_kernel_widths_waste_little(columns: int) -> None:
    w = kernel_width(columns)
    assert w in WIDTHS
    assert -(-columns // w) * w <= 1.5 * columns + 3
