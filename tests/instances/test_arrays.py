"""What others give as arrays: whatever it raises is bad input, by name."""

from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.task import Attention


class Elsewhere:
    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        raise RuntimeError("Can't call numpy() on\nTensor that requires grad.")


@pytest.mark.parametrize("wrong", [Elsewhere(), [[1.0], [1.0, 2.0]]], ids=["raises", "ragged"])
def test_what_is_no_array_is_bad_input(wrong: Any) -> None:
    ones = np.ones((2, 2))
    for name in "QKV":
        with pytest.raises(BadInput, match=f"^{name} is not an array: [^\n]*$"):
            Attention(**{"Q": ones, "K": ones, "V": ones, "scale": 1.0, name: wrong})
    with pytest.raises(BadInput, match=r"^a 0/1 matrix is not an array: [^\n]*$"):
        BitMatrix.of(wrong)
