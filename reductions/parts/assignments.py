"""Assignments of some variables as numbers: the first variable is the most significant bit."""

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
