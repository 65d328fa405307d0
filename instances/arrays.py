"""Arrays of what others give."""

from math import isfinite
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from instances.faults import BadInput, one_line


def array_from(values: object, name: str) -> NDArray[Any]:
    """`values` as an array, a view of them where that can be. Errors: `BadInput`, whatever they raise."""
    try:
        return np.asarray(values)
    except Exception as error:  # of ragged lists, of tensors that are elsewhere or require grad
        raise BadInput(f"{name} is not an array: {one_line(error)}") from error


def finite_number(number: object) -> bool:
    try:
        return isinstance(number, Real) and isfinite(float(number))
    except OverflowError:
        return False
