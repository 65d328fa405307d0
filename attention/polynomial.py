"""Algorithm 1 of Alman and Song: attention in time O((n + m) r v) where exponents are bounded, r = binom(d + g, g).

Softmax does not change when K is shifted, so the exponents x_ij = scale <q_i, k_j - centre> are those about the middle of K,
|x_ij| <= M. With |P(x) - e^x| <= eta e^x on [-M, M], P of degree g (module `exp_polynomial`), and the monomial features phi of
module `monomials`,

    Att~ = phi(Q) (W o phi(K)^T V) / phi(Q) (W o phi(K)^T 1),   W_alpha = p_|alpha| |alpha|!/alpha!,

and every entry obeys |T - Att| <= (max V_c - min V_c) tanh(artanh(eta)/2) + rounding.

First term (Lemma 3.6 with the tight constant, derived here): weights within (1 +- eta) of the true ones shift a mean the
most if they are (1 + eta) on one part of the mass and (1 - eta) on the other, a change of the log-odds s of two values by
2 artanh(eta); sigma(s + 2 artanh eta) - sigma(s) is at most tanh(artanh(eta)/2). Rounding: module `polynomial_rounding`.

M is the least of two bounds: sum_c max |q_c| max |k_c - centre_c|, and max ||q|| max ||k - centre|| after each column has been
scaled so that its largest entries in Q and in K - centre agree.
"""

from dataclasses import dataclass
from functools import cached_property
from math import atanh, ceil, frexp, inf, ldexp, log, sqrt, tanh
from typing import ClassVar
from weakref import WeakKeyDictionary

import numba
import numpy as np

from attention.algorithm import Promise, check_mechanism, checked_error
from attention.exp_polynomial import MAX_DEGREE, ExpPolynomial, minimax, taylor, taylor_from_below
from attention.extents import deviations, extents, largest_norm
from attention.lanes import SPREAD
from attention.monomials import GROUPS, WIDTHS, Columns, key_sums, monomials, query_sums, quotients, rank
from attention.polynomial_rounding import TINY64, Ranges, rounding
from attention.rounding import U64, WIDEN
from instances.coded import Floats, Rows, dense, row_count
from instances.problem import MEMORY_BUDGET, Declined, within
from instances.task import Attention

MAX_RANGE = 12.0
"""P has terms of size e^M and values of size e^-M: beyond this e^2M u, u = 2^-53, is above 3e-6, which is no use."""

ALWAYS = 1 << 14
"""A rank that is tried on any input, however few its rows."""


@dataclass(frozen=True)
class Scores:
    """What is known of the exponents: |x_ij| <= M about `centre`, |mean_j x_ij| <= b; and how the columns are scaled."""

    M: float
    b: float
    centre: Floats
    key_factor: Floats
    query_factor: Floats

    @classmethod
    def of(cls, inputs: Attention) -> "Scores":
        """O((n + m) d). M is infinite where the exponents are beyond float64."""
        keys, queries = _extents(inputs.K), _extents(inputs.Q)
        centre = keys[0] / 2 + keys[1] / 2
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            k = np.maximum(keys[1] - centre, centre - keys[0])
            q = np.maximum(-queries[0], queries[1]) * abs(inputs.scale)
            each = k * q
            used = each > TINY64  # less changes an exponent by nothing that the underflow term does not cover
            exponent = np.where(used, np.log2(q) - np.log2(k), 0.0) / 2
            middle = exponent[each.argmax()]
            key_factor = np.where(used, np.exp2(np.rint(exponent - middle) + np.rint(middle)), 0.0)
            query_factor = np.where(used, inputs.scale / key_factor, 0.0)
            lost = (k > 2.0**900) & (q < TINY64) & (queries[:2] != 0).any(axis=0)  # |Q| scale underflows, and K makes up for it
            normal = [x[used] for x in (each, key_factor, np.abs(query_factor))]
            M = float(each.sum())
            if not M < 2.0**1000 or lost.any() or not all(((x > TINY64) & (x < inf)).all() for x in normal):
                return cls(inf, inf, centre, key_factor, query_factor)
            if not isinstance(inputs.K, tuple) and not isinstance(inputs.Q, tuple):
                of_queries = largest_norm(inputs.Q, np.zeros(inputs.d), query_factor)
                M = min(M, largest_norm(inputs.K, centre, key_factor) * of_queries)
            drift = np.abs(keys[2] - centre) + (inputs.m + 8) * U64 * (np.abs(keys[0]) + np.abs(keys[1]))
            b = float((drift * q).sum())
        return cls(_rounded_up(M * WIDEN), b * WIDEN if b <= M else M, centre, key_factor, query_factor)


@dataclass(frozen=True)
class Plan:
    """How attention is to be computed and what is promised: approximation + rounding bounds every |T - Att|."""

    scores: Scores
    columns: Columns
    constants: Floats
    P: ExpPolynomial
    h: int
    approximation: float
    rounding: float

    @property
    def error(self) -> float:
        return self.approximation + self.rounding

    @property
    def g(self) -> int:
        return self.P.g

    @cached_property
    def r(self) -> int:
        return rank(len(self.scores.centre), self.g)


@dataclass(frozen=True)
class Polynomial:
    """Attention with bounded entries in O((n + m) r v): |T - Att| <= (max V - min V) tanh(artanh(eta)/2) + rounding <= error.

    The polynomial has the least degree with a proved eta for the range of the inputs; terms of degree h and more are
    evaluated in float32 where the promise allows it. Errors: `Declined`, with the figures, where `error` cannot be promised, or
    where the rank r is above the number of rows, so that the definition is faster.
    """

    error: float = 1e-6

    key: ClassVar[str] = "polynomial"
    logarithmic: ClassVar[bool] = False
    degrees: ClassVar[range] = range(1, MAX_DEGREE + 1)

    def __post_init__(self) -> None:
        checked_error(self.error)

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        """The P of degree g on [-M, M]."""
        return minimax(M, g)

    def promise(self, inputs: Attention) -> Promise:
        return Promise(self.plan(inputs).error, 0.0)

    def plan(self, inputs: Attention) -> Plan:
        """O((n + m)(d + v)), kept for as long as the inputs are. Errors: `Declined`."""
        check_mechanism(self, inputs)
        kept = _PLANS.setdefault(inputs, {})
        if self not in kept:
            kept[self] = self._plan(inputs)
        return kept[self]

    def __call__(self, inputs: Attention) -> Floats:
        plan = self.plan(inputs)
        scores, columns, P = plan.scores, plan.columns, plan.P
        Q, K = dense(inputs.Q, slice(None)), dense(inputs.K, slice(None))
        sums = np.zeros((inputs.n, columns.count))
        for top, lowest, dtype in ((plan.h - 1, 1, np.float64), (plan.g, plan.h, np.float32)):
            if lowest <= top:
                m = monomials(inputs.d, top)
                weights = np.array(P.coefficients)[m.degree] * m.multiplicity / inputs.m
                keys = key_sums(K, scores.centre, scores.key_factor, columns, m, lowest, dtype)
                query_sums(Q, scores.query_factor, keys * weights[:, None], columns, m, lowest, dtype, sums)
        return quotients(sums, P.coefficients[0] * plan.constants, columns.unit, columns.mean)

    def _plan(self, inputs: Attention) -> Plan:
        scores, values = Scores.of(inputs), Values.of(inputs)
        if scores.M > MAX_RANGE:
            what = f"exponents within +-M = {scores.M:.4g}; beyond +-{MAX_RANGE:g} sums of powers lose too much in float64"
            raise Declined(f"{self.key}: {what}; {_regime(inputs, scores.M)}")
        plan = self.least(scores, values, values.ranges(inputs, scores))
        if plan.r > max(inputs.n, inputs.m, ALWAYS):
            g = plan.g
            needs = f"exponents within +-M = {scores.M:.4g} and an error of {self.error:.3g} need degree g = {g} and rank"
            what = f"{needs} r = binom({inputs.d + g}, {g}) = {plan.r}, above n = {inputs.n} and m = {inputs.m}"
            raise Declined(f"{self.key}: {what}: the definition is faster; {_regime(inputs, scores.M)}")
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d, "g": plan.g}
        within(_working_memory(inputs, plan), MEMORY_BUDGET, f"sums over r = {plan.r} features", size)
        return plan

    def least(self, scores: Scores, values: "Values", ranges: Ranges) -> Plan:
        """The plan of least degree, with the most terms in float32, whatever its rank. Errors: `Declined` without any."""
        why = f"no polynomial of degree up to {MAX_DEGREE} is near enough"
        floor = 4 * U64 * (ranges.mean + 2 * ranges.sigma * ranges.Y)  # whatever the degree
        if floor >= self.error:
            why = f"rounding in float64 alone may come to {floor:.3g}"
        for g in self.degrees if floor < self.error else ():
            P = self.expansion(scores.M, g)
            error = approximation(P, values.spread)
            if not error <= self.error:
                continue
            bounds = [rounding(P, h, ranges) for h in range(1, g + 2)]
            for h, bound in enumerate(bounds, 1):
                if error + bound <= self.error:
                    return Plan(scores, values.columns, values.constants, P, h, error, bound)
            if not bounds[-1] <= self.error:
                why = f"rounding in float64 alone may come to {bounds[-1]:.3g}"
                break
        what = f"an error of {self.error:.3g} cannot be promised for exponents within +-M = {scores.M:.4g}"
        raise Declined(f"{self.key}: {what}: {why}")


def approximation(P: ExpPolynomial, spread: float) -> float:
    """The error of attention with P in place of exp, for max V - min V = spread; infinite where P is useless."""
    return spread * tanh(atanh(P.eta) / 2) * WIDEN if P.eta < 1 else inf


class Taylor(Polynomial):
    """As `Polynomial`, with the Taylor polynomial at 0 of even order (Keles et al., Theorem 10): a higher degree."""

    key = "taylor"
    degrees = range(2, MAX_DEGREE + 1, 2)

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        return taylor(M, g)


class TaylorFromBelow(Polynomial):
    """As `Polynomial`, with the Taylor polynomial at -M, whose eta is Pr[Poisson(2M) >= g + 1]."""

    key = "taylor-from-below"

    def expansion(self, M: float, g: int) -> ExpPolynomial:
        return taylor_from_below(M, g)


_PLANS: "WeakKeyDictionary[Attention, dict[Polynomial, Plan]]" = WeakKeyDictionary()


@dataclass(frozen=True)
class Values:
    """What is known of V: its columns about their means, the least and largest of each apart by at most `spread`."""

    columns: Columns
    constants: Floats
    spread: float
    extent: Floats
    mu: Floats

    @classmethod
    def of(cls, inputs: Attention) -> "Values":
        """O(m v). Errors: `Declined` where V spans more than float64 holds."""
        low, high, mean = extents(inputs.V)
        with np.errstate(over="ignore"):
            extent = np.maximum(high - mean, mean - low)
            spread = float((high - low).max(initial=0.0))
        if not spread < inf:
            raise Declined(f"V has entries from {low.min():.3g} to {high.max():.3g}, further apart than float64 holds: scale V")
        unit = np.exp2(np.clip(np.ceil(np.log2(np.maximum(extent, 2.0**-1000))), -1000, 1020))
        residue, mu = deviations(inputs.V, mean, unit)
        columns = Columns(inputs.V, mean, unit)
        constants = np.zeros(columns.count)
        constants[: len(mean)], constants[len(mean)] = residue, 1.0
        return cls(columns, constants, spread, extent / unit, mu)

    def ranges(self, inputs: Attention, scores: Scores) -> Ranges:
        columns = self.columns
        return Ranges(
            d=inputs.d,
            m=inputs.m,
            b=scores.b,
            mu=float(self.mu.max(initial=0.0)),
            Y=float(self.extent.max(initial=0.0)),
            mean=float(np.abs(columns.mean).max(initial=0.0)),
            sigma=float(columns.unit.max(initial=0.0)),
            residue=float(np.abs(self.constants[: len(columns.mean)]).max(initial=0.0)),
        )


def _extents(matrix: Rows) -> Floats:
    """The least, the largest and the mean entry of each column (the largest for coded rows, a bound too); 0 without rows."""
    if not isinstance(matrix, tuple):
        return extents(matrix) if len(matrix) else np.zeros((3, matrix.shape[1]))
    blocks = [block for block in matrix if block.bits.n]
    if not blocks:
        return np.zeros((3, matrix[0].bits.d))
    both = np.concatenate([[block.zero, block.one] for block in blocks])
    return np.stack([both.min(axis=0), both.max(axis=0), both.max(axis=0)])


def _working_memory(inputs: Attention, plan: Plan) -> int:
    """Bytes for the sums of every thread, the features of a block of keys, dense copies of coded inputs, and the quotients."""
    threads, count = numba.get_num_threads(), plan.columns.count
    kept = rank(inputs.d, plan.g - 1) * GROUPS * 64
    copies = sum(8 * row_count(X) * inputs.d for X in (inputs.Q, inputs.K) if isinstance(X, tuple))
    return threads * (8 * SPREAD * plan.r * WIDTHS[-1] + kept) + 24 * plan.r * count + copies + 16 * inputs.n * count


def _regime(inputs: Attention, M: float) -> str:
    root = sqrt(log(max(inputs.n, inputs.m, 2)))
    return f"almost linear time needs B = o(sqrt(ln n)), and here B = sqrt(M) = {sqrt(M):.3g}, sqrt(ln n) = {root:.3g}"


def _rounded_up(M: float) -> float:
    """The next number with six binary digits, so that polynomials are found again; at least 2^-30."""
    fraction, exponent = frexp(max(M, 2.0**-30))
    return ldexp(ceil(fraction * 64) / 64, exponent)
