"""A threshold of inner products to softmax self-attention (Keles et al., Theorem 5).

Q = K = (gamma a_1..gamma a_n; (C/gamma) b_1..(C/gamma) b_m), V = -(1_n; 0_m), scale 1. With W_i = sum_k e^{gamma^2 a_i . a_k}
and Y_i = sum_j e^{C a_i . b_j}, row i <= n answers -W_i/(W_i + Y_i). As n <= W_i <= n E, E = e^{gamma^2 d},

    YES (some a_i . b_j >= t): -answer <= n E/(n E + e^{Ct} + m - 1);   NO: -answer >= n/(n + m e^{C(t-1)}).

With C = gamma^2 d + ln(P m + (P - 1) n) the NO bound is at least P times the YES bound:
(n E + e^C x)/(E (n + m x)) >= P for all x = e^{C(t-1)} >= 1 iff n E + e^C x >= P E n + P E m x, which x = 1 decides.
P = rho R0 (Keles et al., who take gamma = 1, print C = ln(2 rho n) + d). Derived here: the scaling by gamma, which takes
gamma^2 d for their d, and C. V has the sign that makes YES the larger answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, log1p
from typing import ClassVar

import numpy as np

from instances.faults import BadInput, Declined
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import ThresholdProduct
from reductions.parts.columns import kept
from reductions.parts.error_model import ErrorModel
from reductions.parts.nearest_key import largest_product_pair
from reductions.parts.self_attention import stacked, stacked_size, stacked_values
from reductions.reduction import Columns, Reduction, Theorem

SMALLEST = 600.0
"""Shares down to e^-SMALLEST are told from 0 in float64."""


@dataclass(frozen=True)
class ProductSoftmax(ErrorModel, Reduction[ThresholdProduct, AttentionTask]):
    """Softmax self-attention, K = Q, with a multiplicative error mu, or an additive one up to what the instance tolerates.

    Errors: `BadInput` as `ErrorModel`, and for gamma outside (0, 1]; `Declined` where an answer would underflow (take a smaller
    gamma), where rounding would eat the room, and where an additive mu is too large.
    """

    gamma: float = 1.0

    key: ClassVar[str] = "product-softmax"
    source: ClassVar[type[ThresholdProduct]] = ThresholdProduct
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "softmax self-attention with multiplicative error mu decides a threshold of inner products",
        "Keles et al., Theorem 5; the constants derived here",
        "A key weighs the more, exponentially, the more ones it has in common with the query. The rows of A are keys of "
        "value -1 and the rows of B keys of value 0: a row with a good partner puts so much weight on it that its answer "
        "is nearly 0.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.gamma <= 1:
            raise BadInput(f"gamma = {self.gamma}: the factor of the queries' rows is in (0, 1]")

    def size(self, of: Size) -> Size:
        return stacked_size(of)

    def constants(self, of: Size) -> Mapping[str, float]:
        n, m, d, t = (of[letter] for letter in "nmdt")
        w, P = self.gamma**2 * d, self.ratio
        C = w + log(P * m + (P - 1) * n)
        # ln(share) for NO: -ln(1 + (m/n) e^{C(t-1)}); for YES: -ln(1 + (e^{Ct} + m - 1)/(n E))
        no = -float(np.logaddexp(0.0, log(m) - log(n) + C * (t - 1)))
        yes = -float(np.logaddexp(0.0, C * t + log1p((m - 1) * exp(-C * t)) - log(n) - w))
        if yes < -SMALLEST:
            raise Declined(f"product-softmax: YES rows answer e^{yes:.0f}, which underflows: take gamma below {self.gamma:g}")
        self.check_rounding(4 * C * d)
        low, high = -exp(no - self.room), -exp(yes + self.room)
        self.check_additive((high - low) / 2)
        return {"C": C, "B": max(self.gamma, C / self.gamma), "low": low, "high": high}

    def apply(self, problem: ThresholdProduct) -> AttentionTask:
        constants = self.constants(problem.size)
        rows, V = stacked(problem, self.gamma, constants["C"] / self.gamma), stacked_values(problem, -1.0, 0.0)
        return AttentionTask(Attention(rows, rows, V, 1.0), constants["low"], constants["high"], problem.A.n)

    def legend(self, problem: ThresholdProduct) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        return largest_product_pair(problem, witness)
