"""Hamiltonian paths and circuits, independent sets; a formula as an independent set."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, permutations
from math import comb
from random import Random
from typing import ClassVar, Self

from instances.cnf import CNF
from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.listing import is_order
from tests.support.rules.matrices import ConsecutiveOnesSubmatrix

Edges = tuple[tuple[int, int], ...]


def graphs(n: int) -> Iterator[Edges]:
    """Every set of edges on n vertices, few edges first."""
    pairs = list(combinations(range(n), 2))
    return (edges for m in range(len(pairs) + 1) for edges in combinations(pairs, m))


@dataclass(frozen=True)
class Graph(Problem):
    """Vertices 0..n-1 and edges (a, b) with a < b, none twice. Errors: `BadInput` for any other."""

    n: int
    edges: Edges

    def __post_init__(self) -> None:
        if any(not 0 <= a < b < self.n for a, b in self.edges) or len(set(self.edges)) < len(self.edges):
            raise BadInput(f"{self.edges} are no edges of a graph with {self.n} vertices: each is (a, b) with a < b < n")

    @property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.edges)}

    @cached_property
    def joined(self) -> frozenset[tuple[int, int]]:
        return frozenset((*self.edges, *((b, a) for a, b in self.edges)))

    def witnesses(self) -> Iterator[Witness]:
        return permutations(range(self.n))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every graph with 1 to `limit` vertices."""
        return (cls(n, edges) for n in range(1, limit + 1) for edges in graphs(n))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        n, share = random.randint(1, max(1, min(limit, 7))), random.random()
        return cls(n, tuple(pair for pair in combinations(range(n), 2) if random.random() < share))


@dataclass(frozen=True)
class HamiltonianPath(Graph):
    """YES iff the n >= 1 vertices stand in an order in which neighbours are joined. A witness is the order."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.n < 1:
            raise BadInput("n = 0: a path has a vertex")

    def accepts(self, witness: Witness) -> bool:
        return is_order(witness, self.n) and all(pair in self.joined for pair in pairwise(witness))


@dataclass(frozen=True)
class HamiltonianCircuit(Graph):
    """YES iff the vertices stand in an order in which neighbours are joined, and the last with the first. A witness is the
    order; two vertices that are joined are a circuit, as in Garey and Johnson's definition.
    """

    def accepts(self, witness: Witness) -> bool:
        around = (*witness[1:], *witness[:1])
        return is_order(witness, self.n) and all(pair in self.joined for pair in zip(witness, around, strict=True))


@dataclass(frozen=True)
class IndependentSet(Graph):
    """YES iff k vertices have no edge among them. A witness is those, rising."""

    k: int

    @property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.edges), "k": self.k}

    def accepts(self, witness: Witness) -> bool:
        pairs = list(combinations(witness, 2))
        return (
            len(witness) == self.k
            and all(0 <= vertex < self.n for vertex in witness)
            and all(a < b for a, b in pairs)
            and not any(pair in self.joined for pair in pairs)
        )

    def witnesses(self) -> Iterator[Witness]:
        return combinations(range(self.n), self.k)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every graph with at most `limit` vertices, with every k <= n."""
        return (cls(n, edges, k) for n in range(limit + 1) for edges in graphs(n) for k in range(n + 1))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        graph = HamiltonianPath.drawn(limit, seed)
        return cls(graph.n, graph.edges, Random(seed).randint(0, graph.n))


@dataclass(frozen=True)
class PathCircuit(Reduction[HamiltonianPath, HamiltonianCircuit]):
    """A new vertex 0 is joined with all others, whose numbers grow by one: it closes every path."""

    key: ClassVar[str] = "path-circuit"
    theorem: ClassVar[Theorem] = Theorem("a path is a circuit less a vertex that is joined with all", "textbook")

    def size(self, of: Size) -> Size:
        return {"n": of["n"] + 1, "m": of["m"] + of["n"]}

    def apply(self, problem: HamiltonianPath) -> HamiltonianCircuit:
        spokes = ((0, vertex + 1) for vertex in range(problem.n))
        return HamiltonianCircuit(problem.n + 1, (*spokes, *((a + 1, b + 1) for a, b in problem.edges)))

    def forth(self, problem: HamiltonianPath, witness: Witness) -> Witness:
        return (0, *(vertex + 1 for vertex in witness))

    def back(self, problem: HamiltonianPath, witness: Witness) -> Witness:
        at = witness.index(0)
        return tuple(vertex - 1 for vertex in (*witness[at + 1 :], *witness[:at]))


@dataclass(frozen=True)
class CircuitFromItsFirst(PathCircuit):
    key: ClassVar[str] = "circuit-from-its-first"
    says: ClassVar[str] = (
        "back takes the first vertex of the circuit for the new one, as it is in the first circuit of a search"
    )

    def back(self, problem: HamiltonianPath, witness: Witness) -> Witness:
        return tuple(vertex - 1 for vertex in witness[1:])


@dataclass(frozen=True)
class PathConsecutive(Reduction[HamiltonianPath, ConsecutiveOnesSubmatrix]):
    key: ClassVar[str] = "path-consecutive"
    theorem: ClassVar[Theorem] = Theorem("the edges of a path in their order: each vertex has neighbours among them", "a slip")
    says: ClassVar[str] = "n - 1 edges with the ones of each vertex together need not be a path: those of a star are none"

    def size(self, of: Size) -> Size:
        return {"n": of["m"], "m": of["n"], "k": of["n"] - 1}

    def apply(self, problem: HamiltonianPath) -> ConsecutiveOnesSubmatrix:
        rows = tuple(tuple(int(vertex in edge) for edge in problem.edges) for vertex in range(problem.n))
        return ConsecutiveOnesSubmatrix(rows, len(problem.edges), problem.n - 1)

    def forth(self, problem: HamiltonianPath, witness: Witness) -> Witness:
        return tuple(problem.edges.index((min(step), max(step))) for step in pairwise(witness))

    def back(self, problem: HamiltonianPath, witness: Witness) -> Witness:
        """The path that the edges make in their order; the vertices as they come where they make none."""
        walked = [problem.edges[column] for column in witness]
        if not walked:
            return tuple(range(problem.n))
        first = min(walked[0], key=lambda vertex: sum(vertex in edge for edge in walked))
        order = [first]
        for a, b in walked:
            order.append(b if a == order[-1] else a)
        return tuple(order)


@dataclass(frozen=True)
class CnfIndependent(Reduction[CNF, IndependentSet]):
    """A vertex for each literal of each clause; those of one clause are joined, and those that contradict each other; one of
    each clause is asked for. `size` is what clauses with k literals have at most.
    """

    key: ClassVar[str] = "cnf-independent"
    bound: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem("true literals of all clauses, no two of which contradict each other", "textbook")

    def size(self, of: Size) -> Size:
        n = of["k"] * of["m"]
        return {"n": n, "m": comb(n, 2), "k": of["m"]}

    def apply(self, problem: CNF) -> IndependentSet:
        vertices = places(problem)
        edges = (
            (one, other)
            for (one, (clause, literal)), (other, (later, opposite)) in combinations(enumerate(vertices), 2)
            if clause == later or literal == -opposite
        )
        return IndependentSet(len(vertices), tuple(edges), len(problem.clauses))

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        true = [vertex for vertex in enumerate(places(problem)) if witness[abs(vertex[1][1]) - 1] == (vertex[1][1] > 0)]
        first = {clause: number for number, (clause, _) in reversed(true)}
        return tuple(first[clause] for clause in sorted(first))

    def back(self, problem: CNF, witness: Witness) -> Witness:
        chosen = {places(problem)[vertex][1] for vertex in witness}
        return tuple(int(variable in chosen) for variable in range(1, problem.n + 1))


@dataclass(frozen=True)
class IndependentOfTheUsed(CnfIndependent):
    key: ClassVar[str] = "independent-of-the-used"
    says: ClassVar[str] = (
        "back gives a variable that is not chosen its first sign in the formula, and asks variables without one"
    )

    def back(self, problem: CNF, witness: Witness) -> Witness:
        chosen = {places(problem)[vertex][1] for vertex in witness}
        values = []
        for variable in range(1, problem.n + 1):
            used = [literal for _, literal in places(problem) if abs(literal) == variable]
            values.append(int(variable in chosen or (-variable not in chosen and used[0] > 0)))
        return tuple(values)


@dataclass(frozen=True)
class IndependentFewEdges(CnfIndependent):
    key: ClassVar[str] = "independent-few-edges"
    says: ClassVar[str] = "the bound counts the edges within clauses, and none between literals that contradict each other"

    def size(self, of: Size) -> Size:
        return {**super().size(of), "m": comb(of["k"], 2) * of["m"]}


def places(problem: CNF) -> list[tuple[int, int]]:
    """The literals of the formula as they stand, each with the number of its clause."""
    return [(number, literal) for number, clause in enumerate(problem.clauses) for literal in clause]
