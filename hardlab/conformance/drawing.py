"""What a run of checks draws: one seed for all, from which every check has numbers of its own, whichever others are run."""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hardlab.conformance.planting import Shape
from hardlab.kernels.kernel import Offer

HEADS = ((2, 4, 2), (1, 6, 2), (3, 2, 1), (2, 3, 3), (1, 8, 4))
"""(b, H, G)."""

WIDTHS = (64, 64, 32, 96, 72, 128)
"""d = v."""


def new_seed() -> int:
    """64 bits that nobody knows beforehand."""
    return secrets.randbits(64)


@dataclass(frozen=True)
class Draw:
    """The numbers of one check: of the run's seed and the check's name."""

    seed_of_check: int
    check: str
    offer: Offer
    quick: bool = False

    def seed(self, *words: int) -> tuple[int, ...]:
        """A seed of NumPy's generators."""
        name = int.from_bytes(hashlib.sha256(self.check.encode()).digest()[:8], "little")
        return (self.seed_of_check, name, *words)

    @property
    def random(self) -> np.random.Generator:
        """The generator of the check's sizes, always from its start."""
        return np.random.default_rng(self.seed(2**32))

    def fit(self, shape: Shape) -> Shape:
        """The shape with what is offered of batches, heads, keys and widths."""
        has = self.offer.features
        H = shape.H if "heads" in has else 1
        G = H if "gqa" not in has or H == 1 else shape.G
        m, v = shape.m if "cross" in has else shape.n, shape.v if "width" in has else shape.d
        return replace(shape, b=shape.b if "batch" in has else 1, H=H, G=G, m=m, v=v)


def shapes(draw: Draw, sizes: Sequence[tuple[int, int]], quick: int = 1, square: bool = False) -> Iterator[Shape]:
    """Shapes of about these (n, m), each with heads and widths that are drawn; so many of them where it is to be quick."""
    random = draw.random
    chosen = sorted(random.permutation(len(sizes))[:quick].tolist()) if draw.quick else range(len(sizes))
    kinds, widths = random.permutation(len(HEADS)), random.permutation(len(WIDTHS))
    for place in chosen:
        n, m = (max(1, size + int(random.integers(-(size // 8), size // 8 + 1))) for size in sizes[place])
        small, large = sizes[place]
        m = n if square or small == large else max(m, n + 1) if large > small else min(m, n - 1)
        d = WIDTHS[widths[place % len(WIDTHS)]]
        yield draw.fit(Shape(*HEADS[kinds[place % len(HEADS)]], n, m, d, d))
