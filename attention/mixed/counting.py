"""The cost of tasks, counted before any of it is done: pairs are decided (module `walk`), and nothing is summed."""

from typing import Any

import numba
import numpy as np

from attention.mixed.walk import STACK, of_definition, of_polynomial, traverse
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit


@njit(parallel=True)
def count(
    rule: Any, Q: Any, K: Any, firsts: Ints, starts: Ints, these: Ints, budget: Floats, seconds: Floats, used: Any, pairs: Ints
) -> None:
    """Of these tasks, the pairs firsts[starts[t]] to firsts[starts[t + 1] - 1]: the cost, up to where that is above the budget.

    `used` (parts, levels, degrees) is marked, `pairs` (tasks, 2) counts those by polynomials and by the definition.
    """
    parts = len(used)
    for part in numba.prange(parts):
        stack, found = np.empty((STACK, 2), np.int64), np.empty((STACK, 4), np.int64)
        held = np.zeros(0, np.bool_)
        for number in range(part, len(these), parts):
            t = these[number]
            for first in range(starts[t], starts[t + 1]):
                stack[0], top = firsts[first], 1
                while top > 0 and seconds[t] <= budget[t]:
                    top, decided = traverse(rule, Q, K, stack, top, held, found)
                    for k in range(decided):
                        A, B, level, g = found[k]
                        rows, keys = Q.stop[A] - Q.start[A], K.stop[B] - K.start[B]
                        if g < 0:
                            seconds[t] += of_definition(rule, rows, keys)
                            pairs[t, 1] += 1
                        else:
                            seconds[t] += of_polynomial(rule, rows, keys, g)
                            pairs[t, 0] += 1
                            used[part, level, g] = True


@njit()
def shares(rule: Any, Q: Any, K: Any, above: Ints, nodes: Ints, seconds: Floats, used: Any) -> None:
    """Adds to the tasks, by their rows, what pairs above them cost, and marks what these use, as `count` does."""
    for k in range(len(above)):
        A, B, level, g = above[k]
        used[level, g] = True
        rows = Q.stop[A] - Q.start[A]
        each = of_polynomial(rule, rows, K.stop[B] - K.start[B], g) / rows
        for t in range(len(nodes)):
            first, last = Q.start[nodes[t]], Q.stop[nodes[t]]
            if Q.start[A] <= first and last <= Q.stop[A]:
                seconds[t] += (last - first) * each
