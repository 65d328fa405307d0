"""What compiled sums are shaped like: columns of V in few widths, keys in tiles, lanes folded to few."""

from dataclasses import dataclass
from functools import cache

from instances.coded import Floats

WIDTHS = (2, 5, 9, 13)
"""Columns that a kernel sums at once: two vectors of points times 9 columns fill the 32 registers of AVX-512."""

SPREAD = 4
"""Vectors are folded to so many float64 before they are added to a long sum."""

TILE = 256
"""Keys of which the scores are held at once, in the nearer caches."""

TERMS = TILE // 8
"""The most weights that are added up in the working type: a lane's in a tile."""

BITS_TILE = 512
"""Keys that are summed before the sums go on in memory."""


@cache
def kernel_width(columns: int) -> int:
    """The width of the kernels that sum so many columns: few widths, so that few kernels are compiled."""
    return min(WIDTHS, key=lambda w: -(-columns // w) * (w + 2))


@dataclass(frozen=True)
class Columns:
    """What the key sums weigh features with: (V - mean) / unit, a column of ones, and zeros up to the kernels' widths."""

    V: Floats
    mean: Floats
    unit: Floats
    ones: bool = True
    """Whether a column of ones is asked for."""

    @property
    def width(self) -> int:
        """The columns that a kernel sums at once."""
        return kernel_width(self.V.shape[1] + self.ones)

    @property
    def starts(self) -> range:
        """The first column of each kernel call."""
        return range(0, self.V.shape[1] + self.ones, self.width)

    @property
    def count(self) -> int:
        """C, all columns with the zeros."""
        return len(self.starts) * self.width
