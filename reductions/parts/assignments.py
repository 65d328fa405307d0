"""Assignments of some variables as numbers: the first variable is the most significant bit; and as the clauses they leave."""

import numpy as np

from instances.bits import BitMatrix, Bools
from instances.cnf import CNF
from instances.problem import Witness


def number(values: Witness) -> int:
    """The number whose binary digits are `values`."""
    found = 0
    for value in values:
        found = 2 * found + value
    return found


def digits(assignment: int, count: int) -> Witness:
    """The `count` binary digits of a number."""
    return tuple(assignment >> place & 1 for place in reversed(range(count)))


def false_rows(formula: CNF, first: int, last: int) -> BitMatrix:
    """The vectors of the assignments of variables first+1..last in binary order: a 1 for each clause of which none makes a
    literal true; one column of zeros for no clauses.
    """
    count = last - first

    def block(rows: slice) -> Bools:
        numbers = np.arange(rows.start, rows.stop, dtype=np.int64)
        values = (numbers[:, None] >> np.arange(count - 1, -1, -1, dtype=np.int64)) & 1 == 1
        false = np.zeros((len(numbers), max(1, len(formula.clauses))), dtype=np.bool_)
        for c, clause in enumerate(formula.clauses):
            true = np.zeros(len(numbers), dtype=np.bool_)
            for literal in clause:
                if first < abs(literal) <= last:
                    true |= values[:, abs(literal) - 1 - first] == (literal > 0)
            false[:, c] = ~true
        return false

    return BitMatrix.build(2**count, max(1, len(formula.clauses)), block)
