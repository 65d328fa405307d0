"""Sums over intervals of blocks that rise, without any subtraction.

Let a_0, a_1, ... be arrays, and intervals [first_t, last_t) of them, whose ends do not fall with t. A *phase* begins at an
interval [first_t, middle) and has all following ones with first <= middle. Each of them is a suffix of what came before the
middle and a prefix of what comes after it,

    sum_{first <= s < last} a_s = sum_{first <= s < middle} a_s + sum_{middle <= s < last} a_s,

so the suffixes and the prefixes of a phase give all of its sums: additions alone, at most last - first of them for any term.
(The queue of two stacks, in its order.) A prefix of all, as causal attention has it, is a single phase.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from instances.bits import Ints
from instances.coded import Floats

Blocks = Callable[[int, int], Floats]
"""a_s for start <= s < stop, as a new array."""


class Phase(NamedTuple):
    """The intervals start to stop - 1; what comes from `following` on is needed once more, after the phase."""

    start: int
    stop: int
    middle: int
    following: int


def phases(first: Ints, last: Ints) -> list[Phase]:
    """Those of intervals none of which is empty."""
    found, t = list[Phase](), 0
    while t < len(first):
        middle = int(last[t])
        stop = t + int(np.searchsorted(first[t:], middle, side="right"))
        found.append(Phase(t, stop, middle, int(first[stop]) if stop < len(first) else int(last[-1])))
        t = stop
    return found


def most_held(first: Ints, last: Ints, most: int) -> int:
    """How many arrays `sliding_sums` holds at once, at most."""
    held = 0
    for start, stop, _, following in phases(first, last):
        held = max(held, len(np.unique(first[start:stop])) + max(0, int(last[stop - 1]) - following))
    return held + 5 * most


def sliding_sums(first: Ints, last: Ints, of: Blocks, most: int) -> Iterator[tuple[slice, Floats]]:
    """The sums over first_t <= s < last_t for successive t, `most` of them at a time; each block is asked for once, or, where
    intervals leave some out, not at all.
    """
    kept = list[Piece]()
    for start, stop, middle, following in phases(first, last):
        needed, place = np.unique(first[start:stop], return_inverse=True)
        suffixes = _suffixes(needed, _backwards(int(needed[0]), middle, kept, of, most), np.zeros(of(middle, middle).shape[1:]))
        kept, t, a, total = [], start, middle, np.zeros(suffixes.shape[1:])
        while t < stop:
            b = min(a + most, int(last[stop - 1]))
            blocks = of(a, b)
            if b > following:
                kept.append((max(a, following), blocks[max(a, following) - a :]))
            prefixes = np.cumsum(np.concatenate([total[None], blocks]), axis=0)
            until = t + int(np.searchsorted(last[t:stop], b, side="right"))
            while t < until:
                these = slice(t, min(t + most, until))
                yield these, suffixes[place[these.start - start : these.stop - start]] + prefixes[last[these] - a]
                t = these.stop
            total, a = prefixes[-1], b


Piece = tuple[int, Floats]
"""Blocks from a number on."""


def _backwards(begin: int, middle: int, kept: list[Piece], of: Blocks, most: int) -> Iterator[Piece]:
    """All blocks from `begin` to the middle, those that are kept, which come first, and the others; the last first."""
    known = kept[-1][0] + len(kept[-1][1]) if kept else begin
    for a in reversed(range(known, middle, most)):
        yield a, of(a, min(a + most, middle))
    yield from reversed(kept)


def _suffixes(needed: Ints, pieces: Iterator[Piece], total: Floats) -> Floats:
    """The sums from each of the needed blocks on."""
    found = np.zeros((len(needed), *total.shape))
    for a, blocks in pieces:
        blocks[-1] += total
        sums = np.cumsum(blocks[::-1], axis=0)[::-1]
        inside = (a <= needed) & (needed < a + len(blocks))
        found[inside] = sums[needed[inside] - a]
        total = sums[0]
    return found
