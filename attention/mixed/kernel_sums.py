"""Sums of gaussian kernels with a promise: S_i = sum_j w_j e^(-|x_i - y_j|^2/h^2) for many x_i at once.

For boxes A of the x_i and B of the y_j with centres a, b, dx = x - a and dy = y - b,

    -|x - y|^2 = -|x - b|^2 + (2 <a - b, dy> - |dy|^2) + 2 <dx, dy>:

a factor of the row, a weight of the key, and the argument of a polynomial, at most M_AB = (2/h^2) sum_c h_Ac h_Bc in size. It
is the walk of module `boxes`; only the bounds are others.

Guarantee (derived here; W = sum_j |w_j|, k_ij the kernel). With up_AB = -dist(A, B)^2/h^2 and L_A <= sum_j |w_j| k_ij for all
x_i of A, the pair is given the relative error

    eta_AB = r/2 + (t + (r/2) L_A)/W e^(-up_AB),

and dropped where that is 1 or more. As k_ij <= e^up_AB, the sum over all keys of eta_AB |w_j| k_ij is at most (r/2) sum |w| k +
t + (r/2) L_A <= r sum |w| k + t. With R for rounding, relative to sum |w| k as well, and T = 2^-1000 W + 2^-1072 for what is
below 2^-1022, in kernels, weights and sums,

    |S' - S| <= rtol sum_j |w_j| k_ij + atol,      r + R <= rtol, t + T <= atol

(or r = 0 and t + R W + T <= atol, where rtol is below 2 R; T takes the place of an atol below it).

*L_A.* For y in a box B of keys, |x_c - y_c| <= |a_c - b_c| + h_Ac + h_Bc, so that L_A may be the sum over disjoint boxes of
keys of sum_(j in B) |w_j| e^(-sum_c (|a_c - b_c| + h_Ac + h_Bc)^2/h^2); boxes that are not small against h are halved, keys of
leaves stand alone, and what is left out only lowers the sum.

*R.* Where exponents are taken apart, by a polynomial or by the definition, |x - b|^2/h^2, |dy|^2/h^2 and what is between them
come to E = sum_c (|a_c - b_c| + h_Ac + h_Bc)^2/h^2 <= FAR log 2 (E is not the exponent of the kernel: the parts cancel; pairs
with more are halved, and are not taken apart). With `top` they are off by 3 gamma(2d + 14, u) E, others by gamma(d + 10, u)
710: smaller kernels count as 2^-1022. Exponentials by the definition are off by ROUGH more where that does not count beside
what is asked for. The rest is as in module `loss`.

*T.* The heaviest weight is about 1. Where exponents are taken apart, a product of a weight w, of what is the key's, 2^-2FAR at
least, and of g features that underflows is off by 2^-1022, and by g e^(4M) times that once other features of both sides, each
at most 2 sqrt M_c, and coefficients 1/k! have met it: with M <= 4 and g <= 16, over r <= 5000 features, 2^41 times. Beside w k
that is 2^(41 - 1022 + 3 FAR) for w >= LIGHT: nothing. With lighter ones, as the row's factor is at most 2^FAR, it comes to
2^(81 - 1022 + FAR) of m <= 2^40 keys at most, and T is OF_LIGHT W + 2^-1072. By the definition a kernel, product or sum is off
by 2^-1022.
"""

from dataclasses import dataclass
from functools import partial
from math import ceil, comb, inf, log, log2
from math import e as EULER

import numba
import numpy as np

from attention.exp2 import EXP2_ULPS, ROUGH
from attention.mixed.below import lift_least, node_sums
from attention.mixed.levels import highest, reaches, widest
from attention.mixed.loss import LITTLE, of_polynomial, of_sums
from attention.mixed.summing import Work, placed, planned, sums
from attention.mixed.trees import TILE, Tree
from attention.mixed.walk import STACK, Rule
from attention.rounding import U64, WIDEN, gamma
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit
from instances.faults import Declined
from instances.memory import MEMORY_BUDGET, within

FAR = 200.0
"""Binary exponents of the parts of a pair."""

FLUSHED = 2.0**-1000
"""What a kernel that is below all normal numbers is off by, at most."""

LIGHT, OF_LIGHT = 2.0**-200, 2.0**-700
"""Weights that are lighter than the heaviest by more than this may be lost: what that comes to, of all weights together."""

SMALLEST = 2.0**-1072
"""And a sum that is, with its bound."""

CELLS = 400
"""Nodes of keys that are looked at for a bound from below."""


@dataclass(frozen=True)
class KernelPlan:
    """The trees and what is decided of them, and what is promised: |S' - S| <= rtol sum_j |w_j| k_ij + atol."""

    work: Work | None
    rtol: float
    atol: float

    def __str__(self) -> str:
        if self.work is None:
            return "nothing to be summed"
        work = self.work
        boxes = f"{len(work.queries.start):,} boxes of rows and {len(work.keys.start):,} of keys"
        by = f"{work.by_polynomial:,} pairs of them by polynomials, {work.by_definition:,} by the definition"
        return f"{boxes}, {by}"


def kernel_plan(X: Floats, Y: Floats, h: float, w: Floats, rtol: float, atol: float, leaf: int | None = None) -> KernelPlan:
    """O((n + m) d log(n + m)) and what is counted. Errors: `Declined` where rounding alone is above what is asked for, or where
    numbers are beyond float64.
    """
    (n, d), m = X.shape, len(Y)
    with np.errstate(over="ignore"):
        W = float(np.abs(w).sum()) * WIDEN
    if n == 0 or W == 0:
        return KernelPlan(None, rtol, atol)
    if not inf > W:
        raise Declined(f"kde: weights sum to more than float64 holds, the largest is {np.abs(w).max():.3g}: scale them down")
    within(8 * (n + m) * (3 * d + 8), MEMORY_BUDGET, "boxes of rows and their sums", {"n": n, "m": m, "d": d})
    with np.errstate(over="ignore"):
        reach = max(float(np.abs(Z).max(initial=0.0)) for Z in (X, Y))
        far = 4 * d * (reach / h) * (reach / h)
    if not (far < 1e280 and 1e-140 < h < 1e140):
        raise Declined(f"kde: entries up to {reach:.3g} and bandwidth {h:.3g} are too far apart for float64: scale X and Y")
    curve, g = log2(EULER) / h / h, highest(d)
    queries, keys = Tree.of(X.copy(), leaf), Tree.of(Y.copy(), leaf)
    rough = max(rtol, atol / W) >= LITTLE * ROUGH
    a = max(3 * gamma(2 * d + 14, U64) * FAR, gamma(d + 10, U64) * 1024) * log(2) + 2 * EXP2_ULPS * U64 + ROUGH * rough
    leaves = int((keys.left < 0).sum())
    most, foreseen = widest(lambda M: of_polynomial(a, m, M, g, comb(d + g, d)), max(rtol, atol / W) / 16)
    R = of_sums(a, m, leaves, foreseen)
    sizes = np.abs(w[w != 0])
    tiny = (FLUSHED if sizes.min() >= LIGHT * sizes.max() else OF_LIGHT) * W + SMALLEST
    r, t = (rtol - R, atol - tiny) if rtol >= 2 * R else (0.0, atol - R * W - tiny)
    if not (r > 0 or t > 0):
        raise Declined(f"kde: rtol = {rtol:.3g}, atol = {atol:.3g}: rounding alone may come to {R:.3g} of sum |w| k")
    t = max(t, 0.0)
    floors = (
        _floors(queries, keys, curve, placed(keys, np.abs(w)[:, None]), r, t, W)
        if r > 0
        else np.full(len(queries.start), log2(t) - log2(W))
    )
    rule = Rule(
        e_0=r / 2 / WIDEN,
        floors=floors - 1e-9,
        reaches=reaches(max(1, min(46, ceil(-log2(max(r / 2, 2.0**-44))) + 1)), g, most),
        ranks=np.array([float(comb(d + k, k)) for k in range(g + 1)]),
        factor=2 / h / h,
        curve=curve,
        far=FAR,
        feature=0.06e-9,
        pair=(0.25 + 0.06 * d) * 1e-9,
        fixed=2e-9,
        rough=rough,
    )
    work = planned(rule, queries, keys, 1, inf)
    assert isinstance(work, Work)
    if not of_sums(a, m, leaves, work.worst(partial(of_polynomial, a, m))) <= R:
        raise Declined(f"kde: rtol = {rtol:.3g}, atol = {atol:.3g}: rounding may come to more than {R:.3g} of sum |w| k")
    return KernelPlan(work, rtol, max(atol, tiny))


def kernel_sums(plan: KernelPlan, n: int, w: Floats) -> Floats:
    """(n,): what is promised."""
    result = np.zeros(n)
    if plan.work is not None:
        unit = 2.0 ** np.floor(np.log2(np.abs(w).max()))
        values = placed(plan.work.keys, (w / unit)[:, None])
        found = sums(plan.work, np.zeros(plan.work.queries.places), values, 1)
        result[plan.work.queries.order] = found[:n] * unit
    return result


def _floors(queries: Tree, keys: Tree, curve: float, w: Floats, r: float, t: float, W: float) -> Floats:
    """log2 of (t + (r/2) L_A)/W for every node of queries."""
    masses, found = node_sums(keys, w, 1)[:, 0], np.zeros(len(queries.start))
    leaves = np.flatnonzero(queries.left < 0)
    _below(
        leaves, queries.centre, queries.half, keys.tiles, keys.start, keys.stop, keys.left, keys.centre, keys.half, w, masses,
        curve, found,
    )  # fmt: skip
    lift_least(queries.left, found)
    with np.errstate(divide="ignore"):
        logs: Floats = np.log2(t + r / 2 * found / WIDEN) - log2(W)
    return logs


@njit(parallel=True)
def _below(
    leaves: Ints, centres: Floats, halves: Floats, points: Floats, start: Ints, stop: Ints, left: Ints, centre: Floats,
    half: Floats, w: Floats, masses: Floats, curve: float, found: Floats,
) -> None:  # fmt: skip
    """L_A of every leaf: nodes of keys are cells where they are small against the bandwidth, halved where they are not."""
    d = centre.shape[1]
    for number in numba.prange(len(leaves)):
        A, total, looked, top = leaves[number], 0.0, 0, 1
        stack = np.zeros(STACK, np.int64)
        while top > 0:
            top -= 1
            B = stack[top]
            looked += 1
            near, far, wide = 0.0, 0.0, 0.0
            for c in range(d):
                gap = abs(centres[A, c] - centre[B, c])
                near += max(gap - halves[A, c] - half[B, c], 0.0) ** 2
                far += (gap + halves[A, c] + half[B, c]) ** 2
                wide += half[B, c] ** 2
            if masses[B] * np.exp2(-curve * near) <= 0.01 * total:
                continue
            if curve * wide <= 0.1 or looked > CELLS:
                total += masses[B] * np.exp2(-curve * far * (1 + 2.0**-40))
            elif left[B] >= 0:
                first = left[B]
                one, two = 0.0, 0.0
                for c in range(d):
                    one += abs(centres[A, c] - centre[first, c])
                    two += abs(centres[A, c] - centre[first + 1, c])
                stack[top], stack[top + 1] = (first + 1, first) if one < two else (first, first + 1)
                top += 2
            else:
                for j in range(start[B], stop[B]):
                    apart = 0.0
                    for c in range(d):
                        y = points[(j // TILE * d + c) * TILE + j % TILE]
                        apart += (abs(centres[A, c] - y) + halves[A, c]) ** 2
                    total += w[j] * np.exp2(-curve * apart * (1 + 2.0**-40))
        found[A] = total
