"""What merged sums of keys by their definition and by a polynomial are off by (module `split`)."""

from dataclasses import dataclass
from math import expm1, inf

import numpy as np

from attention.exact.streaming import BLOCK
from attention.exp2 import EXP2_ULPS
from attention.polynomial.rounding import Off
from attention.rounding import U64, WIDEN, Rounding, extremes, gamma
from instances.coded import Floats
from instances.task import Attention


@dataclass(frozen=True)
class Merging:
    """`Y` the largest |V - mean|, `mean` and `largest` at least |mean| and |V|, of `m` keys; S, what is common to the sums of
    light keys, and rho of the heavy ones.
    """

    Y: float
    mean: float
    largest: float
    m: int
    S: float
    common: float
    heavy: float

    @classmethod
    def of(cls, inputs: Attention, mean: Floats, heavy: Attention | None, S: float, S_c: float) -> "Merging":
        """`heavy` are the long keys and the rows that meet them, with V about the mean."""
        V, rho = inputs.V, 0.0
        if heavy is not None:
            a = Rounding.of(heavy, np.float64, BLOCK).a
            rho = expm1(a) + 4 * U64 if a <= 1 else inf
        least, most = extremes(V)
        Y, largest = (float(np.maximum(most - x, x - least).max(initial=0.0)) for x in (mean, 0.0))
        of_mean, common = float(np.abs(mean).max(initial=0.0)), gamma(inputs.d + 4, U64) * S_c
        return cls(Y * WIDEN, of_mean, largest, inputs.m, S + S_c, common, rho)

    def relative(self, light: Off | None) -> float:
        """rho, for what the sums of the light keys are off by; infinite where nothing holds."""
        if light is None:
            return inf
        of_light = max(2 * light.N, light.D) / light.least + 4 * U64 + self.common
        return (max(of_light, self.heavy) + (EXP2_ULPS + 6) * U64 + 4 * U64 * self.S) * WIDEN

    def rounding(self, light: Off | None) -> float:
        """The bound on |T' - T|."""
        rho = self.relative(light)
        if not rho < 0.5:
            return inf
        flushed = 8 * (self.m + 32) * 2.0**-400 * (1 + self.largest)
        return (2 * self.Y * rho / (1 - rho) + 4 * U64 * (self.mean + 2 * self.Y) + flushed) * WIDEN
