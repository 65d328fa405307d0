"""Whose a piece of code is: the kernel's own, or a library's.

It goes by the name of the file that the code says it comes from, which code that wants to can make up.
"""

import sys
import sysconfig
from functools import cache, partial
from os import sep
from os.path import abspath
from pathlib import Path
from types import CodeType, MethodType
from typing import Any

ROOT = Path(__file__).resolve().parents[3]

OURS = tuple(f"{ROOT / package}{sep}" for package in ("hardlab", "attention", "instances", "reductions", "solvers"))
"""The folders of this lab's packages."""

_INSTALLED = (f"{sep}site-packages{sep}", f"{sep}dist-packages{sep}")
_STANDARD = tuple({f"{Path(sysconfig.get_path(name)).resolve()}{sep}" for name in ("stdlib", "platstdlib")})


@cache
def standard(file: str) -> bool:
    """Whether it is of Python's own library, or no file at all: code that was generated stands for whoever runs it."""
    if file.startswith("<"):
        return True
    path = abspath(file)
    return path.startswith(_STANDARD) and not any(part in path for part in _INSTALLED)


@cache
def own(file: str) -> bool:
    """Whether it is the kernel's: not Python's, not an installed library's, not this lab's."""
    path = abspath(file)
    return not standard(file) and not path.startswith(OURS) and not any(part in path for part in _INSTALLED)


def made_by_kernel(thing: Any) -> bool:
    """Whether a function, or whatever else can be called, is the kernel's own code."""
    while isinstance(thing, partial | MethodType):
        thing = thing.func if isinstance(thing, partial) else thing.__func__
    code = getattr(thing, "__code__", None)
    if isinstance(code, CodeType):  # and not what the class of functions has under that name
        return own(code.co_filename)
    kind = thing if isinstance(thing, type) else type(thing)
    file = getattr(sys.modules.get(kind.__module__), "__file__", None)
    return file is not None and own(file)
