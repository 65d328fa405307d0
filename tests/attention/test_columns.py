"""Columns of values: the widths of the compiled sums waste little."""

import numpy as np
import pytest

from attention.columns import WIDTHS, Columns, kernel_width


@pytest.mark.parametrize("columns", range(1, 60))
def test_kernel_widths_waste_little(columns: int) -> None:
    w = kernel_width(columns)
    assert w in WIDTHS
    assert -(-columns // w) * w <= 1.5 * columns + 3


@pytest.mark.parametrize("v", [0, 1, 4, 8, 9, 12, 13, 40])
def test_columns_with_and_without_ones(v: int) -> None:
    """As many as are asked for, in whole kernels; v + 1 columns of their own take the place of v and ones."""
    with_ones, own = Columns(np.empty((0, v)), np.zeros(v), np.ones(v)), np.zeros(v + 1)
    without = Columns(np.empty((0, v + 1)), own, own, ones=False)
    assert with_ones.width == kernel_width(v + 1)
    assert v + 1 <= with_ones.count == len(with_ones.starts) * with_ones.width < v + 1 + with_ones.width
    assert (without.width, without.count, without.starts) == (with_ones.width, with_ones.count, with_ones.starts)
