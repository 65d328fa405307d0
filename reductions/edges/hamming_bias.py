"""Gap Hamming distance to softmax attention with an additive bias, which does what the pads do elsewhere; or which also hides.

Derived here, on `hamming-attention`. With lam = ln(m R0)/(2 (t2 - t)), beta = lam d, B = sqrt(beta) and no pads,

    queries B (2a_i - 1), data keys B (2b_j - 1), one dummy key 0_d, scale 1/d, V = +B on data keys, -B on the dummy,
    bias b = lam (d - t - t2) + ln(m)/2 on the dummy, in every row; 0 elsewhere.

YES (some H <= t): output >= Gamma = B (sqrt R0 - 1)/(sqrt R0 + 1);   NO (all H >= t2): output <= -Gamma.
Proof. A data key has the exponent lam (d - 2H), so S_yes >= e^{lam (d - 2t)}, S_no <= m e^{lam (d - 2 t2)}, their ratio is at
least R0, and Z = e^b is their geometric mean.

kind=mask: there are two copies of the queries, rows i and n + i, and a key is seen in one of them only. The bias of a_i and b_j
is 0 in the first copy if (i + 2j) mod 4 < 2, else in the second, and in the other one -Lam, Lam = 2 lam t2: a *soft mask*. A
hidden key has at most the exponent lam d - Lam = lam (d - 2 t2), that of a visible key at t2, and the bound on S_no counts all
m keys anyway. So a hidden near key weighs no more than a far one: all holds with "some key" read as "some key that the row
sees" (module `forms`).

Rounding: exponents of data keys and b are off by at most 10u beta together (|b| <= 2 beta), Lam by 2u beta. The room is that of
`hamming-attention`, asked for 2 beta.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar, Literal

import numpy as np

from instances.bias import Bias
from instances.bits import Bools, Ints
from instances.coded import Floats
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.memory import MEMORY_BUDGET, within
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, check_rounding, with_thresholds
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import checked_ratio
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingBias(Reduction[GapHamming, AttentionTask]):
    """Attention with a bias on the dummy, in d columns; any error below Gamma, about 0.6 B, is tolerated.

    B = sqrt(d ln(m R0)/(2 (t2 - t))). kind=mask hides half of the pairs by a finite bias, in turns. Errors: `BadInput` for
    another kind and unless 1.001 <= R0 < infinity; `Declined` as `hamming-attention`, and where the bias exceeds memory.
    """

    R0: float = 16.0
    kind: Literal["dummy", "mask"] = "dummy"

    key: ClassVar[str] = "hamming-bias"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with an additive bias and any error below Gamma decides gap Hamming distance in d columns, without pads; a "
        "finite bias does as a mask",
        "derived here, after Alman and Song, Lemma 4.7",
        "A key weighs the more, exponentially, the nearer its row is to the query’s. One dummy key is halfway between what a "
        "row with a near partner and a row without gives to the data: its weight is set by the bias alone. A bias that is low "
        "enough hides a key, since then even the nearest weighs no more than a far one.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.kind not in ("dummy", "mask"):
            raise BadInput(f"kind = {self.kind!r}: the bias is on the dummy, or a mask as well")

    def size(self, of: Size) -> Size:
        rows = of["n"] * (2 if self.kind == "mask" else 1)
        return {"n": rows, "m": of["m"] + 1, "d": of["d"], "rows": rows}

    def constants(self, of: Size) -> Mapping[str, float]:
        m, d, t, t2 = of["m"], of["d"], of["t"], of["t2"]
        lam, root = (log(m) + log(self.R0)) / (2 * (t2 - t)), sqrt(self.R0)
        B = sqrt(d * lam)
        gamma, bias = B * (root - 1) / (root + 1), lam * (d - t - t2) + 0.5 * log(m)
        found = with_thresholds({"lam": lam, "beta": d * lam, "B": B, "Gamma": gamma, "bias": bias})
        return {**found, "Lam": 2 * lam * t2} if self.kind == "mask" else found

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants, B = self.constants(problem.size), self.constants(problem.size)["B"]
        check_rounding(constants["beta"], self.R0, 2 * constants["beta"])
        of = MatchedVectors(problem.A.d, {"p": 0, "eta": 0.0, "B": B})
        queries = of.queries(problem.A)
        Q = (queries, queries) if self.kind == "mask" else (queries,)
        V = np.append(np.full(problem.B.n, B), -B)[:, None]
        mechanism = Mechanism(bias=Bias(self.bias(problem, constants)))
        inputs = Attention(Q, (of.data(problem.B), of.dummies(1)), V, 1 / problem.A.d, mechanism)
        return AttentionTask(inputs, constants["low"], constants["high"], inputs.n)

    def bias(self, problem: GapHamming, constants: Mapping[str, float]) -> Floats:
        """(1, m + 1), or (2n, m + 1) where it is a mask as well."""
        n, m = problem.A.n, problem.B.n
        if self.kind == "dummy":
            return np.append(np.zeros(m), constants["bias"])[None]
        within(8 * 2 * n * (m + 1), MEMORY_BUDGET, "the bias of all pairs", self.size(problem.size))
        found = np.full((2 * n, m + 1), constants["bias"])
        first = self.first(np.arange(n)[:, None], np.arange(m))
        found[:, :m] = np.where(np.vstack([first, ~first]), 0.0, -constants["Lam"])
        return found

    @staticmethod
    def first(i: Ints, j: Ints) -> Bools:
        """Whether a_i and b_j see each other in the first copy."""
        found: Bools = (i + 2 * j) % 4 < 2
        return found

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        i, j = witness
        second = self.kind == "mask" and not self.first(np.array(i), np.array(j))
        return (i + problem.A.n * second,)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, (witness[0] % problem.A.n,))
