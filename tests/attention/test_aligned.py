"""Where empty arrays start, and that each has its memory to itself."""

from typing import Any

import numpy as np
import pytest

from attention.aligned import LINE, PAGE, aligned


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint64])
def test_arrays_start_at_a_line(dtype: Any) -> None:
    for shape in ((1,), (3, 64), (7, 128)):
        array = aligned(shape, dtype)
        assert (array.shape, array.dtype, array.ctypes.data % LINE) == (shape, np.dtype(dtype), 0)
        assert array.flags.c_contiguous
    assert aligned((0, 5)).shape == (0, 5)
    assert aligned((2, 3)).dtype == np.float64


def test_large_ones_start_at_a_page() -> None:
    arrays = [aligned(shape) for shape in ((PAGE // 8,), (4, PAGE // 32), (1000, 1000), (PAGE // 8 - 1,))]
    assert [array.ctypes.data % PAGE for array in arrays[:3]] == [0, 0, 0]
    assert arrays[3].base.nbytes == PAGE - 8 + LINE
    for place, array in enumerate(arrays):
        array[:] = place
    assert all((array == place).all() for place, array in enumerate(arrays))
