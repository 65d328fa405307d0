"""Colourings with three colours, as formulas."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import ClassVar

from instances.cnf import CNF
from instances.problem import Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.graphs import Graph

COLOURS = range(3)


@dataclass(frozen=True)
class Colouring(Graph):
    """YES iff the vertices have colours 0, 1, 2 so that joined ones differ. A witness is the colours."""

    def accepts(self, witness: Witness) -> bool:
        known = len(witness) == self.n and all(colour in COLOURS for colour in witness)
        return known and all(witness[a] != witness[b] for a, b in self.edges)

    def witnesses(self) -> Iterator[Witness]:
        return product(COLOURS, repeat=self.n)


@dataclass(frozen=True)
class ColouringCnf(Reduction[Colouring, CNF]):
    """A variable for each vertex and colour: each vertex has one, joined ones none in common."""

    key: ClassVar[str] = "colouring-cnf"
    theorem: ClassVar[Theorem] = Theorem("a colouring is an assignment of colours", "textbook")
    uncoloured: ClassVar[int] = 0

    def size(self, of: Size) -> Size:
        coloured = max(0, of["n"] - self.uncoloured)
        return {"n": 3 * of["n"], "m": coloured + 3 * of["m"], "k": 3 if coloured else 2 if of["m"] else 0}

    def apply(self, problem: Colouring) -> CNF:
        has = [tuple(3 * vertex + colour + 1 for colour in COLOURS) for vertex in range(problem.n)]
        differ = [(-has[a][colour], -has[b][colour]) for a, b in problem.edges for colour in COLOURS]
        return CNF(3 * problem.n, (*has[: max(0, problem.n - self.uncoloured)], *differ))

    def forth(self, problem: Colouring, witness: Witness) -> Witness:
        return tuple(int(colour == of) for of in witness for colour in COLOURS)

    def back(self, problem: Colouring, witness: Witness) -> Witness:
        return tuple(next((c for c in COLOURS if witness[3 * v + c]), 0) for v in range(problem.n))


class LastUncoloured(ColouringCnf):
    """The same without the last vertex."""

    key = "last-uncoloured"
    says = "nothing asks for a colour of the last vertex, so that the complete graph of four can be coloured"
    uncoloured = 1
