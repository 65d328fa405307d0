"""What compiled code is made of: its own and that of all functions that it calls, and the constants that they name.

numba keeps compiled code for as long as the file of its function does not change. It may come from other files too: functions
and intrinsics that it calls are part of it, and so are numbers that have a name there.
"""

import hashlib
from collections.abc import Iterator
from types import CodeType, FunctionType
from typing import Any

import numpy as np

LIBRARIES = frozenset({"numba", "numpy", "llvmlite", "math", "builtins"})
"""Numba keeps code apart by its own version, and it has none of theirs."""


def fingerprint(function: FunctionType) -> str:
    """A digest of it: another one where compiled code may be another."""
    digest, seen = hashlib.sha256(), set[int]()

    def add(of: Any) -> None:
        inner = _function(of)
        if inner is None:
            digest.update(_constant(of).encode())
        elif id(inner) not in seen:
            seen.add(id(inner))
            for code in _codes(inner.__code__):
                plain = [x for x in code.co_consts if not isinstance(x, CodeType)]
                digest.update(code.co_code + repr((plain, code.co_names, code.co_varnames)).encode())
                for name in code.co_names:
                    if name in inner.__globals__:
                        add(inner.__globals__[name])
            for cell in inner.__closure__ or ():
                add(cell.cell_contents)

    add(function)
    return digest.hexdigest()


def _function(of: Any) -> FunctionType | None:
    """The Python of a function of ours, compiled or not, or of an intrinsic."""
    of = getattr(of, "kernel", of)  # in parallel
    inner = getattr(of, "py_func", None) or getattr(of, "_defn", None) or of
    ours = isinstance(inner, FunctionType) and inner.__module__.partition(".")[0] not in LIBRARIES
    return inner if ours else None


def _constant(of: Any) -> str:
    """What stands for anything else: numbers, and arrays, tuples and tables of them, by their values."""
    if isinstance(of, np.ndarray):
        return f"{of.dtype} {of.shape} {hashlib.sha256(of.tobytes()).hexdigest()}"
    return repr(of) if isinstance(of, int | float | str | tuple | dict) else type(of).__qualname__


def _codes(code: CodeType) -> Iterator[CodeType]:
    """It, and those that are defined in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)
