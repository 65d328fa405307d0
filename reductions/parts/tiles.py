"""The block plan of an n x m table of pairs, and reductions of two lists to the disjunction of its tiles."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from instances.anyof import AnyOf
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.parts.columns import kept
from reductions.reduction import Columns, Reduction

Pairs = TypeVar("Pairs", OrthogonalVectors, GapHamming)


@dataclass(frozen=True)
class Tiles:
    """Tiles of `rows` x `columns`, smaller at the ends, row block after row block: every pair (i, j), 0 <= i < n, 0 <= j < m,
    lies in exactly one of them.
    """

    n: int
    m: int
    rows: int
    columns: int

    @property
    def across(self) -> int:
        """Tiles side by side."""
        return -(-self.m // self.columns)

    @property
    def count(self) -> int:
        return -(-self.n // self.rows) * self.across

    def slices(self, index: int) -> tuple[slice, slice]:
        """The rows and the columns of a tile."""
        down, right = divmod(index, self.across)
        top, left = down * self.rows, right * self.columns
        return slice(top, min(top + self.rows, self.n)), slice(left, min(left + self.columns, self.m))

    def inner(self, i: int, j: int) -> Witness:
        """(tile, row in the tile, column in the tile) of a pair."""
        return i // self.rows * self.across + j // self.columns, i % self.rows, j % self.columns

    def outer(self, index: int, i: int, j: int) -> Witness:
        """The pair that is (i, j) in a tile."""
        rows, columns = self.slices(index)
        return rows.start + i, columns.start + j


@dataclass(frozen=True)
class InTiles(Reduction[Pairs, AnyOf]):
    """ceil(n/rows) ceil(m/columns) instances of at most rows x columns vectors, views of the given ones.

    Errors: `BadInput` unless rows, columns >= 1.
    """

    rows: int = 4096
    columns: int = 4096

    disjunction: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.rows < 1 or self.columns < 1:
            said = f"{self.key}[rows={self.rows},columns={self.columns}]"
            raise BadInput(f"{said}: a tile needs at least one row and one column")

    @abstractmethod
    def tile(self, problem: Pairs, rows: slice, columns: slice) -> Pairs:
        """The instance of these rows and columns."""

    def size(self, of: Size) -> Size:
        lists = {"n": min(of["n"], self.rows), "m": min(of["m"], self.columns)}
        return {**of, **lists, "count": self._plan(of).count}

    def apply(self, problem: Pairs) -> AnyOf:
        plan = self._plan(problem.size)

        def member(index: int) -> Problem:
            return self.tile(problem, *plan.slices(index))

        return AnyOf(type(problem), plan.count, member)

    def legend(self, problem: Pairs) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: Pairs, witness: Witness) -> Witness:
        return self._plan(problem.size).inner(*witness)

    def back(self, problem: Pairs, witness: Witness) -> Witness:
        return self._plan(problem.size).outer(*witness)

    def _plan(self, of: Size) -> Tiles:
        return Tiles(of["n"], of["m"], self.rows, self.columns)
