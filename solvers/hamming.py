"""Gap Hamming distance: by looking at every pair, and by Hamming balls (Alman and Song, Lemma 4.7, Case 1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix, Bools, Words, word_count
from instances.faults import Declined
from instances.problem import Problem
from instances.vectors import BalancedHamming, GapHamming
from solvers.solver import Decision, Verdict


@dataclass(frozen=True)
class ExhaustiveHamming:
    """Exact: all n m pairs on packed words, O(n m d / 64) operations, memory for one more copy of B, early exit on YES."""

    key: ClassVar[str] = "exhaustive-hamming"
    problems: ClassVar[tuple[type[Problem], ...]] = (GapHamming, BalancedHamming)

    def solve(self, problem: GapHamming) -> Decision:
        from solvers.popcount import first_within

        pair = first_within(problem.A.words, problem.B.words, problem.t)
        if pair is None:
            pairs = problem.A.n * problem.B.n
            return Decision(Verdict.NO, f"none of the {pairs:,} pairs is within t = {problem.t}")
        return Decision(Verdict.YES, f"vectors {pair[0]} and {pair[1]} are within t = {problem.t}", pair)


@dataclass(frozen=True)
class HammingBalls:
    """Exact, for small t: looks up every vector within t of a row of A among the rows of B.

    O(n s log m) operations for balls of s vectors. Errors: `Declined` where s exceeds `most`.
    """

    most: int = 10**6

    key: ClassVar[str] = "hamming-balls"
    problems: ClassVar[tuple[type[Problem], ...]] = (GapHamming, BalancedHamming)

    def solve(self, problem: GapHamming) -> Decision:
        if ball_size(problem.A.d, problem.t, self.most) > self.most:
            raise Declined(
                f"a ball of radius t = {problem.t} in d = {problem.A.d} dimensions holds more than {self.most:,} vectors: "
                f"use exhaustive-hamming"
            )
        rows = within_balls(problem.A, problem.B, problem.t).nonzero()[0]
        if not len(rows):
            return Decision(Verdict.NO, f"no ball of radius t = {problem.t} around a left vector holds a right one")
        i = int(rows[0])
        pair = i, int(problem.B.distances(problem.A.words[i]).argmin())
        return Decision(Verdict.YES, f"vectors {pair[0]} and {pair[1]} are within t = {problem.t}", pair)


def ball_size(d: int, t: int, most: int) -> int:
    """sum_{r <= t} binom(d, r), the vectors within distance t of one; counted no further than the first sum above `most`."""
    size = 0
    for r in range(min(t, d) + 1):
        size += comb(d, r)
        if size > most:
            break
    return size


def within_balls(A: BitMatrix, B: BitMatrix, t: int) -> Bools:
    """For each row of A, whether some row of B is within distance t: exact, by enumerating the ball."""
    known = np.unique(_as_items(B.words))
    found = np.zeros(A.n, dtype=np.bool_)
    for flips in _ball(A.d, t):
        moved = _as_items(A.words ^ flips)
        places = np.minimum(np.searchsorted(known, moved), len(known) - 1)
        found |= known[places] == moved
    return found


def _ball(d: int, t: int) -> Iterator[Words]:
    """Every vector of weight at most t, packed."""
    for weight in range(min(t, d) + 1):
        for columns in combinations(range(d), weight):
            flips = np.zeros(word_count(d), dtype=np.uint64)
            for c in columns:
                flips[c // 64] |= np.uint64(1 << (c % 64))
            yield flips


def _as_items(words: Words) -> np.ndarray:
    """Each row of words as one sortable item."""
    return np.ascontiguousarray(words).view(f"V{8 * words.shape[1]}").ravel() if words.shape[1] > 1 else words[:, 0]
