"""What a grid says of its jobs, each limit just inside and just outside."""

from math import inf, nan
from typing import Any

import pytest

from hardlab.sweep.settings import axis, is_whole, memory, seconds, truth
from hardlab.work.limits import LONGEST
from instances.faults import BadInput


@pytest.mark.parametrize(
    ("values", "expected"), [([1, 2], [1, 2]), (3, [3]), ("ab", ["ab"]), ([[]], [[]]), (False, [False]), ({}, [{}])]
)
def test_a_value_alone_is_an_axis_of_one(values: Any, expected: Any) -> None:
    assert axis("n", values) == expected


def test_an_axis_has_a_value() -> None:
    with pytest.raises(BadInput, match=r"^seeds = \[\]: an axis needs at least one value$"):
        axis("seeds", [])


@pytest.mark.parametrize(("value", "whole"), [(0, True), (-3, True), (True, False), (1.0, False), ("1", False), (None, False)])
def test_whole_numbers(value: Any, whole: bool) -> None:
    assert is_whole(value) is whole


@pytest.mark.parametrize("value", [1, 0.5, 1e-9, 10**6])
def test_times(value: float) -> None:
    found = seconds("timeout", value)
    assert found == value
    assert isinstance(found, float)


def test_the_longest_time() -> None:
    assert seconds("timeout", LONGEST) == LONGEST
    with pytest.raises(BadInput, match=rf"timeout = .*: give seconds, positive and at most {LONGEST:g}$".replace("+", r"\+")):
        seconds("timeout", LONGEST * 1.000001)


@pytest.mark.parametrize("value", [0, 0.0, -1, True, "5", None, inf, nan, [1]])
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(BadInput, match=r"timeout = .*: give seconds"):
        seconds("timeout", value)


@pytest.mark.parametrize(("value", "expected"), [("512M", 2**29), ("2G", 2**31), (12345, 12345), ("100000", 100000)])
def test_sizes(value: Any, expected: int) -> None:
    assert memory(value) == expected


@pytest.mark.parametrize("value", [True, 1.5, None, ["2G"]])
def test_what_is_no_size(value: Any) -> None:
    with pytest.raises(BadInput, match=r'memory = .*: write a size such as "512M" or "2G"'):
        memory(value)


def test_truth() -> None:
    assert truth("quick", True) is True
    assert truth("quick", False) is False
    for value in (0, 1, "true", None):
        with pytest.raises(BadInput, match=r"quick = .*: give true or false"):
            truth("quick", value)
