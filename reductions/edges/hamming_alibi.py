"""Gap Hamming distance to causal self-attention with ALiBi: a bias -slope (i - j), another in each head, undone by columns.

The task is that of `hamming-causal`, triangular: k + 1 positions in two heads, k = max(n, m). In head h the bias of position i
and key j is -s_h (i - j), s_0 = slope and s_1 = slope/2. The part -s_h i is the same for all keys that the row sees; what is
left, s_h j, is undone by L further columns, L the bits of k:

    all queries have x_l = sqrt(2^l s_h / scale) in column l, and key j has -x_l where bit l of j is set, else 0.

Derived here: scale times the product of these columns is -s_h sum_l 2^l [bit l of j] = -s_h j. So the scores are those of
`hamming-causal` but for a constant in each row, and so are the answers; thresholds and error are the same.
With a slope f s_h key j is tilted by (f - 1) s_h j against the dummy, which stands at position 0. Where f < 1 a YES row with
one near key, at distance t, is lost as soon as (1 - f) s_h j > ln(S/Z), which is ln(R0)/2 there; where f > 1 a NO row whose
key j is at distance t2 is lost as soon as (f - 1) s_h j > ln(R0)/2 + ln k.

Rounding: the further columns put exponents off by at most 8u slope k (three roundings in each product, and the bias's own), for
which there is room as for exponents up to beta + 2 slope k.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import ClassVar

import numpy as np

from instances.bias import Bias
from instances.bits import BitMatrix, Bools
from instances.coded import Coded, Floats
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.edges.hamming_causal import HammingCausal
from reductions.parts.columns import kept
from reductions.parts.matched import check_rounding
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingAlibi(Reduction[GapHamming, AttentionTask]):
    """Causal self-attention with the slopes `slope` and slope/2 in two heads; answers and error as in `hamming-causal`.

    ceil(log2(k + 1)) columns more, entries up to max(B, sqrt(slope k (d + p))). Errors: `BadInput` for slopes that are not
    positive and finite, and as `hamming-causal`.
    """

    R0: float = 16.0
    slope: float = 0.5

    key: ClassVar[str] = "hamming-alibi"
    theorem: ClassVar[Theorem] = Theorem(
        "causal self-attention with linear biases (ALiBi) decides gap Hamming distance, with the error that is tolerated "
        "without them, in ceil(log2(k + 1)) columns more",
        "derived here; the bias is that of Press, Smith and Lewis 2022",
        "The bias makes keys the lighter the farther they stand from the query. Further columns hold the number of each key in "
        "binary and make it as much lighter the nearer it stands: the two cancel, and the scores without a bias are left.",
    )

    def __post_init__(self) -> None:
        if not 0 < self.slope < float("inf"):
            raise BadInput(f"slope = {self.slope}: slopes are positive and finite")
        self._causal  # noqa: B018  # which checks R0

    @property
    def _causal(self) -> HammingCausal:
        return HammingCausal(R0=self.R0)

    @property
    def slopes(self) -> tuple[float, float]:
        """Of the two heads."""
        return self.slope, self.slope / 2

    def size(self, of: Size) -> Size:
        causal = self._causal.size(of)
        return {**causal, "d": causal["d"] + int(self.constants(of)["bits"])}

    def constants(self, of: Size) -> Mapping[str, float]:
        found, k = self._causal.constants(of), max(of["n"], of["m"])
        bits = k.bit_length()
        tilt = sqrt(2 ** (bits - 1) * self.slope * (of["d"] + found["p"]))
        return {**found, "B": max(found["B"], tilt), "bits": bits}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants, k = self.constants(problem.size), max(problem.A.n, problem.B.n)
        check_rounding(constants["beta"], self.R0, constants["beta"] + 2 * self.slope * k)
        task = self._causal.apply(problem)
        of, L = task.inputs, int(constants["bits"])
        assert isinstance(of.Q, tuple)
        assert isinstance(of.K, tuple)
        Q, K = [], []
        for at, (queries, keys) in enumerate(zip(of.Q, of.K, strict=True)):  # in each head the dummy's block, then the tokens'
            x = np.sqrt(np.exp2(np.arange(L)) * self.slopes[at // 2] / of.scale)
            positions = at % 2 + np.arange(keys.bits.n)
            Q.append(_widened(queries, np.zeros((queries.bits.n, L), dtype=np.bool_), x, x))
            K.append(_widened(keys, (positions[:, None] >> np.arange(L)) & 1 > 0, 0 * x, -x))
        mechanism = Mechanism(sees=of.mechanism.sees, bias=Bias(None, np.array(self.slopes)))
        return replace(task, inputs=Attention(tuple(Q), tuple(K), of.V, of.scale, mechanism))

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        constants = self.constants(problem.size)
        pads = Columns(int(constants["p"]), "pads, the same in every row")
        return *kept(problem.A.d), pads, Columns(int(constants["bits"]), "the number of the key, against the bias")

    def covers(self, problem: GapHamming) -> bool:
        return problem.promised_pair_by_pair()

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return self._causal.forth(problem, witness)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return self._causal.back(problem, witness)


def _widened(block: Coded, bits: Bools, zero: Floats, one: Floats) -> Coded:
    """The block with further columns on the right."""
    whole = BitMatrix.build(
        block.bits.n, block.bits.d + len(zero), lambda rows: np.hstack([block.bits.bools(rows), bits[rows]])
    )
    return Coded(whole, np.append(block.zero, zero), np.append(block.one, one))
