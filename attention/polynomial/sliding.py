"""Sums over intervals of arrays that rise, without any subtraction.

Let a_0, a_1, ... be arrays, and intervals [first_t, last_t) of them, none of them empty, whose ends do not fall with t. A
*phase* is of successive intervals that meet its `middle`, first <= middle <= last; each of them is a suffix of what comes
before the middle and a prefix of what comes after it,

    sum_{first <= s < last} a_s = sum_{first <= s < middle} a_s + sum_{middle <= s < last} a_s,

so the suffixes and the prefixes of a phase give all of its sums: by at most last - first - 1 additions for any term. The first
phase has its middle where the first interval begins; each of the others where those of the phase before have ended. (That is a
queue of two stacks.) Prefixes of everything, as causal attention has them, are a single phase.
"""

from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

import numpy as np

from instances.bits import Ints
from instances.coded import Floats


class Phase(NamedTuple):
    """The intervals start to stop - 1; of arrays before the middle those from `begin` on are in one of them."""

    start: int
    stop: int
    begin: int
    middle: int


def phases(first: Ints, last: Ints) -> list[Phase]:
    found, t, middle = list[Phase](), 0, 0
    while t < len(first):
        begin = int(first[t])
        middle = max(begin, middle)
        stop = t + int(np.searchsorted(first[t:], middle, side="right"))
        found.append(Phase(t, stop, begin, middle))
        t, middle = stop, int(last[stop - 1])
    return found


def most_held(first: Ints, last: Ints) -> int:
    """How many arrays `sliding_sums` holds at once, at most, beside the one that it reads."""
    held = 2
    for phase in phases(first, last):
        these = slice(phase.start, phase.stop)
        held = max(held, phase.middle - phase.begin + len(np.unique(first[these])) + 2)
    return held


def sliding_sums(first: Ints, last: Ints, arrays: Iterator[Floats]) -> Iterator[tuple[Floats, Floats]]:
    """For each interval two arrays, whose sum is that over the interval; the second is written to as soon as the next is asked
    for. The arrays that are read, a_s for first_0 <= s < last_T, each of them once, must stay as they are.
    """
    every = phases(first, last)
    read, kept = int(first[0]) if len(first) else 0, list[Floats]()
    for phase, following in zip_longest(every, every[1:]):
        wanted = {int(s) for s in first[phase.start : phase.stop]}
        suffixes, total = dict[int, Floats](), np.zeros(())
        for s in reversed(range(phase.begin, phase.middle)):
            total = total + kept[s - phase.begin]
            if s in wanted:
                suffixes[s] = total
        kept, prefix = [], np.zeros(())
        for t in range(phase.start, phase.stop):
            while read < last[t]:
                array = next(arrays)
                if read == phase.middle:
                    prefix = array.copy()
                elif read > phase.middle:
                    prefix += array
                if following is not None and following.begin <= read:
                    kept.append(array)
                read += 1
            yield suffixes.get(int(first[t]), np.zeros(())), prefix
