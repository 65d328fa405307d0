"""The numbers and words that modules of a package hold, and the defaults of what they define, as one text."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

import numpy as np

from tests.support.kept import digits
from tests.support.places import ROOT

PLAIN = (int, float, str, bytes, bool, type(None))

OF_LIBRARIES = ("of_torch", "of_jax", "of_tinygrad", "run_torch", "run_jax", "run_numpy", "autograd")
"""Modules that need others to be there."""

OF_MACHINES = ("_FIRST", "_STANDARD", "LIBRARIES")
"""Constants that are others on another machine, or of another Python."""


def constants(package: str, *under: str) -> str:
    """Of the modules of a package, or of those of some packages and modules under it."""
    lines = []
    for file in sorted((ROOT / package.replace(".", "/")).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        within = not under or any(f"{name}.".startswith(f"{package}.{part}.") for part in under)
        if within and file.stem not in OF_LIBRARIES and file.stem != "__main__":
            lines += [f"{name}.{line}" for line in _of_module(import_module(name), file)]
    return "\n".join(lines)


def _of_module(module: ModuleType, file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text()).body:
        for target in (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else ()
        ):
            stored = (part for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
            for name in (part.id for part in stored):
                if name.isupper() and name not in OF_MACHINES:
                    yield f"{name} = {_told(getattr(module, name))}"
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield from _of_definition(node.name, getattr(module, node.name))


def _of_definition(name: str, of: Any) -> Iterator[str]:
    of = inspect.unwrap(of) if callable(of) else of
    if isinstance(of, FunctionType):
        given = {one.name: one.default for one in inspect.signature(of).parameters.values() if one.default is not one.empty}
        if given:
            yield f"{name} {_told(given)}"
    elif isinstance(of, type):
        if is_dataclass(of):
            defaults = {one.name: one.default for one in fields(of) if one.default is not MISSING}
            yield f"{name} {_told(defaults)}"
        for inner, value in vars(of).items():
            if isinstance(value, FunctionType) and value.__module__ == of.__module__ and not inner.startswith("__"):
                yield from _of_definition(f"{name}.{inner}", value)
            elif isinstance(value, PLAIN) and not inner.startswith("_"):
                yield f"{name}.{inner} = {_told(value)}"


def _told(value: Any) -> str:
    """What is plain in it; of everything else its type."""
    match value:
        case str() if str(ROOT) in value:
            return "a path"
        case bool() | int() | float() | str() | bytes() | None:
            return repr(value)
        case tuple() | list():
            return f"[{', '.join(map(_told, value))}]"
        case set() | frozenset():
            return f"{{{', '.join(sorted(map(_told, value)))}}}"
        case dict() | MappingProxyType():
            return f"{{{', '.join(sorted(f'{_told(key)}: {_told(part)}' for key, part in value.items()))}}}"
        case re.Pattern():
            return repr(value.pattern)
        case type():
            return value.__name__
        case np.ndarray():
            return digits(value)
    return type(value).__name__
