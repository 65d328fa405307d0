"""Which keys and which values each head of each batch member reads: all hold the same keys, in orders of their own."""

from collections.abc import Iterator

from hardlab.conformance.case import Case
from hardlab.conformance.drawing import Draw
from hardlab.conformance.planting import Shape
from hardlab.kernels.kernel import Offer

KINDS = ((2, 4, 2), (1, 8, 2), (3, 6, 3), (2, 6, 6), (2, 4, 1), (4, 1, 1), (3, 16, 4), (9, 5, 5))
"""(b, H, G)."""


def heads(draw: Draw, offer: Offer) -> Iterator[Case]:
    """Several heads and batch members, shared key heads where they are offered."""
    random = draw.random
    seen = set()
    for i, kind in enumerate(KINDS):
        n, m = int(random.integers(8, 40)), int(random.integers(8, 40))
        shape = draw.fit(Shape(*kind, n, m if "cross" in offer.features else n, 64, 64))
        if (shape.b, shape.H, shape.G) not in seen:
            seen.add((shape.b, shape.H, shape.G))
            yield Case(f"heads/{shape}", shape, "spread", draw.seed(i))
