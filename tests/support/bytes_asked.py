"""How many bytes computations ask for before they begin."""

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType
from typing import Any

import pytest

import instances.compiling
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from tests.support.dyadic import dyadic


def rows(n: int, d: int, v: int = 2, mechanism: Mechanism = Mechanism()) -> Attention:  # noqa: B008
    return Attention(dyadic(1, (n, d)) / 8, dyadic(2, (n + 3, d)) / 8, dyadic(3, (n + 3, v)), 0.5, mechanism)


def bytes_asked(monkeypatch: pytest.MonkeyPatch, module: ModuleType, call: Callable[[int, int], Any]) -> dict[str, Any]:
    """What the module asks `within` for, with two threads, in calls with two sizes (n, d); they may decline after that."""
    found: list[int] = []
    monkeypatch.setattr(module, "within", lambda memory, budget, what, size: found.extend((memory, *size.values())))
    monkeypatch.setattr(instances.compiling, "thread_count", lambda: 2)
    numbers = {}
    for n, d in ((40, 2), (70, 3)):
        found.clear()
        with suppress(Declined):
            call(n, d)
        assert found
        numbers[f"{n} {d}"] = list(found)
    return numbers
