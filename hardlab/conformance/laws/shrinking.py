"""A failure on a smaller instance."""

from collections.abc import Callable
from time import monotonic

from hardlab.conformance.laws.stream import made
from instances import codec
from instances.problem import Problem


def shrunk(instance: Problem, fails: Callable[[Problem], bool], seconds: float) -> Problem:
    """The instance, made smaller step by step as long as it `fails`: none of those just below it does, if there was time."""
    until = monotonic() + seconds
    smallest, form = instance, instance.as_json()
    while True:
        below = sorted(
            (other for other in codec.smaller(form) if codec.measure(other) < codec.measure(form)), key=codec.measure
        )
        for other in below:
            if monotonic() > until:
                return smallest
            found = made(type(instance), other)
            if found is not None and fails(found):
                smallest, form = found, found.as_json()
                break
        else:
            return smallest
