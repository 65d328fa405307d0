"""Streamed sums of exponentials: what `softmax` and `logspace` spend their time on.

Scores come in units of log 2, so that a weight is 2^(score - peak). The peak of a row, its running maximum, only grows;
sums are kept in float64 and rescaled when it does. Weights below 2^-126 (float32) or 2^-1022 are given as that.
"""

from typing import Any

import numpy as np

from attention.columns import SPREAD
from attention.exp2_lanes import exp2_less
from attention.fused import top
from attention.lanes import lanes_of, load, plus, splat, store
from attention.sums import fold, zeros
from instances.coded import Floats
from instances.compiling import njit


@njit(nogil=True)
def exponentiate(scores: Any, peak: Any, factor: Floats, mass: Floats) -> None:
    """Turn (rows, size) scores into weights 2^(score - peak) in place, `peak` growing to the rows' maxima; 32 divides size.

    factor[i] becomes 2^(old peak - new peak), mass[i] the sum of the row's weights.
    """
    lanes, size = lanes_of(scores), scores.shape[1]
    total = np.zeros(SPREAD)
    for i in range(len(scores)):
        row = scores[i]
        new = max(peak[i], top(row, 0, size))
        factor[i] = np.exp2(np.float64(peak[i]) - np.float64(new))
        peak[i] = new
        above, sums = splat(new), zeros(row, 2)
        one, two = sums[0], sums[1]
        for j in range(0, size, 2 * lanes):
            weight = exp2_less(load(row, j), above)
            other = exp2_less(load(row, j + lanes), above)
            store(row, j, weight)
            store(row, j + lanes, other)
            one, two = plus(one, weight), plus(two, other)
        total[:] = 0
        fold(total, 0, (plus(one, two),))
        mass[i] = total.sum()


@njit(nogil=True)
def weigh(scores: Any, peak: Any) -> None:
    """Turn (rows, size) scores into weights 2^(score - peak) in place; 32 divides size."""
    lanes = lanes_of(scores)
    for i in range(len(scores)):
        row, above = scores[i], splat(peak[i])
        for j in range(0, scores.shape[1], lanes):
            store(row, j, exp2_less(load(row, j), above))


@njit(nogil=True)
def centred(weights: Any, slopes: Any, mean: Any) -> None:
    """slopes[i, j] becomes weights[i, j] (slopes[i, j] - mean[i])."""
    for i in range(len(weights)):
        for j in range(weights.shape[1]):
            slopes[i, j] = weights[i, j] * (slopes[i, j] - mean[i])


@njit(nogil=True)
def rescaled_sum(sums: Floats, factor: Floats, new: Any) -> None:
    """sums[i, c] becomes factor[i] sums[i, c] + new[i, c]."""
    for i in range(len(sums)):
        for c in range(sums.shape[1]):
            sums[i, c] = factor[i] * sums[i, c] + new[i, c]
