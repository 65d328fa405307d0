"""Tasks: the sums of the rows of boxes, in parallel, pair by pair (module `pairs`), as pairs are decided (module `walk`)."""

from typing import Any

import numba
import numpy as np

from attention.columns import SPREAD
from attention.lanes import room
from attention.mixed.pairs import BLOCK, definition, keys, prepared, rows
from attention.mixed.walk import STACK, seen, traverse
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit


@njit(parallel=True)
def items(
    rule: Any, Q: Any, K: Any, pairs: Ints, cut: Ints, points: Floats, values: Floats, last: Ints, counts: Ints,
    found: Floats, width: Any,
) -> None:  # fmt: skip
    """Sums over the keys of pairs, cut into items, each of its own: items are (pair, begin, end)."""
    d, r, columns = Q.centre.shape[1], len(last), len(width)
    for item in numba.prange(len(cut)):
        x, kept, totals = room(d * BLOCK, points), room(r * BLOCK, points), room(r * columns * SPREAD, points)
        slope, of_rows, of_keys = np.empty(d), np.empty(d), np.empty(d)
        A, B, _, g = pairs[cut[item, 0]]
        top = prepared(rule, Q, K, A, B, slope, of_rows, of_keys)
        totals[:] = 0
        keys(
            points, values, cut[item, 1], cut[item, 2], K.centre[B], slope, rule.curve, of_keys, top, last, counts[g], x,
            kept, totals, width,
        )  # fmt: skip
        for k in range(counts[g + 1] * columns):
            at = k * SPREAD
            found[item, k] = (totals[at] + totals[at + 1]) + (totals[at + 2] + totals[at + 3])


@njit(parallel=True)
def tasks(
    rule: Any, Q: Any, K: Any, above: Ints, summed: Floats, nodes: Ints, firsts: Ints, starts: Ints, dealt: Ints,
    queries: Floats, shifts: Floats, points: Floats, values: Floats, laid: Floats, p: Floats, last: Ints, degrees: Ints,
    multiplicity: Floats, counts: Ints, result: Floats, width: Any,
) -> None:  # fmt: skip
    """The sums of all rows of tasks, dealt out in parts: first those with keys that are summed already (`above`), then what is
    found as it goes (`traverse`).
    """
    d, r, columns = Q.centre.shape[1], len(last), len(width)
    for part in numba.prange(len(dealt)):
        stack, found = np.empty((STACK, 2), np.int64), np.empty((STACK, 4), np.int64)
        held = np.zeros(0, np.bool_)
        x, kept, totals = room(d * BLOCK, points), room(r * BLOCK, points), room(r * columns * SPREAD, points)
        sums, slope, of_rows, of_keys = room(r * columns, points), np.empty(d), np.empty(d), np.empty(d)
        for place in range(dealt.shape[1]):
            t = dealt[part, place]
            if t < 0:
                continue
            begin, end = Q.start[nodes[t]], Q.stop[nodes[t]]
            for n in range(len(above)):
                A, B, level, g = above[n]
                if Q.start[A] <= begin and end <= Q.stop[A]:
                    most = prepared(rule, Q, K, A, B, slope, of_rows, of_keys)
                    rows(
                        queries, shifts, begin, end, Q.centre[A], K.centre[B], rule.curve, of_rows, most, last, counts[g],
                        counts[max(g, 1) - 1], summed[n], x, kept, result, width,
                    )  # fmt: skip
            for first in range(starts[t], starts[t + 1]):
                stack[0], top = firsts[first], 1
                while top > 0:
                    top, number = traverse(rule, Q, K, stack, top, held, found)
                    for n in range(number):
                        A, B, level, g = found[n]
                        begin, end = Q.start[A], Q.stop[A]
                        if g < 0:
                            definition(
                                queries, shifts, begin, end, points, values, laid, K.start[B], K.stop[B], K.centre[B],
                                rule.curve, seen(rule, Q, K, A, B).apart, rule.rough, x, result, width,
                            )  # fmt: skip
                            continue
                        most = prepared(rule, Q, K, A, B, slope, of_rows, of_keys)
                        totals[: counts[g + 1] * columns * SPREAD] = 0
                        keys(
                            points, values, K.start[B], K.stop[B], K.centre[B], slope, rule.curve, of_keys, most, last,
                            counts[g], x, kept, totals, width,
                        )  # fmt: skip
                        for k in range(counts[g + 1]):
                            w = p[level, g, degrees[k]] * multiplicity[k]
                            for c in range(columns):
                                at = (k * columns + c) * SPREAD
                                sums[k * columns + c] = w * ((totals[at] + totals[at + 1]) + (totals[at + 2] + totals[at + 3]))
                        rows(
                            queries, shifts, begin, end, Q.centre[A], K.centre[B], rule.curve, of_rows, most, last,
                            counts[g], counts[max(g, 1) - 1], sums, x, kept, result, width,
                        )  # fmt: skip
