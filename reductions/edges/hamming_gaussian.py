"""Gap Hamming distance to Gaussian self-attention (Keles et al., Theorem 7, with the sign of its exponent mended).

Q = K = (a_1..a_n; b_1..b_m), V = (0_n; 1_m), weights exp(-C ||q - k||^2), not normalised: row i <= n answers
Y_i = sum_j e^{-C H(a_i, b_j)}.

    YES (some H <= t): Y_i >= e^{-Ct};   NO (all H >= t2): Y_i <= m e^{-C t2};   their ratio is e^{C (t2 - t)}/m.

So C = ln(m rho R0)/(t2 - t) is enough for a multiplicative error mu (Keles et al., whose gap is 1: 2 ln(rho n)). The
difference e^{-Ct} - m e^{-C t2} is largest at e^{C (t2 - t)} = m t2/t, which is taken for an additive error where R0 <= t2/t
(for t = 0 it grows with C). The largest mu is half of it, of order m^-(t/(t2 - t)), and a larger one is declined (Keles et
al., appendix G: (n + 2)^-2d).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, log
from typing import ClassVar

from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.error_model import ErrorModel
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.self_attention import stacked, stacked_size, stacked_values
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class HammingGaussian(ErrorModel, Reduction[GapHamming, AttentionTask]):
    """Self-attention with the Gaussian kernel, K = Q, not normalised; the question is in logarithms.

    Errors: `BadInput` as `ErrorModel`; `Declined` where rounding would eat the room or an additive mu is too large.
    """

    key: ClassVar[str] = "hamming-gaussian"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "Gaussian (l2) self-attention with multiplicative or additive error mu decides gap Hamming distance",
        "Keles et al., Theorem 7 and appendix G, corrected here",
        "A key weighs e to the power of minus C times its distance, and weights are summed, not averaged. The sum is "
        "large where some row of B is near; the rows of A, which are keys too, have value 0.",
    )

    def size(self, of: Size) -> Size:
        return stacked_size(of)

    def constants(self, of: Size) -> Mapping[str, float]:
        m, t, gap = of["m"], of["t"], of["t2"] - of["t"]
        separation = log(m) + log(self.ratio)
        if self.error == "additive" and t > 0:
            separation = max(separation, log(m) + log(of["t2"]) - log(t))
        C = separation / gap
        low, high = log(m) - C * of["t2"] + self.room, -C * t - self.room
        self.check_rounding(C * of["d"])
        self.check_additive(exp(high) * -expm1(low - high) / 2)
        return {"C": C, "B": 1.0, "ln_low": low, "ln_high": high}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        inputs = self._inputs(problem, constants["C"])
        return AttentionTask(inputs, constants["ln_low"], constants["ln_high"], problem.A.n, logarithmic=True)

    def _inputs(self, problem: GapHamming, C: float) -> Attention:
        rows = stacked(problem, 1.0, 1.0)
        return Attention(rows, rows, stacked_values(problem, 0.0, 1.0), C, Mechanism("gaussian", normalised=False))

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)
