"""Groups of rows: each key that a row sees is in one of its parts, once, whatever rows see."""

from dataclasses import replace

import numpy as np
import pytest

from attention.columns import TILE
from attention.polynomial.groups import Groups
from instances.bits import Bools, Ints
from instances.seen import Seen
from instances.visibility import Visibility

LENGTHS = np.array([0, 3, 3, 10, 40]), np.array([0, 1, 8, 21, 40])
SEEN = {
    "causal": Visibility.causal().over(40, 40),
    "causal, few rows": Visibility.causal("bottom-right").over(7, 40),
    "causal, few keys": Visibility.causal("bottom-right").over(40, 7),
    "causal, few keys, top-left": Visibility.causal().over(40, 7),
    "window of 1": Visibility(left=0, right=0).over(40, 40),
    "window of 2": Visibility(left=1, right=0).over(40, 40),
    "window of 13": Visibility(left=12, right=0, corner="bottom-right").over(30, 40),
    "to both sides": Visibility.window(6).over(33, 29),
    "to come": Visibility(left=0).over(40, 40),
    "past the keys": Visibility.window(4).over(40, 9),
    "packed": Visibility(queries=LENGTHS[0], keys=LENGTHS[1]).over(40, 40),
    "packed, causal": Visibility(right=0, queries=LENGTHS[0], keys=LENGTHS[1]).over(40, 40),
    "no row": Visibility.causal().over(0, 5),
    "one key": Visibility.causal("bottom-right").over(3, 1),
    "the last keys hidden": Visibility(right=0, keep=np.arange(40) < 31).over(40, 40),
}


def parts(groups: Groups, n: int, m: int) -> tuple[Ints, Ints]:
    """The pairs by the definition and those of blocks; no pair is in both, or twice in one."""
    definition, blocks = np.zeros((n, m), np.int64), np.zeros((n, m), np.int64)
    for i in range(n):
        for start, stop in (groups.before[i], groups.after[i]):
            definition[i, start:stop] += 1
    for t, (first, last) in enumerate(zip(groups.first, groups.last, strict=True)):
        blocks[groups.edges[t] : groups.edges[t + 1], groups.keys[first] : groups.keys[last]] += 1
    return definition, blocks


def seen_of(seen: Seen) -> Bools:
    hidden = seen.hidden(slice(None), slice(0, seen.m))
    return np.ones((seen.n, seen.m), np.bool_) if hidden is None else ~hidden


@pytest.mark.parametrize("block", [1, 2, 3, 5, 16, 64])
@pytest.mark.parametrize("name", SEEN)
def test_each_key_that_a_row_sees_is_in_one_part(name: str, block: int) -> None:
    seen = SEEN[name]
    assert seen.rising
    groups = Groups.of(seen, block)
    definition, blocks = parts(groups, seen.n, seen.m)
    seeing = np.setdiff1d(np.arange(seen.n), seen.blind)
    assert np.array_equal((definition + blocks)[seeing], seen_of(seen)[seeing].astype(np.int64))
    assert not definition[seen.blind].any()
    assert groups.edges[0] == 0
    assert groups.edges[-1] == seen.n
    assert seen.n == 0 or 0 < np.diff(groups.edges).min() <= np.diff(groups.edges).max() <= block
    assert np.diff(groups.keys).max() <= block
    assert groups.most_left == definition.sum(axis=1).max(initial=0)
    summed = groups.summed
    assert (np.diff(groups.first[summed]) >= 0).all()
    assert (np.diff(groups.last[summed]) >= 0).all()


def test_what_is_left_is_about_a_block_at_each_end() -> None:
    causal, windows = Groups.of(SEEN["causal"], 8), Groups.of(SEEN["window of 13"], 4)
    assert causal.most_left == 8
    assert windows.most_left <= 13
    assert Groups.of(Visibility(left=29, right=0).over(400, 400), 4).most_left <= 16
    assert len(Groups.of(SEEN["window of 1"], 2).summed) == 0
    assert len(Groups.of(SEEN["window of 1"], 1).summed) == 40


def test_a_group_ends_where_intervals_leap() -> None:
    """Else the rows of two sequences would see no block in common."""
    lengths = np.array([0, 30, 60])
    seen = Visibility(queries=lengths, keys=lengths).over(60, 60)
    groups = Groups.of(seen, 8)
    assert 30 in groups.edges
    assert len(groups.summed) == len(groups.first)


def test_pairs_that_are_left_are_counted_in_tiles() -> None:
    seen = Visibility.causal().over(3 * TILE, 3 * TILE)
    groups = Groups.of(seen)
    assert groups.pairs == 3 * TILE * TILE
    moved = replace(groups, before=np.array([[0, 0], [5, TILE + 1]]), after=np.array([[TILE - 1, TILE + 1], [3, 3]]))
    assert moved.pairs == 4 * TILE


@pytest.mark.parametrize(
    ("sees", "rising"),
    [
        (Visibility.causal(), True),
        (Visibility(keep=np.array([True] * 5 + [False])), True),
        (Visibility(keep=np.array([True, False] * 3)), False),
        (Visibility(mask=np.tri(6, dtype=np.bool_)), True),
        (Visibility(mask=np.tri(6, dtype=np.bool_)[::-1]), False),
        (Visibility(mask=np.tri(6, dtype=np.bool_).T), True),
        (Visibility(mask=np.tri(6, dtype=np.bool_).T[::-1]), False),
        (Visibility(right=0, heads=(1, 2, 1), queries=np.array([0, 3]), keys=np.array([0, 6])), False),
        (Visibility(mask=np.array([[1, 1, 0, 0, 0, 0], [0] * 6, [0, 1, 1, 0, 0, 0], *[[0] * 6] * 3], np.bool_)), True),
    ],
)
def test_intervals_that_rise(sees: Visibility, rising: bool) -> None:
    assert sees.over(6, 6).rising is rising
