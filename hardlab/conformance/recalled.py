"""A wrong entry of a planted call, asked again: from the recipe alone, held against certified values where it is an output."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np

from attention.exact.certified import certified_row
from hardlab.conformance.asking import KIND as KIND
from hardlab.conformance.case import case_of
from hardlab.conformance.evidence import PARTS, allowed_of_rows, held_gradients
from hardlab.kernels.kernel import Conventions
from instances.faults import BadInput


@dataclass(frozen=True)
class Recalled:
    """What an entry should be, within which error, and what was given; it is confirmed if that is further off."""

    entry: str
    expected: float
    allowed: float
    output: float

    @property
    def holds(self) -> bool:
        return not abs(self.output - self.expected) <= self.allowed


def recalled(record: Mapping[str, Any]) -> Recalled:
    """What the entry of a counterexample comes to now. Errors: `BadInput` where it describes none, or another call by now."""
    try:
        case, part = case_of(record["case"]), record["part"]
        conventions = Conventions(record["scale"], dtype=record["dtype"])
        batch, head, row, column = (int(place) for place in record["place"])
        output, identity = float(record["output"]), record["task"]
        if part not in PARTS or min(batch, head, row, column) < 0:
            raise ValueError(f"part {part!r} at {record['place']}")
    except BadInput:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"this is no counterexample of a planted call: {type(error).__name__}: {error}") from None
    try:
        planted = case.planted(conventions)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadInput(f"the case {case.name!r:.80} can not be made: {type(error).__name__}: {error}") from None
    if planted.call.identity != identity:
        raise BadInput(f"the case {case.name} is another call than the one of the counterexample")
    reading, place = planted.reading, (batch, head, row, column)
    shapes = (planted.call.Q.shape[:3] + reading.V.shape[3:], *(X.shape for X in planted.call.operands[:3]))
    if not all(one < size for one, size in zip(place, shapes[PARTS.index(part)], strict=True)):
        raise BadInput(f"place = {list(place)}: {part} has the shape {shapes[PARTS.index(part)]}")
    if part == "output":
        rows = np.array([row])
        sees = reading.sees(batch, head, rows)
        if not sees.any():
            raise BadInput(f"row {row} of {case.name} sees no key: nothing is demanded of it")
        expected = certified_row(planted.call.inputs(batch, head), row)[column]
        allowed = float(allowed_of_rows(reading, batch, head, rows, sees, conventions.dtype)[0, column])
    elif case.gradients:
        right, allowed = held_gradients(reading, conventions.dtype)[PARTS.index(part) - 1]
        expected = float(right[place])
    else:
        raise BadInput(f"{case.name} asks for no gradients, and so for no {part}")
    if not isfinite(expected) or not isfinite(allowed):
        raise BadInput(f"{part}{list(place)} of {case.name}: nothing is demanded of this entry")
    return Recalled(f"{part}{list(place)} of {case.name}", expected, allowed, output)
