"""The logarithm of attention of any mechanism, for V >= 0: thresholds may lie at e^-1000 and below, or at e^1000.

ln Att_ic = lse_j(s_ij + ln V_jc) - lse_j(s_ij), lse the logarithm of a sum of exponentials; the second term only where rows
are normalised. Where softmax scores and ln V span so little that no sum can underflow, both come from one stream of weights,
as in `softmax`. Elsewhere every column is summed about a peak of its own, so that nothing underflows that matters.
Guarantee (module `rounding`): |ln T - ln Att| <= delta, of order u (d S + 512).
"""

from dataclasses import dataclass
from math import e as EULER
from math import log, log2
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Promise
from attention.exact.softmax import rounding_of, weighted_sums
from attention.exact.streaming import Sums, filled, over_rows, scores, small
from instances.coded import Floats
from instances.faults import Declined
from instances.mechanism import SOFTMAX
from instances.task import Attention

MILD = 200.0
"""Scores and logarithms of values (natural ones) up to this in absolute value span 3 MILD < 708 at most: no sum underflows."""

NOTHING = -1e300
"""The peak of a row before it has seen a key: 2^NOTHING is 0, and differences with it are finite."""


@dataclass(frozen=True)
class Logspace:
    """ln Att in float64 for every mechanism; -infinity where every value seen is 0. Declines V with negative entries."""

    mechanisms: ClassVar[bool] = True
    visibility: ClassVar[bool] = True
    rotary: ClassVar[bool] = True

    @property
    def key(self) -> str:
        return "logspace"

    @property
    def logarithmic(self) -> bool:
        return True

    def promise(self, inputs: Attention) -> Promise:
        return rounding_of(inputs, np.float64).of_logarithm(_spread(_logarithms(inputs)))

    def __call__(self, inputs: Attention) -> Floats:
        values = _logarithms(inputs)
        if inputs.mechanism.name == SOFTMAX.name and max(_spread(values), rounding_of(inputs, np.float64).S) <= MILD:
            N, D = weighted_sums(inputs, np.float64)
            with np.errstate(divide="ignore", invalid="ignore"):
                mild: Floats = np.log(N) - np.log(D)[:, None]
            mild[inputs.blind] = np.nan
            return mild
        inputs, none = inputs.turned, np.empty((inputs.m, 0))

        def row_block(rows: slice) -> Floats:
            count = rows.stop - rows.start
            total, *parts = (Sums(count, 0, np.float64, small(inputs)) for _ in range(1 + values.shape[1]))
            for part in (total, *parts):
                part.peak[:] = NOTHING
            for keys, block, _ in scores(inputs, inputs.K, rows, np.float64):
                for column, part in zip(values[keys].T, parts, strict=True):
                    positive = np.flatnonzero(column > -np.inf)
                    if len(positive):
                        part.add(filled(block[:, positive] + column[positive] * log2(EULER)), none)
                total.add(block, none)
            logarithms = np.stack([_logarithm(part) for part in parts], axis=1)
            with np.errstate(invalid="ignore"):  # of a row that sees no key
                return logarithms - _logarithm(total)[:, None] if inputs.mechanism.normalised else logarithms

        return over_rows(inputs, values.shape[1], row_block)


def _logarithm(total: Sums) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.where(total.peak > NOTHING, log(2) * (total.peak + np.log2(total.mass)), -np.inf)


def _logarithms(inputs: Attention) -> Floats:
    if bool((inputs.V < 0).any()):
        raise Declined("logspace answers in logarithms and V has negative entries: use softmax for this task")
    with np.errstate(divide="ignore"):
        return np.log(inputs.V)


def _spread(logarithms: Floats) -> float:
    """The largest |ln V| of a positive value."""
    return float(np.abs(logarithms[np.isfinite(logarithms)]).max(initial=0.0))
