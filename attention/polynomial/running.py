"""A plan carried out: sums over the keys, and what they give for queries."""

from functools import partial

import numpy as np

from attention.aligned import aligned
from attention.blocks import Blocks
from attention.polynomial.known import with_values
from attention.polynomial.monomials import monomials, rank
from attention.polynomial.plan import Part, Plan
from instances.coded import Floats, Rows, dense

ROWS = 1 << 13
"""Queries of a thread whose sums are held at once, which then stay in a cache."""


def key_totals(plan: Plan, inputs: Blocks) -> list[Floats]:
    """Of each part, the (r, C) weighted sums over all blocks of keys."""
    keys = [np.zeros((rank(inputs.d, part.top), plan.columns.count)) for part in plan.parts]
    for found in inputs.over("KV", partial(_key_sums, plan)):
        for total, new in zip(keys, found, strict=True):
            total += new
    for part, total in zip(plan.parts, keys, strict=True):
        m = monomials(inputs.d, part.top)
        total *= (np.array(plan.P.coefficients)[m.degree] * m.multiplicity / inputs.m)[:, None]
    return keys


def _key_sums(plan: Plan, K: Rows, V: Floats) -> list[Floats]:
    """Of each part, the (r, C) sums over a block of keys."""
    from attention.polynomial.sums import key_sums

    scores, dense_keys, columns = plan.scores, dense(K, slice(None)), with_values(plan.columns, V)
    d = len(scores.centre)
    return [
        key_sums(dense_keys, scores.centre, scores.key_factor, columns, monomials(d, part.top), part.lowest, part.dtype)
        for part in plan.parts
    ]


def sums(plan: Plan, keys: list[Floats], Q: Rows) -> Floats:
    """(rows, C) for a block of queries: N_c in units of column c, and in column v D, each but for P(0) times the constants."""
    queries = dense(Q, slice(None))
    found = np.zeros((len(queries), plan.columns.count))
    _add_sums(plan, plan.parts, keys, queries, found)
    return found


def outputs(plan: Plan, keys: list[Floats], Q: Rows, means: Floats | None = None) -> Floats:
    """The rows of T for a block of queries, from the sums over the keys; the sums of some rows at a time are held. D'_i/m is
    written to `means`, if they are given.
    """
    from attention.polynomial.answers import query_outputs
    from instances.compiling import thread_count

    queries, columns, (*parts, part) = dense(Q, slice(None)), plan.columns, plan.parts
    d, (*others, total) = queries.shape[1], keys
    result: Floats = aligned((len(queries), len(columns.mean)))
    constants = plan.P.coefficients[0] * plan.constants
    at_once = ROWS * thread_count() if parts else len(queries)
    room = aligned((min(at_once, len(queries)) if parts else 0, columns.count))
    for start in range(0, len(queries), at_once or 1):
        some, found = queries[start : start + at_once], room[: len(queries) - start]
        found[:] = 0
        _add_sums(plan, parts, others, some, found)
        m, rows = monomials(d, part.top), result[start : start + at_once]
        factor = plan.scores.query_factor
        of = None if means is None else means[start : start + at_once]
        query_outputs(some, factor, total, columns, m, part.lowest, part.dtype, found, constants, rows, of)
    return result


def _add_sums(plan: Plan, parts: list[Part], keys: list[Floats], queries: Floats, found: Floats) -> None:
    from attention.polynomial.sums import query_sums

    for part, total in zip(parts, keys, strict=True):
        m = monomials(queries.shape[1], part.top)
        query_sums(queries, plan.scores.query_factor, total, plan.columns, m, part.lowest, part.dtype, found)
