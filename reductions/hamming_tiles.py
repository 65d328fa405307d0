"""Gap Hamming distance in blocks: the disjunction over the tiles of the table of pairs.

A tile keeps the promise where every pair has H <= t or H >= t2, as after all our reductions. The promise itself is about rows:
one with a pair H <= t may have others between t and t2, and in a tile of their own those break it. The answer of the
disjunction still stands (derived here): such a pair is no witness of a NO, since its row has a pair H <= t in another tile,
which is YES there; and without any pair H <= t, all are at least t2, in every tile.
"""

from dataclasses import dataclass
from typing import ClassVar

from instances.anyof import AnyOf
from instances.problem import Problem, Size, Witness
from instances.vectors import GapHamming
from reductions.reduction import Reduction, Theorem
from reductions.tiles import Tiles, checked_blocks


@dataclass(frozen=True)
class HammingTiles(Reduction[GapHamming, AnyOf]):
    """ceil(n/rows) ceil(m/columns) instances of at most rows x columns vectors, views of the given ones, t and t2 the same.

    A tile keeps its promise where every pair does. Errors: `BadInput` unless rows, columns >= 1.
    """

    rows: int = 4096
    columns: int = 4096

    key: ClassVar[str] = "hamming-tiles"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[Problem]] = GapHamming
    disjunction: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "gap Hamming distance with n and m vectors is the disjunction of ceil(n/R) ceil(m/C) instances of at most R and C",
        "derived here: every pair lies in exactly one tile",
    )

    def __post_init__(self) -> None:
        checked_blocks(self.key, self.rows, self.columns)

    def size(self, of: Size) -> Size:
        lists = {"n": min(of["n"], self.rows), "m": min(of["m"], self.columns)}
        return {**of, **lists, "count": self._plan(of).count}

    def apply(self, problem: GapHamming) -> AnyOf:
        plan = self._plan(problem.size)

        def member(index: int) -> GapHamming:
            rows, columns = plan.slices(index)
            return GapHamming(problem.A.rows(rows), problem.B.rows(columns), problem.t, problem.t2)

        return AnyOf(GapHamming, plan.count, member)

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return self._plan(problem.size).inner(*witness)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return self._plan(problem.size).outer(*witness)

    def _plan(self, of: Size) -> Tiles:
        return Tiles(of["n"], of["m"], self.rows, self.columns)
