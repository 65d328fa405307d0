"""Numbers of cases: fractions as text, read as fractions or as balls."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from flint import arb, fmpq

Row = list[Fraction]
Rows = list[Row]


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
    """A matrix of a case."""
    return [row_of(row) for row in texts]


def dot(x: Sequence[Fraction], y: Sequence[Fraction]) -> Fraction:
    """<x, y>."""
    return total([a * b for a, b in zip(x, y, strict=True)])


def total(x: Iterable[Fraction]) -> Fraction:
    """The sum, a fraction even where it is empty."""
    return sum(x, Fraction(0))


def largest(M: Rows) -> Fraction:
    """max |M_ij|."""
    return max(abs(x) for row in M for x in row)
