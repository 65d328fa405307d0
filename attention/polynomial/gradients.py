"""Gradients of attention by polynomial features: Algorithm 1 backwards, in O((n + m) r v).

T_i = N_i/D_i is a rational function of q_i whose coefficients U = W o phi(K)^T [y, 1] the forward pass has already (module
`polynomial`, y = (V - v)/sigma). With o_i = N_i/D_i, delta_i = <dO_i sigma, o_i>, the weights of a row are
B_i = [dO_i sigma/D_i ; -delta_i/D_i], and

    dQ_i = the gradient of sum_alpha x^alpha <U_alpha, B_i> by q_i,      R = W o phi(Q)^T B,
    dK_j = the gradient of sum_alpha x^alpha <R_alpha, [y_j ; 1]> by k_j,      dV_j = phi(K_j) R / sigma:

two sweeps over the monomials (module `sweep`), a sum over rows and one for rows, some 2 + 3/C forward passes for C = v + 1
columns. This is the exact gradient of the map in which the polynomial P, the centre of the keys and v are frozen; what it and
rounding are off by from the gradient of attention is bounded before dO is known (module `gradient_bounds`). P is the integral
of the best polynomial for e^x of one degree less, so that its derivative is near e^x too.
"""

from dataclasses import dataclass, replace
from math import frexp, inf, ldexp
from typing import NamedTuple

import numpy as np

from attention.blocks import Blocks, Whole
from attention.columns import Columns
from attention.costs import polynomial_gradients_seconds
from attention.exp_polynomial import MAX_DEGREE, with_derivative
from attention.polynomial.gradient_bounds import Reach, gradients_off, largest
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.monomials import monomials, rank
from attention.polynomial.plan import MAX_RANGE, Plan, most_features
from attention.polynomial.polynomial import approximation
from attention.polynomial.rounding import TINY64, rounding
from attention.polynomial.running import key_totals, sums
from attention.rounding import WIDEN
from instances.coded import Floats, dense, largest_entry
from instances.faults import Declined
from instances.gradients import Three
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

KEY = "polynomial"

FINITE = float(np.finfo(np.float64).max)


@dataclass(frozen=True)
class GradientPlan:
    """How outputs and gradients are to be computed and what is promised: |T - Att| <= `output`, and the gradients are off by at
    most `gradients` for each unit of max|dO|; their entries are at most `largest` for each unit.

    `forward.P` has the derivative error `eta1`. A plan is a frozen map: it may be carried out on inputs near those it was made
    for, and its promises are for those it was made for.
    """

    forward: Plan
    eta1: float
    gradients: Three
    largest: Three

    @property
    def output(self) -> float:
        return self.forward.error

    def seconds(self, n: int, m: int, v: int) -> float:
        """What gradients should take, the forward pass among it."""
        return polynomial_gradients_seconds(
            n, m, len(self.forward.scores.centre), v, self.forward.columns.count, self.forward.g
        )

    def __str__(self) -> str:
        return f"{self.forward}, derivative within {self.eta1:.2g}"


class Kept(NamedTuple):
    """What the forward pass leaves to the backward pass: the (r, C) sums over keys, D (n,) and o = N/D (n, v)."""

    keys: Floats
    D: Floats
    o: Floats


def planned(inputs: Attention, output: float, gradients: float, relative: float = 0.0) -> GradientPlan:
    """The plan of least degree with |T - Att| <= output, and gradients off by at most `gradients` for each unit of max|dO|,
    also once they are rounded by `relative` times their size.

    O((n + m)(d + v)). Errors: `Declined`, with the figures, where there is none, or its rank is above the number of rows; where
    rows do not see all keys alike.
    """
    if not inputs.mechanism.plain:
        what = f"computes gradients of softmax attention over all keys, this is {inputs.mechanism}"
        raise Declined(f"{KEY} {what}: use softmax")
    of = Whole(inputs)
    extents, values = Extents.of(of), _with_units(Values.of(of))
    scores = Scores.of(of, extents, extents.middle)
    if not scores.M <= MAX_RANGE:
        what = f"exponents within +-M = {scores.M:.4g}; beyond +-{MAX_RANGE:g} sums of powers lose too much in float64"
        raise Declined(f"{KEY}: {what}: use softmax")
    scores = _without_gaps(scores, extents, inputs.scale)
    ranges, reach = values.ranges(of, scores), _reach(of, extents, scores, values)
    entries = largest(scores.M, ranges, reach)
    output, gradients = min(output, FINITE), min(gradients, FINITE)
    asked = f"an error of {min(output, gradients):.3g} cannot be promised for exponents within +-M = {scores.M:.4g}"
    gradients = (gradients - relative * max(entries)) / (1 + relative)
    why = (
        f"no polynomial of degree up to {MAX_DEGREE} is near enough" if gradients > 0 else "rounding to its type alone is more"
    )
    for g in range(1, MAX_DEGREE + 1) if gradients > 0 else ():
        r = rank(of.d, g)
        if r > most_features(of):
            needs = f"needs degree g = {g} or more, and rank r = binom({of.d + g}, {g}) = {r} or more"
            why = f"it {needs}, above n = {of.n} and m = {of.m}"
            break
        P, eta1 = with_derivative(scores.M, g)
        error, off, rounded = approximation(P, values.spread), gradients_off(P, eta1, ranges, reach), rounding(P, g + 1, ranges)
        if error + rounded <= output and max(off.total) <= gradients:
            plan = Plan(scores, values.columns, values.constants, P, g + 1, error, rounded)
            found = GradientPlan(plan, eta1, off.total, entries)
            _within(of, found)
            return found
        of_rounding = max(rounded, *off.rounding)
        if of_rounding < inf and not (rounded <= output and max(off.rounding) <= gradients):  # more terms round no less
            why = f"rounding in float64 alone may come to {of_rounding:.3g}"
            break
    raise Declined(f"{KEY}: {asked}: {why}: use softmax")


def forward(plan: GradientPlan, inputs: Attention) -> tuple[Floats, Kept]:
    """The output (n, v), and what the backward pass needs."""
    of, columns, v = plan.forward, plan.forward.columns, inputs.V.shape[1]
    keys, constants = key_totals(of, Whole(inputs)), of.constants.copy()
    constants[:v] = ((inputs.V - columns.mean) / columns.unit).mean(axis=0)  # those of the plan are of the V it was made for
    found = sums(of, keys, inputs.Q) + of.P.coefficients[0] * constants
    D = found[:, v]
    o = found[:, :v] / D[:, None]
    return columns.mean + columns.unit * o, Kept(keys[0], D, o)


def backward(plan: GradientPlan, kept: Kept, inputs: Attention, dO: Floats) -> Three:
    """dQ, dK and dV of sum(dO * T), each off by at most what the plan says times max|dO|."""
    from attention.polynomial.sums import key_sums, query_sums
    from attention.polynomial.sweep import sweep

    of, columns, scores = plan.forward, plan.forward.columns, plan.forward.scores
    (n, m, v), unit = (inputs.n, inputs.m, inputs.V.shape[1]), power_above(largest_entry(dO))
    Q, K, feature = dense(inputs.Q, slice(None)), dense(inputs.K, slice(None)), monomials(inputs.d, of.g)
    weights = np.zeros((n, columns.count))
    slopes = dO / unit * columns.unit
    weights[:, :v] = slopes / kept.D[:, None]
    weights[:, v] = -np.einsum("ic,ic->i", slopes, kept.o) / kept.D
    origin, zero = np.zeros(inputs.d), np.zeros(columns.count)
    dQ = sweep(Q, origin, scores.query_factor, kept.keys, weights, columns, feature)
    of_rows = Columns(weights[:, : v + 1], zero[: v + 1], zero[: v + 1] + 1, ones=False)
    rows = key_sums(Q, origin, scores.query_factor, of_rows, feature, 1, np.float64)
    rows *= (np.array(of.P.coefficients)[feature.degree] * feature.multiplicity / m)[:, None]
    values = np.zeros((m, columns.count))
    values[:, :v], values[:, v] = (inputs.V - columns.mean) / columns.unit, 1
    dK = sweep(K, scores.centre, scores.key_factor, rows, values, columns, feature)
    down = np.zeros((m, columns.count))
    query_sums(K - scores.centre, scores.key_factor, rows, columns, feature, 1, np.float64, down)
    dV = (down[:, :v] + of.P.coefficients[0] / m * weights[:, :v].sum(axis=0)) / columns.unit
    return Three(dQ * scores.query_factor * unit, dK * scores.key_factor * unit, dV * unit)


def _with_units(values: Values) -> Values:
    """Constant columns in the units of the others: what they weigh is 0, and dV is divided by the units."""
    columns, varies = values.columns, values.extent > 0
    unit = np.where(varies, columns.unit, columns.unit[varies].max(initial=0.0) if varies.any() else 1.0)
    return replace(values, columns=replace(columns, unit=unit))


def _without_gaps(scores: Scores, extents: Extents, scale: float) -> Scores:
    """Scores in which columns that change no exponent have factors too: there is a gradient by a column of zeros.

    Such a column has |q_c| or |k_c - centre_c| so small that their product is at most 2^-1022; the factors keep both of what
    they make of these below 2 sqrt(M). Errors: `Declined` where float64 has no such factors.
    """
    root = np.sqrt(scores.M)
    with np.errstate(divide="ignore", over="ignore"):
        k = extents.away(scores.centre)
        q = extents.queries * abs(scale)
        power = np.where(k > 0, np.log2(root) - np.log2(k), np.where(q > 0, np.log2(q) - np.log2(root), 0.0))
        filled = np.exp2(np.clip(np.rint(power), -1000, 1000))
        key_factor = np.where(scores.key_factor == 0, filled, scores.key_factor)
        query_factor = scale / key_factor
    size = np.abs(query_factor)
    if scale != 0 and not ((size > TINY64) & (size < inf)).all():
        raise Declined(f"{KEY}: columns of Q and K are of sizes too far apart for float64: use softmax")
    return replace(scores, key_factor=key_factor, query_factor=query_factor)


def _reach(of: Blocks, extents: Extents, scores: Scores, values: Values) -> Reach:
    columns, extent = values.columns, values.extent * values.columns.unit
    keys = extents.away(scores.centre)
    undone = np.abs(scores.query_factor), scores.key_factor, 1 / columns.unit
    return Reach(
        n=of.n,
        scale=abs(of.scale) * WIDEN,
        keys=float(keys.max()) * WIDEN,
        queries=float(extents.queries.max()) * WIDEN,
        spreads=float(np.minimum(2 * extent, values.spread).sum()) * WIDEN,
        size=float(extent.sum()) * WIDEN,
        units=float(columns.unit[extent > 0].sum()) * WIDEN,
        undone=Three(*(float(x.max(initial=1.0)) for x in undone)),
        columns=columns.count,
    )


def _within(of: Blocks, plan: GradientPlan) -> None:
    """Errors: `Declined` where memory is short."""
    from instances.compiling import thread_count

    count, r = plan.forward.columns.count, plan.forward.r
    kept = 8 * thread_count() * r * (4 * 13 + 32 + 256)
    needed = kept + 16 * r * count + 8 * (of.n + of.m) * (3 * count + 2 * of.d)
    size = {"n": of.n, "m": of.m, "d": of.d, "g": plan.forward.g}
    within(needed, MEMORY_BUDGET, f"gradients over r = {r} features", size)


def power_above(x: float) -> float:
    """The power of 2 above x, at least 2^-1021; 1 for 0."""
    return ldexp(1.0, min(1023, max(-1021, frexp(x)[1]))) if x else 1.0
