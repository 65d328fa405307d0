"""A matrix in an .npy file, read by blocks of rows; nothing is mapped, so that memory holds the blocks that are worked on."""

import os
from dataclasses import dataclass
from math import prod

import numpy as np

from instances.coded import Floats
from instances.faults import BadInput, one_line
from instances.files import AnyPath, shown
from instances.npy import read_header


@dataclass(frozen=True)
class NpyMatrix:
    """The (rows, columns) matrix of float64 or float32 in the file `path`, row by row from byte `offset` on."""

    path: str
    rows: int
    columns: int
    dtype: str
    offset: int
    changed: int
    """When it was last written to, in nanoseconds."""

    @classmethod
    def of(cls, path: AnyPath) -> "NpyMatrix":
        """From the header. Errors: `BadInput` for what is no .npy file, pickles, other types, shapes, orders, lengths."""
        name = shown(path)
        if not os.path.isfile(path):
            there = "is not a file" if os.path.exists(path) else "is not there"
            raise BadInput(f"{name} {there}: give an .npy file, as numpy.save writes it")
        try:
            with open(path, "rb") as stream:
                shape, fortran, dtype = read_header(stream)
                offset = stream.tell()
                about = os.fstat(stream.fileno())
                held = about.st_size - offset
        except (ValueError, EOFError) as error:
            raise BadInput(f"{name} is not an .npy file ({one_line(error)}): write one by numpy.save") from None
        except OSError as error:
            raise BadInput(f"{name} cannot be read ({error.strerror}): check its permissions") from None
        if dtype.hasobject:
            raise BadInput(f"{name} holds pickled Python objects, which are never loaded: save an array of float64 or float32")
        if dtype.kind != "f" or dtype.itemsize not in (4, 8):
            raise BadInput(f"{name} has entries of type {dtype!s:.60}: save float64 or float32")
        if len(shape) != 2 or min(shape) < 1:
            raise BadInput(f"{name} has the shape {shape}: it must have two axes, at least one row and one column")
        if fortran and min(shape) > 1:
            raise BadInput(f"{name} is stored column by column: save numpy.ascontiguousarray of it")
        if prod(shape) * dtype.itemsize != held:
            raise BadInput(f"{name} announces the shape {shape} of {dtype!s:.60} but holds {held} bytes: make the file again")
        return cls(os.path.abspath(path), *shape, dtype.str, offset, about.st_mtime_ns)

    @property
    def row_bytes(self) -> int:
        return self.columns * np.dtype(self.dtype).itemsize

    def read(self, start: int, stop: int) -> Floats:
        """Rows start..stop as float64. Errors: `BadInput` for NaN and infinities, with the place, or a file that changed."""
        try:
            with open(self.path, "rb") as stream:
                stream.seek(self.offset + start * self.row_bytes)
                found = np.fromfile(stream, self.dtype, (stop - start) * self.columns)
                changed = os.fstat(stream.fileno()).st_mtime_ns != self.changed
        except OSError as error:
            raise BadInput(f"{self.path} cannot be read ({error.strerror}): is it still there?") from None
        if len(found) != (stop - start) * self.columns:
            raise BadInput(f"{self.path} ends before row {stop}: it has become shorter while it was read")
        if changed:
            raise BadInput(f"{self.path} was written to while it was read: start again")
        finite = np.isfinite(found)
        if not finite.all():
            row, column = divmod(int(finite.argmin()), self.columns)
            what = f"{self.path} holds {found[row * self.columns + column]} at row {start + row}, column {column}"
            raise BadInput(f"{what} (counted from 0): every entry must be finite")
        return found.reshape(-1, self.columns).astype(np.float64, copy=False)
