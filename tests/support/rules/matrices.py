"""Columns with consecutive ones, and linear equations with few numbers that are not 0."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations, product
from random import Random
from typing import Self

from instances.faults import BadInput
from instances.problem import Problem, Size, Witness

Rows = tuple[tuple[int, ...], ...]


def tables(limit: int) -> Iterator[tuple[Rows, int]]:
    """Every 0/1 matrix with m rows and n columns, m + n <= limit, and its n."""
    for both in range(limit + 1):
        for m in range(both + 1):
            rows = list(product((0, 1), repeat=both - m))
            yield from ((chosen, both - m) for chosen in product(rows, repeat=m))


def table(random: Random, limit: int) -> tuple[Rows, int]:
    n, m = random.randint(0, min(limit, 6)), random.randint(0, min(limit, 6))
    return tuple(tuple(random.randint(0, 1) for _ in range(n)) for _ in range(m)), n


def checked(rows: Rows, n: int) -> None:
    """Errors: `BadInput` unless every row has n numbers."""
    if n < 0 or any(len(row) != n for row in rows):
        raise BadInput(f"{rows} is no matrix with {n} columns")


@dataclass(frozen=True)
class ConsecutiveOnesSubmatrix(Problem):
    """SR14 of Garey and Johnson: YES iff k of the n columns can stand in an order in which the ones of each row are together.
    A witness is those columns in that order. Errors: `BadInput` for rows of other lengths, and numbers but 0 and 1.
    """

    rows: Rows
    n: int
    k: int

    def __post_init__(self) -> None:
        checked(self.rows, self.n)
        if self.k < 0 or any(bit not in (0, 1) for row in self.rows for bit in row):
            raise BadInput("k must not be negative, and the matrix has 0 and 1 alone")

    @property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.rows), "k": self.k}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != self.k or len(set(witness)) < self.k or any(not 0 <= column < self.n for column in witness):
            return False
        words = ("".join(str(row[column]) for column in witness) for row in self.rows)
        return all("0" not in word.strip("0") for word in words)

    def witnesses(self) -> Iterator[Witness]:
        return permutations(range(self.n), self.k)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every matrix with m + n <= limit, with every k <= n + 1."""
        return (cls(rows, n, k) for rows, n in tables(limit) for k in range(n + 2))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        rows, n = table(random, limit)
        return cls(rows, n, random.randint(0, n))


@dataclass(frozen=True)
class FewNonzeros(Problem):
    """Minimum weight solution to linear equations, MP5 of Garey and Johnson: YES iff rational numbers, at most k of them not 0,
    solve all equations. A witness has a 1 for each unknown that may be other than 0: the others are 0, and the equations have
    a solution. Errors: `BadInput` for equations of other lengths.
    """

    rows: Rows
    right: tuple[int, ...]
    n: int
    k: int

    def __post_init__(self) -> None:
        checked(self.rows, self.n)
        if len(self.right) != len(self.rows):
            raise BadInput(f"{len(self.rows)} equations and {len(self.right)} right sides")

    @property
    def size(self) -> Size:
        return {"n": self.n, "m": len(self.rows), "k": self.k}

    def accepts(self, witness: Witness) -> bool:
        if len(witness) != self.n or any(bit not in (0, 1) for bit in witness) or sum(witness) > self.k:
            return False
        return self.solved(witness) is not None

    def solved(self, witness: Witness) -> tuple[Fraction, ...] | None:
        """Numbers that solve the equations, 0 where the witness has 0; None where there are none."""
        kept = [column for column, bit in enumerate(witness) if bit]
        equations = ([*(row[column] for column in kept), right] for row, right in zip(self.rows, self.right, strict=True))
        found = solution(list(equations), len(kept))
        if found is None:
            return None
        values = dict(zip(kept, found, strict=True))
        return tuple(values.get(column, Fraction(0)) for column in range(self.n))

    def witnesses(self) -> Iterator[Witness]:
        return product((0, 1), repeat=self.n)

    @classmethod
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every 0/1 matrix with m + n <= limit, with every right side of 0 and 1 and every k <= n."""
        for rows, n in tables(limit):
            yield from (cls(rows, right, n, k) for right in product((0, 1), repeat=len(rows)) for k in range(n + 1))

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self:
        random = Random(seed)
        rows, n = table(random, limit)
        return cls(rows, tuple(random.randint(0, 2) for _ in rows), n, random.randint(0, n))


def solution(equations: list[list[int]], n: int) -> list[Fraction] | None:
    """Rational numbers for n unknowns that solve them, 0 for those that are free; None where there are none. The last number of
    an equation is its right side. By elimination.
    """
    left = [[Fraction(number) for number in equation] for equation in equations]
    pivots: list[tuple[int, list[Fraction]]] = []
    for column in range(n):
        pivot = next((equation for equation in left if equation[column]), None)
        if pivot is not None:
            pivots.append((column, pivot))
            left = [_without(other, pivot, column) for other in left if other is not pivot]
    if any(equation[-1] for equation in left):
        return None
    values = [Fraction(0)] * n
    for column, pivot in reversed(pivots):
        known = sum((pivot[other] * values[other] for other in range(column + 1, n)), Fraction(0))
        values[column] = (pivot[-1] - known) / pivot[column]
    return values


def _without(equation: list[Fraction], pivot: list[Fraction], column: int) -> list[Fraction]:
    if not equation[column]:
        return equation
    factor = equation[column] / pivot[column]
    return [one - factor * other for one, other in zip(equation, pivot, strict=True)]
