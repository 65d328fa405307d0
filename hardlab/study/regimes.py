"""Which algorithm is the fastest where: n, d, the bound B on the entries, and the share of rows that are FAR times as long.

Entries of Q and K are uniform in [-B, B], of V in [-1, 1], n = m, v = d, scale 1/d. One record for each algorithm a cell.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, product
from math import inf

import numba
import numpy as np

from attention.auto import Auto, contestants, predicted_seconds
from hardlab.pages.text import power_of_two
from hardlab.study.measuring import fits, timed, uniform
from hardlab.study.records import check_study
from hardlab.work.environment import versions
from instances.faults import BadInput, Declined
from instances.memory import MEMORY_BUDGET
from instances.task import Attention

STUDY = "regimes"

FAR = 10.0
"""How many times as long the long rows are."""

Place = tuple[int, int, float, float]
"""n, d, B and the share of long rows."""


@dataclass(frozen=True)
class Settings:
    """What is measured: all n = 2^k for k in `octaves`, d in `widths`, B in `bounds` and shares of long rows; runs predicted to
    take at most `limit` seconds.
    """

    octaves: tuple[int, ...]
    widths: tuple[int, ...]
    bounds: tuple[float, ...]
    shares: tuple[float, ...]
    error: float = 1e-6
    repeats: int = 3
    seed: int = 0
    limit: float = 20.0

    @property
    def count(self) -> int:
        """How many records there will be."""
        return len(list(self.places())) * len(contestants(self.error))

    def places(self) -> Iterator[Place]:
        return product((2**k for k in self.octaves), self.widths, self.bounds, self.shares)


@dataclass(frozen=True)
class Record:
    """One algorithm on one instance. Seconds are wall seconds, of its plan too; None where there is nothing, `reason` then says
    why. `chosen` is whether auto takes it.
    """

    study: str
    algorithm: str
    n: int
    d: int
    B: float
    share: float
    error: float
    predicted_seconds: float | None
    promise: float | None
    seconds: float | None
    repeats: int
    reason: str | None
    chosen: bool
    seed: int
    threads: int
    versions: dict[str, str]

    def __post_init__(self) -> None:
        check_study(self.study, STUDY)
        positive = (self.B, self.error, self.predicted_seconds, self.seconds)
        in_range = all(1e-100 <= x <= 1e100 for x in positive if x is not None)
        if not (in_range and 2 <= self.n <= 2**60 and 1 <= self.d <= 2**30 and 0 <= self.share <= 1):
            raise BadInput("n, d, B, the share, the error or a time is out of range: write the file again with -o")

    @property
    def place(self) -> Place:
        return self.n, self.d, self.B, self.share


@dataclass(frozen=True)
class Cell:
    """At one place the fastest algorithm as measured, its seconds, and those of what auto takes."""

    place: Place
    fastest: str
    seconds: float
    chosen: str
    chosen_seconds: float

    @property
    def ratio(self) -> float:
        """How many times as long auto's choice takes; infinite where that was not measured."""
        return self.chosen_seconds / self.seconds


def measured(settings: Settings, memory: int = MEMORY_BUDGET) -> Iterator[Record]:
    """The records, cell by cell. Errors: `Declined` at once where the largest input does not fit in `memory` bytes."""
    fits(2 ** max(settings.octaves), max(settings.widths), memory)
    return (record for place in settings.places() for record in _of(place, settings))


def long_rows(place: Place, seed: int) -> Attention:
    """The inputs of a place: some rows of Q and of K are FAR times as long."""
    n, d, B, share = place
    of = uniform(n, d, B, [seed, n, d, round(1000 * B)])
    rng = np.random.default_rng([seed, n, d])
    Q, K = (np.array(X) for X in (of.Q, of.K))
    for X in (Q, K):
        X[rng.permutation(n)[: round(share * n)]] *= FAR
    return Attention(Q, K, of.V, of.scale, copy=False)


def _of(place: Place, settings: Settings) -> Iterator[Record]:
    n, d, B, share = place
    inputs, error = long_rows(place, settings.seed), settings.error
    try:
        chosen = Auto(error).choice(inputs).key
    except Declined:
        chosen = ""
    for algorithm in contestants(error):
        seconds, predicted, promise, reason = None, None, None, None
        try:
            predicted = predicted_seconds(algorithm, inputs)
            promise = algorithm.promise(inputs).largest_error(inputs)
            if not promise <= error:
                reason = f"promises {promise:.3g}"
            elif predicted > settings.limit:
                reason = f"should take {predicted:.3g} seconds, above the limit of {settings.limit:g}"
            else:
                seconds, _ = timed(algorithm, inputs, settings.repeats)
        except Declined as declined:
            reason = str(declined)
        yield Record(
            STUDY, algorithm.key, n, d, B, share, error, predicted, promise if promise is None or promise < inf else None,
            seconds, settings.repeats, reason, algorithm.key == chosen, settings.seed, numba.get_num_threads(), versions(),
        )  # fmt: skip


def cells(records: list[Record]) -> list[Cell]:
    """Where something was measured. Errors: `BadInput` where a cell has an algorithm twice, or errors differ."""
    if len({record.error for record in records}) != 1:
        raise BadInput("records of several errors: one figure shows one error")
    if len({(record.algorithm, record.place) for record in records}) < len(records):
        raise BadInput("records of one algorithm at the same place stand twice: give the records of one run")
    found = []
    for place, group in groupby(sorted(records, key=lambda record: record.place), key=lambda record: record.place):
        of = list(group)
        ran = {record.algorithm: record.seconds for record in of if record.seconds is not None}
        if ran:
            fastest = min(ran, key=lambda key: ran[key])
            chosen = next((record.algorithm for record in of if record.chosen), "")
            found.append(Cell(place, fastest, ran[fastest], chosen, ran.get(chosen, inf)))
    return found


def summary(found: list[Cell]) -> str:
    """How often which is the fastest, and how near auto comes."""
    counts = {key: sum(cell.fastest == key for cell in found) for key in sorted({cell.fastest for cell in found})}
    near = sum(cell.ratio <= 1.5 for cell in found)
    often = ", ".join(f"{key} in {count}" for key, count in sorted(counts.items(), key=lambda pair: -pair[1]))
    return f"Fastest of {len(found)} cells: {often}. Auto takes at most 1.5 times the least time in {near} of them."


def table(found: list[Cell]) -> str:
    """A line for each cell, and the summary."""
    lines = [f"{'n':>6} {'d':>4} {'B':>6} {'long':>7}  {'fastest':<11} {'seconds':>9}  {'auto':<11} {'of the least':>12}"]
    for cell in found:
        n, d, B, share = cell.place
        ratio = f"{cell.ratio:12.2f}" if cell.ratio < inf else f"{'-':>12}"
        lines.append(
            f"{power_of_two(n):>6} {d:>4} {B:>6g} {100 * share:>5g} %  {cell.fastest:<11} {cell.seconds:9.4f}  "
            f"{cell.chosen or '-':<11} {ratio}"
        )
    return "\n".join([*lines, "", summary(found)])
