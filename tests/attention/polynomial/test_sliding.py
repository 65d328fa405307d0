"""Sums over rising intervals: every term once, in few additions, with few arrays held, and each block asked for once."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest

from attention.polynomial.sliding import most_held, phases, sliding_sums
from instances.bits import Ints
from instances.coded import Floats


def rising(rng: np.random.Generator, count: int, blocks: int) -> tuple[Ints, Ints]:
    """Intervals none of which is empty, whose ends do not fall."""
    ends = np.sort(rng.integers(0, blocks, (2, count)), axis=1)
    return ends.min(axis=0), ends.max(axis=0) + 1


SHAPES = {
    "none": (np.zeros(0, np.int64), np.zeros(0, np.int64)),
    "one": (np.array([2]), np.array([5])),
    "prefixes": (np.zeros(9, np.int64), np.arange(1, 10)),
    "suffixes": (np.arange(9), np.full(9, 9)),
    "all, again and again": (np.zeros(5, np.int64), np.full(5, 7)),
    "windows of 1": (np.arange(8), np.arange(1, 9)),
    "windows of 3": (np.arange(8), np.arange(3, 11)),
    "with gaps": (np.array([0, 0, 6, 7, 20]), np.array([2, 3, 8, 8, 21])),
    "far from the first": (np.full(4, 10), np.arange(11, 15)),
}


def summed(first: Ints, last: Ints) -> tuple[Floats, list[int]]:
    """Of vectors e_s, so that sums say what is in them; and which of them were read, in order."""
    blocks, read = int(last.max(initial=0)), list[int]()

    def arrays() -> Iterator[Floats]:
        for s in range(int(first[:1].sum()), blocks):
            read.append(s)
            array = np.eye(blocks)[s]
            array.setflags(write=False)
            yield array

    found = [one + other for one, other in sliding_sums(first, last, arrays())]
    return np.array(found).reshape(len(first), blocks), read


@pytest.mark.parametrize("shape", [*SHAPES, *range(30)])
def test_each_array_of_an_interval_is_counted_once(shape: str | int) -> None:
    rng = np.random.default_rng(0 if isinstance(shape, str) else shape)
    first, last = SHAPES[shape] if isinstance(shape, str) else rising(rng, int(rng.integers(1, 30)), int(rng.integers(1, 25)))
    found, read = summed(first, last)
    s = np.arange(found.shape[1])
    assert np.array_equal(found, (first[:, None] <= s) & (s < last[:, None]))
    assert read == list(range(int(first[:1].sum()), found.shape[1]))


class Depth:
    """A number that counts the additions it has been through, those of 0 apart."""

    def __init__(self, deep: int = 0) -> None:
        self.deep = deep

    def __add__(self, other: object) -> "Depth":
        return Depth(1 + max(self.deep, other.deep)) if isinstance(other, Depth) else self

    __radd__ = __add__


@pytest.mark.parametrize("shape", [*(shape for shape in SHAPES if shape != "none"), *range(12)])
def test_a_term_goes_through_fewer_additions_than_there_are_arrays(shape: str | int) -> None:
    rng = np.random.default_rng(0 if isinstance(shape, str) else shape)
    first, last = SHAPES[shape] if isinstance(shape, str) else rising(rng, int(rng.integers(1, 30)), int(rng.integers(1, 25)))
    numbers = (np.array([Depth()], dtype=object) for _ in range(int(last[-1] - first[0])))
    room = []
    for t, (one, other) in enumerate(sliding_sums(first, last, numbers)):
        room.append(last[t] - first[t] - 1 - (one + other)[0].deep)
    assert min(room) >= 0
    assert shape != "prefixes" or max(room) == 0


def test_a_prefix_of_all_is_one_phase_and_holds_little() -> None:
    first, last = np.zeros(1000, np.int64), np.arange(1, 1001)
    assert len(phases(first, last)) == 1
    assert most_held(first, last) == 3
    assert most_held(first[:0], last[:0]) == 2


@pytest.mark.parametrize("shape", [*SHAPES, *range(12)])
def test_what_is_held_is_counted(shape: str | int) -> None:
    """Arrays that are alive, but for the one that is read, and the sum of the two."""
    rng = np.random.default_rng(0 if isinstance(shape, str) else shape)
    first, last = SHAPES[shape] if isinstance(shape, str) else rising(rng, int(rng.integers(1, 30)), int(rng.integers(1, 25)))
    size = 1 << 16
    arrays = (np.ones(size) for _ in range(int(last.max(initial=0) - first[:1].sum())))
    tracemalloc.start()
    for _ in sliding_sums(first, last, arrays):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak <= 8 * size * (most_held(first, last) + 1.5) + 1e5


def test_windows_hold_about_twice_what_they_see() -> None:
    first, last = np.arange(1000), np.arange(20, 1020)
    assert 20 <= most_held(first, last) <= 46
    assert len(phases(first, last)) <= 1000 / 19 + 2
