"""Attention in few dimensions at any temperature: boxes of queries meet boxes of keys, by polynomials about both their centres.

For a box A of queries with centre a and a box B of keys with centre b, dq = q - a and dk = k - b,

    s <q, k> = s <q, b> + s <a, dk> + s <dq, dk>:

a factor of the row, a weight of the key, and the argument of a polynomial, |s <dq, dk>| <= M_AB = s sum_c h_Ac h_Bc, h the
half-widths. What counts is the product of local sizes, not the temperature: boxes are halved (kd-trees) until it is small, or
the box of keys is too far below the peak to matter.

Guarantee (derived here; R is the spread of V, the largest max V_c - min V_c; D_i = sum_j w_ij, w_ij = e^(s <q_i, k_j>)). Let
lnD_A <= min_(i in A) ln D_i, and up_AB at least every exponent of the pair. The pair is given the relative error

    eta_AB = eta/2 + (eta/2) e^(lnD_A - up_AB)/m

and a polynomial whose certified error on [-M_AB, M_AB] is not above it; where eta_AB >= 1 it is dropped, its weights w' being
0. Boxes in which nothing is gained are summed by the definition. Then for every row, whatever s, d and the entries are,

    |T - Att| <= R eta/(1 - eta).

*Proof.* |w'_ij - w_ij| <= eta_AB w_ij. With w_ij <= e^up_AB and e^lnD_A <= D_i, the sum over all m keys is at most (eta/2) D_i
+ (eta/2) sum_j D_i/m = eta D_i. T - Att = sum_j (w'_ij - w_ij)(V_j - Att)/D'_i, |V_jc - Att_ic| <= R and D' >= (1 - eta) D. []

The bound lnD_A is derived in module `below` beside this one, what decides in module `walk`, rounding in module `loss`.
"""

from dataclasses import dataclass
from math import ceil, comb, e, inf, log, log2
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from attention.algorithm import Promise, checked_error, kept_plan
from attention.costs import softmax_seconds, trees_seconds
from attention.exp2 import ROUGH
from attention.mixed.levels import highest, reaches, widest
from attention.mixed.loss import LITTLE, Loss
from attention.mixed.trees import Tree, checked_leaf
from attention.rounding import WIDEN
from attention.summed import Summed
from instances.coded import Floats, column_bounds, column_extremes, largest_entry
from instances.faults import Declined
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

if TYPE_CHECKING:
    from attention.mixed.summing import Work

WORTH = 0.25
"""The part of the definition's time that the sums may take."""

BEYOND = 2.0**300
"""Entries of scaled queries and of centred keys are below this."""


@dataclass(frozen=True)
class BoxPlan:
    """The trees and what is decided of them; `shifts` are the largest exponents of the rows, V is taken about `middle`.

    approximation + rounding bounds every |T - Att|.
    """

    work: "Work | None"
    shifts: Floats
    middle: Floats
    unit: Floats
    eta: float
    approximation: float
    rounding: float
    loss: Loss | None = None
    rho: float = 0.0

    @property
    def error(self) -> float:
        return self.approximation + self.rounding

    def seconds(self, n: int, m: int, d: int, v: int) -> float:
        """What it should take, on two cores: the trees, the sums, and to count pairs and prepare their polynomials."""
        if self.work is None:
            return trees_seconds(n, m, d, v)
        of_pairs = 2.5e-6 * self.work.by_polynomial + 0.2e-6 * self.work.by_definition
        return trees_seconds(n, m, d, v) + 0.8 * self.work.total + of_pairs

    def __str__(self) -> str:
        if self.work is None:
            return "no rows"
        work, eta = self.work, f"eta = {self.eta:.3g}"
        boxes = f"{len(work.queries.start):,} boxes of queries and {len(work.keys.start):,} of keys"
        if not work.used.any():
            return f"{boxes}, {work.by_definition:,} pairs of them by the definition; {eta}"
        g = int(np.argwhere(work.used)[:, 1].max())
        by = f"{work.by_polynomial:,} pairs of them by polynomials of degree up to {g}"
        return f"{boxes}, {by}, {work.by_definition:,} by the definition; {eta}"


@dataclass(frozen=True)
class Boxes:
    """Attention in few dimensions, at any temperature: |T - Att| <= (max V - min V) eta/(1 - eta) + rounding <= error.

    Time all but linear in n + m for d = 1, 2, 3 whatever the scale and the entries are, and for rows of any d that lie in
    clusters; memory O((n + m)(d + v)). Errors: `Declined`, with the figures, where what has been counted is more than a
    quarter of the definition's work, or a sample foretells half as much again (never with `always`), or rounding alone is above
    `error`. `leaf` is the most rows of a box that is not halved, 32 in one or two dimensions and 64 in more unless given.
    """

    error: float = 1e-6
    always: bool = False
    leaf: int | None = None

    key: ClassVar[str] = "boxes"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checked_error(self.error)
        checked_leaf(self.leaf)

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.plan(inputs).error, 0.0)

    def plan(self, inputs: Attention) -> BoxPlan:
        """O((n + m) (d + v) log(n + m)) and what is counted, kept for as long as the inputs are. Errors: `Declined`."""
        return kept_plan(self, inputs, self._planned)

    def logsumexp_error(self, inputs: Attention) -> float:
        """As module `loss` has it."""
        plan = self.plan(inputs)
        if plan.loss is None:
            return 0.0
        away = float(abs(inputs.scale) * (column_bounds(inputs.Q) * np.abs(_middle(inputs))).sum()) * WIDEN
        return plan.loss.of_masses(plan.eta, plan.rho, away)

    def __call__(self, inputs: Attention) -> Floats:
        return self._sums(inputs)[0]

    def summed(self, inputs: Attention) -> Summed:
        T, D = self._sums(inputs)
        plan, L = self.plan(inputs), np.empty(inputs.n)
        if plan.work is not None:
            L[plan.work.queries.order] = log(2) * (plan.shifts[: inputs.n] + np.log2(D))
            L += inputs.scale * (inputs.queries(slice(None)) @ _middle(inputs))
        return Summed(T, L)

    def _sums(self, inputs: Attention) -> tuple[Floats, Floats]:
        plan = self.plan(inputs)
        if plan.work is None:
            return np.empty(inputs.shape), np.empty(0)
        from attention.mixed.summing import outputs

        return outputs(plan.work, plan.shifts, inputs.V, plan.middle, plan.unit)

    def _planned(self, inputs: Attention) -> BoxPlan:
        if isinstance(inputs.Q, tuple) or isinstance(inputs.K, tuple):
            raise Declined(f"{self.key}: rows are coded: use boolean or softmax")
        n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
        low, high = column_extremes(inputs.V)
        with np.errstate(over="ignore"):
            middle, spread = low / 2 + high / 2, float((high - low).max(initial=0.0))
            extent = np.maximum(high - middle, middle - low)
        if not spread < inf:
            raise Declined(f"V has entries from {low.min():.3g} to {high.max():.3g}, further apart than float64 holds: scale V")
        unit = np.exp2(np.clip(np.ceil(np.log2(np.maximum(extent, 2.0**-1000))), -1000, 1020))
        if n == 0:
            return BoxPlan(None, np.empty(0), middle, unit, 0.0, 0.0, 0.0)
        size = {"n": n, "m": m, "d": d, "v": v}
        within(8 * (n + m) * (4 * d + 2 * v + 8), MEMORY_BUDGET, "boxes of rows and their sums", size)
        queries, keys, S = self._trees(inputs)
        leaves, extent_of_V = int((keys.left < 0).sum()), float(extent.max(initial=0.0)) * WIDEN
        rough, g = self.error >= 4 * LITTLE * ROUGH * extent_of_V, highest(d)
        loss = Loss(d, m, leaves, S * log(2), extent_of_V, largest_entry(inputs.V), rough)
        most, foreseen = widest(lambda M: loss.rounding(0.5, loss.polynomial(M, g, comb(d + g, d))), self.error / 16)
        if not foreseen <= self.error / 2:
            raise Declined(f"{self.key}: exponents up to {S * log(2):.4g}: rounding alone may come to {foreseen:.3g}")
        left = self.error - foreseen
        eta = min(0.5, left / (spread + left) / WIDEN**2)
        shifts, work = self._walked(inputs, queries, keys, S, eta, most, rough)
        lost = work.worst(loss.polynomial)
        rounding, approximation = loss.rounding(eta, lost), spread * eta / (1 - eta) * WIDEN
        if not approximation + rounding <= self.error:
            raise Declined(f"{self.key}: {approximation + rounding:.3g} is promised, above error = {self.error:.3g}")
        return BoxPlan(work, shifts, middle, unit, eta, approximation, rounding, loss, loss.relative(eta, lost))

    def _trees(self, inputs: Attention) -> tuple[Tree, Tree, float]:
        """Of queries with the scale in powers of two, and of keys about their middle; and S, which bounds sum_c |q_c k_c|."""
        Q, K = inputs.queries(slice(None)), inputs.keys(slice(None))
        with np.errstate(over="ignore", invalid="ignore", under="ignore"):
            scaled, centred = Q * (inputs.scale * log2(e)), K - _middle(inputs)
            scaled[:, (centred == 0).all(axis=0)] = 0  # columns in which all keys agree change no exponent
            q, k = column_bounds(scaled), column_bounds(centred)
            S = float((q * k).sum()) * WIDEN
        if not (q.max() < BEYOND and k.max() < BEYOND and S < 2.0**40):
            raise Declined(f"{self.key}: exponents or entries up to {max(S, q.max(), k.max()):.3g} are too large: use softmax")
        return Tree.of(scaled, self.leaf), Tree.of(centred, self.leaf), S

    def _walked(
        self, inputs: Attention, queries: Tree, keys: Tree, S: float, eta: float, most: float, rough: bool
    ) -> "tuple[Floats, Work]":
        """The largest exponent of each row, and the work. Errors: `Declined` where it is too much."""
        from attention.mixed.below import best_scores, floors, slack
        from attention.mixed.summing import Work, planned
        from attention.mixed.walk import Rule

        n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
        shifts = best_scores(queries, keys, inf if self.always else n * max(m / 32, 4096.0))
        if shifts is None:
            raise Declined(f"{self.key}: boxes do not tell which of m = {m} keys are the largest in d = {d}: use softmax")
        below = floors(queries, keys, shifts) - slack(d, S)
        columns, levels = v + 1, ceil(-log2(eta / 2)) + 1
        rule = Rule(
            e_0=eta / 2 / WIDEN,
            floors=below + log2(eta / 2) - log2(m) - 1e-9,
            reaches=reaches(levels, highest(d), most),
            ranks=np.array([float(comb(d + g, g)) for g in range(highest(d) + 1)]),
            factor=log(2),
            curve=0.0,
            far=inf,
            feature=0.03e-9 * (columns + 1),
            pair=(0.2 + 0.032 * (d + columns)) * 1e-9,
            fixed=2e-9 * columns,
            rough=rough,
        )
        definition = softmax_seconds(n, m, d, v, "float64")
        work = planned(rule, queries, keys, columns, inf if self.always else 2 * WORTH * definition)
        if not isinstance(work, Work):
            counted = f"after {work / 2:.3g} s of work were counted or foretold, of {definition:.3g} s by the definition"
            raise Declined(f"{self.key}: n = {n}, m = {m}, d = {d}: given up {counted}: use softmax")
        return shifts, work


def _middle(inputs: Attention) -> Floats:
    """Between the least and the largest keys."""
    least, most = column_extremes(inputs.keys(slice(None)))
    found: Floats = least / 2 + most / 2
    return found
