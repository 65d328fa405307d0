"""Somebody's object by the word that names it, the only place that imports other people's code on demand.

An entry point of a group, `module:object` found on PYTHONPATH or in a directory that the user names, or `FILE.py[:object]`.
Classes are called without arguments. Whatever goes wrong is one `BadInput`; Ctrl-C passes.
"""

import importlib
import importlib.util
import inspect
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from instances.faults import BadInput, one_line, unknown
from instances.locks import lock

FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<object>[^:/]+))?", re.DOTALL)
"""FILE.py or FILE.py:object."""

_executing = lock()
"""Held while a file is run: of two threads that want it the second gets the whole module."""


def loaded(
    name: str,
    kind: str,
    points: Mapping[str, EntryPoint],
    ours: Iterable[str],
    path: Path | None = None,
    said: str = "",
    alone: bool = False,
    called: bool = True,
) -> Any:
    """The object of that name among entry points, modules and files. `said` is what errors call it, "the kind name" if empty.

    `path` is put in front of sys.path. So is the folder of a file, while the file is run: what it imports from beside itself is
    its own, nobody else finds it, and nothing of the lab is hidden by a file of the same name. Where the process is for it
    `alone`, the folder stays in front. Classes stay such unless they are `called`.
    Errors: `BadInput`, for a name that is none of these with the nearest known one.
    """
    said = said or f"the {kind} {name}"
    if name in points:
        found = guarded(points[name].load, said)
    elif (spelled := FILE.fullmatch(name)) is not None:
        found = _in_file(Path(spelled["file"]), spelled["object"], kind, said, alone)
    elif re.search(r"\.py(:|$)", name):
        raise BadInput(f"{name}: write FILE.py or FILE.py:object")
    elif ":" in name:
        found = guarded(lambda: _in_module(name, path), said)
    else:
        raise unknown(kind, name, [*ours, *points])
    return guarded(found, said) if called and inspect.isclass(found) else found


def from_here(word: str) -> str:
    """The word for an object in a file, or for a file, in one way: with the path from the current folder to what lies in it,
    an absolute one to anything else.
    """
    spelled = FILE.fullmatch(word)
    file, rest = (word, "") if spelled is None else (spelled["file"], word[len(spelled["file"]) :])
    inside = os.path.relpath(file)
    return (os.path.abspath(file) if inside.startswith(os.pardir) else inside) + rest


def guarded(load: Callable[[], Any], said: str) -> Any:
    """What `load` gives. Errors: `BadInput` for all that it raises but Ctrl-C."""
    try:
        return load()
    except KeyboardInterrupt:
        raise
    except BadInput as error:
        raise BadInput(f"{said}: {error}") from error
    except BaseException as error:
        raise BadInput(f"{said} cannot be loaded: {type(error).__name__}: {one_line(error)}") from error


def _in_module(name: str, path: Path | None) -> Any:
    module, _, attribute = name.partition(":")
    if path is not None:
        _first(str(path))
    return _attribute(importlib.import_module(module), attribute)


def _in_file(file: Path, attribute: str | None, kind: str, said: str, alone: bool) -> Any:
    """The object of that name in a file; without a name `attention` (`solver`), else its only public function or class."""
    if not file.is_file():
        raise BadInput(f"{file} is a directory: give a file" if file.is_dir() else f"{file}: there is no such file")
    with _executing:
        module = guarded(lambda: _executed(file, alone), said)
    if attribute is not None:
        return guarded(lambda: _of_file(module, attribute, file), said)
    usual = "solver" if kind == "solver" else "attention"
    if hasattr(module, usual):
        return getattr(module, usual)
    own = [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and callable(value) and getattr(value, "__module__", None) == module.__name__
    ]
    if not own:
        raise BadInput(f"{file} defines no function and no class: give it a function called {usual}, or name what it has")
    if len(own) > 1:
        raise BadInput(f"{file} defines {', '.join(own)}: name the {kind}, as in {file}:{own[0]}")
    return getattr(module, own[0])


def _of_file(module: ModuleType, attribute: str, file: Path) -> Any:
    try:
        return _attribute(module, attribute)
    except AttributeError:
        raise AttributeError(f"{file.name} has no {attribute}") from None


def _executed(file: Path, alone: bool) -> ModuleType:
    """The module of a file, run once."""
    name, folder = f"plug_in_{file.stem}", str(file.parent.resolve())  # not the stem, which may be that of a module in use
    known = sys.modules.get(name)
    if known is not None and known.__file__ == str(file.resolve()):
        return known
    spec = importlib.util.spec_from_file_location(name, file.resolve())
    assert spec is not None
    assert spec.loader is not None  # there is one for every name that ends in .py
    before, path = set(sys.modules), list(sys.path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    _first(folder)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    finally:
        if not alone:
            sys.path[:] = path
            for other in sys.modules.keys() - before - {name}:
                if (getattr(sys.modules[other], "__file__", None) or "").startswith(folder + os.sep):
                    del sys.modules[other]
    return module


def _first(folder: str) -> None:
    """In front of all else, where modules are looked for."""
    if sys.path[:1] != [folder]:
        sys.path[:] = [folder, *(other for other in sys.path if other != folder)]


def _attribute(module: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        module = getattr(module, part)
    return module
