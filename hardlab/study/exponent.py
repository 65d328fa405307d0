"""How the time of an algorithm grows with n in two regimes, and what an exponent below that of its form would imply.

Letters: time ~ n^slope; p the power of the form (module `forms`), 2 unless windows are measured; q = p - slope. The slope is
that of log2(seconds) against log2(n) by least squares.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from math import log2
from typing import Any

import numba
import numpy as np

from attention.algorithm import Algorithm
from hardlab.study.forms import FORMS, Form
from hardlab.study.measuring import fits, timed
from hardlab.work.environment import versions
from instances.faults import BadInput, Declined
from instances.memory import MEMORY_BUDGET

BOUNDED, CRITICAL = "bounded", "critical"

LINEAR = 0.75
"""A linear time may look like this exponent, by noise; less is due to fixed costs."""

CAVEAT = (
    "A fit over finite n, at one d and on random instances, is not such an algorithm, and evidence of nothing asymptotic; "
    "fixed costs at small n alone pull an exponent down."
)


@dataclass(frozen=True)
class Settings:
    """n = 2^k for k in `octaves`; entries up to B = bounded, a constant, and up to critical times what the form's are."""

    octaves: range
    d: int = 8
    bounded: float = 0.3
    critical: float = 1.0
    repeats: int = 5
    seed: int = 0
    form: Form = FORMS["attention"]

    def __post_init__(self) -> None:
        if len(self.octaves) < 3:
            raise BadInput(f"{len(self.octaves)} octaves: an exponent with its interval needs at least three")

    def B(self, regime: str, n: int) -> float:
        return self.bounded if regime == BOUNDED else self.critical * self.form.critical(n)


@dataclass(frozen=True)
class Record:
    """Median wall seconds of an algorithm on one random instance, or the reason why there are none."""

    study: str
    algorithm: str
    form: str
    regime: str
    n: int
    d: int
    B: float
    error: float | None
    """What the algorithm was asked to promise; None where it takes no such wish."""
    seconds: float | None
    reason: str | None
    repeats: int
    seed: int
    threads: int
    versions: dict[str, str]


@dataclass(frozen=True)
class Fit:
    """time ~ n^slope, with the 95% confidence interval of the slope by Student's t with points - 2 degrees of freedom."""

    slope: float
    low: float
    high: float
    points: int

    @property
    def empty(self) -> bool:
        """Whether it says nothing: no time is less than linear, and an interval far below 1 has too much in it."""
        return self.high < 1 or self.low < LINEAR

    def below(self, power: float) -> bool:
        """Whether the whole interval of q = power - slope is above 0."""
        return self.high < power


def with_error(algorithm: Algorithm, error: float) -> tuple[Algorithm, float | None]:
    """The algorithm, asked for this error where it can be asked for one, and then the error."""
    given: Any = algorithm
    if not is_dataclass(given) or isinstance(given, type) or "error" not in {field.name for field in fields(given)}:
        return algorithm, None
    asked: Any = replace(given, error=error)
    return asked, error


def measured(algorithm: Algorithm, error: float | None, settings: Settings, memory: int = MEMORY_BUDGET) -> Iterator[Record]:
    """The records, regime by regime. Errors: `Declined` at once where the largest n does not fit in `memory` bytes."""
    fits(2 ** settings.octaves[-1], settings.d, memory)
    return (one(algorithm, error, regime, k, settings) for regime in (BOUNDED, CRITICAL) for k in settings.octaves)


def one(algorithm: Algorithm, error: float | None, regime: str, k: int, settings: Settings) -> Record:
    """The record of n = 2^k. Errors: `PlugInFault` where the algorithm raises."""
    n, d = 2**k, settings.d
    B = settings.B(regime, n)
    entropy = [settings.seed, k, (BOUNDED, CRITICAL).index(regime)]
    inputs = settings.form.inputs(n, d, B, entropy, positive_values=algorithm.logarithmic)
    seconds, reason = None, None
    try:
        seconds, output = timed(algorithm, inputs, settings.repeats)
        if np.isnan(output).any():
            seconds, reason = None, "its answers are no numbers, and what they take says nothing"
    except Declined as declined:
        reason = str(declined)
    return Record(
        "exponent", algorithm.key, settings.form.name, regime, n, d, B, error, seconds, reason, settings.repeats, settings.seed,
        numba.get_num_threads(), versions(),
    )  # fmt: skip


def fit(sizes: Sequence[int], seconds: Sequence[float]) -> Fit:
    """The slope of log2(seconds) against log2(sizes), by least squares. Errors: `BadInput` for fewer than three points."""
    if len(sizes) < 3:
        raise BadInput(f"{len(sizes)} times: an exponent with its interval needs at least three")
    from scipy import stats  # a second to import, and this file is imported by every command

    line = stats.linregress([log2(n) for n in sizes], [log2(s) for s in seconds])
    off = float(line.stderr) if len(set(seconds)) > 1 else 0.0  # no number where all times are the same
    reach = float(stats.t.ppf(0.975, len(sizes) - 2)) * off
    slope = float(line.slope)
    return Fit(slope, slope - reach, slope + reach, len(sizes))


def conclusion(records: Sequence[Record], regime: str) -> dict[str, Any]:
    """The fit of a regime, or the reason why there is none; in words too, and what it would imply where it may."""
    of = [record for record in records if record.regime == regime]
    declined = next((record for record in of if record.seconds is None), None)
    if declined is not None:
        return {
            "fit": None,
            "reason": f"n = {declined.n}: {declined.reason}",
            "q": None,
            "text": "no exponent",
            "implies": None,
        }
    found, form = (
        fit([record.n for record in of], [record.seconds for record in of if record.seconds is not None]),
        FORMS[of[0].form],
    )
    q = {"q": form.power - found.slope, "low": form.power - found.high, "high": form.power - found.low}
    text = f"time ~ n^{found.slope:.2f} [{found.low:.2f}, {found.high:.2f}]"
    if found.empty:
        text += ": nothing, as no time is less than linear; fixed costs weigh here, take larger n"
    implies = implication(found, form) if regime == CRITICAL else None
    return {"fit": asdict(found), "reason": None, "q": q, "text": text, "implies": implies}


def implication(found: Fit, form: Form) -> str:
    """What an exponent p - q at critical entries would imply, with numbers only where q is separated from 0."""
    p = f"{form.power:g}"
    if found.empty:
        return "The fit says nothing of the exponent: no time is less than linear, so fixed costs weigh here; take larger n."
    if not found.below(form.power):
        return (
            f"The fit does not separate the exponent from {p}: the interval of q = {p} - {found.slope:.2f} includes 0 or less."
        )
    q = form.power - found.slope
    weakest, windows = form.conclusion.name, " with windows of n^(3/4) keys" if form.name == "window" else ""
    return (
        f"An exponent {p} - q with q = {q:.2f} [{form.power - found.high:.2f}, {form.power - found.low:.2f}]{windows} at "
        f"B = Theta({form.order}) and d = Theta(log n), for every n and every instance, would decide k-SAT on v variables in "
        f"time 2^((1 - q/{p}) v) = 2^({1 - q / form.power:.2f} v), for every k: against the weakest hypothesis that suffices, "
        f"{weakest}, and so against the Strong Exponential Time Hypothesis (SETH), which implies it. {CAVEAT}"
    )
