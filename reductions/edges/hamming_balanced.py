"""Gap Hamming distance to the same on vectors of weight d/2 (Alman and Song, Remark 4.4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.problem import Size, Witness
from instances.vectors import BalancedHamming, GapHamming
from reductions.parts.columns import kept
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingBalanced(Reduction[GapHamming, BalancedHamming]):
    """a becomes (a, 1 - a): every weight is half the dimension, and d, t, t2 and every distance double."""

    key: ClassVar[str] = "hamming-balanced"
    theorem: ClassVar[Theorem] = Theorem(
        "Hamming nearest neighbour with a gap stays as hard on vectors of weight d/2; d, t and t2 double",
        "Alman and Song, Remark 4.4",
        "Each row is followed by its complement: now it has as many ones as zeros, and all distances are twice what they were.",
    )

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"], "d": 2 * of["d"], "t": 2 * of["t"], "t2": 2 * of["t2"]}

    def apply(self, problem: GapHamming) -> BalancedHamming:
        return BalancedHamming(_doubled(problem.A), _doubled(problem.B), 2 * problem.t, 2 * problem.t2)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return kept(problem.A.d) + kept(problem.A.d, "complement")

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness


def _doubled(rows: BitMatrix) -> BitMatrix:
    return BitMatrix.build(rows.n, 2 * rows.d, lambda part: np.concatenate([rows.bools(part), ~rows.bools(part)], axis=1))
