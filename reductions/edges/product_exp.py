"""A threshold of inner products to self-attention with exponentials that are not normalised (Keles et al., Theorem 4).

Q = K = sqrt(C) (a_1..a_n; b_1..b_m), V = (0_n; 1_m), scale 1: row i <= n answers Y_i = sum_j e^{C a_i . b_j}. (In the paper
the rows are a_i and C b_j, with the same products; keys of value 0 change nothing.)

    YES (some a_i . b_j >= t): Y_i >= e^{Ct};   NO: Y_i <= m e^{C(t-1)};   their ratio is e^C/m, their difference
    e^{C(t-1)} (e^C - m) >= e^C - m.

So C = ln(m rho R0) is enough for a multiplicative error mu, rho = (1+mu)/(1-mu), and C = ln((m + 2 mu) R0) for an additive one
(Keles et al. print 2 ln n, 2 ln(rho n) and 2 ln(n + 2 mu)).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import ThresholdProduct
from reductions.parts.columns import kept
from reductions.parts.error_model import ErrorModel
from reductions.parts.nearest_key import largest_product_pair
from reductions.parts.self_attention import stacked, stacked_size, stacked_values
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class ProductExp(ErrorModel, Reduction[ThresholdProduct, AttentionTask]):
    """Self-attention with weights exp(<q_i, k_j>), not normalised; the question is in logarithms.

    Errors: `BadInput` as `ErrorModel`; `Declined` where C t is so large that rounding would eat the room.
    """

    key: ClassVar[str] = "product-exp"
    source: ClassVar[type[ThresholdProduct]] = ThresholdProduct
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "exponential dot-product self-attention with multiplicative or additive error mu decides a threshold of inner products",
        "Keles et al., Theorem 4; the constant C derived here",
        "A key weighs e to the power of C times the ones that it has in common with the query, and weights are summed, "
        "not averaged. The sum is large where some row of B has t of them; the rows of A, which are keys too, have value "
        "0.",
    )

    def size(self, of: Size) -> Size:
        return stacked_size(of)

    def constants(self, of: Size) -> Mapping[str, float]:
        return exponential_constants(self, of["m"], of["t"])

    def apply(self, problem: ThresholdProduct) -> AttentionTask:
        constants = self.constants(problem.size)
        rows, V = stacked(problem, constants["B"], constants["B"]), stacked_values(problem, 0.0, 1.0)
        inputs = Attention(rows, rows, V, 1.0, Mechanism("dot", normalised=False))
        return AttentionTask(inputs, constants["ln_low"], constants["ln_high"], problem.A.n, logarithmic=True)

    def legend(self, problem: ThresholdProduct) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        return largest_product_pair(problem, witness)


def exponential_constants(model: ErrorModel, keys: int, t: int) -> dict[str, float]:
    """C and the thresholds where a row sums e^{C a . b} over at most `keys` keys. Errors: `Declined` by `check_rounding`."""
    C = log(keys + (2 * model.mu if model.error == "additive" else 0)) + log(model.ratio)
    model.check_rounding(C * t)
    return {"C": C, "B": sqrt(C), "ln_low": log(keys) + C * (t - 1) + model.room, "ln_high": C * t - model.room}
