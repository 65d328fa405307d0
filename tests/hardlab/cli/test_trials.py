"""Reductions and solvers on trial at the command line: how many at a time, what is told, and what an interrupt leaves."""

from collections.abc import Callable
from threading import Event
from typing import Any

import pytest

from hardlab.cli import trials


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is asked of each trial, which tells of its progress once; and what is told."""
    said: list[Any] = []

    def tried(target: str, seconds: float, seed: int, timeout: float, memory: int, path: Any, told: Callable[..., None]) -> str:
        said.append((target, seconds, seed, timeout, memory, path))
        told(0.5, f"at {target}")
        return f"tried {target}"

    def record(found: str, *, seconds: float, versions: Any, command: str, seed: int) -> dict[str, Any]:
        return {"found": found, "command": command, "seed": seed, "part": None}

    class Bar:
        def __init__(self, what: str) -> None:
            said.append(what)

        def __enter__(self) -> Callable[..., None]:
            return lambda *told: said.append(told)

        def __exit__(self, *of: object) -> None:
            said.append("over")

    monkeypatch.setattr("hardlab.conformance.laws.process.tried", tried)
    monkeypatch.setattr("hardlab.conformance.laws.results.record_of_trial", record)
    monkeypatch.setattr("hardlab.work.environment.versions", lambda: {})
    monkeypatch.setattr(trials, "bar", Bar)
    monkeypatch.setattr(trials, "AT_ONCE", 1)  # in order
    return said


def test_one(asked: list[Any]) -> None:
    found: Any = trials.trials(["a"], 3.0, 7, 2.0, 99, None, ["again a"])
    assert found == [{"found": "tried a", "command": "again a", "seed": 7, "part": None}]
    assert asked == ["a", ("a", 3.0, 7, 2.0, 99, None), (0.5, 1, "at a"), "over"]


def test_many(asked: list[Any]) -> None:
    """What is told is of all of them together: those that are over count as 1."""
    found: Any = trials.trials(["a", "b", "c"], 3.0, 7, 2.0, 99, None, ["again a", "again b", "again c"])
    assert [(one["found"], one["command"], one["part"]) for one in found] == [
        (f"tried {name}", f"again {name}", None) for name in "abc"
    ]
    assert asked[0] == "3 reductions"
    assert [one for one in asked if len(one) == 3] == [(0.5, 3, ""), (1.5, 3, ""), (2.5, 3, "")]


def test_an_interrupt_leaves_what_was_begun(asked: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The first ends where it is told to stop, the others are not begun."""
    go = Event()

    class Stop(Event):
        def set(self) -> None:
            super().set()
            go.set()

    def tried(target: str, *how: Any) -> str:
        assert go.wait(60)
        with pytest.raises(KeyboardInterrupt):
            how[-1](0.25, "now")
        return f"a part of {target}"

    def wait(begun: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("hardlab.conformance.laws.process.tried", tried)
    monkeypatch.setattr(trials, "Event", Stop)
    monkeypatch.setattr(trials, "wait", wait)
    found: Any = trials.trials(["a", "b", "c"], 3.0, 7, 2.0, 99, None, ["again a", "again b", "again c"])
    assert found == [{"found": "a part of a", "command": "again a", "seed": 7, "part": "interrupted"}]
