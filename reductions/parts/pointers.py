"""Instances whose decisions turn on rotary positions: pointer planes beside the matched normaliser.

Made for checks of kernels; `hardlab check` has none that uses them yet.

Rows turned back by the right angles decide whatever the angles are (module `rotated`), and a kernel that turns by wrong ones
may still decide them rightly. Pointers make it fail. With L fast planes l = 0..L-1 and the slowest, w/2 - 1, put

    q* = X (1, 0) in all of these;   k* = X (1, 0) in the fast ones, -L X (1, 0) in the slowest, on some keys, 0 on the others.

Turned rightly they add X^2 (L - L) = 0. Where a key's position is off by s relative to the query's, its score falls by

    scale X^2 g(s),   g(s) = sum_{l < L} (1 - cos(s theta_l)) - L (1 - cos(s theta_{w/2-1})).

Wrong turns change the scores of the other columns as well, to no more than lam d~ in absolute value (lengths of rows) for
data, lam sqrt(p d~) for the dummy. So with scale X^2 = spread/0.4, spread = 1 + ln m + 2 lam d~, and g(s) >= 0.4, data keys
that have pointers weigh less than the dummy: rows are NO; and where the dummy has them rows that see a data key are YES. One
plane would not do: 1 - cos s comes near 0. X is larger than B: these are tests, and not the theorem. Derived here.
"""

from dataclasses import replace
from math import log, sqrt
from typing import Literal

import numpy as np

from instances.bits import Bools
from instances.coded import Floats
from instances.faults import Declined
from instances.rotary import Rotary
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.parts.matched import MatchedVectors, values
from reductions.parts.rotated import check_turned, even, rotated

LEAST = 0.4
"""g(s) is at least this at all distances that matter."""


def fall(distances: Floats, base: float, w: int, planes: int) -> Floats:
    """g(s) for rows of w columns."""
    theta = base ** (-2 * np.array([*range(planes), w // 2 - 1]) / w)
    lost = 1 - np.cos(np.asarray(distances)[:, None] * theta)
    found: Floats = lost[:, :-1].sum(axis=1) - planes * lost[:, -1]
    return found


def pointing(
    problem: GapHamming, on: Literal["data", "dummy"], rotary: Rotary | None = None, R0: float = 16.0, planes: int = 8
) -> AttentionTask:
    """The answers of `hamming-rotary` with one dummy, with pointers on the data keys or on the dummy.

    Row i has position i, key j position j, the dummy stands last. Errors: `Declined` where g(s) is below 0.4 at a distance
    s <= 2(n + m), twice the largest that occurs, or where rounding would eat the margin.
    """
    rotary = Rotary() if rotary is None else rotary
    constants, m = even(problem.size, R0, 1), problem.B.n
    of = MatchedVectors(problem.A.d, constants)
    w, lam = of.width + 2 * (planes + 1), constants["beta"] / of.width
    distances = np.arange(1.0, 2 * (problem.A.n + m) + 1)
    if (least := float(fall(distances, rotary.base, w, planes).min())) < LEAST:
        raise Declined(
            f"g(s) = {least:.3g} at a distance s <= {len(distances)} in {w} columns: take other planes or fewer rows"
        )
    weight = (1 + log(m) + 2 * lam * of.width) / LEAST
    check_turned(constants["beta"] + 2 * planes * weight, R0)
    V = values(constants["B"], (m, 1.0), (1, -1.0))
    inputs = Attention((of.queries(problem.A),), (of.data(problem.B), of.dummies(1)), V, 1 / of.width)
    task = AttentionTask(inputs, constants["low"], constants["high"], problem.A.n)
    pointed = (np.arange(m + 1) < m) == (on == "data")
    return rotated(_pointed(task, pointed, sqrt(weight * of.width), planes, rotary), rotary)


def _pointed(task: AttentionTask, on: Bools, X: float, planes: int, rotary: Rotary) -> AttentionTask:
    """The task with pointers: the fast planes first, then its own columns, then the slowest plane."""
    of = task.inputs
    fast, unit = np.tile([X, 0.0], planes), np.array([X, 0.0])

    def laid_out(rows: Floats, these: Bools, slowest: float) -> Floats:
        has = these[:, None].astype(np.float64)
        whole = np.hstack([has * fast, rows, has * slowest * unit])
        first, second = rotary.planes(whole.shape[1])
        found = np.empty_like(whole)
        found[:, first], found[:, second] = whole[:, 0::2], whole[:, 1::2]
        return found

    Q = laid_out(of.queries(slice(0, of.n)), np.ones(of.n, dtype=np.bool_), 1.0)
    return replace(task, inputs=replace(of, Q=Q, K=laid_out(of.keys(slice(0, of.m)), on, -float(planes)), copy=True))
