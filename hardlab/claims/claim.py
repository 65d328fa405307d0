"""What a claim is: a numbered statement of the papers that can be run, as printed and as corrected.

A claim has one `check`, which takes the formulas of the statement as a value (the transcription) and one case. The same
check runs on the transcription of the printed formulas and on that of the corrected ones: a verdict is computed from the
formulas, never asserted, and a transcription with one formula exchanged may get another verdict.

A case is a JSON object that holds all that the check needs, so that a counterexample can be pasted and checked again.
A module of claims has the formulas and checks; what they state, in words, stands beside it in a TOML file of its stem.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Generic, NamedTuple, TypeVar

Case = Mapping[str, Any]
F = TypeVar("F")


class Verdict(Enum):
    """What became of a statement on the cases that it was checked on."""

    HOLDS = "holds"
    FAILS = "fails"
    ILL_TYPED = "ill-typed"


OUTSIDE = "outside"
"""What files call the verdict on a case that does not meet the hypotheses."""


class Finding(NamedTuple):
    """What a check saw on one case; the verdict is None where the case does not meet the statement's hypotheses."""

    verdict: Verdict | None
    detail: str


class IllTyped(Exception):
    """Raised by a transcription that means nothing on a case (shapes that do not fit, an index or logarithm undefined)."""


def found(holds: bool, detail: str) -> Finding:
    """The finding of a case inside the hypotheses; `detail` has the two numbers that were compared."""
    return Finding(Verdict.HOLDS if holds else Verdict.FAILS, detail)


def outside(why: str) -> Finding:
    """The finding of a case outside the hypotheses."""
    return Finding(None, why)


@dataclass(frozen=True)
class Claim(Generic[F]):
    """A statement with its source, in our words; what is checked, on what, and what was found when it was written down.

    The words stand in the TOML file beside the module of the claim, its formulas in the module (`hardlab.claims.stating`).
    `wrong` says what is wrong as printed and `correction` what holds instead (both empty, and `mended` None, where nothing
    is wrong); `proof` sketches why the corrected statement holds. `cases` come from small to large, the same every time.
    """

    id: str
    source: str
    statement: str
    proof: str
    printed: F
    check: Callable[[F, Case], Finding]
    cases: Callable[[], Iterator[Case]]
    wrong: str = ""
    correction: str = ""
    mended: F | None = None
    recorded: Verdict = Verdict.HOLDS

    @property
    def corrected(self) -> F:
        """The transcription with its formulas mended: the printed one where nothing is wrong."""
        return self.printed if self.mended is None else self.mended

    def on(self, formulas: F, case: Case) -> Finding:
        """What the check finds on one case under the given transcription."""
        try:
            return self.check(formulas, case)
        except IllTyped as error:
            return Finding(Verdict.ILL_TYPED, str(error))


class Counterexample(NamedTuple):
    """A case on which a statement does not hold, and what was found there."""

    case: Case
    finding: Finding


class Tally(NamedTuple):
    """One transcription on all cases: the verdict is that of the first case on which it does not hold."""

    verdict: Verdict
    inside: int
    outside: int
    counterexample: Counterexample | None


@dataclass(frozen=True)
class Report:
    """A claim examined. `agrees`: the corrected statement holds, and the printed verdict is the one on record, from a case."""

    claim: Claim[Any]
    printed: Tally
    corrected: Tally

    @property
    def agrees(self) -> bool:
        on_record = self.printed.inside > 0 and self.printed.verdict is self.claim.recorded
        return on_record and self.corrected.verdict is Verdict.HOLDS


def tally(claim: Claim[F], formulas: F) -> Tally:
    """Every case under one transcription, up to the first on which it does not hold.

    A statement that no case was inside the hypotheses of fails: nothing was checked.
    """
    inside = beyond = 0
    for case in claim.cases():
        finding = claim.on(formulas, case)
        if finding.verdict is None:
            beyond += 1
            continue
        inside += 1
        if finding.verdict is not Verdict.HOLDS:
            return Tally(finding.verdict, inside, beyond, Counterexample(case, finding))
    if not inside:
        return Tally(Verdict.FAILS, 0, beyond, Counterexample({}, Finding(Verdict.FAILS, "no case meets the hypotheses")))
    return Tally(Verdict.HOLDS, inside, beyond, None)


def examine(claim: Claim[Any]) -> Report:
    """The claim as printed and as corrected, on all its cases."""
    corrected = tally(claim, claim.corrected)
    return Report(claim, corrected if claim.printed is claim.corrected else tally(claim, claim.printed), corrected)


def pasted(claim: Claim[Any], counterexample: Counterexample) -> dict[str, Any]:
    """The counterexample to the printed statement as the JSON object that `replay` checks again."""
    return {
        "claim": claim.id,
        "source": claim.source,
        "case": json.loads(json.dumps(dict(counterexample.case))),
        "printed": {"verdict": word(counterexample.finding), "detail": counterexample.finding.detail},
    }


def word(finding: Finding) -> str:
    """The verdict as files have it; `outside` for a case that does not meet the hypotheses."""
    return OUTSIDE if finding.verdict is None else finding.verdict.value
