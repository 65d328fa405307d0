"""What the fields beside the arrays must be, and the check of what was read."""

from collections.abc import Mapping
from typing import TypeVar

from instances.faults import BadInput
from instances.problem import Problem

P = TypeVar("P", bound=Problem)
Notes = Mapping[str, str]

_NUMBER, _WHOLE, _STRING = ("fiu", "a number"), ("iu", "an integer"), ("U", "a string")
SCALARS = {
    **dict.fromkeys(("scale", "low", "high", "eps"), _NUMBER),
    **dict.fromkeys(("rows", "step", "column", "d", "t", "t2"), _WHOLE),
    **dict.fromkeys(("mechanism", "kind", "of"), _STRING),
    "logarithmic": ("b", "a boolean"),
}


def checked(problem: P, instance: str | None) -> P:
    """`problem`, if it is what was saved. Errors: `BadInput`."""
    if instance is not None and instance != problem.identity:
        raise BadInput(f"the identity is {problem.identity} and was {instance} when saved: fetch the file again")
    return problem
