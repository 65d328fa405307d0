"""Predicted seconds of the kernels on two cores.

They are n m or (n + m) times the floating-point operations of each kernel, times what an operation took when the constants were
measured (`benchmarks/auto_against_best.py` compares them with the clock). They rank algorithms; on another machine all of them
change by about the same factor.
"""

from math import comb
from typing import Any

import numpy as np
from numpy.typing import NDArray

Count = int | NDArray[np.int64]
"""How many rows there are, or many such numbers, of each of which the seconds are given."""


PRODUCTS = {"float64": (0.0078e-9, 16.0), "float32": (0.0037e-9, 12.0)}
"""Of the definition: the seconds of a product and its sum, and how many of these an exponential takes."""


def boolean_seconds(n: int, m: int, d: int, v: int) -> float:
    """Bit counts, two look-ups (out of registers for d < 512, out of memory above), sums."""
    return 5e-4 + n * m * (0.1e-9 + 0.001e-9 * d + 0.02e-9 * v + (1.2e-9 if d > 511 else 0.0))


def softmax_seconds(n: Count, m: Count, d: int, v: int, precision: str) -> Any:
    """Inner products, an exponential (as so many products), sums; and laying out the keys."""
    operation, exponential = PRODUCTS[precision]
    return 1.6e-4 + operation * n * m * (d + v + 1 + exponential) + (n + m) * (d + v) * 2e-9


def polynomial_seconds(n: Count, m: Count, d: int, v: int, columns: int, g: int, h: int) -> Any:
    """For each feature of a point of either side a product and the sums over the columns, in float64 below degree h, else in
    float32; beside them passes over the inputs.
    """
    below = comb(d + h - 1, h - 1)
    high = below if h > 1 else 0
    low = comb(d + g, g) - below if h <= g else 0
    return 8e-4 + (n + m) * ((columns + 1) * (high * 0.016e-9 + low * 0.008e-9) + (d + v) * 2e-9)


def trees_seconds(n: int, m: int, d: int, v: int) -> float:
    """Of boxes, whatever their sums take: rows are put into trees, and bounded."""
    return 8e-4 + (n + m) * (1.3e-7 + 1.5e-8 * (d + v))


def interval_seconds(rows: int, keys: int, pairs: int, groups: int, d: int, v: int, columns: int, g: int, h: int) -> float:
    """Of so many rows and keys by the polynomial, keys taking twice as long in blocks, of pairs by the definition, and of the
    sums that are added up and made coefficients for each group of rows.
    """
    operation, exponential = PRODUCTS["float64"]
    by_definition = operation * pairs * (d + v + 1 + exponential) + (rows + keys) * (d + v) * 2e-9
    by_polynomial = float(polynomial_seconds(rows, 2 * keys, d, v, columns, g, h))
    return by_polynomial + by_definition + groups * (1e-5 + comb(d + g, g) * columns * 1e-9)


def polynomial_gradients_seconds(n: int, m: int, d: int, v: int, columns: int, g: int) -> float:
    """The forward pass in float64, another such, and two sweeps, of one and a half each."""
    return 1e-3 + (n + m) * ((columns + 1) * comb(d + g, g) * 0.048e-9 + (d + v) * 6e-9)


def gradients_seconds(n: int, m: int, d: int, v: int, precision: str) -> float:
    """Blocks by BLAS: weights twice, five products of matrices, an exponential for each of the two passes."""
    operation, exponential = (0.027e-9, 54.0) if precision == "float64" else (0.0132e-9, 66.0)
    return 1e-3 + operation * n * m * (3 * d + 2 * v + exponential)
