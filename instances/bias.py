"""What is added to the scores of attention: b_ij = added_ij - slope_h |j' - diagonal_i|, in natural units.

`added` is an array (n, m), or (1, m), (n, 1) where rows or keys share it. A slope (ALiBi) belongs to a head of queries, and
tilts the scores by how far the key is from the row's diagonal, as module `visibility` has it: for causal attention of n = m
rows by -slope (i - j).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from flint import arb

from instances.bits import Ints
from instances.coded import Floats, finite
from instances.faults import BadInput
from instances.seen import Seen

ROWS = 1024
"""Rows of a bias that are looked at together."""

ARRAYS = ("bias", "slopes")
"""The parts of a bias, by the names that files give them."""


@dataclass(frozen=True, eq=False)
class Bias:
    """What is added to the scores; none where neither part is given. Errors: `BadInput` for NaN, infinities, other shapes."""

    added: Floats | None = None
    slopes: Floats | None = None

    def __post_init__(self) -> None:
        for name, called, axes in (("added", "the bias", 2), ("slopes", "slopes", 1)):
            given = getattr(self, name)
            if given is None:
                continue
            values = finite(given, called)
            if values.ndim != axes or not (values.size or axes == 2):
                raise BadInput(f"{called} of shape {values.shape}: give {'an (n, m) array' if axes == 2 else 'one a head'}")
            object.__setattr__(self, name, values)

    @property
    def arrays(self) -> Mapping[str, Floats]:
        """Its parts by the names of `ARRAYS`."""
        parts = dict(zip(ARRAYS, (self.added, self.slopes), strict=True))
        return {name: values for name, values in parts.items() if values is not None}

    @property
    def is_none(self) -> bool:
        return self.added is None and self.slopes is None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bias) and self._signature == other._signature

    def __hash__(self) -> int:
        return hash(self._signature)

    @cached_property
    def _signature(self) -> tuple[tuple[str, tuple[int, ...], bytes], ...]:
        return tuple((name, x.shape, hashlib.sha256((x + 0.0).tobytes()).digest()) for name, x in self.arrays.items())

    def check(self, n: int, m: int, heads: int) -> None:
        """Errors: `BadInput` where the parts do not fit n rows and m keys in so many heads of queries."""
        if self.added is not None and not (self.added.shape[0] in (1, n) and self.added.shape[1] in (1, m)):
            raise BadInput(f"the bias has the shape {self.added.shape}, there are n = {n} rows and m = {m} keys: give {(n, m)}")
        if self.slopes is not None and len(self.slopes) not in (1, heads):
            raise BadInput(f"{len(self.slopes)} slopes for {heads} heads of queries: give one a head, or one for all")

    def block(self, seen: Seen, rows: slice, keys: slice) -> Floats:
        """b_ij for these rows and keys in float64, as an array that NumPy broadcasts to them."""
        found: Floats = np.zeros((1, 1)) if self.added is None else self._part(rows, keys)
        if self.slopes is not None:
            apart = np.abs(np.arange(keys.start, keys.stop) - seen.diagonal[rows, None])
            found = found - self._slopes(seen, rows)[:, None] * apart
        return found

    def largest(self, seen: Seen) -> float:
        """No |b_ij| of a key that row i sees is larger, nor the sum of its two parts' absolute values."""
        most = 0.0
        for first in range(0, seen.n if self.added is not None else 0, ROWS):
            rows, keys = slice(first, min(first + ROWS, seen.n)), slice(0, seen.m)
            hidden, added = seen.hidden(rows, keys), np.abs(self._part(rows, keys))
            most = max(most, float((added if hidden is None else np.where(hidden, 0.0, added)).max(initial=0.0)))
        if self.slopes is not None and seen.n:
            sees = seen.start < seen.stop
            reach = np.maximum(np.abs(seen.diagonal - seen.start), np.abs(seen.stop - 1 - seen.diagonal)) * sees
            with np.errstate(over="ignore"):
                most += float((np.abs(self._slopes(seen, slice(0, seen.n))) * reach).max())
        return most

    def exact(self, seen: Seen, i: int, keys: slice) -> tuple[Ints, list[tuple[float, float, float]]]:
        """For each of these keys the number of its b_ij in a list of distinct (added, slope, distance): see `ball`."""
        count = keys.stop - keys.start
        added = np.zeros(count) if self.added is None else np.broadcast_to(self._part(slice(i, i + 1), keys)[0], count)
        slope, apart = 0.0, np.zeros(count)
        if self.slopes is not None:
            slope = float(self._slopes(seen, slice(i, i + 1))[0])
            apart = np.abs(np.arange(keys.start, keys.stop) - seen.diagonal[i]).astype(np.float64)
        kinds, which = np.unique(np.stack([added, apart]), axis=1, return_inverse=True)
        return which.reshape(-1), [(a, slope, distance) for a, distance in kinds.T.tolist()]

    def _part(self, rows: slice, keys: slice) -> Floats:
        assert self.added is not None
        n, m = self.added.shape
        return self.added[rows if n > 1 else slice(0, 1), keys if m > 1 else slice(0, 1)]

    def _slopes(self, seen: Seen, rows: slice) -> Floats:
        """The slope of each row."""
        assert self.slopes is not None
        if len(self.slopes) == 1:
            return np.repeat(self.slopes, rows.stop - rows.start)
        return self.slopes[seen.head[rows]]


NO_BIAS = Bias()


def ball(kind: tuple[float, float, float]) -> arb:
    """The b_ij of an entry of `Bias.exact`."""
    added, slope, distance = kind
    return arb(added) - arb(slope) * arb(distance)
