"""A few rows by their definition, about the centre of a polynomial that gives all others (derived here).

The weights are w_ij = e^{x_ij}, x_ij = scale <q_i, k_j - c>, |x_ij| <= M <= MAX_RANGE; y = (V - v)/sigma, |y| <= Y; N = sum w y
and D = sum w. These are the rows of module `intervals` of which all keys are left to the definition: its bound holds, with
rho = e^a - 1 + 8 u64 + 2^-900 and nu = (e^a - 1 + 8 u64) Y + 2^-900, and |ln D' - ln D| <= -ln(1 - rho).
"""

from math import e as EULER
from math import log2
from typing import Any

import numpy as np

from attention.blocks import Blocks
from attention.polynomial.intervals import about_centre, added, of_quotient
from attention.polynomial.known import Extents, Scores, Values, with_values
from attention.polynomial.masses import about
from attention.polynomial.plan import ByDefinition, Plan
from instances.coded import Floats
from instances.task import Attention


def by_definition(rows: Any, inputs: Blocks, extents: Extents, scores: Scores, values: Values) -> ByDefinition | None:
    """What is promised of these rows; None where nothing is. `extents` and `scores` are those of all queries."""
    a, of = about_centre(inputs, extents, scores), values.ranges(inputs, scores)
    if not a <= 0.1:
        return None
    rho, nu = added(0.0, 0.0, a, of.Y)
    return ByDefinition(rows, of_quotient(rho, nu, of), rho, scores.M)


def write_few_rows(plan: Plan, inputs: Attention, T: Floats, L: Floats | None = None) -> None:
    """Put the rows that are left to the definition into T, and their logarithms into L. Time O(k m (d + v)) for k of them."""
    if plan.few is None:
        return
    from attention.fused import tile_sums, tiles
    from attention.polynomial.sums import quotients

    rows, columns = plan.few.rows, with_values(plan.columns, inputs.V)
    of = tiles(inputs.keys(slice(None)), plan.scores.centre, columns, np.float64)
    Q, found = inputs.queries(slice(None))[rows], np.empty((len(rows), inputs.V.shape[1]))
    sums = tile_sums(Q, inputs.scale * log2(EULER), of, True)
    quotients(sums, np.zeros(columns.count), columns.unit, columns.mean, found)
    T[rows] = found
    if L is not None:
        L[rows] = about(plan, inputs.scale, Q) + np.log(sums[:, found.shape[1]])
