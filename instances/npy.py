"""Headers and data of the .npy format, versions 1.0 to 3.0, as numpy writes them on Python 3 and wrote them on Python 2."""

import tokenize
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

VERSIONS = ((1, 0), (2, 0), (3, 0))


def read_header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the order is Fortran's, and type; the stream is at the data then.

    Errors: `ValueError`, whatever is wrong.
    """
    version = np.lib.format.read_magic(stream)
    if version not in VERSIONS:
        raise ValueError(f"version {version[0]}.{version[1]} of the .npy format, which does not exist")
    read = np.lib.format.read_array_header_1_0 if version[0] == 1 else np.lib.format.read_array_header_2_0
    try:
        with _of_python_2():
            shape, fortran, dtype = read(stream)
    except (SyntaxError, tokenize.TokenError, TypeError, MemoryError, RecursionError) as error:
        raise ValueError(f"the header cannot be parsed: {type(error).__name__}") from None
    return shape, fortran, dtype


def read_array(stream: IO[bytes]) -> NDArray[Any]:
    """Header and data; nothing is unpickled. Errors: as numpy's."""
    with _of_python_2():
        array: NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
    return array


@contextmanager
def _of_python_2() -> Iterator[None]:
    """Without numpy's warning that a header with `3L` takes a moment longer."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Reading .* required additional header parsing", UserWarning)
        yield
