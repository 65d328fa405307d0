"""The search for a plan of which the moments of the exponents are the proof (module `moments`)."""

from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import takewhile
from math import inf

import numpy as np

from attention.blocks import Blocks, Whole
from attention.costs import polynomial_seconds
from attention.exp_polynomial import MAX_DEGREE, ExpPolynomial, taylor
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.moments import Moments
from attention.polynomial.monomials import rank
from attention.polynomial.plan import MAX_RANGE, Plan, most_features
from attention.polynomial.rounding import Ranges, rounding
from attention.polynomial.sizes import Deviation, Size
from attention.polynomial.symmetric import pass_seconds, sharper
from attention.rounding import U64, WIDEN
from instances.coded import Floats
from instances.faults import Declined

HOPED = {2: 1.1, 3: 1.5}
"""About how many times the mean of E <u, z>^2p over all directions u the bound kappa_p of module `symmetric` comes to."""

NARROW, MANY = 16, 1 << 14
"""Rows of so few columns; and so many that a pass over them takes longer than the search for a plan."""


@dataclass(frozen=True)
class Known:
    """The moments, at least the sizes of all queries, and the extents of both sides."""

    moments: Moments
    most: Size
    extents: Extents

    @classmethod
    def of(cls, inputs: Blocks) -> "Known | None":
        """O((n + m) d^2), in a pass over Q and one or two over K; None where keys have no moments."""
        moments = Moments.of(inputs)
        return None if moments is None else cls.with_queries(moments)

    @classmethod
    def with_queries(cls, moments: Moments) -> "Known":
        """O(n d^2), in a pass over Q."""
        most, largest = moments.largest_sizes()
        return cls(moments, most, Extents(moments.keys, largest))

    def norms_about(self, centre: Floats) -> float:
        """At least |scale| |q| |k - centre|, for any centre."""
        with np.errstate(over="ignore", invalid="ignore"):
            away = float(np.sqrt(((centre - self.moments.centre) ** 2).sum()))
            return float(self.most.norm * (self.moments.radius + away)) * WIDEN

    def scores_about(self, centre: Floats) -> Scores:
        """What is known of the exponents about any centre, without another pass."""
        return Scores.of(self.moments.inputs, self.extents, centre, self.norms_about(centre))


def by_moments(error: float, inputs: Blocks, values: Values, known: Known | None, other: Plan | None) -> Plan:
    """The fastest plan, the `other` one if that is. Errors: `Declined` where there is none."""
    if known is None:
        return _or(other, "the keys are coded, or alike, or their squares are beyond float64")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is no number is never small enough
        return _found(error, inputs, values, known, other)


def _found(error: float, inputs: Blocks, values: Values, known: Known, other: Plan | None) -> Plan:
    moments, extents = known.moments, known.extents
    scores = known.scores_about(moments.centre)
    if not scores.M <= MAX_RANGE:
        return _or(other, f"exponents about the mean of K within +-M = {scores.M:.4g}, beyond +-{MAX_RANGE:g}")
    b = min(moments.b(extents.queries), scores.b)
    found = Search(error, inputs, scores, values, replace(values.ranges(inputs, scores), b=b), moments, known.most, b)
    best = _fastest(inputs, [other, found.plan()])
    for p, times in HOPED.items():
        hoped = times * moments.mean_power(p)
        least = inf if best is None else _seconds(inputs, best)
        hope = found.with_kappa(p, hoped).plan()
        if hope is not None and _seconds(inputs, hope) + pass_seconds(inputs.d, inputs.m, p) < least:
            found = replace(found, moments=sharper(found.moments, p))
            best = _fastest(inputs, [best, found.plan()])
    if best is None:
        return _or(None, f"no degree of rank up to {most_features(inputs)} keeps the error in every row")
    return best


def moments_first(inputs: Blocks) -> bool:
    """Whether the passes for moments take no longer than those for the range of the exponents, of which they tell too."""
    return isinstance(inputs, Whole) and inputs.d <= NARROW and inputs.n + inputs.m >= MANY


def worth_moments(inputs: Blocks, plan: Plan) -> bool:
    """Whether a degree less would save clearly more than the passes for moments take."""
    n, m, d = inputs.n, inputs.m, inputs.d
    passes = 1e-4 + m * (1.6e-10 * d**2 + 2e-9 * d) + n * (4e-11 * d**2 + 3e-9 * d)
    return _saving(inputs, plan) > 3 * passes


def most_degree(inputs: Blocks) -> int:
    """The largest degree whose rank is tried."""
    most = most_features(inputs)
    return max(takewhile(lambda g: rank(inputs.d, g) <= most, range(1, MAX_DEGREE + 1)), default=0)


@dataclass(frozen=True)
class Search:
    """What is known, and what it vouches for."""

    error: float
    inputs: Blocks
    scores: Scores
    values: Values
    ranges: Ranges
    moments: Moments
    most: Size
    b: float
    rounded: dict[tuple[int, int], float] = field(default_factory=dict)
    """What rounding comes to for g and h, which no kappa changes."""

    def lost(self, P: ExpPolynomial, h: int) -> float:
        if (P.g, h) not in self.rounded:
            self.rounded[P.g, h] = rounding(P, h, self.ranges)
        return self.rounded[P.g, h]

    def with_kappa(self, p: int, kappa: float) -> "Search":
        """As if kappa_p were that."""
        return replace(self, moments=self.moments.with_kappa(p, kappa))

    @cached_property
    def deviation(self) -> Deviation:
        unit, of = self.values.columns.unit, self.ranges
        lost = of.mu * U64 * (self.inputs.m + 8)
        mean = np.abs(self.values.constants[: len(unit)]) + lost
        extent = float((unit * (self.values.extent + mean)).max(initial=0.0))
        sd = float((unit * np.sqrt(self.values.extent * (self.values.mu + lost))).max(initial=0.0))
        return Deviation(self.values.spread, extent, sd)

    def largest(self, g: int) -> float:
        """At least the error of every row, rounding apart."""
        return float(self.moments.error(g, self.most, self.b, self.deviation))

    def plan(self) -> Plan | None:
        """That of the least degree that is enough, with the most terms in float32."""
        for g in range(1, most_degree(self.inputs) + 1):
            largest = self.largest(g)
            if largest < self.error:
                P = taylor(self.scores.M, g)
                for h in range(1, g + 2):
                    lost = self.lost(P, h)
                    if largest + lost <= self.error:
                        scores, columns = replace(self.scores, b=self.b), self.values.columns
                        theta = float(self.moments.theta(g, self.most, self.b))
                        return Plan(scores, columns, self.values.constants, P, h, largest, lost, "moments", theta)
        return None


def _or(other: Plan | None, why: str) -> Plan:
    if other is None:
        raise Declined(f"by moments: {why}")
    return other


def _fastest(inputs: Blocks, plans: list[Plan | None]) -> Plan | None:
    known = [plan for plan in plans if plan is not None]
    return min(known, key=partial(_seconds, inputs), default=None)


def _seconds(inputs: Blocks, plan: Plan) -> float:
    """What it should take, one more pass included where sums are in both types."""
    more = (inputs.n + inputs.m) * (inputs.d + inputs.v) * 4e-10 if len(plan.parts) > 1 else 0.0
    return plan.seconds(inputs.n, inputs.m, inputs.v) + more


def _saving(inputs: Blocks, plan: Plan) -> float:
    """Seconds that a degree less would save."""
    n, m, v, columns, g = inputs.n, inputs.m, inputs.v, plan.columns.count, plan.g
    less = polynomial_seconds(n, m, inputs.d, v, columns, max(g - 1, 1), min(plan.h, max(g, 2)))
    return plan.seconds(n, m, v) - float(less)
