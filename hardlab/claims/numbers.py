"""Numbers of cases, as fractions or as balls, and how findings show them."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TypeVar

from flint import arb, fmpq

Row = list[Fraction]
Rows = list[Row]
N = TypeVar("N", int, Fraction)


def ball(x: Fraction | str) -> arb:
    """The number as a ball of the working precision."""
    return arb(rational(Fraction(x)))


def rational(x: Fraction) -> fmpq:
    """The number as flint has it."""
    return fmpq(*x.as_integer_ratio())


def row_of(texts: Iterable[str]) -> Row:
    """A row of a case."""
    return [Fraction(x) for x in texts]


def rows_of(texts: Iterable[Iterable[str]]) -> Rows:
    """A matrix of a case: rows of one length, at least one, none empty. Errors: ValueError for another shape."""
    rows = [row_of(row) for row in texts]
    if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise ValueError("a matrix has rows of one length, at least one, and none is empty")
    return rows


def dot(x: Sequence[N], y: Sequence[N]) -> N:
    """<x, y>, of vectors that are not empty."""
    first, *rest = [a * b for a, b in zip(x, y, strict=True)]
    for term in rest:
        first += term
    return first


def total(x: Iterable[Fraction]) -> Fraction:
    """The sum, a fraction even where it is empty."""
    return sum(x, Fraction(0))


def power(u: Sequence[N], alpha: Sequence[int]) -> N:
    """u^alpha, the product of the u_i^alpha_i."""
    result: N = u[0] ** alpha[0]
    for x, k in zip(u[1:], alpha[1:], strict=True):
        result *= x**k
    return result


def largest(M: Rows) -> Fraction:
    """max |M_ij|."""
    return max(abs(x) for row in M for x in row)


def shown(value: arb) -> str:
    """A number of any size: e^x where it is far from 1."""
    size = abs(value).log() if value != 0 else arb(0)
    return f"{'-' if value < 0 else ''}e^{size.str(6, radius=False)}" if abs(size) > 10 else str(value.str(8, radius=False))
