"""A fault: a sentence, and what a kernel with it gives where the evidence is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from hardlab.conformance.dense import Reading, Sees, Sight, seen
from hardlab.conformance.evidence import PARTS, Evidence
from hardlab.kernels.call import Call
from instances.coded import Floats


@dataclass(frozen=True)
class Fault:
    """`numbers` gives an array of the evidence's shape; NaN where the fault says nothing of an entry."""

    sentence: str
    numbers: Callable[[], Floats]
    reading: Reading | None = None
    """Of what the call was misread as, if it is that; other faults may come on top of it."""


def reread(sentence: str, evidence: Evidence, reading: Reading) -> Fault:
    """The fault of computing another reading of the call, in the forward pass and the backward pass."""
    return Fault(sentence, partial(part_of, evidence, reading), reading)


def part_of(evidence: Evidence, reading: Reading) -> Floats:
    """What the reading gives of the tensor that the evidence is about; of outputs only the rows that are wrong."""
    if evidence.part != "output":
        with np.errstate(all="ignore"):
            return reading.gradients()[PARTS.index(evidence.part) - 1]
    found = np.full(evidence.given.shape, np.nan)
    wrong = evidence.rows
    for batch, head in np.ndindex(*wrong.shape[:2]):
        rows = np.flatnonzero(wrong[batch, head])
        if len(rows):
            blind = ~reading.sees(batch, head, rows).any(axis=1)
            with np.errstate(all="ignore"):
                values = reading.rows(batch, head, rows)
            values[blind] = np.nan
            found[batch, head, rows] = values
    return found


def sees(sight: Sight) -> Sees:
    return partial(seen, sight)


def call_of(evidence: Evidence) -> Call:
    return evidence.planted.call
