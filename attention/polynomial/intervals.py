"""Attention by polynomials where row i sees an interval of keys, whose ends rise with i: causal attention, sliding windows.

Rows are taken in groups (module `groups`). Of the keys that a row sees, those of blocks that its whole group sees are summed by
the polynomial, the sums of successive groups coming from those of blocks by additions alone (module `sliding`); the rest, at
either end, by the definition, with exponents about the same centre: its weights need no other scale to be added to those.

Guarantee (R the spread of V, max V_c - min V_c over all keys; derived here). In exact arithmetic the weights of some keys of a
row are within 1 +- eta of the true ones and those of the others are the true ones, |x_ij| <= M for all pairs, so that, as for
module `polynomial`, whatever the row sees,

    |T - Att| <= R tanh(artanh(eta)/2).

*Rounding.* Letters as in module `rounding` beside this one; a row sees the set A of keys by the polynomial and E by the
definition, w are its weights (P in A, exp in E), N = sum w y, D = sum w, |y| <= Y. The means of P y and of P over A obey the
bounds there with every mean over keys replaced by one over A: the mean of |y|, mu, is the largest over any block; D_low
is (1 - eta) e^-M, as A has its own mean exponent; N/D is a mean of values, at most Y. A term is added up in its block, of at
most 256 keys, and with those of the other blocks that the row sees: `rows` is 256 and `blocks` the most of them. So is the
constant, of which `m` is the sum of both. The sums over A are |A| times those means, and are added to others, two more
roundings: 8 u64 sum_k A_k are allowed for. So, relative to the sum of w over A, D is off by
rho_A = (e + 8 u64 sum A_k)/D_low and N by nu_A = (e_N + 8 u64 Y sum A_k)/D_low. Over E by rho_E = e^a - 1 and nu_E = Y rho_E, a
that of `attention.rounding` for exponents about the centre, k - c having one rounding where a type has two; what is flushed is
less than 2^-900, as weights are at least e^-M. Two more additions are 8 u64. With rho and nu the larger ones,

    |T' - T| <= max_c sigma_c (nu + Y rho)/(1 - rho) + 4 u64 (max |v| + 2 max_c sigma_c Y) + 2^-900.

*Proof.* |N'/D' - N/D| <= (|N' - N| + |N/D| |D' - D|)/D' with D' >= (1 - rho) D. The quotient, its product and the addition of v
round four times. []

Nothing is subtracted, so no row is the worse for what it does not see: values of 10^8 before a window leave no trace in it but
Y and R, which are taken over all keys.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from math import e as EULER
from math import expm1, inf, log2

import numpy as np

from attention.aligned import aligned
from attention.blocks import Blocks
from attention.columns import SPREAD, TERMS, TILE, Columns
from attention.costs import interval_seconds
from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.groups import BLOCK, Groups
from attention.polynomial.known import Extents, Scores, Values, with_values
from attention.polynomial.monomials import GROUPS, monomials, rank
from attention.polynomial.plan import Part, Plan
from attention.polynomial.rounding import Lost, Ranges, off
from attention.polynomial.sliding import most_held, sliding_sums
from attention.rounding import U64, WIDEN, Bounds, Rounding
from instances.coded import Floats
from instances.task import Attention

FLUSHED = 2.0**-900

HELD = 1 << 19
"""About so many sums over features are worked on at a time."""


@dataclass(frozen=True)
class IntervalPlan(Plan):
    """As `Plan`, and in which groups."""

    groups: Groups = field(kw_only=True)

    def seconds(self, n: int, m: int, v: int) -> float:
        of, d = self.groups, len(self.scores.centre)
        rows = int(np.diff(of.edges)[of.summed].sum())
        return interval_seconds(rows, m, of.pairs, len(of.summed), d, v, self.columns.count, self.g, self.h)

    def __str__(self) -> str:
        return f"{super().__str__()}; by the definition up to {self.groups.most_left:,} keys of a row"


def over_groups(inputs: Blocks, groups: Groups, extents: Extents, scores: Scores, values: Values) -> tuple[Ranges, Lost]:
    """What is known of the sums of any group, and the bound on their rounding."""
    mu = max(inputs.over("V", partial(largest_mean, groups, values.columns)))
    a = of_definition(inputs, groups, extents, scores)
    return ranges_over(groups, values.ranges(inputs, scores), scores.M, mu), partial(interval_rounding, a)


def ranges_over(groups: Groups, of: Ranges, M: float, mu: float) -> Ranges:
    """What the bounds of sums need to know, for those of any group in place of all keys; mu is that of `largest_mean`."""
    blocks = int((groups.last - groups.first).max(initial=0))
    return Ranges(of.d, BLOCK + blocks, M, mu, of.Y, of.mean, of.sigma, of.residue, blocks, BLOCK)


def largest_mean(groups: Groups, columns: Columns, V: Floats) -> float:
    """No mean of |y_c| over successive blocks is larger: the largest over one."""
    sizes = _constants(groups, with_values(columns, V))[1] / np.diff(groups.keys)[:, None]
    return float(sizes.max(initial=0.0))


def of_definition(inputs: Blocks, groups: Groups, extents: Extents, scores: Scores) -> float:
    """a, for the keys that are left to the definition; infinite where nothing holds."""
    return about_centre(inputs, extents, scores, 2, groups.most_left + 2 * TILE)


def about_centre(inputs: Blocks, extents: Extents, scores: Scores, blocks: int = 1, rows: int | None = None) -> float:
    """a of exponents about the centre, for so many blocks of keys of at most so many rows, as `Bounds` has them."""
    away = extents.away(scores.centre)
    bounds = Bounds(inputs.d, inputs.m, inputs.scale, extents.queries, away, 1.0, (inf, inf), blocks, rows)
    found = Rounding.of_bounds(bounds, np.float64, TERMS)
    return found.a if found.bounded else inf


def interval_rounding(a: float, P: ExpPolynomial, h: int, of: Ranges) -> float:
    """The bound of the module's text, in units of V; infinite where nothing holds."""
    rho, nu = interval_off(a, P, h, of)
    return of_quotient(rho, nu, of) if rho < 0.5 else inf


def of_quotient(rho: float, nu: float, of: Ranges) -> float:
    """The bound of the module's text on |T' - T|, from those on D and N."""
    return (of.sigma * (nu + of.Y * rho) / (1 - rho) + 4 * U64 * (of.mean + 2 * of.sigma * of.Y) + FLUSHED) * WIDEN


def interval_off(a: float, P: ExpPolynomial, h: int, of: Ranges) -> tuple[float, float]:
    """rho and nu of the module's text; infinite where nothing holds."""
    found = off(P, h, of)
    if found is None or not a <= 1:
        return inf, inf
    more = 8 * U64 * sum(abs(p) * P.M**k for k, p in enumerate(P.coefficients))
    return added((found.D + more) / found.least, (found.N + of.Y * more) / found.least, a, of.Y)


def added(D: float, N: float, a: float, Y: float) -> tuple[float, float]:
    """rho and nu of sums by the polynomial, relatively off by D and N, and by the definition."""
    rho = (max(D, expm1(a)) + 8 * U64 + FLUSHED) * WIDEN
    return rho, (max(N, Y * expm1(a)) + 8 * U64 * Y + FLUSHED) * WIDEN


def working_memory(inputs: Attention, plan: IntervalPlan) -> int:
    """Bytes for the sums of blocks and of groups, tiles of keys, the rows' sums, and what a thread has."""
    from instances.compiling import thread_count

    summed, C, d = plan.groups.summed, plan.columns.count, inputs.d
    batch = min(_at_once(plan.r * C), max(len(plan.groups.keys), len(summed)))
    held = most_held(plan.groups.first[summed], plan.groups.last[summed]) + 4 * batch
    features = rank(d, plan.g - 1) * GROUPS * 64 + 8 * (SPREAD + 1) * plan.r * C
    rows = inputs.n * (3 * C + 8) + (inputs.m + TILE) * (d + C) + 2 * len(plan.groups.first) * C
    return 8 * (held * plan.r * C + rows) + thread_count() * features


def _at_once(size: int) -> int:
    """How many blocks, and groups, of so many sums each are worked on at a time."""
    from instances.compiling import thread_count

    return max(4 * thread_count(), HELD // size)


def interval_rows(plan: IntervalPlan, inputs: Attention) -> tuple[Floats, Floats]:
    """The output, of a row that sees no key NaN, and D'_i about the centre, 1 there."""
    from attention.fused import tile_sums, tiles
    from attention.polynomial.sums import quotients

    groups, scores, columns = plan.groups, plan.scores, with_values(plan.columns, inputs.V)
    Q, K, v = inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V.shape[1]
    sums = np.zeros((inputs.n, columns.count))
    summed = groups.summed
    constants = np.zeros((len(summed), columns.count))
    first, last = groups.first[summed], groups.last[summed]
    for t, (one, other) in enumerate(sliding_sums(first, last, iter(_constants(groups, columns)[0][first[0] :]))):
        constants[t] = one + other
    for part in plan.parts:
        _add(plan, part, columns, Q, K, constants, sums)
        constants = np.zeros_like(constants)
    of = tiles(K, scores.centre, columns, np.float64)
    for ends in (groups.before, groups.after):
        if (ends[:, 0] < ends[:, 1]).any():
            sums += tile_sums(Q, inputs.scale * log2(EULER), of, True, ends)
    sums[inputs.blind, v] = 1.0
    T = aligned((inputs.n, v))
    quotients(sums, np.zeros(columns.count), columns.unit, columns.mean, T)
    T[inputs.blind] = np.nan
    return T, sums[:, v]


def _constants(groups: Groups, columns: Columns) -> tuple[Floats, Floats]:
    """(blocks, C) sums of the columns over each block, and (blocks, v) of their absolute values."""
    from attention.polynomial.sums import block_constants

    blocks = len(groups.keys) - 1
    constants, sizes = np.zeros((blocks, columns.count)), np.zeros((blocks, columns.V.shape[1]))
    block_constants(columns.V, columns.mean, 1 / columns.unit, groups.keys, constants, sizes)
    return constants, sizes


def _add(plan: IntervalPlan, part: Part, columns: Columns, Q: Floats, K: Floats, constants: Floats, sums: Floats) -> None:
    """Add the terms of one part of P to the sums of all rows; P(0) times the constants, which are of groups that see blocks."""
    from attention.polynomial.sums import Sets, block_sums, grouped_query_sums

    scores, groups, summed = plan.scores, plan.groups, plan.groups.summed
    first, last = groups.first[summed], groups.last[summed]
    m = monomials(len(scores.centre), part.top)
    weights = np.array(plan.P.coefficients)[m.degree] * m.multiplicity
    counts = (groups.keys[last] - groups.keys[first]).astype(np.float64)
    rows = np.stack([groups.edges[summed], groups.edges[summed + 1]], axis=1)
    at_once = _at_once(len(m.last) * columns.count)

    def blocks() -> Iterator[Floats]:
        for start in range(first[0], last[-1], at_once):
            edges = groups.keys[start : min(start + at_once, last[-1]) + 1]
            yield from block_sums(K, scores.centre, scores.key_factor, columns, m, part.lowest, part.dtype, edges)

    totals = np.empty((min(at_once, len(first)), len(m.last), columns.count))
    for t, (one, other) in enumerate(sliding_sums(first, last, blocks())):
        place = t % at_once
        np.add(one, other, out=totals[place])
        if place == at_once - 1 or t == len(first) - 1:
            these = slice(t - place, t + 1)
            sets = Sets(totals, weights, counts[these], plan.P.coefficients[0] * constants[these])
            which = np.arange(place + 1)
            grouped_query_sums(Q, scores.query_factor, sets, columns, m, part.lowest, part.dtype, rows[these], which, sums)
