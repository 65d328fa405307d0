"""Arrays and fields as the bytes of .npz and .safetensors, Q and K a few rows at a time."""

import json
import struct
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from instances.coded import Rows, column_count, dense, row_count
from instances.npz import Array
from instances.storage.fields import Notes

NONE: Mapping[str, Array] = {}

_TYPES = {"f": "F64", "i": "I64", "b": "BOOL"}


def write_npz(
    stream: BinaryIO, matrices: Mapping[str, Rows], fields: Mapping[str, Any], notes: Notes, arrays: Mapping[str, Array] = NONE
) -> None:
    with zipfile.ZipFile(stream, "w") as archive:
        for key, value in {**fields, **arrays, "metadata": json.dumps(dict(notes))}.items():
            with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.asarray(value), allow_pickle=False)
        for key, matrix in matrices.items():
            header = {"descr": "<f8", "fortran_order": False, "shape": (row_count(matrix), column_count(matrix))}
            with archive.open(zipfile.ZipInfo(f"{key}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array_header_1_0(member, header)
                _write_matrix(member, matrix)


def write_safetensors(
    stream: BinaryIO, matrices: Mapping[str, Rows], fields: Mapping[str, Any], notes: Notes, arrays: Mapping[str, Array] = NONE
) -> None:
    """The format by hand, so that Q and K are never whole in memory: length, JSON header, data (8-byte aligned)."""
    strings = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in fields.items()}
    header: dict[str, Any] = {"__metadata__": {**strings, **notes}}
    end = 0
    for key, matrix in matrices.items():
        start, end = end, end + 8 * row_count(matrix) * column_count(matrix)
        shape = [row_count(matrix), column_count(matrix)]
        header[key] = {"dtype": "F64", "shape": shape, "data_offsets": [start, end]}
    for key, array in arrays.items():
        start, end = end, end + array.nbytes
        header[key] = {"dtype": _TYPES[array.dtype.kind], "shape": list(array.shape), "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    stream.write(struct.pack("<Q", len(text)) + text)
    for matrix in matrices.values():
        _write_matrix(stream, matrix)
    for array in arrays.values():
        stream.write(np.ascontiguousarray(array).tobytes())


def _write_matrix(stream: Any, matrix: Rows) -> None:
    """The values as little-endian float64, a few rows at a time."""
    step = max(1, 2**20 // column_count(matrix))
    for start in range(0, row_count(matrix), step):
        stream.write(np.ascontiguousarray(dense(matrix, slice(start, start + step)), dtype="<f8").tobytes())
