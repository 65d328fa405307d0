"""Orthogonal Vectors to the farthest pair in Hamming distance (Keles et al., Lemma 2, with its gap of 2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix, Bools
from instances.problem import Size, Witness
from instances.vectors import FarHamming, OrthogonalVectors
from reductions.parts.columns import kept
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvFar(Reduction[OrthogonalVectors, FarHamming]):
    """a becomes (a, 1 - a, 0_d) and b becomes (b, 0_d, 1 - b): H = 2d - 2 a . b, so t = 2d and t2 = 2d - 2."""

    key: ClassVar[str] = "ov-far"
    theorem: ClassVar[Theorem] = Theorem(
        "OV in dimension d is a farthest pair in dimension 3d, at distance 2d against 2d - 2",
        "Keles et al., Lemma 2; derived here (the gap of 2)",
        "The columns are repeated as complements so that two rows differ in 2d places less two for every column that is 1 "
        "in both: orthogonal rows are farthest apart.",
    )

    def size(self, of: Size) -> Size:
        d = of["d"]
        return {"n": of["n"], "m": of["m"], "d": 3 * d, "t": 2 * d, "t2": 2 * d - 2}

    def apply(self, problem: OrthogonalVectors) -> FarHamming:
        A, B, d = problem.A, problem.B, problem.A.d

        def left(rows: slice) -> Bools:
            a = A.bools(rows)
            return np.hstack([a, ~a, np.zeros_like(a)])

        def right(rows: slice) -> Bools:
            b = B.bools(rows)
            return np.hstack([b, np.zeros_like(b), ~b])

        return FarHamming(BitMatrix.build(A.n, 3 * d, left), BitMatrix.build(B.n, 3 * d, right), 2 * d, 2 * d - 2)

    def legend(self, problem: OrthogonalVectors) -> Sequence[Columns]:
        return kept(problem.A.d) + kept(problem.A.d, "complement of a") + kept(problem.A.d, "complement of b")

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness
