"""Any task of attention as one of attention with rotary positions: rows are turned back before the mechanism turns them.

The score of turned rows is <R_i q_i, R_j k_j>. With q_i = R_i^-1 q*_i and k_j = R_j^-1 k*_j it is <q*_i, k*_j>, whatever the
angles are: what q* and k* decide is decided. Turning keeps the length in a plane, so an entry grows by sqrt 2 at most.
"""

from dataclasses import replace

import numpy as np

from instances.memory import MEMORY_BUDGET, within
from instances.problem import Size
from instances.rotary import ROUNDINGS, Rotary
from instances.task import AttentionTask
from reductions.parts.matched import check_rounding, matched, with_thresholds

TURNED = 2 * ROUNDINGS
"""By so many roundings of |scale| sum_l ||q_l|| ||k_l||, l the planes, a score of the stored rows is off."""


def even(of: Size, R0: float, M: int) -> dict[str, float]:
    """The constants of the matched normaliser for an even number of columns d + p, all of which turn."""
    found = matched(of, of["m"], R0, M)
    odd = (of["d"] + int(found["p"])) % 2
    return with_thresholds(matched(of, of["m"], R0, M, pads=int(found["p"]) + 1) if odd else found)


def check_turned(beta: float, R0: float) -> None:
    """Errors: `Declined` where exponents up to beta of rows that are turned back, TURNED + 4 roundings off, eat the room."""
    check_rounding(beta, R0, (TURNED + 4) / 4 * beta)


def rotated(task: AttentionTask, rotary: Rotary) -> AttentionTask:
    """The task with the same scores, up to TURNED, under rotary positions. Errors: `Declined` where Q and K do not fit."""
    of = task.inputs
    within(40 * (of.n + of.m) * of.d, MEMORY_BUDGET, "turned rows of Q and K", {"n": of.n, "m": of.m, "d": of.d})
    mechanism = replace(of.mechanism, rotary=rotary)
    Q = rotary.turned(of.queries(slice(0, of.n)), -mechanism.over(of.n, of.m).diagonal)
    K = rotary.turned(of.keys(slice(0, of.m)), -np.arange(of.m))
    return replace(task, inputs=replace(of, Q=Q, K=K, mechanism=mechanism, copy=False))
