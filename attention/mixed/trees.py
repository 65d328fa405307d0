"""Points in a tree of boxes: halved at the median of the widest side, down to few points.

Points stand in tiles of TILE, column by column in a tile, so that vectors are read as they lie; nodes begin and end with tiles,
and the last tile is filled with its last point. A node has a box around its points, tight up to rounding.
"""

from dataclasses import dataclass

import numpy as np

from instances.bits import Ints
from instances.coded import Floats
from instances.faults import BadInput

TILE = 16
"""Points of a tile: two vectors of float64."""

LEAF, MOST = {1: 32, 2: 32}, 64
"""Points of a node that is not halved, at most, by the dimension: of more dimensions MOST."""


def checked_leaf(leaf: int | None) -> None:
    """Errors: `BadInput` unless it is None, or a number of points that boxes can have."""
    if leaf is not None and not (type(leaf) is int and TILE <= leaf <= 2**40):
        raise BadInput(f"leaf = {leaf!r}: boxes that are not halved have at least {TILE} rows, and at most 2^40")


@dataclass(frozen=True)
class Tree:
    """n points in d dimensions. Node t has the places start[t] to stop[t] - 1 of those in tiles, and is |x_c - centre[t, c]| <=
    half[t, c]; its children are nodes left[t] and left[t] + 1, later than itself, or left[t] = -1. `order` says which point
    stands in each place.
    """

    n: int
    order: Ints
    tiles: Floats
    start: Ints
    stop: Ints
    left: Ints
    level: Ints
    centre: Floats
    half: Floats

    @classmethod
    def of(cls, points: Floats, leaf: int | None = None) -> "Tree":
        """O(n log(n) d), parallel over the nodes of a level; `points` (n, d), n >= 1, are moved about in place. Nodes with more
        than `leaf` points are halved, unless all of them are equal.
        """
        from attention.mixed.halving import halve, in_tiles

        n, d = points.shape
        order, starts, stops = np.arange(n), np.zeros(1, np.int64), np.full(1, n)
        found: list[tuple[Ints, Ints, Ints, Floats, Floats]] = []
        known = 0
        while len(starts):
            low, high, middle = np.empty((len(starts), d)), np.empty((len(starts), d)), np.empty(len(starts), np.int64)
            halve(points, order, starts, stops, LEAF.get(d, MOST) if leaf is None else leaf, low, high, middle)
            apart, known = np.flatnonzero(middle), known + len(starts)
            left = np.full(len(starts), -1)
            left[apart] = known + 2 * np.arange(len(apart))
            found.append((starts, stops, left, low, high))
            ends = np.stack([starts[apart], middle[apart], stops[apart]], axis=1)
            starts, stops = ends[:, :2].ravel(), ends[:, 1:].ravel()
        start, stop, left, low, high = (np.concatenate([part[k] for part in found]) for k in range(5))
        level = np.repeat(np.arange(len(found)), [len(part[0]) for part in found])
        tiles = np.empty((-(-n // TILE), d, TILE))
        in_tiles(points, tiles)
        centre = low / 2 + high / 2
        half = np.maximum(high - centre, centre - low) * (1 + 2.0**-50)
        return cls(n, order, tiles.reshape(-1), start, -(-stop // TILE) * TILE, left, level, centre, half)

    @property
    def d(self) -> int:
        return int(self.centre.shape[1])

    @property
    def places(self) -> int:
        """The points with those that fill the last tile."""
        return len(self.tiles) // self.d

    @property
    def counts(self) -> Ints:
        """How many points each node has."""
        found: Ints = np.minimum(self.stop, self.n) - self.start
        return found
