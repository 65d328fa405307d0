"""Approximate nearest neighbour from per-row Gap-ANN answers (Alman and Song, after Definition 4.5; the search mended here).

Call t YES when at least one row answers YES. t = 0 is decided by equal vectors. With t_max the largest t whose (1 + eps) t
is at most d: if t_max is NO, every distance exceeds d/(1 + eps) and any pair will do. Otherwise binary search keeps
lo = NO, hi = YES until hi = lo + 1; answers need not be monotone. Every row says NO at hi - 1, so the least distance is
at least hi, and a row that says YES at hi has a partner nearer than (1 + eps) hi: one scan of its m candidates finds it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from instances.bits import BitMatrix
from instances.faults import BadInput, PlugInFault
from instances.memory import MEMORY_BUDGET
from instances.task import AttentionTask
from instances.vectors import GapHamming, least_no
from reductions.chain import Chain
from solvers.hamming import ball_size, within_balls
from solvers.threshold import Threshold


@dataclass(frozen=True)
class Nearest:
    """A pair, its distance, a lower bound on every distance, and how each t was asked: (t, YES?, by what).

    The bound is as good as the promises of what was asked.
    """

    pair: tuple[int, int]
    distance: int
    at_least: int
    asked: tuple[tuple[int, bool, str], ...]


@dataclass(frozen=True)
class NearestByAttention:
    """Finds a pair with H < (1 + eps) min H, or H = 0, by asking `threshold` through `chain`, of `GapHamming` to attention.

    Radii whose Hamming ball is smaller than m are asked of the balls instead (Lemma 4.7, Case 1): exact, and
    cheaper than any attention. Errors: `BadInput` for eps <= 0; `Declined` where the promise is too weak for a t or
    an instance does not fit; `PlugInFault` where the answers contradict each other.
    """

    chain: Chain
    threshold: Threshold
    eps: float
    memory: int = MEMORY_BUDGET

    def search(self, A: BitMatrix, B: BitMatrix) -> Nearest:
        if not 0 < self.eps < float("inf"):
            raise BadInput(f"eps = {self.eps}: the approximation needs a finite eps > 0")
        asked: list[tuple[int, bool, str]] = []

        def rows(t: int) -> NDArray[np.intp]:
            by, answers = self._answers(A, B, t)
            asked.append((t, bool(answers.any()), by))
            return np.flatnonzero(answers)

        def found(i: int, at_least: int) -> Nearest:
            distances = B.distances(A.words[i])
            j = int(distances.argmin())
            if distances[j] < at_least:
                said = f"no pair nearer than {at_least}, but vectors {i} and {j} are at {distances[j]}"
                raise PlugInFault(f"{self.threshold.key} answered that there is {said}")
            return Nearest((i, j), int(distances[j]), at_least, tuple(asked))

        equal = rows(0)
        if len(equal):
            return found(int(equal[0]), 0)
        lo, hi = 0, max(t for t in range(A.d) if t == 0 or least_no(t, self.eps) <= A.d)
        yes = rows(hi) if hi else equal
        if not len(yes):
            return found(0, hi + 1)
        while hi > lo + 1:
            middle = (lo + hi) // 2
            answers = rows(middle)
            if len(answers):
                hi, yes = middle, answers
            else:
                lo = middle
        result = found(int(yes[0]), hi)
        if result.distance >= least_no(hi, self.eps):
            raise PlugInFault(f"row {yes[0]} answered YES at t = {hi}, but its nearest vector is at {result.distance}")
        return result

    def _answers(self, A: BitMatrix, B: BitMatrix, t: int) -> tuple[str, NDArray[np.bool_]]:
        if ball_size(A.d, t, most=B.n) < max(B.n, 2):
            return "Hamming balls", within_balls(A, B, t)
        task = self.chain.trace(GapHamming.with_eps(A, B, t, self.eps), self.memory)[-1].problem
        if not isinstance(task, AttentionTask):
            raise TypeError(f"the chain {self.chain.keys} ends in {type(task).__name__}, not in AttentionTask")
        return self.threshold.algorithm.key, self.threshold.answers(task) > 0


def too_far(distance: int, least: int, eps: float) -> bool:
    """Whether distance >= (1 + eps) least, eps read to 9 digits after the point; for least = 0, whether distance > 0."""
    return distance >= least_no(least, eps) if least else distance > 0
