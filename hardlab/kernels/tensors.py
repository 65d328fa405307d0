"""Tensors in files, as other programs write them: .npy, .npz and .safetensors, read within a limit and never unpickled.

Everything is held as float64, which holds all numbers of the types below. NumPy has no bfloat16: in its files uint16 stands for
it, by its bits.
"""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import deserialize

from hardlab.kernels.adapters.adapter import numbers_of_bits
from instances.coded import Floats
from instances.faults import BadInput, one_line
from instances.memory import bytes_text
from instances.npy import read_array, read_header
from instances.npz import Archive
from instances.storage.files import DAMAGE

CODES = {"float64": "F64", "float32": "F32", "float16": "F16", "uint16": "BF16", "bool": "BOOL", "int32": "I32"}
"""The names of safetensors by those of NumPy; bfloat16 is held by its bits."""

TYPES = {"F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16"}
TYPES |= {f"{sign}{bits}": f"{word}{bits}" for sign, word in (("I", "int"), ("U", "uint")) for bits in (8, 16, 32, 64)}

HEADERS = 2**20
"""Bytes of a file beside its numbers, at most."""


class Tensor(NamedTuple):
    """Its shape and the name of its type; its numbers, None where they are no real numbers."""

    shape: tuple[int, ...]
    dtype: str
    numbers: Floats | None


def tensors_of(file: Path, most: int) -> dict[str, Tensor]:
    """All tensors of a file by their names; the one of an .npy is T. `most` bytes of numbers are read, not more.

    Errors: `BadInput`, in one line, for whatever else it is.
    """
    if not file.is_file():
        raise BadInput(f"there is no file {file}")
    suffix = file.suffix.lower()
    if suffix not in (".npy", ".npz", ".safetensors"):
        raise BadInput(f"{file}: tensors are read from .npy, .npz and .safetensors")
    try:
        _within(os.path.getsize(file) - HEADERS, most)
        if suffix == ".safetensors":
            return _of_safetensors(file)
        if suffix == ".npy":
            return {"T": _of_npy(file, most)}
        with zipfile.ZipFile(file) as archive:
            arrays = Archive(archive)
            _within(sum(arrays.header(name).bytes(0) for name in arrays.keys), most)
            return {name: _tensor(arrays.array(name)) for name in arrays.keys}
    except (*DAMAGE, BadInput) as error:
        raise BadInput(f"{file} cannot be read as {suffix}: {one_line(error)}") from None


def _of_safetensors(file: Path) -> dict[str, Tensor]:
    found: Mapping[str, Any] = dict(deserialize(file.read_bytes()))  # type: ignore[no-untyped-call]
    return {name: tensor_of(each["data"], each["dtype"], each["shape"]) for name, each in found.items()}


def _of_npy(file: Path, most: int) -> Tensor:
    with file.open("rb") as stream:
        shape, _, dtype = read_header(stream)
        held = os.path.getsize(file) - stream.tell()
        if dtype.hasobject or min(shape, default=0) < 0 or int(np.prod(shape, dtype=object)) * dtype.itemsize != held:
            raise ValueError(f"it announces the shape {shape} of {dtype!s:.60} but holds {held} bytes")
        _within(held, most)
        stream.seek(0)
        return _tensor(read_array(stream))


def _within(size: int, most: int) -> None:
    if size > most:
        raise BadInput(f"it holds {bytes_text(size)}, more than the {bytes_text(most)} that are expected")


def _tensor(array: NDArray[Any]) -> Tensor:
    if array.dtype == np.uint16:
        return Tensor(array.shape, "bfloat16", numbers_of_bits(array).astype(np.float64))
    if array.dtype.kind not in "fiu":
        return Tensor(array.shape, array.dtype.name[:40], None)
    with np.errstate(all="ignore"):
        return Tensor(array.shape, array.dtype.name, array.astype(np.float64))


def tensor_of(data: bytes, code: str, shape: Sequence[int]) -> Tensor:
    """The tensor of these bytes, little-endian; `code` is the name of its type in safetensors."""
    if code == "BF16":
        return Tensor(
            tuple(shape), TYPES[code], numbers_of_bits(np.frombuffer(data, dtype="<u2")).astype(np.float64).reshape(shape)
        )
    if code not in TYPES:
        return Tensor(tuple(shape), code, None)
    array = np.frombuffer(data, dtype=np.dtype(TYPES[code]).newbyteorder("<")).reshape(shape)
    with np.errstate(all="ignore"):
        return Tensor(tuple(shape), TYPES[code], array.astype(np.float64))


def safetensors(arrays: Mapping[str, NDArray[Any]], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file: the length of the header, the header in JSON, the tensors; uint16 stands for bfloat16."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    blocks, offset = [], 0
    for name, X in arrays.items():
        blocks.append(X.astype(X.dtype.newbyteorder("<")).tobytes())
        place = [offset, offset + len(blocks[-1])]
        header[name] = {"dtype": CODES[X.dtype.name], "shape": list(X.shape), "data_offsets": place}
        offset = place[1]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(blocks)
