"""Gap Hamming distance to attention with rotary positions: the matched normaliser, its rows turned back beforehand.

The rows q*_i and k*_j are those of edge `hamming-attention`, p one more where d + p would be odd. Stored are
q_i = R_i^-1 q*_i and k_j = R_j^-1 k*_j, R_x the rotations of module `instances.rotary`; the mechanism turns them by R_i and
R_j, and the scores are <q*_i, k*_j>: the proof there is the proof here, for every base and both ways to pair columns. Rotations
act in planes, so entries grow from sqrt(beta) to B = sqrt(2 beta) at most; V, which is not turned, stays +-sqrt(beta).

Rounding: turning back is off by ROUNDINGS in each plane on either side, so an exponent by 14u sum_l ||q*_l|| ||k*_l||/d~ =
14u beta, and by 18u beta with the 4u beta there: it declines unless 36u beta <= 2^-20 tanh(ln(R0)/4). Derived here; that
rotations are isometries, and relative ones depend on i - j, is Su et al.'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Literal

from instances.problem import Size, Witness
from instances.rotary import Rotary
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, values
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import checked_ratio
from reductions.parts.rotated import check_turned, even, rotated
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingRotary(Reduction[GapHamming, AttentionTask]):
    """Any additive error below Gamma = sqrt(beta) (sqrt R0 - 1)/(sqrt R0 + 1) is harmless; entries are at most sqrt(2 beta).

    `base` and `pairs` are those of `Rotary`; all columns turn. Errors: `BadInput` for other values of these, and unless
    1.001 <= R0 < infinity; `Declined` where rounding would eat the margin.
    """

    base: float = 10000.0
    pairs: Literal["interleaved", "half-split"] = "interleaved"
    R0: float = 16.0

    key: ClassVar[str] = "hamming-rotary"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with rotary positions of any base, entries up to sqrt 2 times those without them, and any error below Gamma "
        "decides gap Hamming distance",
        "derived here, from hamming-attention",
        "Rotary positions turn every row by angles that depend on where it stands. The rows are turned back by the same angles "
        "beforehand, so the products that the mechanism forms are those without positions.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        Rotary(self.base, self.pairs)

    def size(self, of: Size) -> Size:
        constants = self.constants(of)
        return {"n": of["n"], "m": of["m"] + int(constants["M"]), "d": of["d"] + int(constants["p"]), "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        matched = self._matched(of)
        return {**matched, "B": sqrt(2) * matched["B"]}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self._matched(problem.size)
        check_turned(constants["beta"], self.R0)
        of, M = MatchedVectors(problem.A.d, constants), int(constants["M"])
        V = values(constants["B"], (problem.B.n, 1.0), (M, -1.0))
        inputs = Attention((of.queries(problem.A),), (of.data(problem.B), of.dummies(M)), V, 1 / of.width)
        plain = AttentionTask(inputs, constants["low"], constants["high"], problem.A.n)
        return rotated(plain, Rotary(self.base, self.pairs))

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        pads = Columns(int(self.constants(problem.size)["p"]), "pads, turned by the row's position")
        return *kept(problem.A.d, "turned"), pads

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)

    def _matched(self, of: Size) -> Mapping[str, float]:
        """The constants of the rows before they are turned back."""
        return even(of, self.R0, max(1, round(sqrt(of["m"]))))
