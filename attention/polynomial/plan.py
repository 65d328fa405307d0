"""How attention by polynomials is to be computed, and what is promised of that."""

from dataclasses import dataclass
from functools import cached_property
from math import inf, log1p
from typing import Any, NamedTuple

import numpy as np

from attention.blocks import Blocks
from attention.columns import SPREAD, Columns
from attention.costs import polynomial_seconds, softmax_seconds
from attention.exp_polynomial import ExpPolynomial
from attention.polynomial.known import Scores
from attention.polynomial.monomials import GROUPS, rank
from attention.rounding import WIDEN
from instances.coded import Floats

MAX_RANGE = 12.0
"""P has terms of size e^M and values of size e^-M: beyond this e^2M u, u = 2^-53, is above 3e-6, which is no use."""

ALWAYS = 1 << 14
"""A rank that is tried on any input, however few its rows."""


class Part(NamedTuple):
    """The degrees `lowest` to `top` of P, evaluated in one working type."""

    lowest: int
    top: int
    dtype: Any


class ByDefinition(NamedTuple):
    """Rows that are left to the definition (module `few_rows`): their numbers, the bound on |T' - Att|, rho, and M."""

    rows: Any
    error: float
    rho: float
    M: float


@dataclass(frozen=True)
class Plan:
    """How attention is to be computed and what is promised: approximation + rounding bounds every |T - Att|, which the range of
    the exponents proves, or their moments (`certificate`), but for a `few`, which the definition gives.
    """

    scores: Scores
    columns: Columns
    constants: Floats
    P: ExpPolynomial
    h: int
    approximation: float
    rounding: float
    certificate: str = "range"
    theta: float | None = None
    """What moments prove of sum_j |w'_ij - w_ij|/D_i of every row, w' the weights P(x_ij); by range it is at most eta."""
    few: ByDefinition | None = None

    @property
    def of_masses(self) -> float:
        """At least |ln D'_i - ln D_i| of every row in exact arithmetic, D' = sum_j w'_ij; infinite where that is nothing."""
        moved = self.P.eta if self.theta is None else self.theta
        return -log1p(-moved) * WIDEN if moved < 1 else inf

    @property
    def error(self) -> float:
        of_others = self.approximation + self.rounding
        return of_others if self.few is None else max(of_others, self.few.error)

    def seconds(self, n: int, m: int, v: int) -> float:
        """What it should take."""
        d = len(self.scores.centre)
        by_definition = 0.0 if self.few is None else softmax_seconds(len(self.few.rows), m, d, v, "float64")
        return float(polynomial_seconds(n, m, d, v, self.columns.count, self.g, self.h) + by_definition)

    @property
    def g(self) -> int:
        return self.P.g

    @cached_property
    def r(self) -> int:
        return rank(len(self.scores.centre), self.g)

    def __str__(self) -> str:
        single = "" if self.h > self.g else f", from degree {self.h} on in float32"
        but = "" if self.few is None else f", but for {len(self.few.rows):,} rows by their definition"
        return f"degree {self.g}, rank {self.r:,}{single}, proved by {self.certificate}{but}"

    @property
    def parts(self) -> list["Part"]:
        """The degrees below h in float64 and the others in float32; a part without degrees is left out."""
        parts = Part(1, self.h - 1, np.float64), Part(self.h, self.g, np.float32)
        return [part for part in parts if part.lowest <= part.top]


def most_features(inputs: Blocks) -> int:
    """The largest rank that is tried."""
    return max(inputs.n, inputs.m, ALWAYS)


def bytes_of_sums(inputs: Blocks, plan: Plan) -> int:
    """Bytes for the sums of every thread (blocks at work share them), the features of some keys, the key sums, the rows."""
    from instances.compiling import thread_count

    parallel, count = thread_count(), plan.columns.count
    kept = rank(inputs.d, plan.g - 1) * GROUPS * 64
    each = 8 * SPREAD * plan.r * count + kept
    return max(parallel, inputs.at_once) * each + inputs.at_once * 32 * plan.r * count + inputs.held(count)
