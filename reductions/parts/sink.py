"""The vectors of the sink form, which `hamming-sink` derives: queries, data keys, the sink, and light keys.

    queries (a - 1/2, 1/2), data keys (b - 1/2, 0), the sink (0_d, (d - 2t)/2), light keys (0_d, (d - 2c)/2), scale lam,

so a data key has the exponent lam (d - 2H)/4, the sink lam (d - 2t)/4, a light key lam (d - 2c)/4; V is 1 on data keys, else 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded
from instances.problem import Size
from reductions.parts.room import ROOM


def sink_constants(of: Size, m: int, R0: float) -> dict[str, float]:
    """lam, B and the thresholds, with room for rounding, for rows that see at most m data keys."""
    lam, low, high = 2 * (log(m) + log(R0)) / (of["t2"] - of["t"]), (1 + ROOM) / (R0 + 1), (1 - ROOM) / 2
    return {"lam": lam, "B": max(1.0, abs(of["d"] - 2 * of["t"])) / 2, "low": low, "high": high}


@dataclass(frozen=True)
class SinkVectors:
    """The vectors for rows of d bits and the threshold t with these constants, as coded blocks of d + 1 columns."""

    d: int
    t: int
    constants: Mapping[str, float]

    data_value: ClassVar[float] = 1.0
    dummy_value: ClassVar[float] = 0.0

    @property
    def scale(self) -> float:
        return self.constants["lam"]

    def queries(self, bits: BitMatrix) -> Coded:
        return _halves(bits, 0.5)

    def data(self, bits: BitMatrix) -> Coded:
        return _halves(bits, 0.0)

    def dummies(self, count: int) -> Coded:
        """The sink."""
        return self._constant(count, (self.d - 2 * self.t) / 2)

    def light(self, count: int) -> Coded:
        """Keys that weigh what a data key at the distance c of the constants would, the same for every query."""
        return self.at(self.constants["c"], count)

    def at(self, c: float, count: int) -> Coded:
        """Keys that weigh what a data key at distance c would, the same for every query."""
        return self._constant(count, (self.d - 2 * c) / 2)

    def fillers(self, count: int) -> Coded:
        """Rows of zeros, for places whose answers are not read."""
        return self._constant(count, 0.0)

    def _constant(self, count: int, last: float) -> Coded:
        row = np.append(np.zeros(self.d), last)
        return Coded(BitMatrix.zeros(count, self.d + 1), row, row)


def _halves(rows: BitMatrix, last: float) -> Coded:
    """Each row x as x - 1/2, with the entry `last` behind it."""
    half = np.full(rows.d, 0.5)
    return Coded(rows.widened(1), np.append(-half, last), np.append(half, last))
