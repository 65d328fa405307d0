"""Orthogonal Vectors to a threshold of inner products (Keles et al., Lemma 1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.problem import Size, Witness
from instances.vectors import OrthogonalVectors, ThresholdProduct
from reductions.parts.columns import kept
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvProduct(Reduction[OrthogonalVectors, ThresholdProduct]):
    """a becomes (a, 1 - a) and b becomes (1 - b, 1_d): the inner product is d - a . b, so t = d, and every |a| is d."""

    key: ClassVar[str] = "ov-product"
    theorem: ClassVar[Theorem] = Theorem(
        "OV in dimension d is a threshold t = d of inner products in dimension 2d",
        "Keles et al., Lemma 1",
        "The columns are repeated as complements so that two rows have d ones in common less one for every column that "
        "was 1 in both: orthogonal rows have most.",
    )

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"], "d": 2 * of["d"], "t": of["d"]}

    def apply(self, problem: OrthogonalVectors) -> ThresholdProduct:
        A, B, d = problem.A, problem.B, problem.A.d
        left = BitMatrix.build(A.n, 2 * d, lambda rows: np.hstack([A.bools(rows), ~A.bools(rows)]))
        right = BitMatrix.build(B.n, 2 * d, lambda rows: np.hstack([~B.bools(rows), np.ones_like(B.bools(rows))]))
        return ThresholdProduct(left, right, d)

    def legend(self, problem: OrthogonalVectors) -> Sequence[Columns]:
        return kept(problem.A.d) + kept(problem.A.d, "complement")

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness
