"""The sizes that a kernel's file itself speaks of: many a generated kernel takes no others."""

from collections.abc import Iterator

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import RANDOM, Shape
from hardlab.kernels.kernel import Offer

LARGEST, PAIRS = 2**24, 2**26
"""Numbers of all operands, and pairs of a query and a key, of a call that takes seconds."""


def own(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Every row asked about a key that it sees, in several draws, random entries as tests draw them, and the gradients."""
    if offer.sizes is None:
        return
    shape = Shape(*offer.sizes)
    if shape.b * shape.H * (shape.n + shape.m) * (shape.d + shape.v) > LARGEST or shape.b * shape.H * shape.n * shape.m > PAIRS:
        return
    for i in range(2 if draw.quick else 3):
        yield Case(f"own/{shape}/{i + 1}", shape, "spread", draw.seed(i))
    for mode in RANDOM:
        yield Case(f"own/{mode}/{shape}", shape, mode, draw.seed(9))
    yield Case(f"own/gradients/{shape}", shape, "spread", draw.seed(0, 1), gradients=True)
