"""The farthest pair in Hamming distance to the nearest (Keles et al., Lemma 3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from instances.bits import BitMatrix
from instances.problem import Size, Witness
from instances.vectors import FarHamming, GapHamming
from reductions.parts.columns import kept
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class FarToNear(Reduction[FarHamming, GapHamming]):
    """b becomes 1 - b: every distance H becomes d - H, t becomes d - t and t2 becomes d - t2."""

    key: ClassVar[str] = "far-hamming"
    theorem: ClassVar[Theorem] = Theorem(
        "a farthest pair is a nearest pair to the complements: t and t2 become d - t and d - t2",
        "Keles et al., Lemma 3",
        "Each row of B becomes its complement, so a distance H becomes d - H: far apart becomes near.",
    )

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"], "d": of["d"], "t": of["d"] - of["t"], "t2": of["d"] - of["t2"]}

    def apply(self, problem: FarHamming) -> GapHamming:
        B, d = problem.B, problem.A.d
        complement = BitMatrix.build(B.n, d, lambda rows: ~B.bools(rows))
        return GapHamming(problem.A, complement, d - problem.t, d - problem.t2)

    def legend(self, problem: FarHamming) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: FarHamming, witness: Witness) -> Witness:
        return witness

    def back(self, problem: FarHamming, witness: Witness) -> Witness:
        return witness
