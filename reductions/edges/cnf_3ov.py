"""k-SAT to three lists of vectors by split-and-list into three parts (derived here, after Williams 2005)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import ClassVar

from instances.cnf import CNF, literals
from instances.faults import BadInput
from instances.problem import Size, Witness
from instances.triples import ThreeOrthogonalVectors
from reductions.parts.assignments import digits, false_rows, number
from reductions.reduction import Columns, Reduction, Theorem

Parts = tuple[int, int, int]


@dataclass(frozen=True)
class Cnf3ov(Reduction[CNF, ThreeOrthogonalVectors]):
    """A formula with N variables and M clauses becomes three lists of 2^{N_1}, 2^{N_2} and 2^{N_3} vectors of dimension
    max(1, M).

    sum_c a_ic b_jc c_kc counts the clauses that three partial assignments together leave false: 0 iff they are a model.
    `parts` are N_1, N_2 and N_3, which add up to N; as equal as can be, the larger ones last, unless they are given. Rows are
    assignments in binary order. Errors: `BadInput` for parts that are not three whole numbers >= 0, or do not add up to N.
    """

    parts: tuple[int, ...] | None = None

    key: ClassVar[str] = "cnf-3ov"
    theorem: ClassVar[Theorem] = Theorem(
        "SAT with N variables and M clauses is 3-OV with 2^ceil(N/3) vectors in dimension M",
        "derived here, after split-and-list, Williams 2005",
        "A row of A, of B or of C is an assignment of a third of the variables. Column c is 1 where that third makes no "
        "literal of clause c true. So three thirds are a model if and only if no column is 1 in all three.",
    )

    def __post_init__(self) -> None:
        if self.parts is not None:
            object.__setattr__(self, "parts", tuple(self.parts))
            if len(self.parts) != 3 or not all(type(part) is int and part >= 0 for part in self.parts):
                raise BadInput(f"parts = {self.parts}: give three numbers of variables, as in cnf-3ov[parts=4:4:2]")

    def size(self, of: Size) -> Size:
        one, two, three = self._parts(of["n"])
        return {"n": 2**one, "m": 2**two, "l": 2**three, "d": max(1, of["m"])}

    def apply(self, problem: CNF) -> ThreeOrthogonalVectors:
        return ThreeOrthogonalVectors(*(false_rows(problem, *ends) for ends in self._ends(problem)))

    def legend(self, problem: CNF) -> Sequence[Columns]:
        return tuple(Columns(1, f"clause {c + 1}", (c,)) for c in range(len(problem.clauses)))

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        return tuple(number(witness[first:last]) for first, last in self._ends(problem))

    def back(self, problem: CNF, witness: Witness) -> Witness:
        listed = zip(witness, self._parts(problem.n), strict=True)
        return tuple(value for row, count in listed for value in digits(row, count))

    def assigns(self, problem: CNF, witness: Witness) -> tuple[tuple[int, ...], ...]:
        values = self.back(problem, witness)
        return tuple(literals(range(first + 1, last + 1), values[first:last]) for first, last in self._ends(problem))

    def _parts(self, n: int) -> Parts:
        """Errors: `BadInput` where the parts that are given do not add up."""
        one, two, three = self.parts or (n // 3, (n - n // 3) // 2, n - n // 3 - (n - n // 3) // 2)
        if one + two + three != n:
            said = f"{one} + {two} + {three} = {one + two + three}"
            raise BadInput(f"parts of {said} variables, the formula has {n}: give parts that add up to {n}")
        return one, two, three

    def _ends(self, problem: CNF) -> list[tuple[int, int]]:
        """The variables first + 1..last of each part."""
        lasts = list(accumulate(self._parts(problem.n)))
        return list(zip([0, *lasts[:-1]], lasts, strict=True))
