"""Gap Hamming distance to softmax attention with padding: keys that are masked out, each of which would flip every row.

The keys are, in this order, `masked` heavy keys, the dummy, the first half of the data keys, `masked` heavy keys, the rest of
the data keys, `masked` heavy keys; the heavy ones are masked out (keep = 0), and all else is as in module `forms`: every row
sees the dummy and the m data keys.
V has two columns, which are equal on the data keys and on the dummy, and so in all answers; column 0 is the one that counts.
On the heavy keys column 0 has the value of a data key, column 1 that of the dummy.

*Trap* (derived here): a row that sees a heavy key answers at least high in column 0 and at most low in column 1, YES or NO
alike. So a kernel that shows any masked key to a row contradicts itself there, and is wrong in exactly one column.
Proof. Matched: the heavy key B (0_d, 1_p) has the mass T = e^(lam p) for every query, lam = beta/d~, and p is such that
T >= sqrt(R0) S and T >= sqrt(R0) Z for S = s e^(lam (d - p eta)), the largest mass of the data. Column 0 is
B (S + T - Z)/(S + T + Z) >= B (T - Z)/(T + Z) >= Gamma, column 1 is B (S - T - Z)/(S + T + Z) <= B (S - T)/(S + T) <= -Gamma.
Sink: T = R0 s e^(lam d/4) >= R0 S, and T >= Z since 2 (t2 - t) >= -2t. Column 0 is (S + T)/(S + T + Z) >= 1/2, column 1 is
S/(S + T + Z) <= 1/(R0 + 1).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import Bools
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.columns import kept
from reductions.parts.forms import InForm, part
from reductions.parts.nearest_key import nearest_pair
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingPadded(InForm, Reduction[GapHamming, AttentionTask]):
    """Attention over the keys that a mask keeps; of those that it hides, any one that is seen flips one of two columns.

    m + 1 keys are kept, 3 `masked` are not. Errors: `BadInput` as `InForm`, and for masked < 1.
    """

    masked: int = 1

    key: ClassVar[str] = "hamming-padded"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "attention over the keys that a mask keeps decides gap Hamming distance, and a row that sees any other key contradicts "
        "itself",
        "derived here",
        "Among the keys stand some that are masked out, as padding is. They weigh more than everything else together, so a "
        "kernel that lets one of them through answers the same in every row: with YES in one column of the values, and with "
        "NO in the other.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.masked < 1:
            raise BadInput(f"masked = {self.masked}: at least one key is masked out at each of the three places")

    def size(self, of: Size) -> Size:
        pads = self.formed.columns(self.constants(of))
        return {"n": of["n"], "m": of["m"] + 1 + 3 * self.masked, "d": of["d"] + pads, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        return {**self.formed.constants(of, of["m"], heavy=True), "pairs": of["n"] * (of["m"] + 1)}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        of = self.formed.vectors(problem.size, constants)
        half, padding, data = problem.B.n // 2, self.formed.heavy(problem.size, constants, self.masked), of.data(problem.B)
        first, rest = part(data, slice(0, half)), part(data, slice(half, None))
        K = (padding, of.dummies(1), first, padding, rest, padding)
        keep = self.keep(problem.B.n)
        V = np.where(keep, of.data_value, [[of.data_value], [of.dummy_value]]).T
        V[self.masked] = of.dummy_value
        inputs = Attention((of.queries(problem.A),), K, V, of.scale, Mechanism(sees=Visibility(keep=keep)))
        return AttentionTask(inputs, constants["low"], constants["high"], problem.A.n)

    def keep(self, m: int) -> Bools:
        """Which keys are not padding."""
        runs = [self.masked, 1 + m // 2, self.masked, m - m // 2, self.masked]
        return np.repeat(np.arange(5) % 2 == 1, runs)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(self.formed.columns(self.constants(problem.size)), self.formed.pads)

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)
