"""Boolean formulas in conjunctive normal form.

Letters: n variables, numbered 1..n; m clauses; k the largest number of literals of a clause. A literal is
+v or -v, as in DIMACS. A witness is the truth values of variables 1..n as 0s and 1s.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import log
from random import Random
from typing import ClassVar, Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness

Clause = tuple[int, ...]


@dataclass(frozen=True)
class CNF(Problem):
    """A formula over n variables: YES iff some assignment makes a literal of every clause true.

    Clauses are kept as written: repeated literals, tautologies, repeated and empty clauses are all allowed.
    Errors: `BadInput` for a negative n and for a literal that is 0 or beyond n.
    """

    called: ClassVar[str] = "cnf"
    referee: ClassVar[str] = "cadical"
    all_are_instances: ClassVar[bool] = True

    n: int
    clauses: tuple[Clause, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "clauses", tuple(map(tuple, self.clauses)))
        if self.n < 0:
            raise BadInput(f"n = {self.n} variables: the number of variables must not be negative")
        for number, clause in enumerate(self.clauses, 1):
            for literal in clause:
                if not 1 <= abs(literal) <= self.n:
                    raise BadInput(f"clause {number} has the literal {literal}: literals run over +-1..+-{self.n}")

    @cached_property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.clauses), "k": max(map(len, self.clauses), default=0)}

    @property
    def short(self) -> str:
        return f"CNF({self.n} variables, {len(self.clauses)} clauses, k = {self.size['k']})"

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != self.n or any(value not in (0, 1) for value in witness):
            return False
        return all(any(witness[abs(lit) - 1] == (lit > 0) for lit in clause) for clause in self.clauses)

    def says(self, witness: Witness) -> str:
        return f"the assignment makes a literal of each of the {len(self.clauses)} clauses true"

    def witnesses(self) -> Iterator[Witness]:
        return product((0, 1), repeat=self.n)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Sets of clauses of at most three literals, with n + m <= limit."""
        for n in range(limit + 1):
            clauses = [
                tuple(sign * variable for sign, variable in zip(signs, chosen, strict=True))
                for width in range(4)
                for chosen in combinations(range(1, n + 1), width)
                for signs in product((1, -1), repeat=width)
            ]
            yield from (cls(n, some) for m in range(limit + 1 - n) for some in combinations(clauses, m))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        """Clauses of up to six literals, as many as leave about one assignment; in some formulas a variable stands twice in
        one.
        """
        random = Random(seed)
        n, widest, twice = random.randint(1, max(1, limit // 2)), random.choice((2, 3, 3, 3, 4, 5, 6)), random.random() < 0.25
        left, clauses = n * log(2) * random.uniform(0.6, 2.2), list[Clause]()
        while left > 0 and len(clauses) < 12 * limit:
            width = random.randint(1, widest if twice else min(widest, n))
            chosen = random.choices(range(1, n + 1), k=width) if twice else random.sample(range(1, n + 1), width)
            clauses.append(tuple(random.choice((1, -1)) * variable for variable in chosen))
            left += log(1 - 0.5**width)
        return cls(n, tuple(clauses))

    @classmethod
    def memory(cls, size: Size) -> int:
        return 64 * size["m"] * (size["k"] + 1)

    @cached_property
    def identity(self) -> str:
        text = f"cnf {self.n}\n" + "".join(" ".join(map(str, clause)) + " 0\n" for clause in self.clauses)
        return hashlib.sha256(text.encode()).hexdigest()


def literals(variables: Iterable[int], values: Witness) -> tuple[int, ...]:
    """The literals over these variables that the values make true."""
    return tuple(variable if value else -variable for variable, value in zip(variables, values, strict=True))


def model_literals(witness: Witness) -> list[int]:
    """The assignment as signed literals for variables 1..n."""
    return list(literals(range(1, len(witness) + 1), witness))
