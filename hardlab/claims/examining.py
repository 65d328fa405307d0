"""Claims chosen by a pattern and examined: the report of each, or what its check raised."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from time import perf_counter
from typing import Any

from hardlab import claims
from hardlab.claims.claim import Claim, Report, examine, pasted
from hardlab.claims.replaying import text_of, unknown_claim
from instances.faults import one_line


@dataclass(frozen=True)
class Outcome:
    """A claim with its report, or with the error that its check raised. `counterexample` is to the printed statement."""

    claim: Claim[Any]
    report: Report | None
    counterexample: dict[str, Any] | None
    error: str | None
    seconds: float

    @property
    def agrees(self) -> bool:
        return self.report is not None and self.report.agrees


def matching(pattern: str | None) -> list[Claim[Any]]:
    """The claims with the pattern, as a part or as a glob, in the id or in the source. Errors: `BadInput` if none has it."""
    if pattern is None:
        return list(claims.CLAIMS)
    wanted = pattern.lower()

    def fits(text: str) -> bool:
        return wanted in text.lower() or fnmatchcase(text.lower(), wanted)

    chosen = [claim for claim in claims.CLAIMS if fits(claim.id) or fits(claim.source)]
    if not chosen:
        raise unknown_claim(pattern)
    return chosen


def examined(claim: Claim[Any]) -> Outcome:
    """The claim on all its cases; whatever its check raises, other than Ctrl-C, becomes its `error`."""
    start = perf_counter()
    report, counterexample, error = None, None, None
    try:
        report = examine(claim)
        if report.printed.counterexample is not None and report.printed.inside:
            counterexample = pasted(claim, report.printed.counterexample)
            text_of(counterexample).encode()
    except Exception as raised:
        report, counterexample, error = None, None, f"{type(raised).__name__}: {one_line(raised)}"
    return Outcome(claim, report, counterexample, error, perf_counter() - start)
