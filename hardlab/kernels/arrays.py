"""Operands in the dtype of a kernel, as its conventions ask for them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.adapters.adapter import bits_of
from hardlab.kernels.kernel import Dtype
from instances.coded import Floats


def cast(X: Floats, dtype: Dtype) -> NDArray[Any]:
    """X in the dtype, bfloat16 by its bits."""
    with np.errstate(over="ignore", under="ignore"):
        return bits_of(X) if dtype == "bfloat16" else X.astype(dtype)


def scaled(Q: Floats, scale: float, built_in: float | None) -> Floats:
    """Q with what a built-in scale lacks."""
    with np.errstate(over="ignore", under="ignore"):
        return Q if built_in is None or built_in == scale else Q * (scale / built_in)
