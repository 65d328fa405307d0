"""Bounds of rounding as they were in coarse arithmetic: there each of their terms counts, products of small ones among them."""

from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

U64, U32 = 2.0**-12, 2.0**-9


def coarse(monkeypatch: pytest.MonkeyPatch, *modules: ModuleType) -> None:
    """The unit roundoffs in these modules."""
    for module in modules:
        for name, u in (("U64", U64), ("U32", U32)):
            if hasattr(module, name):
                monkeypatch.setattr(module, name, u)


def with_rounding(monkeypatch: pytest.MonkeyPatch, module: ModuleType, **found: Any) -> None:
    """What the module asks of `attention.rounding.Rounding` is that, whatever the inputs are."""
    of = SimpleNamespace(**{"u": U64, "tiny": 2.0**-1022, "S": 0.5, "L": 1.0, "bounded": True, **found})
    monkeypatch.setattr(module, "Rounding", SimpleNamespace(of=lambda *_: of, of_bounds=lambda *_: of))
