"""A coded task in parts, some rows and some keys each, whose sums become those over all keys (derived here).

A part gives for each of its rows a peak p, the mass sum_j 2^(x_ij - p) and the values weighed so, over its own keys j (module
`partial`): sums in absolute terms, so that parts have a common scale whoever computes them, wherever and in whichever order.
They are merged in the order of keys, and each counts once: the result does not depend on where parts are computed.

Rounding. A merge multiplies the sums of either side by 2^(its peak - the larger), an exponential within EXP2_ULPS u and a
product, and adds: (EXP2_ULPS + 4) u at most. The difference of the peaks is off by u |difference|; a weight meets differences
that add up to the distance from its part's peak to the last, at most 2 (S + s)/ln 2 in all, so that they count for 2u (S + s),
however many parts there are. So P merges multiply a weight by e^{+-a'}, a' = P (EXP2_ULPS + 4) u + 2u (S + s).
A factor below 2^-1022 is flushed: what it would have counted for is less than 2^-1022 of the largest sum there can be.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, overload

import numpy as np

from attention.exact.partial import Partial, total
from attention.watching import report
from instances.bits import Ints
from instances.coded import Coded, Floats, between
from instances.mapping import Mapper, in_order
from instances.task import Attention

WINDOW = 1 << 10
"""Parts that are given out at a time; what they give is held until it is its turn."""


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows Q and some keys K of a task, all that a worker needs: the (keys, v) values, and where rows see intervals of
    keys, the (rows, 2) ends of these among the keys of the part.
    """

    Q: tuple[Coded, ...]
    K: tuple[Coded, ...]
    values: Floats
    scale: float
    spans: Ints | None


class Parts(Sequence[Part]):
    """The parts of a task with coded Q and K, at most `rows` rows and `keys` keys each (0: all of them).

    Row blocks one after the other, each with all blocks of keys. A part is made when it is asked for, of views.
    """

    def __init__(self, inputs: Attention, rows: int, keys: int) -> None:
        self._inputs = inputs
        self.rows, self.keys = _ranges(inputs.n, rows), _ranges(inputs.m, keys)

    def __len__(self) -> int:
        return len(self.rows) * len(self.keys)

    @overload
    def __getitem__(self, index: int) -> Part: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Part]: ...
    def __getitem__(self, index: int | slice) -> Part | Sequence[Part]:
        if isinstance(index, slice):
            return _Some(self, range(*index.indices(len(self))))
        down, right = divmod(range(len(self))[index], len(self.keys))
        return self._part(self.rows[down], self.keys[right])

    def _part(self, rows: slice, keys: slice) -> Part:
        of, seen = self._inputs, self._inputs.seen
        assert isinstance(of.Q, tuple)
        assert isinstance(of.K, tuple)
        spans = None
        if seen is not None:
            spans = np.clip(np.stack([seen.start[rows], seen.stop[rows]], axis=1), keys.start, keys.stop) - keys.start
        return Part(between(of.Q, rows), between(of.K, keys), of.V[keys], of.scale, spans)

    def summed(self, sums: Callable[[Part], Partial], where: Mapper) -> Iterator[Partial]:
        """The sums over all keys of each block of rows in order, those of parts by `sums`, wherever `where` has them computed.

        Errors: `RuntimeError` where a part never comes back.
        """
        found = self._reported(in_order(where, sums, self, WINDOW))
        return (total(islice(found, len(self.keys))) for _ in self.rows)

    def _reported(self, found: Iterator[Partial]) -> Iterator[Partial]:
        for done, part in enumerate(found, 1):
            yield part
            report(done, len(self))


@dataclass(frozen=True)
class _Some(Sequence[Any]):
    """Some of the parts, not made yet."""

    parts: Parts
    which: range

    def __len__(self) -> int:
        return len(self.which)

    def __getitem__(self, index: Any) -> Any:
        return self.parts[self.which[index]]


def _ranges(count: int, most: int) -> list[slice]:
    """Blocks of `most` of so many, the last may be shorter; one of all where `most` is 0, or they are no more."""
    if not 0 < most < count:
        return [slice(0, count)]
    return [slice(start, min(start + most, count)) for start in range(0, count, most)]
