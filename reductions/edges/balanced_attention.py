"""Balanced gap Hamming distance to attention: Lemma 4.7 of Alman and Song, as corrected.

The printed lemma takes tau = e^beta where <1_d, 1_d> beta / (2d) = beta/2, so tau = e^{beta/2}; this flips decisions.
Restated with all slips mended (derived here):

Let all rows have weight d/2, t < t2, beta >= (4d/(t2 - t)) ln(6m), B = sqrt(beta), Q = B [(a_i, 1_d); (0_d, 1_d)],
K = B [(b_j, 0_d); (0_d, 1_d)], scale 1/(2d), V = (1_m; 0_m), and theta = (1/2m) exp(-(beta/4)(1 + t/d)).
Then row i <= n of Att V is > theta if some H(a_i, b_j) <= t, and <= theta/3 if all are >= t2.

Proof. <a, b> = (d - H)/2, so data keys have exponents (beta/4)(1 - H/d), the others beta/2; tau := e^{beta/2}.
m tau < D_ii < 2 m tau, as data weights are <= e^{beta/4} < tau. YES: the output is > e^{(beta/4)(1 - t/d)}/(2 m tau) = theta.
NO: it is < m e^{(beta/4)(1 - t2/d)}/(m tau) = 2m theta e^{-beta (t2 - t)/(4d)} <= theta/3.

Here beta has ln(8m) for ln(6m): the room (a factor 4/3) that rounded inputs need.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import BalancedHamming
from reductions.parts.columns import kept
from reductions.parts.nearest_key import nearest_pair
from reductions.reduction import Columns, Reduction, Theorem

ROOM_FACTOR = 8
"""The factor under the logarithm in beta, where the lemma needs 6."""


@dataclass(frozen=True)
class BalancedAttention(Reduction[BalancedHamming, AttentionTask]):
    """Rows with some H <= t answer > theta, rows with all H >= t2 answer <= theta/3 (the question is in logarithms).

    Q has 2n rows of which the first n count, K and V have 2m, in dimension 2d; entries are at most B = sqrt(beta).
    """

    key: ClassVar[str] = "balanced-attention"
    theorem: ClassVar[Theorem] = Theorem(
        "attention with entries up to B = sqrt(beta) and error theta/3 decides balanced gap Hamming distance",
        "Alman and Song, Lemma 4.7, Case 2, corrected here",
        "The more two rows agree, the more a key weighs. As many dummy keys of value 0 weigh always the same, far more "
        "than all the data: the answer is the small share of the data, so small that its logarithm is compared.",
    )

    def size(self, of: Size) -> Size:
        return {"n": 2 * of["n"], "m": 2 * of["m"], "d": 2 * of["d"], "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        m, d, t, t2 = of["m"], of["d"], of["t"], of["t2"]
        beta = 4 * d / (t2 - t) * log(ROOM_FACTOR * m)
        theta = -log(2 * m) - beta / 4 * (1 + t / d)
        return {"beta": beta, "B": sqrt(beta), "ln_theta": theta, "ln_low": theta - log(3), "ln_high": theta}

    def apply(self, problem: BalancedHamming) -> AttentionTask:
        constants = self.constants(problem.size)
        B, d, n, m = constants["B"], problem.A.d, problem.A.n, problem.B.n
        zero, one = np.zeros(d), np.full(d, B)
        Q = (_coded(problem.A, zero, one, one), _coded(BitMatrix.zeros(n, d), zero, zero, one))
        K = (_coded(problem.B, zero, one, zero), _coded(BitMatrix.zeros(m, d), zero, zero, one))
        V = np.repeat([[1.0], [0.0]], m, axis=0)
        return AttentionTask(Attention(Q, K, V, 1 / (2 * d)), constants["ln_low"], constants["ln_high"], n, logarithmic=True)

    def legend(self, problem: BalancedHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(problem.A.d, "pads, the same in every row")

    def forth(self, problem: BalancedHamming, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: BalancedHamming, witness: Witness) -> Witness:
        return nearest_pair(problem, witness)


def _coded(bits: BitMatrix, zero: Floats, one: Floats, rest: Floats) -> Coded:
    """(bits coded by zero and one, the constant row `rest`)."""
    return Coded(bits.widened(len(rest)), np.concatenate([zero, rest]), np.concatenate([one, rest]))
