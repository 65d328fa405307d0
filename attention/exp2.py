"""2^z by the nearest integer to z and a polynomial for the rest: what every exponential of ours is made of.

Compiled code (`exp2_lanes`) and NumPy (`exp2`, here) do the same steps; the one may fuse products with sums, the other does
not, and the error holds of both.
"""

from functools import cache
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.exp_polynomial import minimax

EXP2_ULPS = 8.0
"""Roundoffs by which a computed 2^z is off at most: the polynomial below with its rounded coefficients by 3.1,
and Horner's rule by four, as each step adds two roundoffs of a value below sqrt 2 at most, halved by every step after it."""

ROUGH = 2.0**-34
"""By which part of itself a computed 2^z may be off where that is enough: by a polynomial of lower degree, in float64."""

LOWEST = {"float32": -126.0, "float64": -1022.0}
"""The least exponents: smaller ones are taken for these."""

MANTISSA = {"float32": 23, "float64": 52}

_DEGREE = {"float32": 5, "float64": 10}
_ROUGH_DEGREE = 7


@cache
def exp2_coefficients(dtype: str, rough: bool = False) -> tuple[float, ...]:
    """Those of the polynomial that is 2^x for |x| <= 1/2, or nearly, from x^0 on, rounded to the type."""
    found = minimax(0.5 * log(2) * (1 + 1e-9), _ROUGH_DEGREE if rough else _DEGREE[dtype]).coefficients
    return tuple(float(np.dtype(dtype).type(p * log(2) ** k)) for k, p in enumerate(found))


def exp2(z: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """2^max(z, LOWEST) in the type of z, entrywise, for z < 127 or 1023 (NaN is taken for LOWEST); within EXP2_ULPS roundoffs.

    Adding 1.5 2^p, p the bits of the mantissa, leaves the nearest integer k in the last bits; subtracting it gives k itself.
    """
    name = z.dtype.name
    z = np.where(z > LOWEST[name], z, z.dtype.type(LOWEST[name]))
    magic = z.dtype.type(1.5 * 2.0 ** MANTISSA[name])
    k = z + magic
    rest = z - (k - magic)
    *coefficients, last = exp2_coefficients(name)
    value = np.full_like(z, last)
    for p in reversed(coefficients):
        value = value * rest + z.dtype.type(p)
    word: Any = np.int32 if name == "float32" else np.int64
    found: NDArray[np.floating[Any]] = (value.view(word) + np.left_shift(k.view(word), MANTISSA[name])).view(z.dtype)
    return found
