"""Orthogonal Vectors to gap Hamming distance by one gadget for each coordinate, or for each two of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from instances.bits import BitMatrix, Bools
from instances.faults import BadInput
from instances.problem import Size, Witness
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.parts.gadgets import GADGETS, Gadget, encode
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvHamming(Reduction[OrthogonalVectors, GapHamming]):
    """H = t + 2 (number of violated gadgets), so the gap is t against t2 = t + 2: eps = 2/t.

    `gadget="pair"`: 5 bits for two coordinates, 3 for a last odd one, t = ceil(d/2), eps about 4/d. The
    best possible is 4/d for d = 2, 3, 4 (derived here, a linear programme over the cut cone): it is attained at d = 2 and
    4; at d = 3 eps is 1. `gadget="single"`: 3 bits a coordinate, t = d; Lemma 2 of Keles et al. followed by their Lemma 3.
    """

    gadget: Literal["pair", "single"] = "pair"

    key: ClassVar[str] = "ov-hamming"
    theorem: ClassVar[Theorem] = Theorem(
        "OV in dimension d is Hamming nearest neighbour with gap t against t + 2, t = ceil(d/2) (pair) or d (single)",
        "Keles et al., Lemmas 2 and 3 (single); derived here (the gap of 2; pair)",
        "Columns become groups of bits, the gadgets, in which two rows differ in 1 place where no column is 1 in both, "
        "and in 3 where one is. So orthogonal rows are at distance t, all others at t + 2 or more.",
    )

    def __post_init__(self) -> None:
        if self.gadget not in ("pair", "single"):
            raise BadInput(f"gadget = {self.gadget!r}: ov-hamming has the gadgets pair and single")

    def size(self, of: Size) -> Size:
        d = of["d"]
        t = -(-d // 2) if self.gadget == "pair" else d
        bits = 5 * (d // 2) + 3 * (d % 2) if self.gadget == "pair" else 3 * d
        return {"n": of["n"], "m": of["m"], "d": bits, "t": t, "t2": t + 2}

    def apply(self, problem: OrthogonalVectors) -> GapHamming:
        size = self.size(problem.size)
        A, B = (self._encoded(problem, side, size["d"]) for side in ("left", "right"))
        return GapHamming(A, B, size["t"], size["t2"])

    def legend(self, problem: OrthogonalVectors) -> Sequence[Columns]:
        return tuple(Columns(gadget.bits, "gadget", tuple(group)) for gadget, group in self._gadgets(problem.A.d))

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness

    def _gadgets(self, d: int) -> list[tuple[Gadget, range]]:
        """Each gadget with the coordinates that it encodes."""
        width = 2 if self.gadget == "pair" else 1
        groups = [range(c, min(c + width, d)) for c in range(0, d, width)]
        return [(GADGETS["O" * len(group)], group) for group in groups]

    def _encoded(self, problem: OrthogonalVectors, side: str, bits: int) -> BitMatrix:
        vectors = problem.A if side == "left" else problem.B

        def block(rows: slice) -> Bools:
            codes = vectors.bools(rows).astype(np.uint8)
            parts = [
                encode(gadget.left if side == "left" else gadget.right, [codes[:, c] for c in group])
                for gadget, group in self._gadgets(vectors.d)
            ]
            return np.concatenate(parts, axis=1)

        return BitMatrix.build(vectors.n, bits, block)
