"""The checks that every attention kernel is held to, apart from decisions and promises."""

from hardlab.conformance.definition import definition
from hardlab.conformance.extremes import extremes
from hardlab.conformance.fallback import fallback
from hardlab.conformance.invariances import invariances
from hardlab.conformance.patience import Check, until_late
from hardlab.conformance.planted import every_key, every_row, last_block
from hardlab.conformance.shapes import determinism, shapes

BASIC: tuple[Check, ...] = tuple(
    until_late(check)
    for check in (shapes, determinism, definition, invariances, last_block, every_key, every_row, extremes, fallback)
)
"""Each a function from a kernel to its results, in the order in which they are best read."""
