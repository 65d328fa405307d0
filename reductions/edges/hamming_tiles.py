"""Gap Hamming distance in blocks: the disjunction over the tiles of the table of pairs.

A tile keeps the promise where every pair has H <= t or H >= t2, as after all our reductions. The promise itself is about rows:
one with a pair H <= t may have others between t and t2, and in a tile of their own those break it. The answer of the
disjunction still stands (derived here): such a pair is no witness of a NO, since its row has a pair H <= t in another tile,
which is YES there; and without any pair H <= t, all are at least t2, in every tile.
"""

from dataclasses import dataclass
from typing import ClassVar

from instances.problem import Problem
from instances.vectors import GapHamming
from reductions.parts.tiles import InTiles
from reductions.reduction import Theorem


@dataclass(frozen=True)
class HammingTiles(InTiles[GapHamming]):
    """ceil(n/rows) ceil(m/columns) instances of at most rows x columns vectors, views of the given ones, t and t2 the same.

    A tile keeps its promise where every pair does. Errors: `BadInput` unless rows, columns >= 1.
    """

    key: ClassVar[str] = "hamming-tiles"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[Problem]] = GapHamming
    theorem: ClassVar[Theorem] = Theorem(
        "gap Hamming distance with n and m vectors is the disjunction of ceil(n/R) ceil(m/C) instances of at most R and C",
        "derived here: every pair lies in exactly one tile",
        "The table of pairs is cut into blocks. Each pair lies in exactly one of them, so the answer is YES if and only "
        "if one of the blocks is YES.",
    )

    def tile(self, problem: GapHamming, rows: slice, columns: slice) -> GapHamming:
        return GapHamming(problem.A.rows(rows), problem.B.rows(columns), problem.t, problem.t2)
