"""The logarithm of softmax attention, for V >= 0: thresholds may lie at e^-1000 and below.

ln Att_ic = lse_j(s_ij + ln V_jc) - lse_j(s_ij), lse the logarithm of a sum of exponentials about its own maximum,
streamed; no weight is taken relative to the other sum, so nothing underflows that matters.
Guarantee (module `rounding`): |ln T - ln Att| <= delta, of order u (d S + m).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Promise
from attention.rounding import Rounding
from attention.streaming import Block, key_blocks, over_rows, scores
from instances.coded import Floats
from instances.problem import Declined
from instances.task import Attention


@dataclass(frozen=True)
class Logspace:
    """ln(D^-1 exp(scale Q K^T) V) in float64; -infinity where every value is 0. Declines V with negative entries."""

    @property
    def key(self) -> str:
        return "logspace"

    @property
    def logarithmic(self) -> bool:
        return True

    def promise(self, inputs: Attention) -> Promise:
        logarithms = _logarithms(inputs)
        spread = float(np.abs(logarithms[np.isfinite(logarithms)]).max(initial=0.0))
        return Rounding.of(inputs, np.float64, key_blocks(inputs.m)).of_logarithm(spread)

    def __call__(self, inputs: Attention) -> Floats:
        values = _logarithms(inputs)

        def row_block(rows: slice) -> Floats:
            count = rows.stop - rows.start
            total = _LogSum(count)
            sums = [_LogSum(count) for _ in range(values.shape[1])]
            for keys, block in scores(inputs, rows, np.float64):
                for column, partial in zip(values[keys].T, sums, strict=True):
                    positive = column > -np.inf
                    if positive.any():
                        partial.add(block[:, positive] + column[positive])
                total.add(block)
            return np.stack([partial.value() for partial in sums], axis=1) - total.value()[:, None]

        return over_rows(inputs, values.shape[1], row_block)


class _LogSum:
    """The running logarithm of a sum of exponentials of each row: exp(largest) * mass."""

    def __init__(self, rows: int) -> None:
        self.largest = np.full(rows, -np.inf)
        self.mass = np.zeros(rows)

    def add(self, block: Block) -> None:
        """Add exp(block), row by row; the block is overwritten."""
        new = np.maximum(self.largest, block.max(axis=1))
        block -= new[:, None]
        np.exp(block, out=block)
        self.mass = self.mass * np.exp(self.largest - new) + block.sum(axis=1)
        self.largest = new

    def value(self) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):
            return self.largest + np.log(self.mass)


def _logarithms(inputs: Attention) -> Floats:
    if bool((inputs.V < 0).any()):
        raise Declined("logspace answers in logarithms and V has negative entries: use softmax for this task")
    with np.errstate(divide="ignore"):
        return np.log(inputs.V)
