"""Orthogonal Vectors in blocks: the disjunction over the tiles of the table of pairs."""

from dataclasses import dataclass
from typing import ClassVar

from instances.anyof import AnyOf
from instances.problem import Problem, Size, Witness
from instances.vectors import OrthogonalVectors
from reductions.reduction import Reduction, Theorem
from reductions.tiles import Tiles, checked_blocks


@dataclass(frozen=True)
class OvTiles(Reduction[OrthogonalVectors, AnyOf]):
    """ceil(n/rows) ceil(m/columns) instances of at most rows x columns vectors, views of the given ones.

    A pair is orthogonal in the tile in which it lies iff it is in the whole. Errors: `BadInput` unless rows, columns >= 1.
    """

    rows: int = 4096
    columns: int = 4096

    key: ClassVar[str] = "ov-tiles"
    source: ClassVar[type[OrthogonalVectors]] = OrthogonalVectors
    target: ClassVar[type[Problem]] = OrthogonalVectors
    disjunction: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "OV with n and m vectors is the disjunction of ceil(n/R) ceil(m/C) instances of at most R and C vectors",
        "derived here: every pair lies in exactly one tile",
    )

    def __post_init__(self) -> None:
        checked_blocks(self.key, self.rows, self.columns)

    def size(self, of: Size) -> Size:
        lists = {"n": min(of["n"], self.rows), "m": min(of["m"], self.columns)}
        return {**lists, "d": of["d"], "count": self._plan(of).count}

    def apply(self, problem: OrthogonalVectors) -> AnyOf:
        plan = self._plan(problem.size)

        def member(index: int) -> OrthogonalVectors:
            rows, columns = plan.slices(index)
            return OrthogonalVectors(problem.A.rows(rows), problem.B.rows(columns))

        return AnyOf(OrthogonalVectors, plan.count, member)

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return self._plan(problem.size).inner(*witness)

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return self._plan(problem.size).outer(*witness)

    def _plan(self, of: Size) -> Tiles:
        return Tiles(of["n"], of["m"], self.rows, self.columns)
