"""Rows that see rising intervals of keys, in groups: which blocks of keys all rows of a group see in full, and what else."""

from dataclasses import dataclass

import numpy as np

from attention.columns import TILE
from instances.bits import Ints
from instances.seen import Seen

BLOCK = 256
"""Rows of a group at most, and keys of a block: a tile of what sums the rest."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Group t has the rows edges[t] to edges[t + 1] - 1, which see all of the blocks first[t] to last[t] - 1, none where these
    are equal; block s has the keys keys[s] to keys[s + 1] - 1. Beside them row i sees the keys of two intervals, before_i and
    after_i, (n, 2) each.
    """

    edges: Ints
    keys: Ints
    first: Ints
    last: Ints
    before: Ints
    after: Ints

    @classmethod
    def of(cls, seen: Seen, block: int = BLOCK) -> "Groups":
        """Of intervals that rise with the rows. A group ends where they make a leap, too."""
        start, stop, n, keys = seen.start, seen.stop, seen.n, np.append(np.arange(0, seen.m, block), seen.m)
        seeing = start < stop
        like = np.maximum.accumulate(np.where(seeing, np.arange(n), 0))  # a row that sees nothing goes with the one before
        leaps = (np.diff(start[like]) > block) | (np.diff(stop[like]) > block)
        begin = np.maximum.accumulate(np.where(np.append(True, leaps)[:n], np.arange(n), 0))
        edges = np.append(np.flatnonzero((np.arange(n) - begin) % block == 0), n)
        if n == 0:
            first = last = np.zeros(0, np.int64)
        else:
            most = np.maximum.reduceat(np.where(seeing, start, 0), edges[:-1])
            least = np.minimum.reduceat(np.where(seeing, stop, seen.m), edges[:-1])
            first = np.searchsorted(keys, most, side="left")
            last = np.searchsorted(keys, least, side="right") - 1
            sees = np.logical_or.reduceat(seeing, edges[:-1])
            last = np.where(sees & (first < last), last, 0)
            first = np.where(last > 0, first, 0)
        rows = np.repeat(np.arange(len(first)), np.diff(edges))
        summed = seeing & (first < last)[rows]
        before = np.stack([start, np.where(summed, keys[first][rows], start)], axis=1)
        after = np.stack([np.where(summed, keys[last][rows], start), stop], axis=1)
        return cls(edges, keys, first, last, before, after)

    @property
    def summed(self) -> Ints:
        """The groups that see a block."""
        return np.flatnonzero(self.first < self.last)

    @property
    def pairs(self) -> int:
        """Those that are left to the definition, whole tiles of keys for each row."""
        some = (ends[ends[:, 0] < ends[:, 1]] for ends in (self.before, self.after))
        return TILE * sum(int((-(-ends[:, 1] // TILE) - ends[:, 0] // TILE).sum()) for ends in some)

    @property
    def most_left(self) -> int:
        """The most keys that are left to the definition in a row."""
        return int(np.max(np.diff(self.before)[:, 0] + np.diff(self.after)[:, 0], initial=0))
