"""Opening files: every fault of a path is one clear `BadInput`, nothing is left half written, nothing is unpickled.

`-` stands for standard input and standard output.
"""

import os
import secrets
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from math import prod
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from instances.problem import BadInput, Declined

Array = NDArray[Any]
AnyPath = str | os.PathLike[str]


def shown(path: AnyPath, stream: str = "standard input") -> str:
    """The path as errors name it."""
    name = os.fspath(path)
    return stream if name == "-" else name


@contextmanager
def reading(path: AnyPath) -> Iterator[BinaryIO]:
    """The bytes of a file, a pipe or `-`. Errors: `BadInput` for a missing file, a directory, a lack of permission."""
    name = os.fspath(path)
    if name == "-":
        yield sys.stdin.buffer
        return
    with _opened(name) as stream:
        yield stream


@contextmanager
def atomic_write(path: AnyPath) -> Iterator[BinaryIO]:
    """A stream whose bytes appear at `path` all at once when the block ends, and not at all if it raises.

    They go to a temporary file in the same directory, renamed at the end. `-`, devices and pipes are written directly.
    Errors: `BadInput` where the directory is missing or cannot be written, and where the disk is full.
    """
    name = os.fspath(path)
    try:
        if name == "-":
            sys.stdout.flush()
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif os.path.exists(name) and not os.path.isfile(name):
            with open(name, "wb") as stream:
                yield stream
        else:
            yield from _replacing(os.path.realpath(name))
    except BrokenPipeError:
        raise
    except OSError as error:
        where = shown(path, "standard output")
        raise BadInput(f"{where} cannot be written ({_reason(error)}): name a file that you can write") from None


@contextmanager
def seekable(path: AnyPath, memory: int) -> Iterator[str]:
    """A seekable file with the content of `path`: itself, or a copy of standard input or of a pipe."""
    with reading(path) as stream:
        name = os.fspath(path)
        if name != "-" and os.path.isfile(name):
            yield name
            return
        with tempfile.NamedTemporaryFile(prefix="hardlab-") as copy:
            while chunk := stream.read(2**20):
                copy.write(chunk)
                if copy.tell() > memory:
                    what = f"{shown(path)} has more than {memory:,} bytes"
                    raise Declined(f"{what}, the memory budget: raise it with --memory (memory= in Python)")
            copy.flush()
            yield copy.name


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
            major = np.lib.format.read_magic(member)[0]
            read = np.lib.format.read_array_header_1_0 if major == 1 else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = read(member)
            held = self._archive.getinfo(f"{key}.npy").file_size - member.tell()
        if dtype.hasobject:
            raise BadInput(f"{key} holds pickled Python objects, which are never loaded: save a plain array")
        if min(shape, default=0) < 0 or prod(shape) * dtype.itemsize != held:
            raise BadInput(f"{key} announces the shape {shape} of {dtype} but holds {held} bytes: make the file again")
        return Header(shape, dtype, fortran)

    def table(self, key: str) -> Header:
        """The header of an array with two axes."""
        header = self.header(key)
        if len(header.shape) != 2:
            raise BadInput(f"{key} has the shape {header.shape}: it must have two axes, rows and columns")
        return header

    def array(self, key: str) -> Array:
        with self._archive.open(f"{key}.npy") as member:
            array: Array = np.lib.format.read_array(member, allow_pickle=False)
            member.read()  # to the end, where the checksum is compared
        array.setflags(write=False)
        return array

    def scalar(self, key: str, kinds: str, what: str) -> Any:
        """A single value whose dtype is of one of `kinds`."""
        header = self.header(key)
        if prod(header.shape) != 1 or header.dtype.kind not in kinds or header.dtype.itemsize > 2**16:
            raise BadInput(f"{key} is an array of shape {header.shape} and type {header.dtype}: save {what}")
        return self.array(key).item()


def _opened(name: str) -> BinaryIO:
    try:
        return open(name, "rb")
    except FileNotFoundError:
        raise BadInput(f"there is no file {name}: check the path") from None
    except IsADirectoryError:
        raise BadInput(f"{name} is a directory: give a file") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{name!r} cannot be opened ({_reason(error)}): check the path and its permissions") from None


def _replacing(target: str) -> Iterator[BinaryIO]:
    temporary = os.path.join(os.path.dirname(target), f".hardlab-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as stream:
            yield stream
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
