"""Orthogonal Vectors to gap Hamming distance by one gadget for each coordinate, for each two of them, or for neighbours on a
circle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from instances.bits import BitMatrix, Bools
from instances.faults import BadInput
from instances.problem import Size, Witness
from instances.vectors import GapHamming, OrthogonalVectors
from reductions.parts.gadgets import GADGETS, Gadget, circle, encode, gap
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvHamming(Reduction[OrthogonalVectors, GapHamming]):
    """H = t + 2 (number of violated gadgets), so the gap is t against t2 = t + 2: eps = 2/t; against t + 4 on a circle.

    `gadget="pair"`: 5 bits for two coordinates, 3 for a last odd one, t = ceil(d/2), eps = 4/d for even d and 4/(d + 1) for
    odd. `gadget="cycle"`: the 5 bits for each coordinate and the next, the last with the first; a coordinate that is 1 in both
    rows violates both of its gadgets, so t = d against d + 4: eps = 4/d for every d >= 2, the best possible for d = 2, 3, 4
    (derived here, a linear programme over the cut cone), in twice the bits. `gadget="single"`: 3 bits a coordinate, t = d;
    Lemma 2 of Keles et al. followed by their Lemma 3. Errors: `BadInput` for another gadget.
    """

    gadget: Literal["pair", "single", "cycle"] = "pair"

    key: ClassVar[str] = "ov-hamming"
    theorem: ClassVar[Theorem] = Theorem(
        "OV in dimension d is Hamming nearest neighbour with gap t against t + 2, t = ceil(d/2) (pair) or d (single), and d "
        "against d + 4 (cycle)",
        "Keles et al., Lemmas 2 and 3 (single); derived here (the gap of 2; pair; cycle)",
        "Columns become groups of bits, the gadgets, in which two rows differ in 1 place where no column is 1 in both, "
        "and in 3 where one is. So orthogonal rows are at distance t, all others at t + 2 or more; at t + 4, where every "
        "column is in two gadgets.",
    )

    def __post_init__(self) -> None:
        if self.gadget not in ("pair", "single", "cycle"):
            raise BadInput(f"gadget = {self.gadget!r}: ov-hamming has the gadgets pair, single and cycle")

    def size(self, of: Size) -> Size:
        d = of["d"]
        t = -(-d // 2) if self.gadget == "pair" else d
        twos = {"pair": d // 2, "cycle": d if d >= 2 else 0, "single": 0}[self.gadget]
        width = gap(d) if self.gadget == "cycle" else 2
        return {"n": of["n"], "m": of["m"], "d": 5 * twos + 3 * (t - twos), "t": t, "t2": t + width}

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

    def _gadgets(self, d: int) -> list[tuple[Gadget, Sequence[int]]]:
        """Each gadget with the coordinates that it encodes."""
        width = 2 if self.gadget == "pair" else 1
        apart = [range(c, min(c + width, d)) for c in range(0, d, width)]
        groups: Sequence[Sequence[int]] = circle(range(d)) if self.gadget == "cycle" else apart
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
