"""Exact covers by sets of three, as sums and as equations."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness
from reductions.reduction import Reduction, Theorem
from tests.support.rules.matrices import FewNonzeros
from tests.support.rules.sums import SubsetSum
from tests.support.rules.ways import SameWitness

Triple = tuple[int, int, int]


def collections(n: int, m: int, chosen: tuple[Triple, ...] = (), named: int = 0) -> Iterator[tuple[Triple, ...]]:
    """Sets of m triples of 0..n-1, rising, whose elements first stand in their order; the first `named` ones stood before."""
    if m == 0:
        yield chosen
        return
    for triple in combinations(range(min(n, named + 3)), 3):
        new = [element for element in triple if element >= named]
        if (not chosen or triple > chosen[-1]) and new == list(range(named, named + len(new))):
            yield from collections(n, m - 1, (*chosen, triple), named + len(new))


@dataclass(frozen=True)
class ExactCover(Problem):
    """Exact cover by 3-sets, SP2 of Garey and Johnson: YES iff some of the triples have each of the elements 0..3q-1 once. A
    witness has a 1 for each of those, 0 for the others. Errors: `BadInput` unless triples rise, and none stands twice.
    """

    q: int
    triples: tuple[Triple, ...]

    def __post_init__(self) -> None:
        if self.q < 0 or any(len(each) != 3 or not 0 <= each[0] < each[1] < each[2] < 3 * self.q for each in self.triples):
            raise BadInput(f"{self.triples}: a triple has three of the elements 0..{3 * self.q - 1}, rising")
        if len(set(self.triples)) < len(self.triples):
            raise BadInput(f"{self.triples}: a triple stands twice")

    @property
    def size(self) -> Size:
        return {"q": self.q, "m": len(self.triples)}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != len(self.triples) or any(bit not in (0, 1) for bit in witness):
            return False
        held = [element for triple, bit in zip(self.triples, witness, strict=True) if bit for element in triple]
        return sorted(held) == list(range(3 * self.q))

    def witnesses(self) -> Iterator[Witness]:
        return product((0, 1), repeat=len(self.triples))

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every set of m triples with 3q + m <= limit + 3; of each m, those first whose elements stand in their order."""
        for q in range(limit // 3 + 2):
            triples = list(combinations(range(3 * q), 3))
            for m in range(limit + 4 - 3 * q):
                ordered = dict.fromkeys(collections(3 * q, m))
                yield from (cls(q, chosen) for chosen in ordered)
                yield from (cls(q, chosen) for chosen in combinations(triples, m) if chosen not in ordered)

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        """A cover, of which a triple may be left out, and other triples."""
        random = Random(seed)
        q = random.randint(1, max(1, min(3, limit // 3)))
        order = random.sample(range(3 * q), 3 * q)
        cover = [order[at : at + 3] for at in range(0, 3 * q, 3)][random.randint(0, 1) :]
        others = [random.sample(range(3 * q), 3) for _ in range(random.randint(0, limit))]
        triples = {(a, b, c) for a, b, c in map(sorted, (*cover, *others))}
        return cls(q, tuple(random.sample(sorted(triples), len(triples))))


@dataclass(frozen=True)
class CoverSubset(SameWitness, Reduction[ExactCover, SubsetSum]):
    """Each triple is a number with a 1 in three digits, one for each element; digits have room for m triples. The total has a 1
    in every digit.
    """

    key: ClassVar[str] = "cover-subset"
    theorem: ClassVar[Theorem] = Theorem("sums without a carry have each element's count in its digit", "textbook")

    def width(self, m: int) -> int:
        """Bits of a digit."""
        return max(1, m.bit_length())

    def size(self, of: Size) -> Size:
        return {"n": of["m"], "bits": self.width(of["m"]) * (3 * of["q"] - 1) + 1 if of["q"] else 0}

    def apply(self, problem: ExactCover) -> SubsetSum:
        width = self.width(len(problem.triples))
        sums = [sum(1 << width * element for element in triple) for triple in problem.triples]
        return SubsetSum(tuple(sums), sum(1 << width * element for element in range(3 * problem.q)))


@dataclass(frozen=True)
class CoverBinary(CoverSubset):
    key: ClassVar[str] = "cover-binary"
    says: ClassVar[str] = "digits have one bit: three triples with an element of their own and carries add to the total as well"

    def width(self, m: int) -> int:
        return 1


@dataclass(frozen=True)
class CoverShortSize(CoverSubset):
    key: ClassVar[str] = "cover-short-size"
    says: ClassVar[str] = "the size counts one bit for each element, where digits have room for m triples"

    def size(self, of: Size) -> Size:
        return {"n": of["m"], "bits": 3 * of["q"]}


@dataclass(frozen=True)
class CoverEquations(SameWitness, Reduction[ExactCover, FewNonzeros]):
    """An unknown for each triple; those of each element add to 1. Only q triples without a common element have all 3q."""

    key: ClassVar[str] = "cover-equations"
    theorem: ClassVar[Theorem] = Theorem("q triples with all 3q elements are disjoint", "Garey and Johnson, MP5")

    def most(self, q: int, m: int) -> int:
        """Unknowns that may be other than 0."""
        return q

    def size(self, of: Size) -> Size:
        return {"n": of["m"], "m": 3 * of["q"], "k": self.most(of["q"], of["m"])}

    def apply(self, problem: ExactCover) -> FewNonzeros:
        rows = tuple(tuple(int(element in triple) for triple in problem.triples) for element in range(3 * problem.q))
        most = self.most(problem.q, len(problem.triples))
        return FewNonzeros(rows, (1,) * (3 * problem.q), len(problem.triples), most)


@dataclass(frozen=True)
class CoverLooseEquations(CoverEquations):
    key: ClassVar[str] = "cover-loose-equations"
    says: ClassVar[str] = "twice as many unknowns as are in a cover may be other than 0: halves of triples solve the equations"

    def most(self, q: int, m: int) -> int:
        return 2 * q

    def back(self, problem: ExactCover, witness: Witness) -> Witness:
        """The triples whose numbers are not 0, in one solution."""
        solved = self.apply(problem).solved(witness) or ()
        return tuple(int(number != 0) for number in solved)
