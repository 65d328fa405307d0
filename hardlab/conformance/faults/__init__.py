"""The faults of kernels that are known by name, each as the numbers that a kernel with it would give."""

from collections.abc import Iterator

from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.backward import of_backward
from hardlab.conformance.faults.heads import of_heads
from hardlab.conformance.faults.numbers import of_numbers
from hardlab.conformance.faults.sight import of_sight
from hardlab.conformance.faults.told import Fault


def faults(evidence: Evidence) -> Iterator[Fault]:
    """Those that make sense for a call, the ones that say most first."""
    if evidence.part != "output":
        yield from of_backward(evidence)
    yield from of_sight(evidence)
    yield from of_heads(evidence)
    yield from of_numbers(evidence)
