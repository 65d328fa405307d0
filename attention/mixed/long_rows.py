"""Whether a few long rows decide what attention costs, and what to say of that. Nothing hangs on it but time."""

import numpy as np

from attention.blocks import SOME
from attention.mixed.split import Split
from attention.mixed.thresholds import Thresholds, norms, sorting_seconds
from instances.faults import Declined
from instances.task import Attention

MOMENT = 0.05
"""Seconds below which nobody waits."""


def long_rows_may_decide(inputs: Attention, error: float, seconds: float) -> bool:
    """Whether a split should take less than so many seconds, its plan included: by a sample of rows."""
    if isinstance(inputs.Q, tuple) or isinstance(inputs.K, tuple) or not inputs.n or not inputs.mechanism.plain:
        return False
    d, v = inputs.d, inputs.V.shape[1]
    if 2 * sorting_seconds(inputs.n, inputs.m, d, v) >= seconds:
        return False
    Q, K, V = (X[:: max(1, len(X) // SOME)] for X in (inputs.Q, inputs.K, inputs.V))
    with np.errstate(over="ignore", invalid="ignore"):
        queries, keys = -np.sort(-norms(Q)), -np.sort(-norms(K - np.median(K, axis=0)))
    known = Thresholds(Attention(Q, K, V, inputs.scale, copy=False), error, queries, keys)
    return known.foreseen(inputs.n, inputs.m) < seconds


def few_long_rows(inputs: Attention, error: float, seconds: float, what: str) -> str:
    """That a few long rows decide the cost, and what to do, where `what` should take so many seconds, and `Split` a quarter of
    that or less; empty where they do not, or it takes a moment.
    """
    if seconds < MOMENT or not long_rows_may_decide(inputs, error, seconds / 4):
        return ""
    try:
        plan = Split(error).plan(inputs)
    except Declined:
        return ""
    expected = plan.seconds(inputs.d, inputs.V.shape[1])
    if plan.polynomial is None or expected > seconds / 4:
        return ""
    rows, keys = f"{len(plan.exact):,} of {inputs.n:,} rows of Q", f"{len(plan.heavy):,} of {inputs.m:,} of K"
    less = f"{expected:.2g} s, {seconds / expected:.0f} times less than {what}"
    return f"{rows} and {keys} are long and decide what it costs: split, or auto, should take {less}"
