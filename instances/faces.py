"""Packages that give their names when they are first asked for, so that importing one loads nothing that is not used."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Any


def face(package: str, modules: Mapping[str, Sequence[str]]) -> None:
    """From here on the package of that name gives these names of `modules`, and imports a module when one is asked for.

    `__all__` has them. A module in the package that is called like one of them does not hide it.
    """

    names = {name: module for module, given in modules.items() for name in given}

    class Face(ModuleType):
        def __getattr__(self, name: str) -> Any:
            if name not in names:
                raise AttributeError(f"module {package!r} has no attribute {name!r}", name=name, obj=self)
            found = getattr(import_module(names[name]), name)
            super().__setattr__(name, found)
            return found

        def __setattr__(self, name: str, value: Any) -> None:
            if not (name in names and isinstance(value, ModuleType)):  # which the import of a module of that name sets
                super().__setattr__(name, value)

        def __dir__(self) -> list[str]:
            return sorted(names)

    sys.modules[package].__class__ = Face
    sys.modules[package].__all__ = sorted(names)  # type: ignore[attr-defined]
