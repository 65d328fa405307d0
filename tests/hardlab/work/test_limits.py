"""Limits of time and memory, each just inside and just outside; the system is asked for what is said."""

import resource
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest

from hardlab.work import limits
from hardlab.work.limits import LONGEST, MEMORY, ROOM, check_limits, check_time, lift_limit, limit_memory
from instances.faults import BadInput


@pytest.mark.parametrize("seconds", [1, 1.0, 86_400, 60.5])
def test_times_of_trials(seconds: float) -> None:
    check_time("--time", seconds)


@pytest.mark.parametrize("seconds", [0.999, 0, -5, 86_400.001, inf, nan])
def test_what_no_trial_takes(seconds: float) -> None:
    with pytest.raises(BadInput, match=r"^--time X: a trial takes from 1 to 86,400 seconds$"):
        check_time("--time X", seconds)


@pytest.mark.parametrize(("timeout", "memory"), [(1e-9, 1), (LONGEST, MEMORY), (0.5, 10**15)])
def test_limits_of_calls(timeout: float, memory: int) -> None:
    check_limits(timeout, memory)


@pytest.mark.parametrize("timeout", [0, -1, LONGEST * 1.0000001, inf, nan])
def test_what_is_no_timeout(timeout: float) -> None:
    with pytest.raises(BadInput) as caught:
        check_limits(timeout, 1)
    assert str(caught.value) == f"a timeout of {timeout:g} seconds: it must be positive and at most 1e+06"


@pytest.mark.parametrize("memory", [0, -1])
def test_what_is_no_memory(memory: int) -> None:
    with pytest.raises(BadInput, match=f"^a memory limit of {memory} bytes: it must be at least 1$"):
        check_limits(1.0, memory)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    """What the system is asked for, which holds 1000 pages and knows no hard limit."""
    found: dict[Any, Any] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda what, both: found.__setitem__(what, both))
    monkeypatch.setattr(resource, "getrlimit", lambda what: (-1, found.get("most", -1)))
    monkeypatch.setattr(resource, "getpagesize", lambda: 4096)
    monkeypatch.setattr(limits, "Path", lambda name: _Read(name))
    return found


class _Read:
    def __init__(self, name: str) -> None:
        assert name == "/proc/self/statm"

    def read_text(self) -> str:
        return "1000 200 30 4 0 500 0\n"


HELD = 1000 * 4096


def test_the_address_space_may_grow_by_the_limit(asked: dict[Any, Any]) -> None:
    limit_memory(10**9)
    assert asked == {resource.RLIMIT_CORE: (0, 0), resource.RLIMIT_AS: (HELD + 10**9 + ROOM, -1)}
    assert ROOM == 256 * 1024 * 1024
    assert MEMORY == 4 * 1024**3


@pytest.mark.parametrize(("more", "granted"), [(1, 0), (0, 0), (-1, -1)])
def test_the_systems_own_limit_is_kept(asked: dict[Any, Any], more: int, granted: int) -> None:
    wanted = HELD + 10**9 + ROOM
    asked["most"] = wanted + more
    limit_memory(10**9)
    assert asked[resource.RLIMIT_AS] == (wanted + granted, wanted + more)


def test_a_limit_of_nothing_is_one(asked: dict[Any, Any]) -> None:
    asked["most"] = 0
    limit_memory(10**9)
    assert asked[resource.RLIMIT_AS] == (0, 0)


def test_a_limit_is_lifted_as_far_as_may_be(asked: dict[Any, Any]) -> None:
    asked["most"] = 12345
    lift_limit()
    assert asked[resource.RLIMIT_AS] == (12345, 12345)


def test_what_is_held_is_read_where_the_system_says_it() -> None:
    assert int(Path("/proc/self/statm").read_text().split()[0]) > 0


def test_the_limits_that_pages_speak_of() -> None:
    """A call has a minute, a library may take half of one to load whatever a call may take, a process two."""
    assert (limits.TIMEOUT, limits.LEAST_LOADING, limits.LOADING, LONGEST) == (60.0, 30.0, 120.0, 1_000_000.0)
