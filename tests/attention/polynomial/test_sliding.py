"""Sums over rising intervals: every term once, in few additions, with few arrays held, and each block asked for once."""

from collections import Counter

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


def summed(first: Ints, last: Ints, most: int) -> tuple[Floats, Counter[int]]:
    """Vectors e_s as blocks, so that sums say what is in them; and how often each block was asked for."""
    blocks, asked = int(last.max(initial=0)), Counter[int]()

    def of(start: int, stop: int) -> Floats:
        assert 0 <= start <= stop <= blocks
        assert stop - start <= most
        asked.update(range(start, stop))
        return np.eye(blocks)[start:stop]

    found, next_ = np.zeros((len(first), blocks)), 0
    for these, sums in sliding_sums(first, last, of, most):
        assert these.start == next_
        assert 0 < these.stop - these.start <= most
        found[these], next_ = sums, these.stop
    assert next_ == len(first)
    return found, asked


@pytest.mark.parametrize("most", [1, 2, 5, 100])
@pytest.mark.parametrize("shape", [*SHAPES, *range(12)])
def test_each_block_of_an_interval_is_counted_once(shape: str | int, most: int) -> None:
    rng = np.random.default_rng(0 if isinstance(shape, str) else shape)
    first, last = SHAPES[shape] if isinstance(shape, str) else rising(rng, int(rng.integers(1, 30)), int(rng.integers(1, 25)))
    found, asked = summed(first, last, most)
    s = np.arange(found.shape[1])
    assert np.array_equal(found, (first[:, None] <= s) & (s < last[:, None]))
    assert set(asked.values()) <= {1}
    assert set(asked) >= set(np.flatnonzero(found.any(axis=0)).tolist())


class Depth:
    """A number that counts the additions it has been through."""

    def __init__(self, deep: int = 0) -> None:
        self.deep = deep

    def __add__(self, other: object) -> "Depth":
        return Depth(1 + max(self.deep, other.deep)) if isinstance(other, Depth) else self

    __radd__ = __add__


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape != "none"])
def test_a_term_goes_through_no_more_additions_than_there_are_blocks(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exact zeros apart, which the first of a sum is added to."""
    first, last = SHAPES[shape]

    def of(start: int, stop: int) -> Floats:
        blocks = np.empty((stop - start, 1), dtype=object)
        blocks[:, 0] = [Depth() for _ in range(stop - start)]
        return blocks

    monkeypatch.setattr(np, "zeros", lambda shape, *_: np.full(shape, 0, dtype=object))
    for these, sums in sliding_sums(first, last, of, 3):
        for t, (total,) in zip(range(these.start, these.stop), sums, strict=True):
            assert total.deep <= last[t] - first[t] + 1


def test_a_prefix_of_all_is_one_phase_and_holds_little() -> None:
    first, last = np.zeros(1000, np.int64), np.arange(1, 1001)
    assert len(phases(first, last)) == 1
    assert most_held(first, last, 10) == 1 + 5 * 10


def test_windows_hold_about_twice_what_they_see() -> None:
    first, last = np.arange(1000), np.arange(20, 1020)
    assert 20 <= most_held(first, last, 1) <= 46
    assert len(phases(first, last)) <= 1000 / 20 + 1
