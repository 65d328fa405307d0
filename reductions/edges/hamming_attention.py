"""Gap Hamming distance to attention with a matched normaliser: any error below Gamma, about 0.6 B, is tolerated.

Derived here. Alman and Song need the error n^-C_a because their normaliser m e^{beta/2} is far above the data mass.
Match it instead. Let R0 > 1, M = max(1, round(sqrt m)), p = ceil(|d - t - t2|/2) + 1, d~ = d + p,
beta = d~ (ln m + ln R0)/(2 (t2 - t)), B = sqrt(beta), eta = ((d - t - t2) + (0.5 ln m - ln M) d~/beta)/(2p), and

    queries B (2a_i - 1, 1_p), data keys B (2b_j - 1, -eta 1_p), M dummy keys B (0_d, eta 1_p),
    scale 1/d~, V = +B on data keys, -B on dummies.

(p grows to ceil(|2p eta|/2) where |eta| > 1; 2p eta does not depend on p.) Then every entry is at most B, and

    YES (some H <= t): output >= Gamma;   NO (all H >= t2): output <= -Gamma;   Gamma = B (sqrt R0 - 1)/(sqrt R0 + 1).

Proof. A data key has the exponent (beta/d~)(d - 2H - p eta), a dummy (beta/d~) p eta. With S the mass of the data and
Z of the dummies, S_yes >= exp((beta/d~)(d - 2t - p eta)), S_no <= m exp((beta/d~)(d - 2 t2 - p eta)), and their ratio is
at least exp(2 (t2 - t) beta/d~)/m = R0. By the choice of eta, Z = M exp((beta/d~) p eta) is the geometric mean of the
two bounds, and the output is B (S - Z)/(S + Z).
Rounded inputs sit *at* +-Gamma, so the task asks for +-(1 - 2^-20) Gamma. An exponent is off by at most 4u beta (three
roundings of entries and scale, u = 2^-53), ln(S/Z) by 8u beta, and Gamma/B = tanh(ln(R0)/4) by half of that: the room
covers it while 8u beta <= 2^-20 tanh(ln(R0)/4), and beyond that the reduction declines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, check_rounding, matched, with_thresholds
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import checked_ratio
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingAttention(Reduction[GapHamming, AttentionTask]):
    """The sign of the output decides each row, and any additive error below Gamma = B (sqrt R0 - 1)/(sqrt R0 + 1) is harmless.

    B = sqrt(d~ ln(m R0)/(2 (t2 - t))), d~ <= 1.5 d + 2. Errors: `BadInput` unless 1.001 <= R0 < infinity; `Declined` where
    beta is beyond 10^8 or so and rounding would eat the margin.
    """

    R0: float = 16.0

    key: ClassVar[str] = "hamming-attention"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with entries up to B and any error below Gamma = B (sqrt R0 - 1)/(sqrt R0 + 1) decides gap Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "A 1 becomes B and a 0 becomes -B, so a key weighs the more, exponentially, the nearer its row is to the query’s. "
        "The dummy keys weigh the same for all queries, halfway between what a row with a near partner and a row without "
        "gives to the data: the sign of the answer says which of the two it is.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)

    def size(self, of: Size) -> Size:
        constants = self.constants(of)
        return {"n": of["n"], "m": of["m"] + int(constants["M"]), "d": of["d"] + int(constants["p"]), "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        return with_thresholds(matched(of, of["m"], self.R0, max(1, round(sqrt(of["m"])))))

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        check_rounding(constants["beta"], self.R0)
        M, n, m = int(constants["M"]), problem.A.n, problem.B.n
        of = MatchedVectors(problem.A.d, constants)
        V = np.repeat([[of.data_value], [of.dummy_value]], [m, M], axis=0)
        inputs = Attention((of.queries(problem.A),), (of.data(problem.B), of.dummies(M)), V, of.scale)
        return AttentionTask(inputs, constants["low"], constants["high"], n)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(int(self.constants(problem.size)["p"]), "pads, the same in every row")

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)
