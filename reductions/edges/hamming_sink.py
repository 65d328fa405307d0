"""Gap Hamming distance to attention with one sink key and V in {0, 1}: the question is how much mass the sink leaves.

Derived here, for rows of any weights. Let R0 > 1, lam = 2 ln(R0 m)/(t2 - t), and

    queries (a_i - 1/2, 1/2), data keys (b_j - 1/2, 0), the sink (0_d, (d - 2t)/2), scale lam,
    V = 1 on data keys, 0 on the sink.

    YES (some H <= t): output >= 1/2;   NO (all H >= t2): output <= 1/(R0 + 1).

Any additive error below 1/4 - 1/(2 (R0 + 1)) is tolerated.
Proof. <a - 1/2, b - 1/2> = (d - 2H(a, b))/4, so a data key has the exponent lam (d - 2H)/4, the sink lam (d - 2t)/4. With S
the mass of the data and Z of the sink the output is S/(S + Z). YES: S >= e^{lam (d - 2t)/4} = Z. NO: S/Z is at most
m e^{-lam (t2 - t)/2} = 1/R0.
Q and K are halves of integers, coded (a column of Q or of the data keys takes two values), and lam is the only number that is
rounded: the exponents of data and sink keep their proportion, YES holds as it stands, and ln(S/Z) of a NO row is off by at most
8u ln(R0 m), u = 2^-53, far below 2^-20 for every finite R0. Rows that sit at a threshold are settled by the room: the task asks
for (1 - 2^-20)/2 and (1 + 2^-20)/(R0 + 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import checked_ratio
from reductions.parts.sink import SinkVectors, sink_constants
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingSink(Reduction[GapHamming, AttentionTask]):
    """YES rows answer at least 1/2, NO rows at most 1/(R0 + 1), V in {0, 1}; Q and K hold halves of integers.

    Entries are at most max(1, |d - 2t|)/2, the scale is lam = 2 ln(R0 m)/(t2 - t).
    Errors: `BadInput` unless 1.001 <= R0 < infinity.
    """

    R0: float = 16.0

    key: ClassVar[str] = "hamming-sink"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with V in {0, 1}, one sink key and any error below 1/4 - 1/(2 (R0 + 1)) decides gap Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "A key weighs the more, exponentially, the nearer its row is to the query’s. One more key, the sink, weighs what "
        "a row at distance t would: the answer is the share of the data, at least 1/2 where some row is as near as that.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"] + 1, "d": of["d"] + 1, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        return sink_constants(of, of["m"], self.R0)

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        of = SinkVectors(problem.A.d, problem.t, constants)
        V = np.append(np.ones(problem.B.n), 0.0)[:, None]
        inputs = Attention((of.queries(problem.A),), (of.data(problem.B), of.dummies(1)), V, of.scale)
        return AttentionTask(inputs, constants["low"], constants["high"], problem.A.n)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(1, "what the sink weighs")

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)
