"""The search for a plan of which the moments of the exponents are the proof (module `moments`)."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import inf

import numpy as np

from attention.blocks import Blocks, Whole
from attention.costs import polynomial_seconds, softmax_seconds
from attention.polynomial.known import Values
from attention.polynomial.plan import MAX_RANGE, Plan, most_features
from attention.polynomial.search import Known, Long, Search, most_degree
from attention.polynomial.symmetric import pass_seconds, sharper
from instances.faults import Declined

HOPED = {2: 1.1, 3: 1.5}
"""About how many times the mean of E <u, z>^2p over all directions u the bound kappa_p of module `symmetric` comes to."""

LOOKS = 3
"""Degrees at which rows are looked for that may be left to the definition."""

NARROW, MANY = 16, 1 << 14
"""Rows of so few columns; and so many that a pass over them takes longer than the search for a plan."""


def by_moments(error: float, inputs: Blocks, values: Values, known: Known | None, other: Plan | None) -> Plan:
    """The fastest plan, the `other` one if that is. Errors: `Declined` where there is none."""
    if known is None:
        return _or(other, "the keys are coded, or alike, or their squares are beyond float64")
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is no number is never small enough
        return _found(error, inputs, values, known, other)


def _found(error: float, inputs: Blocks, values: Values, known: Known, other: Plan | None) -> Plan:
    found = Search.of(error, inputs, values, known, known.moments)
    moments, M = found.moments, found.scores.M
    if not M <= MAX_RANGE:
        return _or(other, f"exponents about the mean of K within +-M = {M:.4g}, beyond +-{MAX_RANGE:g}")
    best = _but_for_some(found, known, _fastest(inputs, [other, found.plan()]))
    for p, times in HOPED.items():
        least = inf if best is None else _seconds(inputs, best)
        hope = found.with_kappa(p, times * moments.mean_power(p))
        if _hoped_seconds(hope, known, best) + pass_seconds(inputs.d, inputs.m, p) < least:
            found = replace(found, moments=sharper(found.moments, p))
            best = _but_for_some(found, known, _fastest(inputs, [best, found.plan()]))
    if best is None:
        return _or(None, f"no degree of rank up to {most_features(inputs)} keeps the error in every row")
    return best


def _hoped_seconds(hope: Search, known: Known, best: Plan | None) -> float:
    """The seconds of the fastest plan if things are as hoped."""
    plan = hope.plan()
    of_all = inf if plan is None else _seconds(hope.inputs, plan)
    return min([of_all, *(long.seconds for long in _long(hope, known, plan or best))])


def _but_for_some(found: Search, known: Known, best: Plan | None) -> Plan | None:
    """The fastest plan: one of a lower degree, and of the definition for a few rows, if that is."""
    for long in _long(found, known, best):
        best = _fastest(found.inputs, [best, found.without(long, known)])
    return best


def _long(found: Search, known: Known, best: Plan | None) -> Iterator[Long]:
    """The rows that may be left to the definition, at the least degree at which these are few, and at the next ones while that
    should be faster.
    """
    inputs = found.inputs
    if not isinstance(inputs, Whole) or isinstance(inputs.inputs.Q, tuple):
        return
    least, tried = inf if best is None else _seconds(inputs, best), 0
    for g in range(1, 1 + (most_degree(inputs) if best is None else best.g - 1)):
        if tried == LOOKS or not _with_one_row(inputs, found, g, best) < least:
            return
        long = found.long(g, known, least)
        if long is not None:
            yield long
            least, tried = long.seconds, tried + 1
        elif tried:
            return


def _with_one_row(inputs: Blocks, found: Search, g: int, best: Plan | None) -> float:
    """What degree g should take at least, with a row by its definition, and what it takes to find such rows."""
    n, m, d, v = inputs.n, inputs.m, inputs.d, inputs.v
    of_polynomial = polynomial_seconds(n, m, d, v, found.values.columns.count, g, 1 if best is None else min(best.h, g + 1))
    return float(of_polynomial + softmax_seconds(1, m, d, v, "float64")) + 1e-3 + n * (4e-11 * d**2 + 5e-9 * d)


def moments_first(inputs: Blocks) -> bool:
    """Whether the passes for moments take no longer than those for the range of the exponents, of which they tell too."""
    return isinstance(inputs, Whole) and inputs.d <= NARROW and inputs.n + inputs.m >= MANY


def worth_moments(inputs: Blocks, plan: Plan) -> bool:
    """Whether a degree less would save clearly more than the passes for moments take."""
    n, m, d = inputs.n, inputs.m, inputs.d
    passes = 1e-4 + m * (1.6e-10 * d**2 + 2e-9 * d) + n * (4e-11 * d**2 + 3e-9 * d)
    return _saving(inputs, plan) > 3 * passes


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
