"""What rows see, asked in each way, against the table of all pairs."""

from itertools import pairwise

import numpy as np
import pytest

from instances import seen as module
from instances.seen import Seen
from instances.visibility import Visibility
from tests.support.sight import conjunctions, kinds, place, visible

SHAPES = ((8, 8), (4, 8), (8, 4), (4, 4))


def cases() -> list[tuple[int, int, Visibility]]:
    rng = np.random.default_rng(5)
    found = [(n, m, of) for n, m in SHAPES for of in (*kinds(n, m, rng), *conjunctions(n, m, rng, 20))]
    found.append((4, 4, Visibility(mask=np.ones((4, 4), dtype=np.bool_))))
    found += [(4, 4, Visibility(mask=np.arange(4)[:, None] != i + 0 * np.arange(4))) for i in range(4)]
    found += [(4, 4, Visibility(mask=(np.arange(4)[:, None] != i) | (np.arange(4) != 1))) for i in range(4)]
    return found


@pytest.fixture(params=(1, 3, 4096))
def seen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Visibility, Seen, list[list[bool]]]]:
    """Visibilities, what they show where masks are looked at so many rows at a time, and the tables of all pairs."""
    monkeypatch.setattr(module, "ROWS", request.param)
    return [(of, of.over(n, m), [[bool(one) for one in row] for row in visible(of, n, m)]) for n, m, of in cases()]


def interval(row: list[bool]) -> tuple[int, int]:
    """The first key that is seen and the one after the last, or (0, 0)."""
    keys = [j for j, one in enumerate(row) if one]
    return (keys[0], keys[-1] + 1) if keys else (0, 0)


def test_intervals(seen: list[tuple[Visibility, Seen, list[list[bool]]]]) -> None:
    """The shortest interval of each row; bits are held exactly where some row does not see all of its interval."""
    whole = rising = everything = 0
    for of, shown, table in seen:
        ends = [interval(row) for row in table]
        assert list(zip(shown.start.tolist(), shown.stop.tolist(), strict=True)) == ends, of
        intervals = all(sum(row) == stop - start for row, (start, stop) in zip(table, ends, strict=True))
        assert shown.intervals == intervals, of
        if intervals:
            assert shown.keep is None
            assert shown.mask is None
        assert shown.blind.tolist() == [i for i, row in enumerate(table) if not any(row)]
        assert shown.everything == all(map(all, table))
        seeing = [(start, stop) for start, stop in ends if start < stop]
        monotone = all(a[0] <= b[0] and a[1] <= b[1] for a, b in pairwise(seeing))
        assert shown.rising == (intervals and monotone), of
        whole, rising, everything = whole + intervals, rising + shown.rising, everything + shown.everything
    assert 0 < everything < rising < whole < len(seen)


def test_rows_one_by_one(seen: list[tuple[Visibility, Seen, list[list[bool]]]]) -> None:
    """The keys of a row: its interval, and bits only where they are needed."""
    for of, shown, table in seen:
        for i, row in enumerate(table):
            these, bits = shown.keys(i)
            assert (these.start, these.stop) == interval(row)
            part = row[these]
            assert part == ([True] * len(part) if bits is None else bits.tolist()), of
            assert (bits is None) == all(part), of


def test_blocks(seen: list[tuple[Visibility, Seen, list[list[bool]]]]) -> None:
    """What is hidden in a block, in its whole shape and only where anything is, and the keys that some of its rows see."""
    for of, shown, table in seen:
        for rows in (slice(0, shown.n), slice(1, 3), slice(shown.n - 1, shown.n)):
            some = [any(row[j] for row in table[rows]) for j in range(shown.m)]
            assert shown.span(rows) == slice(*interval(some)), of
            for keys in (slice(0, shown.m), slice(1, 3), slice(0, 1), slice(shown.m - 1, shown.m)):
                hidden = shown.hidden(rows, keys)
                expected = [[not one for one in row[keys]] for row in table[rows]]
                if any(map(any, expected)):
                    assert hidden is not None, of
                    assert hidden.tolist() == expected
                else:
                    assert hidden is None, of


def test_diagonals_and_heads(seen: list[tuple[Visibility, Seen, list[list[bool]]]]) -> None:
    for of, shown, _ in seen:
        places = [place(of, shown.n, shown.m, i) for i in range(shown.n)]
        assert shown.head.tolist() == [head for head, _, _ in places]
        assert shown.diagonal.tolist() == [diagonal for _, _, diagonal in places]
        assert shown.heads == (1 if of.heads is None else of.heads[1])


def test_bits_that_are_all_set_hide_nothing() -> None:
    """A mask of one row that is not whole keeps both arrays; where neither is needed, neither is kept."""
    keep, mask = np.array([True, False, True, True]), np.ones((2, 4), dtype=np.bool_)
    both = Visibility(keep=keep, mask=mask).over(2, 4)
    assert not both.intervals
    assert both.mask is not None
    assert both.keep is not None
    assert Visibility(keep=keep | True, mask=mask).over(2, 4).everything
    assert Visibility(keep=np.arange(4) < 2, mask=mask).over(2, 4).intervals


@pytest.mark.parametrize(
    "sees", [Visibility(keep=np.ones(0, bool)), Visibility(mask=np.ones((3, 0), bool)), Visibility(right=0), Visibility()]
)
def test_of_no_keys_no_row_sees_any(sees: Visibility) -> None:
    seen = sees.over(3, 0)
    assert seen.blind.tolist() == [0, 1, 2]
    assert seen.intervals
