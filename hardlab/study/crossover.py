"""Where the definition overtakes the polynomial, read off stored records of the transition, and what that says in words."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log2, sqrt
from statistics import median
from typing import Literal

import numpy as np

from hardlab.pages.text import power_of_two
from hardlab.study.foresight import rank_boundary, time_boundary
from hardlab.study.measuring import root
from hardlab.study.transition import Record
from instances.faults import BadInput

Outcome = Literal["polynomial", "softmax", "declined"]


@dataclass(frozen=True)
class Cell:
    """One n and B: which of the two was faster as measured, or that polynomial declined; ratio = M / B^2."""

    n: int
    B: float
    outcome: Outcome
    ratio: float
    log_times: float | None
    """ln(seconds of polynomial / seconds of softmax), where both ran."""


@dataclass(frozen=True)
class Crossover:
    """Polynomial was faster at B = below and at each smaller B measured, and was not at B = above, or declined there."""

    n: int
    below: float
    above: float
    declined: bool
    B: float
    """Where the ratio of the times, its logarithm taken as linear in B, is 1; the middle where polynomial declined above."""

    @property
    def of_root(self) -> float:
        """B in units of sqrt(ln n)."""
        return self.B / root(self.n)


def setting_of(records: Sequence[Record]) -> tuple[int, float]:
    """The one d and the one error of the records. Errors: `BadInput` where there are several, or a cell stands twice."""
    settings = {(record.d, record.error) for record in records}
    if len(settings) != 1:
        said = "; ".join(f"d = {d}, error = {error:g}" for d, error in sorted(settings))
        raise BadInput(f"records of several settings ({said}): one figure shows one d and one error")
    if len({(record.algorithm, record.n, record.B) for record in records}) < len(records):
        raise BadInput("records of one algorithm at the same n and B stand twice: give the records of one run")
    return settings.pop()


def cells(records: Sequence[Record]) -> list[Cell]:
    """The cells in which something was measured, by n and then by B; those cut off or above the limit are left out."""
    found: dict[tuple[int, float], dict[str, Record]] = defaultdict(dict)
    for record in records:
        found[record.n, record.B][record.algorithm] = record
    return [cell for _, of in sorted(found.items()) if (cell := _cell(of)) is not None]


def _cell(of: dict[str, Record]) -> Cell | None:
    polynomial, softmax = of.get("polynomial"), of.get("softmax")
    if polynomial is None:
        return None
    n, B = polynomial.n, polynomial.B
    ratio = polynomial.M / B**2 if polynomial.M else 1.0
    if polynomial.approximation is None:
        return Cell(n, B, "declined", ratio, None)
    if softmax is None or not polynomial.seconds or not softmax.seconds:
        return None
    log_times = log(polynomial.seconds / softmax.seconds)
    return Cell(n, B, "polynomial" if log_times < 0 else "softmax", ratio, log_times)


def crossovers(found: Sequence[Cell]) -> list[Crossover]:
    """The measured crossover of each n that has one between two neighbouring B."""
    of = {n: [cell for cell in found if cell.n == n] for n in sorted({cell.n for cell in found})}
    crossed = (_crossover(row) for row in of.values())
    return [crossover for crossover in crossed if crossover is not None]


def _crossover(row: Sequence[Cell]) -> Crossover | None:
    """The first crossing in a row of rising B."""
    place = next((i for i, cell in enumerate(row) if cell.outcome != "polynomial"), 0)
    if place == 0:
        return None
    low, high = row[place - 1], row[place]
    share = 0.5
    if low.log_times is not None and high.log_times is not None:
        share = low.log_times / (low.log_times - high.log_times)
    return Crossover(low.n, low.B, high.B, high.outcome == "declined", low.B + share * (high.B - low.B))


def ratio_at(found: Sequence[Cell], n: float) -> float:
    """M / B^2 at n: the median over the cells of the nearest n measured on either side, linear in log n between them."""
    sizes = sorted({cell.n for cell in found})
    medians = [median(cell.ratio for cell in found if cell.n == size) for size in sizes]
    return float(np.interp(log2(n), [log2(size) for size in sizes], medians))


def rank_line(found: Sequence[Cell], n: float, d: int, error: float) -> float:
    """The B at which the rank needed for random entries in [-B, B] reaches n. NaN where there is none."""
    return sqrt(rank_boundary(n, d, error) / ratio_at(found, n))


def time_line(found: Sequence[Cell], n: float, d: int, error: float) -> float:
    """The B at which polynomial should take as long as softmax. NaN where there is none."""
    return sqrt(time_boundary(round(n), d, error) / ratio_at(found, n))


def summary(records: Sequence[Record]) -> str:
    """Whether the measured crossover grows with n, where it lies relative to sqrt(ln n), and why there."""
    d, error = setting_of(records)
    found = cells(records)
    crossed = crossovers(found)
    if not crossed:
        return f"At d = {d} and error {error:g} no measured n has its crossover between two of the measured B."
    return f"{_growth(crossed)} {_reason(found, crossed[-1], d, error)}"


def _growth(crossed: Sequence[Crossover]) -> str:
    first, last = crossed[0], crossed[-1]
    if first is last:
        return f"One crossover was measured: {_place(first)}."
    if last.below >= first.above:
        says = (
            "grows with n, and faster than sqrt(ln n)"
            if last.of_root > first.of_root
            else "grows with n, but not as sqrt(ln n)"
        )
    else:
        says = "falls" if last.above <= first.below else "changes by less than the measured B are apart"
    return f"The measured crossover {says}: {_place(first)}, {_place(last)}."


def _place(crossover: Crossover) -> str:
    return f"B = {crossover.B:.2f} = {crossover.of_root:.2f} sqrt(ln n) at n = {power_of_two(crossover.n)}"


def _reason(found: Sequence[Cell], last: Crossover, d: int, error: float) -> str:
    M, ratio = rank_boundary(last.n, d, error), ratio_at(found, last.n)
    side = "below" if last.of_root < 1 else "above"
    if not M > 0:
        return f"It lies {side} sqrt(ln n): at d = {d} and error {error:g} no degree has a rank binom(d+g, g) of at most n."
    return (
        f"It lies {side} sqrt(ln n) by constants: at error {error:g} the rank binom(d+g, g) reaches "
        f"n = {power_of_two(last.n)} at exponents up to M = {M:.2g}, which is B = {sqrt(M / ratio):.2f}. At a fixed d = {d} it "
        f"is about g^d/d!, so this boundary outgrows sqrt(ln n) in the end; the theorem is about d = Theta(log n) and n "
        f"without end."
    )
