"""Attention where Q, or K, or what they make of each other, lies near few directions: in these, by the other algorithms.

Module `projection` turns Q and K into Q' and K' of r columns, r <= d, whose exponents are those of Q and K to within T, but for
a constant of each row. Attention of Q', K' and V is then computed by `polynomial`, by `split` or by `boxes`, with its promise.

Guarantee (derived here; R is the spread of V, max V_c - min V_c). With Att' the attention of Q', K' and V as they are stored,

    |T - Att| <= |T - Att'| + |Att' - Att|,   |Att' - Att| <= R tanh(T/2).

*Proof.* w'_ij = w_ij e^(t_ij + c_i) with |t_ij| <= T and c_i the same for all keys, which Att' does not see. A mean is shifted
the most if the weights are e^T times as large on one part of the mass and e^-T times on the other, a change of the log-odds by
2T; as the logistic function is steepest at 0, by at most tanh(2T/4). []

The logarithm of what a row is divided by is that of attention of Q' and K', and scale <q_i, c> with the centre c of module
`projection`: off by T more. With S_c = |scale| sum_c max|q_c| |c_c| and S at least every |scale <q'_i, z_j>|, the product is
off by gamma(d + 4, u64) S_c and the addition by u64 (S + ln m + S_c) and a little.

The rank is the least for which R tanh(T/2) is at most half of the error; the rest is what the other algorithm may be off by.
Directions are those of some rows. Where all rows ask for more of them, the farthest are looked at as well: a row off the
directions of all others costs one.
"""

from dataclasses import dataclass
from math import inf, log, tanh
from typing import ClassVar

import numpy as np

from attention.algorithm import Promise, checked_error, kept_plan
from attention.costs import softmax_seconds
from attention.mixed.boxes import Boxes, BoxPlan
from attention.mixed.directions import Directions, allowed_tail, place, rank_of, some_rows, with_rows
from attention.mixed.long_rows import long_rows_may_decide
from attention.mixed.split import Split, SplitPlan
from attention.mixed.thresholds import Thresholds, norms
from attention.polynomial.plan import Plan
from attention.polynomial.polynomial import Polynomial
from attention.rounding import U64, WIDEN, Bounds, gamma
from attention.summed import Summed
from instances.coded import Floats, column_bounds, column_extremes
from instances.faults import Declined
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

SHARE = 0.5
"""The part of the error that may be lost beyond the first directions."""

ROUNDS = 3
"""How often the rows that are farthest from the directions of some are looked at as well."""

FEW, MUCH, LONGER = 3, 0.1, 20
"""Boxes are looked for in so many directions, where nothing else should take less than this part of the definition's time; and
`low_rank_may_decide` says so where that is so many times what turning rows takes.
"""


@dataclass(frozen=True)
class LowRankPlan:
    """`within` computes attention of the projected rows, of which `rank` of d columns are left, as `of` says; exponents are off
    by at most `tail`, the output by at most `lost` for that.
    """

    d: int
    rank: int
    tail: float
    lost: float
    centre: Floats
    projected: Attention
    within: Polynomial | Split | Boxes
    of: Plan | SplitPlan | BoxPlan

    @property
    def error(self) -> float:
        return (self.lost + self.of.error) * WIDEN

    def seconds(self) -> float:
        """What it should take, on two cores."""
        inputs = self.projected
        return projection_seconds(inputs.n + inputs.m, self.d) + _seconds(self.of, inputs)

    def __str__(self) -> str:
        return f"{self.rank} of {self.d} directions, exponents off by at most {self.tail:.2g} for the others; {self.of}"


@dataclass(frozen=True)
class _Looked:
    """By what directions are kept."""

    error: float

    key: ClassVar[str] = "low-rank"
    intervals: ClassVar[bool] = True


@dataclass(frozen=True)
class LowRank:
    """Attention near few directions: |T - Att| <= (max V - min V) tanh(T/2) + what is promised in those directions <= error.

    Time O((n + m) d^2) beside that of `polynomial`, `split` or `boxes` in r <= d columns, where exponents are off by at most T.
    Errors: `Declined`, with the figures, where rounding alone makes T too large, where the other algorithms decline the least r
    columns that leave a small one, or rows are coded.
    """

    error: float = 1e-6

    key: ClassVar[str] = "low-rank"
    logarithmic: ClassVar[bool] = False
    intervals: ClassVar[bool] = True

    def __post_init__(self) -> None:
        checked_error(self.error)

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.plan(inputs).error, 0.0)

    def plan(self, inputs: Attention) -> LowRankPlan:
        """O((n + m)(d^2 + v)), and the plan of the other algorithm, kept for as long as the inputs are. Errors: `Declined`."""
        return kept_plan(self, inputs, self._planned)

    def __call__(self, inputs: Attention) -> Floats:
        plan = self.plan(inputs)
        return plan.within(plan.projected)

    def logsumexp_error(self, inputs: Attention) -> float:
        """As the module's text has it."""
        plan = self.plan(inputs)
        of_few, S = plan.within.logsumexp_error(plan.projected), Bounds.of(plan.projected).S
        with np.errstate(over="ignore", invalid="ignore"):
            S_c = float(abs(inputs.scale) * (column_bounds(inputs.Q) * np.abs(plan.centre)).sum()) * WIDEN
        lost = gamma(inputs.d + 4, U64) * S_c + 2 * U64 * (S + log(inputs.m) + S_c + 1)
        return (of_few + plan.tail + lost) * WIDEN

    def summed(self, inputs: Attention) -> Summed:
        plan = self.plan(inputs)
        T, L = plan.within.summed(plan.projected)
        return Summed(T, L + inputs.scale * (inputs.queries(slice(None)) @ plan.centre))

    def _planned(self, inputs: Attention) -> LowRankPlan:
        looked, some, d = self.directions(inputs), some_rows(inputs), inputs.d
        axes, _, spread, allowed = looked
        tails = axes.tails(inputs)
        for _ in range(ROUNDS):
            if rank_of(tails, allowed) <= looked.rank + 1:
                break
            some = with_rows(some, inputs, *looked.axes.farthest(looked.rank, inputs))
            looked = Directions.among(some, spread, allowed)
            axes, tails = min(((axes, tails), (looked.axes, looked.axes.tails(inputs))), key=lambda x: place(x[1], allowed))
        rank = rank_of(tails, allowed)
        if rank > d:
            raise Declined(f"{self.key}: {self._needed(tails, d, allowed)}: use softmax")
        tail = float(tails[rank - 1])
        lost = spread * tanh(tail / 2) * WIDEN
        within(
            8 * (inputs.n + inputs.m) * rank,
            MEMORY_BUDGET,
            "rows in few directions",
            {"n": inputs.n, "m": inputs.m, "rank": rank},
        )
        projected = axes.first(rank, inputs)
        try:
            by = _fastest(projected, self.error / WIDEN**2 - lost)
        except Declined as declined:
            raise Declined(f"{self.key}: {self._needed(tails, rank - 1, allowed)}; in {rank} of {d} {declined}") from None
        return LowRankPlan(d, rank, tail, lost, axes.centre, projected, by, by.plan(projected))

    def directions(self, inputs: Attention) -> Directions:
        """O((n + m)(d + v)), kept for as long as the inputs are. Errors: `Declined`."""
        return kept_plan(_Looked(self.error), inputs, self._looked)

    def _looked(self, inputs: Attention) -> Directions:
        if isinstance(inputs.Q, tuple) or isinstance(inputs.K, tuple):
            raise Declined(f"{self.key}: rows are coded: use boolean or softmax")
        low, high = column_extremes(inputs.V)
        with np.errstate(over="ignore"):
            spread = float((high - low).max(initial=0.0)) * WIDEN
        if not spread < inf:
            raise Declined(f"V has entries from {low.min():.3g} to {high.max():.3g}, further apart than float64 holds: scale V")
        return Directions.among(some_rows(inputs), spread, allowed_tail(SHARE * self.error, spread))

    def _needed(self, tails: Floats, rank: int, allowed: float) -> str:
        """Why so many directions are not enough."""
        if not rank:
            return "no direction is needed"
        allows = f"an error of {self.error:.3g} allows {allowed:.3g}"
        return f"exponents beyond {rank} of d = {len(tails)} directions come to {tails[rank - 1]:.3g}, and {allows}"


def low_rank_may_decide(inputs: Attention, error: float, seconds: float) -> bool:
    """Whether few directions should take less than half of so many seconds: by a sample of rows. Only time hangs on it."""
    n, m, d = inputs.n, inputs.m, inputs.d
    turning = projection_seconds(n + m, d)
    if d <= FEW or not 4 * turning < seconds or not n:
        return False
    try:
        axes, rank, _, _ = LowRank(error).directions(inputs)
    except Declined:
        return False
    if rank >= d:
        return False
    some = axes.first(rank, some_rows(inputs))
    queries, keys = (-np.sort(-norms(X)) for X in (some.queries(slice(None)), some.keys(slice(None))))
    foreseen = turning + Thresholds(some, error, queries, keys).foreseen(n, m)
    by_boxes = rank <= FEW and inputs.mechanism.plain and seconds > LONGER * turning
    return 2 * foreseen < seconds or by_boxes


def projection_seconds(rows: int, d: int) -> float:
    """Of looking for directions, and of turning so many rows of both sides to them."""
    return 5e-3 + 1e-9 * d**3 + rows * d * (3e-9 + 5e-11 * d)


def _fastest(inputs: Attention, error: float) -> Polynomial | Split | Boxes:
    """That of these which should be the fastest. Errors: `Declined` where all of them decline."""
    found: list[tuple[float, Polynomial | Split | Boxes]] = []
    reasons: list[str] = []

    def consider(algorithm: Polynomial | Split | Boxes) -> None:
        try:
            found.append((_seconds(algorithm.plan(inputs), inputs), algorithm))
        except Declined as reason:
            reasons.append(str(reason))

    consider(Polynomial(error))
    by_definition = float(softmax_seconds(inputs.n, inputs.m, inputs.d, inputs.V.shape[1], "float64"))
    if long_rows_may_decide(inputs, error, min((seconds for seconds, _ in found), default=by_definition)):
        consider(Split(error))
    if inputs.d <= FEW and min((seconds for seconds, _ in found), default=inf) > MUCH * by_definition:
        consider(Boxes(error))
    if not found:
        raise Declined("; ".join(reasons))
    return min(found, key=lambda pair: pair[0])[1]


def _seconds(plan: Plan | SplitPlan | BoxPlan, inputs: Attention) -> float:
    n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
    match plan:
        case Plan():
            return plan.seconds(n, m, v)
        case SplitPlan():
            return plan.seconds(d, v)
    return plan.seconds(n, m, d, v)
