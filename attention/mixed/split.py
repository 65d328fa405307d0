"""Attention where a few rows are long: long queries by the definition, long keys too, all others by a polynomial.

A long row makes the range of all exponents large, though it meets few. Let c be a vector in the middle of K, y_j = V_j - v
with a fixed v. The queries of largest norm, `exact`, are computed by their definition. For the others, the keys with the
largest |k_j - c|, `heavy`, are summed by their definition and the rest, `light`, by Algorithm 1, whose exponents about its own
centre c' are within +-M; both sums are merged.

Guarantee (R is the spread of V, max V_c - min V_c over all keys; derived here). In exact arithmetic the weights of light keys
are within 1 +- eta of the true ones and those of heavy keys are the true ones, so that, as for module `polynomial`,

    |T - Att| <= R tanh(artanh(eta)/2).

*Rounding.* A part t of the keys gives (L, N', D'): N' e^L and D' e^L stand for sum w y and sum w, with Y = max_c max_j |y_jc|,

    |N' - N| <= rho_t Y D,   |D' - D| <= rho_t D.

Light: rho = max(2 e_N, e)/D_low + 4 u64 + gamma(d + 4, u64) S_c. There e_N, e and D_low are those of module
`polynomial.rounding`; e_N counts in units of the columns, each at most twice the largest |y_c| of light keys, and the products
with m and the unit round once. S_c = |scale| sum_c max|q_c| |c'_c| bounds the exponent L = scale <q, c'>, common to N' and D',
which is known to within gamma(d + 4, u64) S_c. Heavy: rho = e^a - 1 + 4 u64 of module `rounding`. A merge multiplies both by
2^(L - max L) and adds: relatively (EXP2_ULPS + 6) u64 + 4 u64 S more, where S >= |L| of both. With rho the larger of both
parts' and the merge's,

    |T' - T| <= 2 Y rho/(1 - rho) + 4 u64 (max|v| + 2 Y) + 8 (m + 32) 2^-400 (1 + max|V|),

the last term for what is flushed: weights that are not about a peak are at least 2^-600 (`BOUNDED`), tiny 2^600 < 2^-400.

*Proof.* T' = v + N'/D' with D' = D(1 + x), |x| <= rho, and |N'/D' - N/D| <= (|N' - N| + |N/D| |D' - D|)/D', at most
(rho Y + Y rho)/(1 - rho); |N/D| <= Y is a mean. The quotient, its product and the addition of v round four times. []

*Masses.* L = ln(D' e^L) is off by -ln(1 - eta) - ln(1 - rho), and by its own rounding (`attention.rounding.of_log2`).

The thresholds are those for which the predicted seconds are least, the degree by the size of Chebyshev's remainder; then the
true degree is the least whose certified eta and rounding keep the error. Nothing hangs on the prediction but time.
"""

from dataclasses import dataclass, replace
from math import inf, log, log1p
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import numpy as np

from attention.algorithm import Promise, checked_error, kept_plan
from attention.aligned import aligned
from attention.blocks import Whole, sampled
from attention.exact.softmax import Softmax, about_peaks, logsumexp
from attention.exp_polynomial import minimax
from attention.mixed.merging import Merging
from attention.mixed.thresholds import DEGREES, Thresholds, by_definition, lengths, longest
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.monomials import rank
from attention.polynomial.plan import MAX_RANGE, Plan, bytes_of_sums, most_features
from attention.polynomial.polynomial import approximation
from attention.polynomial.rounding import off
from attention.polynomial.running import key_totals, sums
from attention.rounding import WIDEN, Bounds, of_log2
from attention.summed import Summed
from instances.coded import Floats, column_bounds
from instances.faults import BadInput, Declined
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

Rows = Any


@dataclass(frozen=True)
class SplitPlan:
    """Which rows and keys are long, how the others are computed, and what is promised."""

    exact: Rows
    others: Rows
    heavy: Rows
    light: Rows
    polynomial: Plan | None
    approximation: float
    rounding: float
    of_exact: float
    rho: float = 0.0

    @property
    def error(self) -> float:
        return max(self.approximation + self.rounding, self.of_exact)

    def of_masses(self, S: float, m: int) -> float:
        """At least |L' - L| of the rows that are not long, of scores and parts of them up to S, as the module's text has it."""
        if self.polynomial is None:
            return 0.0
        if not self.rho < 1:
            return inf
        return (self.polynomial.of_masses - log1p(-self.rho) + of_log2(S + log(m) + 1)) * WIDEN

    def seconds(self, d: int, v: int) -> float:
        """What it should take, on two cores."""
        exact, others, heavy, light = map(len, (self.exact, self.others, self.heavy, self.light))
        seconds = float(sum(by_definition(exact, others, heavy, light, d, v)))
        return seconds + (self.polynomial.seconds(others, light, v) if self.polynomial else 0.0)

    def __str__(self) -> str:
        exact, heavy = len(self.exact), len(self.heavy)
        of, plan = f"{exact:,} of {exact + len(self.others):,} rows", self.polynomial
        by = "nothing is left" if plan is None else f"for the others {plan}"
        return f"{of} by their definition, {heavy:,} of {heavy + len(self.light):,} keys for all; {by}"


@dataclass(frozen=True)
class Split:
    """Attention with a few long rows: |T - Att| <= (max V - min V) tanh(artanh(eta)/2) + rounding <= error, of the long ones as
    `Softmax` has it.

    Time O(a m + n b)(d + v) for a long queries and b long keys, and O((n + m) r v) for the others. Errors: `Declined`, with the
    figures, where no thresholds leave exponents that are small, or `error` cannot be promised. `rows` and `keys` are how
    many are long, chosen unless they are given (then both).
    """

    error: float = 1e-6
    rows: int | None = None
    keys: int | None = None

    key: ClassVar[str] = "split"
    logarithmic: ClassVar[bool] = False

    def __post_init__(self) -> None:
        checked_error(self.error)
        if (self.rows is None) != (self.keys is None) or any(x is not None and x < 0 for x in (self.rows, self.keys)):
            raise BadInput(f"rows = {self.rows}, keys = {self.keys}: give both, numbers >= 0, or neither")

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.plan(inputs).error, 0.0)

    def plan(self, inputs: Attention) -> SplitPlan:
        """O((n + m)(d + v + log(n + m))), kept for as long as the inputs are. Errors: `Declined`."""
        return kept_plan(self, inputs, self._planned)

    def _planned(self, inputs: Attention) -> SplitPlan:
        if isinstance(inputs.Q, tuple) or isinstance(inputs.K, tuple):
            raise Declined(f"{self.key}: rows are coded: use boolean or softmax")
        if inputs.n == 0 or inputs.m == 1:  # nothing is to be split, and the definition takes O(n + m)
            rows, none = np.arange(inputs.n), np.empty(0, np.int64)
            return SplitPlan(
                rows, none, none, np.arange(inputs.m), None, 0.0, 0.0, Softmax().promise(inputs).largest_error(inputs)
            )
        some_keys = sampled(Whole(inputs), "K")
        assert some_keys is not None
        queries, keys = lengths(inputs.queries(slice(None))), lengths(inputs.keys(slice(None)), np.median(some_keys, axis=0))
        if not (np.isfinite(queries).all() and np.isfinite(keys).all()):
            raise Declined(f"{self.key}: squares of rows are beyond float64: use softmax")
        found = Thresholds(inputs, self.error, -np.sort(-queries), -np.sort(-keys))
        a, b = found.least() if self.rows is None or self.keys is None else (self.rows, self.keys)
        if not (a < inputs.n and b < inputs.m):
            raise Declined(f"{self.key}: no quarter of the rows and keys leaves the others short: use softmax")
        return self._certified(inputs, found.spread, *longest(queries, a), *longest(keys, b))

    def _certified(self, inputs: Attention, spread: float, exact: Rows, others: Rows, heavy: Rows, light: Rows) -> SplitPlan:
        parts = Parts.of(inputs, exact, others, heavy, light)
        rest = Whole(parts.short)
        extents, values = Extents.of(rest), Values.of(rest)
        scores = Scores.of(rest, extents, extents.middle)
        if not scores.M <= MAX_RANGE:
            raise Declined(f"{self.key}: exponents of the others are within +-M = {scores.M:.4g}, beyond +-{MAX_RANGE:g}")
        mean, S_c = values.columns.mean, float(abs(inputs.scale) * (extents.queries * np.abs(scores.centre)).sum()) * WIDEN
        parts = parts.about(mean)
        of, ranges = Merging.of(inputs, mean, parts.long, Bounds.of(inputs).S, S_c), values.ranges(rest, scores)
        of_exact = 0.0 if parts.alone is None else Softmax().promise(parts.alone).largest_error(parts.alone)
        if not of_exact <= self.error:
            raise Declined(f"{self.key}: the definition of the long rows promises {of_exact:.3g} only")
        degrees = [g for g in DEGREES if rank(inputs.d, g) <= most_features(rest)]
        for g in degrees:
            P = minimax(scores.M, g)
            error = approximation(P, spread)
            for h in range(1, g + 2) if error < self.error else ():
                rounding = of.rounding(lost := off(P, h, ranges))
                if error + rounding <= self.error:
                    plan, rho = Plan(scores, values.columns, values.constants, P, h, error, rounding), of.relative(lost)
                    within(bytes_of_sums(rest, plan), MEMORY_BUDGET, "sums over features", {"r": plan.r})
                    found = SplitPlan(exact, others, heavy, light, plan, error, rounding, of_exact, rho)
                    _PARTS[inputs] = found, parts
                    return found
        no = f"no degree up to {max(degrees, default=0)} of rank up to {most_features(rest):,}"
        raise Declined(f"{self.key}: {no} keeps the error for exponents within +-M = {scores.M:.4g}")

    def logsumexp_error(self, inputs: Attention) -> float:
        plan = self.plan(inputs)
        if plan.polynomial is None:
            return Softmax().logsumexp_error(inputs)
        of_queries = column_bounds(inputs.Q)
        centre = float(abs(inputs.scale) * (of_queries * np.abs(plan.polynomial.scores.centre)).sum()) * WIDEN
        alone = Parts.planned(plan, plan.polynomial.columns.mean, inputs).alone
        of_exact = 0.0 if alone is None else Softmax().logsumexp_error(alone)
        return max(plan.of_masses(Bounds.of(inputs).S + centre, inputs.m), of_exact)

    def __call__(self, inputs: Attention) -> Floats:
        return self.summed(inputs).T

    def summed(self, inputs: Attention) -> Summed:
        plan = self.plan(inputs)
        if plan.polynomial is None:
            return Softmax().summed(inputs)
        parts = Parts.planned(plan, plan.polynomial.columns.mean, inputs)
        T, L = aligned((inputs.n, inputs.V.shape[1])), np.empty(inputs.n)
        if parts.alone is not None:
            T[plan.exact], L[plan.exact] = Softmax().summed(parts.alone)
        L[plan.others] = _add_others(plan.polynomial, parts, plan.others, T)
        return Summed(T, L)


@dataclass(frozen=True)
class Parts:
    """Attention of the long rows, if any, of the others over light keys, and over heavy ones, if any, V about a mean."""

    alone: Attention | None
    short: Attention
    long: Attention | None

    @classmethod
    def of(cls, inputs: Attention, exact: Rows, others: Rows, heavy: Rows, light: Rows) -> "Parts":
        """Of the rows and keys with these numbers."""
        from attention.mixed.rows import taken

        Q, K, V, scale = inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V, inputs.scale
        short = Attention(taken(Q, others), taken(K, light), taken(V, light), scale, copy=False)
        alone = Attention(taken(Q, exact), K, V, scale, copy=False) if len(exact) else None
        long = Attention(short.Q, taken(K, heavy), taken(V, heavy), scale, copy=False) if len(heavy) else None
        return cls(alone, short, long)

    @classmethod
    def planned(cls, plan: SplitPlan, mean: Floats, inputs: Attention) -> "Parts":
        """Those of the plan, which are kept for as long as the inputs are."""
        of, parts = _PARTS.get(inputs, (None, None))
        if parts is None or of is not plan:
            parts = cls.of(inputs, plan.exact, plan.others, plan.heavy, plan.light).about(mean)
        return parts

    def about(self, mean: Floats) -> "Parts":
        """The same with V about that, for heavy keys."""
        long = self.long
        return self if long is None else replace(self, long=Attention(long.Q, long.K, long.V - mean, long.scale, copy=False))


_PARTS: "WeakKeyDictionary[Attention, tuple[SplitPlan, Parts]]" = WeakKeyDictionary()


def _add_others(of: Plan, parts: Parts, others: Rows, T: Floats) -> Floats:
    """Write the rows that are not long; the logarithms of what they are divided by."""
    from attention.mixed.rows import merge

    short, Q = parts.short, parts.short.queries(slice(None))
    found = sums(of, key_totals(of, Whole(short)), Q)
    heavy = None if parts.long is None else about_peaks(parts.long, np.float64)
    return logsumexp(*merge(of, short.m, short.scale, Q, found, heavy, others, T), short.blind)
