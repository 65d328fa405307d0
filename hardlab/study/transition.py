"""Times, degrees, ranks and errors over n = 2^k and B = factor sqrt(ln n): one record for each of three algorithms a cell.

Entries of Q and K are uniform in [-B, B], of V in [-1, 1], n = m, v = d, scale 1/d. Alman and Song: time n^{1+o(1)} for
B = o(sqrt(log n)), where r = binom(d + g, g) is n^{o(1)}; n^{2-o(1)} (if SETH holds) for B = Theta(sqrt(log n)).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isfinite

import numba
import numpy as np

from attention import Polynomial, Softmax, Taylor
from attention.algorithm import Algorithm
from attention.blocks import Whole
from attention.costs import softmax_seconds
from attention.exact.certified import certified_row
from attention.polynomial.known import Extents, Scores, Values
from attention.polynomial.monomials import rank
from hardlab.study.foresight import foreseen, least_polynomial
from hardlab.study.measuring import fits, root, timed, uniform
from hardlab.study.records import check_study
from hardlab.work.environment import versions
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.memory import MEMORY_BUDGET
from instances.task import Attention

STUDY = "transition"


@dataclass(frozen=True)
class Settings:
    """What is measured: n = 2^k for k in `octaves`, B = factor sqrt(ln n), runs predicted to take at most `limit` seconds."""

    octaves: range
    factors: tuple[float, ...]
    d: int = 8
    error: float = 1e-4
    repeats: int = 3
    rows: int = 4
    seed: int = 0
    limit: float = 20.0

    @property
    def algorithms(self) -> tuple[Polynomial, Taylor, Softmax]:
        return Polynomial(self.error), Taylor(self.error), Softmax()

    @property
    def count(self) -> int:
        """How many records there will be."""
        return len(self.octaves) * len(self.factors) * len(self.algorithms)


@dataclass(frozen=True)
class Record:
    """One algorithm on one instance. Seconds are wall seconds; None where there is nothing, `reason` then says why.

    M bounds the exponents; the degree g and the rank r are those needed, also where the algorithm declines; every entry is
    promised within approximation + rounding, and `measured_error` is the largest error over `rows` rows.
    """

    study: str
    algorithm: str
    n: int
    d: int
    v: int
    factor: float
    B: float
    sqrt_ln_n: float
    error: float
    M: float | None
    g: int | None
    r: int | None
    predicted_seconds: float | None
    seconds: float | None
    repeats: int
    reason: str | None
    approximation: float | None
    rounding: float | None
    measured_error: float | None
    rows: int
    seed: int
    index: int
    threads: int
    versions: dict[str, str]

    def __post_init__(self) -> None:
        check_study(self.study, STUDY)
        positive = (self.B, self.sqrt_ln_n, self.error, self.factor, self.M, self.predicted_seconds, self.seconds)
        in_range = all(1e-100 <= x <= 1e100 for x in positive if x is not None)
        if not (in_range and 2 <= self.n <= 2**60 and 1 <= self.d <= 2**30):
            raise BadInput("n, d, B, the error, M or a time is out of range: write the file again with -o")


@dataclass(frozen=True)
class Foresight:
    """What is known before an algorithm runs, as in `Record`."""

    g: int | None = None
    r: int | None = None
    seconds: float | None = None
    approximation: float | None = None
    rounding: float | None = None
    reason: str | None = None


def measured(settings: Settings, memory: int = MEMORY_BUDGET) -> Iterator[Record]:
    """The records, smallest n first. Errors: `Declined` at once where the largest n does not fit in `memory` bytes."""
    fits(2 ** settings.octaves[-1], settings.d, memory)
    return (
        record
        for k in settings.octaves
        for index, factor in enumerate(settings.factors)
        for record in cell(k, index, factor, settings)
    )


def cell(k: int, index: int, factor: float, settings: Settings) -> Iterator[Record]:
    """The records of one n = 2^k and B = factor sqrt(ln n), all of the same inputs."""
    n, d = 2**k, settings.d
    B = factor * root(n)
    inputs = uniform(n, d, B, [settings.seed, k, index])
    whole = Whole(inputs)
    extents = Extents.of(whole)
    scores = Scores.of(whole, extents, extents.middle)
    rows = np.unique(np.linspace(0, n - 1, min(settings.rows, n), dtype=int))
    exact: list[list[float]] = []
    for algorithm in settings.algorithms:
        ahead = _ahead(algorithm, inputs, scores)
        seconds, error, reason = None, None, ahead.reason
        if reason is None and ahead.seconds is not None and ahead.seconds > settings.limit:
            reason = f"should take {ahead.seconds:.3g} seconds, above the limit of {settings.limit:g}"
        if reason is None:
            seconds, output = timed(algorithm, inputs, settings.repeats)
            exact = exact or [certified_row(inputs, int(i)) for i in rows]
            error = _largest_error(output, rows, exact)
        yield Record(
            STUDY, algorithm.key, n, d, d, factor, B, root(n), settings.error, scores.M if isfinite(scores.M) else None,
            ahead.g, ahead.r, ahead.seconds, seconds, settings.repeats, reason, ahead.approximation, ahead.rounding, error,
            len(rows), settings.seed, index, numba.get_num_threads(), versions(),
        )  # fmt: skip


def _ahead(algorithm: Algorithm, inputs: Attention, scores: Scores) -> Foresight:
    n, d = inputs.n, inputs.d
    if not isinstance(algorithm, Polynomial):
        by_definition = softmax_seconds(n, n, d, d, "float64")
        promised = algorithm.promise(inputs).largest_error(inputs)
        return Foresight(seconds=by_definition, approximation=0.0, rounding=promised if promised < inf else None)
    values = Values.of(Whole(inputs))
    try:
        plan = algorithm.plan(inputs)
    except Declined as declined:
        P = least_polynomial(algorithm, scores.M, values.spread)
        would = foreseen(algorithm, scores, values, values.ranges(Whole(inputs), scores))
        g = would.g if would else P.g if P else None
        seconds = would.seconds(n, n, d) if would else None
        return Foresight(g, None if g is None else rank(d, g), seconds, reason=str(declined))
    return Foresight(plan.g, plan.r, plan.seconds(n, n, d), plan.approximation, plan.rounding)


def _largest_error(output: Floats, rows: Floats, exact: list[list[float]]) -> float | None:
    """max |output - certified| over the sampled rows; None where there are none, or the output is not finite."""
    if not len(rows):
        return None
    error = float(np.abs(output[rows] - np.array(exact)).max())
    return error if error < inf else None
