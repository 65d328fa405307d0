"""Lower bounds of ln D_i = ln sum_j 2^<q_i, k_j>, in binary exponents: the best score, and Jensen's over cells.

*Best score.* The largest <q_i, k_j>, by branch and bound on the tree of keys: 2^best <= D_i. It is the shift of the row too, so
that no weight is above 1.

*Cells.* For cells B of |B| keys with mean kbar_B, D_i >= sum_B |B| 2^<q_i, kbar_B> by Jensen's inequality. The logarithm of
that is convex in q, and so above its tangent at the centre a of a leaf of queries: for any weights p_B >= 0 with sum 1

    log2 D(q) >= sum_B p_B (log2 |B| - log2 p_B + <q, kbar_B>),

with equality for its own p at q = a. Over the leaf <q - a, sum_B p_B kbar_B> is at least -sum_c half_c |sum_B p_B kbar_Bc|. At
high temperature this is worth log2 m, at low temperature nothing.

*Rounding* (S the sum_c max|q_c| max|k_c| of the points as they stand in the trees; their box's centre is about 0, so that no
centre, half-width or mean is larger). A score is within gamma(d + 2, u) S. Means have at most 200 roundings a term, so that
scores of cells are within gamma(d + 202, u) S; their exponentials and the logarithm are within 1e-13 + 1e-13 S, and p_B within
a factor 1 +- x, x = 4 (gamma(d + 202, u) S + 1e-13); so the slope is within x max|k_c| in column c, and the tangent, over a
leaf with half_c <= max|q_c|, within x S more. `slack` is the sum of these; the bounds of pairs (module `walk`), 4d products and
sums of numbers that come to 4 S at most, add gamma(4d, u) 4 S.
"""

import numba
import numpy as np

from attention.lanes import larger, largest, load, plus, splat, store, times
from attention.mixed.trees import TILE, Tree
from attention.mixed.walk import STACK
from attention.rounding import U64, WIDEN, gamma
from attention.sums import add_scaled, zeros
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit, thread_count

CELLS = 8
"""The level of the tree of keys whose nodes are the cells."""


def slack(d: int, S: float) -> float:
    """How far the computed bounds may be above the true ones."""
    of_cells = gamma(d + 202, U64) * S
    x = 4 * (of_cells + 1e-13)
    return (of_cells + x * S + 1e-12 + 1e-13 * S + 4 * gamma(4 * d, U64) * S) * WIDEN


def best_scores(queries: Tree, keys: Tree, most: float) -> Floats | None:
    """(places,) of queries: the largest <q_i, k_j>; None where more than `most` scores and bounds were to be computed."""
    best, parts = np.empty(queries.places), 4 * thread_count()
    spent = np.zeros(parts)
    _best(queries.tiles, keys.tiles, keys.start, keys.stop, keys.left, keys.centre, keys.half, most / parts, spent, best)
    return best if spent.max() <= most / parts else None


@njit(parallel=True)
def _best(
    Q: Floats, K: Floats, start: Ints, stop: Ints, left: Ints, centre: Floats, half: Floats, most: float, spent: Floats,
    best: Floats,
) -> None:  # fmt: skip
    d, tiles, parts = centre.shape[1], len(best) // TILE, len(spent)
    C, H = centre.reshape(-1), half.reshape(-1)
    for part in numba.prange(parts):
        stack, size = np.empty(STACK, np.int64), np.empty(TILE * d)
        for tile in range(tiles * part // parts, tiles * (part + 1) // parts):
            at = tile * d * TILE
            for j in range(0, TILE * d, 8):
                q = load(Q, at + j)
                store(size, j, larger(q, times(q, splat(-1.0))))
            one, two = splat(-np.inf), splat(-np.inf)
            stack[0], top = 0, 1
            while top > 0 and spent[part] <= most:
                top -= 1
                B = stack[top]
                up = zeros(Q, 2)
                for c in range(d):
                    q, s = at + c * TILE, c * TILE
                    up = add_scaled(up, (load(Q, q), load(Q, q + 8)), C, B * d + c)
                    up = add_scaled(up, (load(size, s), load(size, s + 8)), H, B * d + c)
                spent[part] += TILE
                over = larger(plus(up[0], times(one, splat(-1.0))), plus(up[1], times(two, splat(-1.0))))
                if largest(over) <= 0:
                    continue
                if left[B] < 0:
                    for j in range(start[B], stop[B]):
                        x, k = zeros(Q, 2), j // TILE * d * TILE + j % TILE
                        for c in range(d):
                            q = at + c * TILE
                            x = add_scaled(x, (load(Q, q), load(Q, q + 8)), K, k + c * TILE)
                        one, two = larger(one, x[0]), larger(two, x[1])
                    spent[part] += TILE * (stop[B] - start[B])
                else:
                    first, apart = left[B], 0.0
                    for c in range(d):
                        apart += Q[at + c * TILE] * (centre[first, c] - centre[first + 1, c])
                        apart += size[c * TILE] * (half[first, c] - half[first + 1, c])
                    stack[top], stack[top + 1] = (first + 1, first) if apart > 0 else (first, first + 1)
                    top += 2
            store(best, tile * TILE, one)
            store(best, tile * TILE + 8, two)


def floors(queries: Tree, keys: Tree, best: Floats) -> Floats:
    """(nodes,) of queries: no log2 D_i of a node is below this, up to `slack`."""
    sums = node_sums(keys, keys.tiles, keys.d)
    counts, cells = keys.counts, np.flatnonzero((keys.level == CELLS) | ((keys.left < 0) & (keys.level < CELLS)))
    equal = (keys.half[cells] == 0).all(axis=1)[:, None]
    means = np.where(equal, keys.centre[cells], sums[cells] / counts[cells][:, None])
    found = np.empty(len(queries.start))
    leaves = np.flatnonzero(queries.left < 0)
    of_leaves = np.empty(len(leaves))
    _of_leaves(
        leaves, queries.start, queries.stop, queries.centre, queries.half, best, np.log2(counts[cells]), means, of_leaves
    )
    found[leaves] = of_leaves
    lift_least(queries.left, found)
    return found


def node_sums(tree: Tree, tiles: Floats, d: int) -> Floats:
    """(nodes, d) sums over the points of each node of what stands in tiles as they do."""
    sums = np.zeros((len(tree.start), d))
    _sums(tiles, tree.start, tree.stop, tree.left, tree.n, sums)
    return sums


@njit()
def _sums(K: Floats, start: Ints, stop: Ints, left: Ints, n: int, sums: Floats) -> None:
    d = sums.shape[1]
    for t in range(len(start) - 1, -1, -1):
        if left[t] >= 0:
            sums[t] = sums[left[t]] + sums[left[t] + 1]
        else:
            for j in range(start[t], min(stop[t], n)):
                for c in range(d):
                    sums[t, c] += K[(j // TILE * d + c) * TILE + j % TILE]


@njit()
def lift_least(left: Ints, found: Floats) -> None:
    """Nodes that have halves get the lesser of what these have."""
    for t in range(len(left) - 1, -1, -1):
        if left[t] >= 0:
            found[t] = min(found[left[t]], found[left[t] + 1])


@njit(parallel=True)
def _of_leaves(
    leaves: Ints, start: Ints, stop: Ints, centre: Floats, half: Floats, best: Floats, counts: Floats, means: Floats,
    found: Floats,
) -> None:  # fmt: skip
    for number in numba.prange(len(leaves)):
        A, d = leaves[number], centre.shape[1]
        exponents, slope, top, mass = np.empty(len(counts)), np.zeros(d), -np.inf, 0.0
        for B in range(len(counts)):
            exponents[B] = counts[B]
            for c in range(d):
                exponents[B] += centre[A, c] * means[B, c]
            top = max(top, exponents[B])
        for B in range(len(counts)):
            p = np.exp2(exponents[B] - top)
            mass += p
            for c in range(d):
                slope[c] += p * means[B, c]
        bound = top + np.log2(mass)
        for c in range(d):
            bound -= half[A, c] * abs(slope[c] / mass)
        least = np.inf
        for i in range(start[A], stop[A]):
            least = min(least, best[i])
        found[number] = max(least, bound)
