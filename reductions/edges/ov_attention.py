"""Orthogonal Vectors to attention directly, with one dummy key.

Derived here (Alman and Yu use the same idea). Let R0 > 1, C = ln(m R0), Q = sqrt(C) a_i, K = -sqrt(C) b_j and one zero
key, V = 1 on data keys and 0 on the zero key. Row i answers S/(S + 1) with S = sum_j e^{-C a_i . b_j}:

    YES (some a_i . b_j = 0): S >= 1, output >= 1/2;   NO: S <= m e^{-C} = 1/R0, output <= 1/(R0 + 1).

In the scaling 1/d of Alman and Song, entries are sqrt(d C). Room for rounded inputs: a factor 1 +- 2^-20 at each end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import OrthogonalVectors
from reductions.parts.columns import kept
from reductions.parts.nearest_key import most_orthogonal_pair
from reductions.parts.room import ROOM, checked_ratio
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class OvAttention(Reduction[OrthogonalVectors, AttentionTask]):
    """Rows with an orthogonal partner answer >= 1/2, all others <= 1/(R0 + 1); error up to 1/4 - 1/(2 (R0 + 1)) is harmless.

    B = sqrt(d ln(m R0)), scale 1/d. Errors: `BadInput` unless 1.001 <= R0 < infinity.
    """

    R0: float = 16.0

    key: ClassVar[str] = "ov-attention"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with entries up to B = sqrt(d ln(m R0)) and error below 1/4 - 1/(2 (R0 + 1)) decides OV",
        "derived here, after Alman and Yu",
        "A key loses a factor e to the power of C for every column that is 1 in it and in the query. One more key of "
        "zeros weighs always 1: the answer is the share of the data, at least 1/2 where some key lost nothing.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)

    def size(self, of: Size) -> Size:
        return {"n": of["n"], "m": of["m"] + 1, "d": of["d"], "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        C = log(of["m"]) + log(self.R0)
        low, high = (1 + ROOM) / (self.R0 + 1), (1 - ROOM) / 2
        return {"C": C, "B": sqrt(of["d"] * C), "low": low, "high": high}

    def apply(self, problem: OrthogonalVectors) -> AttentionTask:
        constants = self.constants(problem.size)
        d, m = problem.A.d, problem.B.n
        zero, B = np.zeros(d), np.full(d, constants["B"])
        Q = (Coded(problem.A, zero, B),)
        K = (Coded(problem.B, zero, -B), Coded(BitMatrix.zeros(1, d), zero, zero))
        V = np.concatenate([np.ones((m, 1)), np.zeros((1, 1))])
        return AttentionTask(Attention(Q, K, V, 1 / d), constants["low"], constants["high"], problem.A.n)

    def legend(self, problem: OrthogonalVectors) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: OrthogonalVectors, witness: Witness) -> Witness:
        return most_orthogonal_pair(problem, witness)
