"""Constants of a module, and what its functions and classes take where nothing is given, as a text."""

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np

PLAIN = (bool, int, float, range, np.floating)


def modules(room: str) -> list[str]:
    """The names of those in a room, which is named with a dot at its end."""
    package = import_module(room[:-1])
    return [
        name
        for _, name, inner in pkgutil.walk_packages(package.__path__, room)
        if not inner and name.count(".") == room.count(".")
    ]


def plain(value: Any) -> bool:
    """Whether this is a number, or made of some."""
    if isinstance(value, tuple | list | set | frozenset):
        return all(map(plain, value))
    if isinstance(value, dict):
        return all(map(plain, value.values()))
    return isinstance(value, PLAIN)


def constants(module: ModuleType) -> Iterator[str]:
    parts = ast.walk(ast.Module([one for one in ast.parse(inspect.getsource(module)).body if isinstance(one, ast.Assign)], []))
    own = {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    for name, value in sorted(vars(module).items()):
        if name in own and plain(value):
            yield f"{name} = {value!r}"
        elif getattr(value, "__module__", None) == module.__name__:
            yield from defaults(name, value)


def defaults(name: str, value: Any) -> Iterator[str]:
    if inspect.isclass(value):
        for part, of in sorted(vars(value).items()):
            if inspect.isfunction(of) or isinstance(of, classmethod | staticmethod):
                yield from defaults(f"{name}.{part}", getattr(of, "__func__", of))
            elif not part.startswith("_") and isinstance(of, PLAIN):
                yield f"{name}.{part} = {of!r}"
    elif callable(value):
        try:
            given = inspect.signature(value).parameters.values()
        except (TypeError, ValueError):
            return
        for one in given:
            if one.default is not one.empty and plain(one.default):
                yield f"{name}({one.name}={one.default!r})"
