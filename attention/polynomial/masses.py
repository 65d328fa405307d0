"""ln sum_j exp(scale <q_i, k_j>) from the sums of Algorithm 1 (derived here).

With w_ij = e^{x_ij}, x_ij = scale <q_i, k_j - c>, and w' = P(x) in their place, D_i = sum_j w_ij and D'_i = sum_j w'_ij,

    L_i = scale <q_i, c> + ln D_i.

*Approximation.* By range |w' - w| <= eta w, so that |D' - D| <= eta D; by moments sum_j |w' - w| <= theta D. Either way

    |ln D' - ln D| <= -ln(1 - eta),    or theta in place of eta.

Where a row sees an interval of keys, the weights of those that are left to the definition are the true ones: eta holds.

*A few rows* may be left to the definition, whose D'' is off by the rho of module `few_rows`, and by nothing else.

*Rounding.* The computed D'' = D' (1 + x) has |x| <= rho, e/D_low of module `rounding` beside this one (for intervals the rho of
module `intervals`), whatever the row: |ln D'' - ln D'| <= -ln(1 - rho). <q, c> is a sum of d products, off by gamma(d + 4, u64)
S_c with the scale, S_c = |scale| sum_c max|q_c| |c_c|. The logarithms of D'' and of m, and two additions, are within
`attention.rounding.of_log2` of S_c + M + ln m + 1: |ln D''/m| <= M + 1.
"""

from math import inf, log, log1p

import numpy as np

from attention.blocks import Blocks
from attention.polynomial.intervals import IntervalPlan, interval_off, interval_rows, of_definition, ranges_over
from attention.polynomial.known import Extents
from attention.polynomial.plan import Plan
from attention.polynomial.rounding import Ranges, off
from attention.polynomial.running import outputs
from attention.rounding import U64, WIDEN, gamma, of_log2
from attention.summed import Summed
from instances.coded import Floats, Rows, column_bounds, dense
from instances.task import Attention


def logsumexp_error(plan: Plan, inputs: Blocks) -> float:
    """At least |L' - L| of every row; infinite where nothing is proved. A pass over Q, and one over K for intervals."""
    blocks, rows = inputs.key_blocks
    scores, of = plan.scores, Ranges(inputs.d, inputs.m, plan.scores.b, 0.0, 0.0, 0.0, 0.0, 0.0, blocks, rows)
    if isinstance(plan, IntervalPlan):
        a = of_definition(inputs, plan.groups, Extents.of(inputs), scores)
        rho, _ = interval_off(a, plan.P, plan.h, ranges_over(plan.groups, of, scores.M, 0.0))
    else:
        found = off(plan.P, plan.h, of)
        rho = inf if found is None else found.D / found.least * WIDEN
    few = plan.few
    rho_of_few, M = (0.0, scores.M) if few is None else (few.rho, max(scores.M, few.M))
    if not max(rho, rho_of_few) < 1:
        return inf
    largest = np.max(list(inputs.over("Q", column_bounds)), axis=0, initial=0.0)
    S_c = float(abs(inputs.scale) * (largest * np.abs(scores.centre)).sum()) * WIDEN
    reach = S_c + M + log(inputs.m) + 1
    off_by = max(plan.of_masses - log1p(-rho), -log1p(-rho_of_few))
    return (off_by + gamma(inputs.d + 4, U64) * S_c + of_log2(reach)) * WIDEN


def summed_rows(plan: Plan, scale: float, m: int, keys: list[Floats], Q: Rows) -> Summed:
    """The output and L for a block of queries, from the sums over the keys."""
    queries = dense(Q, slice(None))
    means = np.empty(len(queries))
    T = outputs(plan, keys, queries, means)
    with np.errstate(divide="ignore", invalid="ignore"):  # of rows that are left to the definition
        return Summed(T, about(plan, scale, queries) + (np.log(means) + log(m)))


def interval_summed(plan: IntervalPlan, inputs: Attention) -> Summed:
    """The output and L, minus infinity for rows that see no key."""
    T, D = interval_rows(plan, inputs)
    L = about(plan, inputs.scale, inputs.queries(slice(None))) + np.log(D)
    L[inputs.blind] = -inf
    return Summed(T, L)


def about(plan: Plan, scale: float, queries: Floats) -> Floats:
    """scale <q_i, c>."""
    found: Floats = scale * (queries @ plan.scores.centre)
    return found
