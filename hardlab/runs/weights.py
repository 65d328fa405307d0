"""The weights that rows of attention give to keys, and the key of the data that matters most to a row."""

from collections.abc import Sequence

import numpy as np

from instances.coded import Floats
from instances.task import Attention

VALUES = 6
"""So many different values in V, at most, tell keys apart: those of the largest are the data, the others dummies."""

BLOCK = 4096

ROUNDING = 1e-9
"""Logarithms of weights that differ by less, in proportion, are the same: they are sums in float64."""


def best_keys(inputs: Attention, shares: Floats) -> list[int]:
    """For each row of `log_shares` the first data key, up to rounding, that weighs most: no dummy is one."""
    values, kinds = np.unique(inputs.V[:, 0], return_inverse=True)
    data = kinds == len(values) - 1 if len(values) <= VALUES else np.ones(inputs.m, dtype=np.bool_)
    return [_best(np.where(data, share, -np.inf)) for share in shares]


def _best(shares: Floats) -> int:
    """The first of those that are largest up to rounding; shares are logarithms."""
    largest = float(shares.max())
    return int(np.argmax(shares >= largest - ROUNDING * max(1.0, abs(largest))))


def ln_sum(values: Floats) -> float:
    """The logarithm of the sum of exponentials."""
    top = float(values.max())
    return top + float(np.log(np.exp(values - top).sum())) if np.isfinite(top) else top


@np.errstate(over="ignore", invalid="ignore")
def log_shares(inputs: Attention, rows: Sequence[int]) -> tuple[list[float], Floats]:
    """The logarithms of each row's sum of weights, and of its weights as shares of that: (rows, m).

    NaN where scores are beyond float64.
    """
    inputs = inputs.turned
    Q = np.concatenate([inputs.queries(slice(row, row + 1)) for row in rows]) if rows else np.zeros((0, inputs.d))
    scores = np.empty((len(rows), inputs.m))
    for start in range(0, inputs.m, BLOCK):
        K = inputs.keys(slice(start, start + BLOCK))
        if inputs.mechanism.kernel == "dot":
            found = Q @ K.T
        else:
            found = np.stack([-((K - q) ** 2).sum(axis=1) for q in Q]) if rows else scores[:, start : start + BLOCK]
        scores[:, start : start + BLOCK] = inputs.scale * found
    sums = []
    for of_row, row in zip(scores, rows, strict=True):
        biases = inputs.bias(slice(row, row + 1), slice(0, inputs.m))
        of_row += 0 if biases is None else biases[0]
        hidden = None if inputs.seen is None else inputs.seen.hidden(slice(row, row + 1), slice(0, inputs.m))
        of_row[slice(0, 0) if hidden is None else hidden[0]] = -np.inf
        sums.append(ln_sum(of_row))
        of_row -= sums[-1]
    return sums, scores
