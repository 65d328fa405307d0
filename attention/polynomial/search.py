"""What is known of the moments of the exponents, and what it vouches for, degree by degree.

*A few rows by their definition.* Often all rows but a few, of the longest queries, are certified at a lower degree. Where Q is
in memory, the definition gives these few (module `few_rows`), and all that is proved is proved of the others: sizes, extents
and exponents are theirs. The error of a row grows with each of the three sizes of its query, so that rows within f times the
largest sizes of all need not be looked at one by one, for an f for which those sizes are certified.
"""

from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import takewhile
from typing import Any

import numpy as np

from attention.blocks import Blocks, Whole
from attention.costs import polynomial_seconds, softmax_seconds
from attention.exp_polynomial import MAX_DEGREE, ExpPolynomial, taylor
from attention.polynomial.few_rows import by_definition
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.moments import Moments
from attention.polynomial.monomials import rank
from attention.polynomial.plan import Plan, most_features
from attention.polynomial.rounding import Ranges, rounding
from attention.polynomial.sizes import Deviation, Size
from attention.rounding import U64, WIDEN
from instances.coded import Floats, column_bounds

FEW, LOOKED_AT = 1 / 16, 1024
"""The part of all queries that may be looked at one by one, where it is no larger of about so many of them."""


@dataclass(frozen=True)
class Long:
    """Rows that are left to the definition; sizes such that each other query is within one of them; what all should take."""

    rows: Any
    others: Size
    seconds: float


@dataclass(frozen=True)
class Known:
    """The moments, sizes such that each query is within one of them, and the extents of both sides."""

    moments: Moments
    most: Size
    extents: Extents

    @cached_property
    def some(self) -> Size:
        """The sizes of about LOOKED_AT queries."""
        return self.moments.sizes(max(1, self.moments.inputs.n // LOOKED_AT))[0]

    @cached_property
    def each(self) -> Size:
        """The sizes of each query, in another pass over Q."""
        return self.moments.sizes()[0]

    def beyond(self, f: float, of: Size) -> Any:
        """Which of these sizes are more than f times the largest."""
        return np.flatnonzero(np.logical_or.reduce([x > f * most for x, most in zip(of, self.most, strict=True)]))

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

    def of_others(self, long: Long) -> "Known":
        """What is known of all queries but a few, in memory."""
        assert isinstance(self.moments.inputs, Whole)
        Q, largest = self.moments.inputs.inputs.queries(slice(None)), self.extents.queries
        if (np.abs(Q[long.rows]) >= largest).any():  # else others are as large
            largest = column_bounds(np.delete(Q, long.rows, axis=0))
        return Known(self.moments, long.others, Extents(self.extents.keys, largest))

    def norms_about(self, centre: Floats) -> float:
        """At least |scale| |q| |k - centre|, for any centre."""
        with np.errstate(over="ignore", invalid="ignore"):
            away = float(np.sqrt(((centre - self.moments.centre) ** 2).sum()))
            return float(np.max(self.most.norm) * (self.moments.radius + away)) * WIDEN

    def scores_about(self, centre: Floats) -> Scores:
        """What is known of the exponents about any centre, without another pass."""
        return Scores.of(self.moments.inputs, self.extents, centre, self.norms_about(centre))


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

    @classmethod
    def of(cls, error: float, inputs: Blocks, values: Values, known: Known, moments: Moments) -> "Search":
        """For all queries that `known` knows of."""
        scores = known.scores_about(moments.centre)
        b = min(moments.b(known.extents.queries), scores.b)
        return cls(error, inputs, scores, values, replace(values.ranges(inputs, scores), b=b), moments, known.most, b)

    def long(self, g: int, known: Known, least: float) -> Long | None:
        """The rows that are best left to the definition at degree g; None where that should take `least` seconds or more."""
        (n, m, d, v), columns = (self.inputs.n, self.inputs.m, self.inputs.d, self.inputs.v), self.values.columns.count
        f = self._half_certified(g)
        if len(known.beyond(f, known.some)) > len(known.some.norm) * FEW or len(long := known.beyond(f, known.each)) > n * FEW:
            return None
        sizes = Size(*(x[long] for x in known.each))
        errors, short = self.errors(g, sizes), Size(*(f * most for most in known.most))
        M, room = np.append(self.moments.M(sizes)[errors <= self.error], self.moments.M(short)).max(), None
        P = taylor(float(M), g)
        for h in range(1, g + 2):
            left = self.error - rounding(P, h, self.ranges)
            rows = int((errors > left).sum())
            seconds = float(polynomial_seconds(n, m, d, v, columns, g, h) + softmax_seconds(rows, m, d, v, "float64"))
            if left >= self.error / 2 and rows and seconds < least:
                least, room = seconds, left
        if room is None:
            return None
        kept = errors <= room
        others = Size(*(np.append(x[kept], most) for x, most in zip(sizes, short, strict=True)))
        return Long(long[~kept], others, least)

    def without(self, long: Long, known: Known) -> Plan | None:
        """The plan for all rows but a few."""
        plan = Search.of(self.error, self.inputs, self.values, known.of_others(long), self.moments).plan()
        few = by_definition(long.rows, self.inputs, known.extents, self.scores, self.values)
        return None if plan is None or few is None or few.error > self.error else replace(plan, few=few)

    def _half_certified(self, g: int) -> float:
        """An f such that half the error is certified for queries of up to f times the largest sizes."""
        parts = np.arange(1, 65) / 64
        certified = self.errors(g, Size(*(parts * most for most in self.most))) <= self.error / 2
        return float(parts[certified].max(initial=0.0))

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
        return float(np.max(self.errors(g, self.most)))

    def errors(self, g: int, of: Size) -> Any:
        """At least those of rows of these sizes, rounding apart."""
        return self.moments.error(g, of, self.b, self.deviation)

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
                        theta = float(np.max(self.moments.theta(g, self.most, self.b)))
                        return Plan(scores, columns, self.values.constants, P, h, largest, lost, "moments", theta)
        return None
