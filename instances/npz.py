"""The arrays of an .npz file: headers before data, so that sizes can be priced, and nothing unpickled."""

import zipfile
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from instances.faults import BadInput
from instances.npy import read_array, read_header

Array = NDArray[Any]


class Header(NamedTuple):
    """Shape and type of a stored array."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool = False

    def bytes(self, extra: int) -> int:
        """Memory for the array and `extra` bytes an entry."""
        return prod(self.shape) * (self.dtype.itemsize + extra)

    @property
    def price(self) -> int:
        """Memory to read it as float64 and to look for NaN: a copy unless it is stored so."""
        return self.bytes(1 if self.dtype == np.float64 and not self.fortran else 9)


class Archive:
    """The arrays of an .npz by their keys: headers first, data when asked for, nothing unpickled.

    Errors: `BadInput` for missing keys, pickles, and headers that do not fit the data.
    """

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.keys = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]

    @property
    def instance(self) -> str | None:
        return self.scalar("instance", "U", "a string") if "instance" in self.keys else None

    def header(self, key: str) -> Header:
        if key not in self.keys:
            raise BadInput(f"there is no array {key!r}, only {', '.join(self.keys) or 'none'}: add it")
        with self._archive.open(f"{key}.npy") as member:
            shape, fortran, dtype = read_header(member)
            held = self._archive.getinfo(f"{key}.npy").file_size - member.tell()
        if dtype.hasobject:
            raise BadInput(f"{key} holds pickled Python objects, which are never loaded: save a plain array")
        if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != held:
            raise BadInput(f"{key} announces the shape {shape} of {dtype!s:.60} but holds {held} bytes: make the file again")
        return Header(shape, dtype, fortran)

    def table(self, key: str) -> Header:
        """The header of an array with two axes."""
        header = self.header(key)
        if len(header.shape) != 2:
            raise BadInput(f"{key} has the shape {header.shape}: it must have two axes, rows and columns")
        return header

    def array(self, key: str) -> Array:
        with self._archive.open(f"{key}.npy") as member:
            array = read_array(member)
            member.read()  # to the end, where the checksum is compared
        array.setflags(write=False)
        return array

    def scalar(self, key: str, kinds: str, what: str) -> Any:
        """A single value whose dtype is of one of `kinds`."""
        header = self.header(key)
        if prod(header.shape) != 1 or header.dtype.kind not in kinds or header.dtype.itemsize > 2**16:
            raise BadInput(f"{key} is an array of shape {header.shape} and type {header.dtype!s:.60}: save {what}")
        return self.array(key).item()
