"""A threshold of inner products to windowed self-attention (Keles et al., Theorem 6, with a layout that covers all pairs).

Row i sees the rows j with |i - j| <= 2h - 1. Let k = max(n, m) (the shorter list is filled up with its last vector) and
s = 2h. For alpha = -h, ..., k ceil(k/s) + h - 1 the sequence has the two rows

    2(alpha + h): sqrt(C) a_i, i = (alpha + s floor(alpha/k)) mod k;      2(alpha + h) + 1: sqrt(C) b_j, j = alpha mod k.

The first of the two sees the rows b of alpha + delta, -h <= delta < h, so in period p = floor(alpha/k) row a_i meets all b_j
with j - i in [-h - s p, h - 1 - s p] mod k, and the ceil(k/s) periods cover all residues: every pair is seen. A row sees at
most s keys b, so all is as in Theorem 4 with s for n: C = ln(s rho R0), or ln((s + 2 mu) R0).
Keles et al. print a layout whose window sees w/2 rows b and shifts by w: it covers half of the pairs (their slip, shown by
`hardlab verify K7`). Only the rows of the first kind count. Derived here: the layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix, Bools, Ints
from instances.coded import Coded
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import ThresholdProduct
from instances.visibility import Visibility
from reductions.edges.product_exp import exponential_constants
from reductions.parts.columns import kept
from reductions.parts.error_model import ErrorModel
from reductions.parts.nearest_key import largest_product_pair
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class ProductWindow(ErrorModel, Reduction[ThresholdProduct, AttentionTask]):
    """Self-attention through a window of 2h - 1 rows either way, K = Q, exponentials not normalised; in logarithms.

    About 2 k^2/(2h) + 4h rows for lists of k vectors. Errors: `BadInput` as `ErrorModel`, and for h < 1.
    """

    h: int = 8

    key: ClassVar[str] = "product-window"
    source: ClassVar[type[ThresholdProduct]] = ThresholdProduct
    target: ClassVar[type[AttentionTask]] = AttentionTask
    theorem: ClassVar[Theorem] = Theorem(
        "windowed exponential self-attention decides a threshold of inner products: 2k ceil(k/2h) + 4h rows for k vectors",
        "Keles et al., Theorem 6, with its layout corrected here",
        "The rows of A and of B stand in turns in one long sequence, and each query sees only its neighbours. They are "
        "laid out so that every pair meets in some window; the sum of the weights is large where a partner is in sight.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.h < 1:
            raise BadInput(f"h = {self.h}: half the number of keys that a row sees, at least 1")

    def size(self, of: Size) -> Size:
        k = max(of["n"], of["m"])
        pairs = k * -(-k // (2 * self.h)) + 2 * self.h
        return {"n": 2 * pairs, "m": 2 * pairs, "d": of["d"], "rows": pairs}

    def constants(self, of: Size) -> Mapping[str, float]:
        return {**exponential_constants(self, 2 * self.h, of["t"]), "window": 2 * self.h - 1}

    def apply(self, problem: ThresholdProduct) -> AttentionTask:
        constants, size = self.constants(problem.size), self.size(problem.size)
        A, B = problem.A.bools(), problem.B.bools()

        def block(rows: slice) -> Bools:
            alpha, second = np.arange(rows.start, rows.stop) // 2 - self.h, np.arange(rows.start, rows.stop) % 2
            left, right = (self._index(problem, alpha, side) for side in (0, 1))
            return np.where(second[:, None], B[right], A[left])

        bits = BitMatrix.build(size["n"], problem.A.d, block)
        rows = (Coded(bits, np.zeros(problem.A.d), np.full(problem.A.d, sqrt(constants["C"]))),)
        V = np.tile([[0.0], [1.0]], (size["rows"], 1))
        inputs = Attention(rows, rows, V, 1.0, Mechanism("dot", normalised=False, sees=Visibility.window(2 * self.h - 1)))
        return AttentionTask(inputs, constants["ln_low"], constants["ln_high"], size["rows"], logarithmic=True, step=2)

    def legend(self, problem: ThresholdProduct) -> Sequence[Columns]:
        return kept(problem.A.d)

    def forth(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        """The row a_i of the first period in which it sees b_j."""
        (i, j), k, s = witness, self._k(problem), 2 * self.h
        period = next(p for p in range(-(-k // s)) if (j - i + s * p + self.h) % k < s)
        return (2 * (k * period + (i - s * period) % k + self.h),)

    def back(self, problem: ThresholdProduct, witness: Witness) -> Witness:
        """(i, j) with the largest a_i . b_j, for the a_i that stands at the row: a scan of the m rows of B."""
        alpha = np.array([witness[0] // 2 - self.h])
        return largest_product_pair(problem, (int(self._index(problem, alpha, 0)[0]),))

    def _k(self, problem: ThresholdProduct) -> int:
        return max(problem.A.n, problem.B.n)

    def _index(self, problem: ThresholdProduct, alpha: Ints, side: int) -> Ints:
        """The index of the vector a (side 0) or b (side 1) that stands at alpha."""
        k = self._k(problem)
        cyclic = alpha % k if side else (alpha + 2 * self.h * (alpha // k)) % k
        index: Ints = np.minimum(cyclic, (problem.B.n if side else problem.A.n) - 1)
        return index
