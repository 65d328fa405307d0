"""What a report puts on y, with what it means in words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import log10
from statistics import median

from hardlab.sweep.judging import judged, percent, times
from hardlab.sweep.record import Stored, canonical
from instances.faults import BadInput


@dataclass(frozen=True)
class Measure:
    """`of` some records: a share, or else a logarithm to base 10; None where they do not tell. `words` say what it is."""

    name: str
    title: str
    unit: str
    of: Callable[[Sequence[Stored]], float | None]
    words: str
    lacking: str = "No record tells: this is known where attention decided, in sweeps that record its own answers."
    """What is said where there is none."""
    share: bool = True
    shown: Callable[[float], str] = percent


def measure(name: str) -> Measure:
    """The measure of that name. Errors: `BadInput` with those that there are."""
    found = next((one for one in MEASURES if one.name == name), None)
    if found is None:
        raise BadInput(f"--y {name}: a report knows {', '.join(one.name for one in MEASURES)}: give one of them")
    return found


def decided(records: Sequence[Stored]) -> float | None:
    """The median seconds of decisions, by their logarithm."""
    timed = _timed(records)
    return _log10(median(record["decide_seconds"] for record in timed)) if timed else None


def built(records: Sequence[Stored]) -> float | None:
    """The median seconds of reductions, by their logarithm: of each instance the longest, whichever job that was."""
    longest: dict[str, float] = {}
    for record in _timed(records):
        instance = canonical(record["job"]["parameters"])
        longest[instance] = max(longest.get(instance, 0.0), record["built"])
    return _log10(median(longest.values())) if longest else None


def _timed(records: Iterable[Stored]) -> list[Stored]:
    """Those whose times hold nothing that is loaded or compiled once."""
    return [record for record in records if record["status"] == "done" and record.get("warm") and "built" in record]


def _log10(seconds: float) -> float:
    return log10(max(seconds, 1e-9))


def _yes(records: Sequence[Stored]) -> float | None:
    done = [record["verdict"] == "yes" for record in records if record["status"] == "done"]
    return sum(done) / len(done) if done else None


SECONDS = Measure(
    "seconds",
    "Seconds to reduce and to decide",
    "seconds",
    decided,
    """The median seconds in which each algorithm or solver decided. The reduction has a line of its own, whichever job computed
    it: of each instance the longest that a job took to build it, and of these the median. A job has one thread and uses nothing
    that another job has computed; those that had to load or compile a kernel are left out, and so is the oracle. The members of
    a disjunction are built while it is decided, and rows that are tried for a witness are part of deciding.""",
    "There are no such times: every job that is done had to load or compile a kernel. A larger sweep has some.",
    share=False,
    shown=lambda y: f"{10.0**y:.3g} s",
)

MEASURES = (
    SECONDS,
    Measure(
        "yes-share",
        "Verdicts that are YES",
        "share of YES",
        _yes,
        "Of the verdicts of done jobs, those that are YES; the others are NO or UNKNOWN.",
        "No job is done.",
    ),
    Measure(
        "own-verdicts",
        "Own verdicts that are right",
        "share that is right",
        lambda of: judged(of).verdicts_right,
        """An algorithm's own verdict is by its outputs and the thresholds alone: YES where a row is at or above high, NO where
        all are at or below low, else unknown. It is right where it is that of the oracle, or of the exact sides of the rows
        where that was not asked.""",
    ),
    Measure(
        "rows-right",
        "Rows answered rightly",
        "share of rows",
        lambda of: judged(of).rows_right,
        """Of the rows that were compared, those whose answer lies on the side of low and high where the exact one lies. Of
        large tasks a sample is compared.""",
    ),
    Measure(
        "error",
        "Largest error over the one demanded",
        "error / demanded",
        lambda of: judged(of).error,
        """The largest error that was measured over the error that the task tolerates; from 1 on, answers need not tell YES from
        NO. Where an answer was not finite it is \u221e.""",
        share=False,
        shown=times,
    ),
)

USUAL = tuple(measure for measure in MEASURES if measure.name != "yes-share")
"""What is drawn where no measure is named."""
