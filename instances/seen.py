"""The keys that each of n rows sees, worked out: an interval a row, and Boolean bits where that is not all.

Row i sees no key outside [start_i, stop_i), and sees all keys in it where there are no bits. Intervals are as short as they can
be: a row that sees a key sees the first and the last of its interval; of a row that sees none the interval is empty.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from instances.bits import Bools, Ints

ROWS = 4096
"""Rows of a mask that are looked at together."""


class Segments(NamedTuple):
    """(s,) each: segment k has the rows [row_start_k, row_stop_k), which see no other keys than [start_k, stop_k)."""

    row_start: Ints
    row_stop: Ints
    start: Ints
    stop: Ints


@dataclass(frozen=True, eq=False)
class Seen:
    """What `Visibility.over(n, m)` gives.

    `start` and `stop` are (n,) arrays, `diagonal` the key on each row's diagonal (which need not exist), `head` each row's head
    of queries, of so many `heads`. `keep` and `mask` are None where the intervals say it all.
    """

    n: int
    m: int
    start: Ints
    stop: Ints
    diagonal: Ints
    head: Ints
    heads: int
    keep: Bools | None = None
    mask: Bools | None = None

    @classmethod
    def of(cls, sees: Any, segments: Segments, n: int, m: int) -> "Seen":
        """What a visibility whose parts fit shows, given its segments."""
        rows, keys = segments.row_stop - segments.row_start, segments.stop - segments.start
        segment = np.repeat(np.arange(len(rows)), rows)
        shift = keys - rows if sees.corner == "bottom-right" else np.zeros(len(rows), dtype=np.int64)
        diagonal = np.arange(n) + (segments.start - segments.row_start + shift)[segment]
        start, stop = segments.start[segment], segments.stop[segment]
        if sees.left is not None:
            start = np.maximum(start, diagonal - sees.left)
        if sees.right is not None:
            stop = np.minimum(stop, diagonal + sees.right + 1)
        batch, heads = (sees.heads or (1, 1))[:2]
        head = segment // (len(rows) // (batch * heads)) % heads
        return cls(n, m, start, stop, diagonal, head, heads)._narrowed(start, stop)._kept(sees.keep)._masked(sees.mask)

    def _narrowed(self, start: Ints, stop: Ints, keep: Bools | None = None, mask: Bools | None = None) -> "Seen":
        empty = start >= stop
        start, stop = np.where(empty, 0, start), np.where(empty, 0, stop)
        return replace(self, start=start, stop=stop, keep=keep, mask=mask)

    def _kept(self, keep: Bools | None) -> "Seen":
        """Where the keys are kept as well."""
        if keep is None or not self.m:
            return self
        j, count = np.arange(self.m), np.concatenate([[0], np.cumsum(keep)])
        following = np.minimum.accumulate(np.where(keep, j, self.m)[::-1])[::-1]
        before = np.maximum.accumulate(np.where(keep, j, 0))
        shown = count[self.stop] > count[self.start]
        start = np.where(shown, following[self.start], 0)
        stop = np.where(shown, before[self.stop - 1] + 1, 0)
        whole = bool((count[stop] - count[start] == stop - start).all())
        return self._narrowed(start, stop, None if whole else keep)

    def _masked(self, mask: Bools | None) -> "Seen":
        """Where the mask holds as well."""
        if mask is None or not self.m:
            return self
        both = replace(self, mask=mask)
        start, stop, whole = np.zeros(self.n, np.int64), np.zeros(self.n, np.int64), True
        for first in range(0, self.n, ROWS):
            rows = slice(first, first + ROWS)
            hidden = both.hidden(rows, slice(0, self.m))
            if hidden is None:
                start[rows], stop[rows] = 0, self.m
                continue
            count = self.m - hidden.sum(axis=1)
            start[rows] = np.where(count, hidden.argmin(axis=1), 0)
            stop[rows] = np.where(count, self.m - hidden[:, ::-1].argmin(axis=1), 0)
            whole = whole and bool((count == stop[rows] - start[rows]).all())
        return both._narrowed(start, stop, *((None, None) if whole else (self.keep, mask)))

    @property
    def intervals(self) -> bool:
        """Whether each row sees all keys of its interval."""
        return self.keep is None and self.mask is None

    @cached_property
    def rising(self) -> bool:
        """Whether each row sees all keys of its interval, the ends of which do not fall from row to row; rows that see none are
        passed over.
        """
        start, stop = (ends[self.start < self.stop] for ends in (self.start, self.stop))
        return self.intervals and bool((np.diff(start) >= 0).all() and (np.diff(stop) >= 0).all())

    @cached_property
    def everything(self) -> bool:
        """Whether every row sees every key."""
        return self.intervals and bool((self.start == 0).all() and (self.stop == self.m).all())

    @cached_property
    def blind(self) -> Ints:
        """The rows that see no key: attention says nothing of them."""
        return np.flatnonzero(self.start >= self.stop)

    def keys(self, i: int) -> tuple[slice, Bools | None]:
        """The interval of row i, and which keys of it the row sees: None for all."""
        these = slice(int(self.start[i]), int(self.stop[i]))
        hidden = None if self.intervals else self.hidden(slice(i, i + 1), these)
        return these, None if hidden is None else ~hidden[0]

    def span(self, rows: slice) -> slice:
        """The shortest interval outside of which none of these rows sees a key."""
        start, stop = self.start[rows], self.stop[rows]
        seeing = start < stop
        return slice(int(start[seeing].min()), int(stop[seeing].max())) if seeing.any() else slice(0, 0)

    def hidden(self, rows: slice, keys: slice) -> Bools | None:
        """Which of these keys each of these rows does not see; None where all are seen."""
        start, stop = self.start[rows, None], self.stop[rows, None]
        if bool((start <= keys.start).all() and (stop >= keys.stop).all()):
            found = None
        else:
            j = np.arange(keys.start, keys.stop)
            found = (j < start) | (j >= stop)
        for bits in (
            None if self.keep is None else self.keep[None, keys],
            None if self.mask is None else self.mask[rows, keys],
        ):
            if bits is not None and not bits.all():
                found = ~bits if found is None else found | ~bits
        return None if found is None else np.broadcast_to(found, (len(start), keys.stop - keys.start))
