"""Attention in ball arithmetic, rounded once at the end: the reference that every other algorithm is measured against."""

from dataclasses import dataclass
from math import inf, log, nan
from typing import ClassVar

import numpy as np
from flint import arb

from attention.algorithm import Promise
from attention.rounding import largest_score
from attention.summed import Summed
from attention.watching import report
from instances.coded import Floats
from instances.exact import MAX_BITS, logarithm, precision
from instances.faults import Declined
from instances.gradients import Gradient
from instances.task import Attention

SMALLEST = arb(2) ** -1080


@dataclass(frozen=True)
class Certified:
    """Ball arithmetic: |T - Att| <= 2^-50 |Att| + 2^-1070, or in logarithms (V >= 0) |ln T - ln Att| <= 2^-50 max(1, |ln Att|).

    For every mechanism, whatever rows see and is added; a normalised row that sees no key is NaN. Gradients, and but for
    logarithms tensor attention, too.

    From the exact histogram of inner products of a row where Q and K are coded: O(m d / 64) a row and one exponential
    for each class of keys; O(m d) ball operations a row otherwise. Precision grows until the ball is that small.
    Errors: `Declined` where it never is (up to 16,384 bits), and for sums beyond float64.
    """

    logarithmic: bool = False

    mechanisms: ClassVar[bool] = True
    visibility: ClassVar[bool] = True
    rotary: ClassVar[bool] = True
    gradients: ClassVar[bool] = True

    @property
    def tensors(self) -> bool:
        return not self.logarithmic

    @property
    def networks(self) -> bool:
        return not self.logarithmic

    @property
    def key(self) -> str:
        return "certified-log" if self.logarithmic else "certified"

    def promise(self, inputs: Attention) -> Promise:
        if not self.logarithmic:
            return Promise(2.0**-1070, 2.0**-50)
        _nonnegative(inputs)
        reach = 2 * largest_score(inputs) + log(inputs.m) + 746
        return Promise.of_logarithm(2.0**-50 * reach)

    def logsumexp_error(self, inputs: Attention) -> float:
        """2^-50 max(1, |L|)."""
        return 2.0**-50 * (largest_score(inputs) + log(inputs.m) + 1)

    def summed(self, inputs: Attention) -> Summed:
        blind = set(inputs.blind.tolist())
        masses = [-inf if i in blind else certified_mass(inputs, i) for i in range(inputs.n)]
        return Summed(self(inputs), np.array(masses, dtype=np.float64))

    def __call__(self, inputs: Attention) -> Floats:
        if self.logarithmic:
            _nonnegative(inputs)
        rows, without, (count, columns) = [], set(inputs.unanswered.tolist()), inputs.shape
        for i in range(count):
            rows.append([nan] * columns if i in without else certified_row(inputs, i, self.logarithmic))
            report(i + 1, count)
        return np.array(rows, dtype=np.float64).reshape(inputs.shape)


def _nonnegative(inputs: Attention) -> None:
    if isinstance(inputs, Gradient):
        raise Declined("certified-log answers in logarithms, and gradients have both signs: use certified")
    if bool((inputs.V < 0).any()):
        raise Declined("certified-log answers in logarithms and V has negative entries: use certified")


def certified_row(inputs: Attention, i: int, logarithmic: bool = False) -> list[float]:
    """The outputs of row i (or their logarithms), each the float nearest to the middle of a tiny ball."""
    bits = 128
    while bits <= MAX_BITS:
        with precision(bits):
            balls = inputs.exact.row(i)
            if all(ball.rel_accuracy_bits() > 60 or (not logarithmic and abs(ball) < SMALLEST) for ball in balls):
                row = [float(logarithm(ball) if logarithmic else ball) for ball in balls]
                beyond = [ball for ball, value in zip(balls, row, strict=True) if value == inf or (value == -inf and ball != 0)]
                if beyond:
                    how = "" if bool((inputs.V < 0).any()) else ": use certified-log"
                    raise Declined(f"row {i} sums to {beyond[0].str(5, radius=False)}, beyond float64{how}")
                return row
        bits *= 2
    raise Declined(f"row {i} is not known to 60 bits at a working precision of {MAX_BITS} bits")


def certified_mass(inputs: Attention, i: int) -> float:
    """ln sum_j w_ij of a row that sees a key, nearest to the middle of a ball of radius 2^-60 max(1, |ln|) at most."""
    bits = 128
    while bits <= MAX_BITS:
        with precision(bits):
            ball = logarithm(inputs.exact.mass(i))
            if ball.rel_accuracy_bits() > 60 or ball.rad() < 2.0**-60:
                return float(ball)
        bits *= 2
    raise Declined(f"the mass of row {i} is not known to 60 bits at a working precision of {MAX_BITS} bits")
