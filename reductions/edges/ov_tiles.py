"""Orthogonal Vectors in blocks: the disjunction over the tiles of the table of pairs."""

from dataclasses import dataclass
from typing import ClassVar

from instances.problem import Problem
from instances.vectors import OrthogonalVectors
from reductions.parts.tiles import InTiles
from reductions.reduction import Theorem


@dataclass(frozen=True)
class OvTiles(InTiles[OrthogonalVectors]):
    """ceil(n/rows) ceil(m/columns) instances of at most rows x columns vectors, views of the given ones.

    A pair is orthogonal in the tile in which it lies iff it is in the whole. Errors: `BadInput` unless rows, columns >= 1.
    """

    key: ClassVar[str] = "ov-tiles"
    source: ClassVar[type[OrthogonalVectors]] = OrthogonalVectors
    target: ClassVar[type[Problem]] = OrthogonalVectors
    theorem: ClassVar[Theorem] = Theorem(
        "OV with n and m vectors is the disjunction of ceil(n/R) ceil(m/C) instances of at most R and C vectors",
        "derived here: every pair lies in exactly one tile",
        "The table of pairs is cut into blocks. Each pair lies in exactly one of them, so the answer is YES if and only "
        "if one of the blocks is YES.",
    )

    def tile(self, problem: OrthogonalVectors, rows: slice, columns: slice) -> OrthogonalVectors:
        return OrthogonalVectors(problem.A.rows(rows), problem.B.rows(columns))
