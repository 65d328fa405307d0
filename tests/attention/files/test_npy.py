"""Matrices in .npy files: the order of their entries matters where there is more than one row and one column."""

from pathlib import Path

import numpy as np
import pytest

from attention.files.npy import NpyMatrix
from instances.faults import BadInput


@pytest.mark.parametrize("shape", [(1, 3), (3, 1), (1, 1), (2, 2)])
def test_one_row_or_one_column_has_no_order(shape: tuple[int, int], tmp_path: Path) -> None:
    entries = np.arange(1.0, 1.0 + shape[0] * shape[1])
    with open(tmp_path / "m.npy", "wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": True, "shape": shape})
        stream.write(entries.tobytes())
    if min(shape) > 1:
        with pytest.raises(BadInput, match="stored column by column"):
            NpyMatrix.of(tmp_path / "m.npy")
        return
    np.testing.assert_array_equal(NpyMatrix.of(tmp_path / "m.npy").read(0, shape[0]), entries.reshape(shape))
