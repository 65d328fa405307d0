"""A claim examined: its report, and what its check raised."""

from dataclasses import dataclass
from typing import Any

from hardlab.claims.claim import Claim, Report


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
