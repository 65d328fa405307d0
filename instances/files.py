"""Opening files: every fault of a path is one clear `BadInput`, and nothing is left half written.

`-` stands for standard input and standard output.
"""

import os
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from instances.faults import BadInput, Declined

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


def contents(path: AnyPath, most: int, give: str) -> bytes:
    """All bytes of a file, a pipe or `-`. Errors: `BadInput` where there are more than `most`, with what to `give` instead."""
    with reading(path) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise BadInput(f"{shown(path)} has more than {most:,} bytes: {give}")
    return content


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


class _Tried(Exception):
    """Ends a write that is only tried."""


def writable(path: AnyPath) -> None:
    """Errors: `BadInput` where a file cannot be written there; nothing is written, an old file stays as it is."""
    with suppress(_Tried), atomic_write(path):
        raise _Tried
