"""`hardlab verify`: the numbered statements of the papers, as printed and as corrected, on all their cases."""

from __future__ import annotations

import os
from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import FAULT, OK, emit_json, quiet_stdout
from hardlab.cli.options import Json, Quiet
from hardlab.cli.outputs import folder
from hardlab.cli.progress import progress
from hardlab.pages.text import table
from instances.faults import BadInput
from instances.files import atomic_write, writable

if TYPE_CHECKING:
    from hardlab.claims.claim import Claim, Report, Tally
    from hardlab.claims.examining import Outcome


def verify(
    pattern: Annotated[str | None, typer.Argument(help="A part of ids or sources, or a glob.", show_default=False)] = None,
    counterexamples: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write each counterexample found as DIR/<id>.json.")
    ] = None,
    errata: Annotated[str | None, typer.Option(metavar="FILE", help="Write the page of errata, - for stdout.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Run the numbered statements of the papers as printed and as corrected: exit code 0 if every one is as recorded.

    Examples: hardlab verify "lemma 4.7"

    hardlab verify --counterexamples cases --errata errata.md
    """
    from hardlab.claims.errata import page
    from hardlab.claims.examining import Outcome, examined, matching
    from hardlab.claims.replaying import text_of
    from hardlab.work.environment import versions

    chosen = matching(pattern)
    _checked(pattern, errata, json)
    if counterexamples is not None:
        folder(counterexamples, (f"{claim.id}.json" for claim in chosen))
    start, found = perf_counter(), list[Outcome]()
    try:
        with quiet_stdout():
            for outcome in progress((examined(claim) for claim in chosen), len(chosen), "claims"):
                found.append(outcome)
                if counterexamples is not None and outcome.counterexample is not None:
                    with atomic_write(_path(counterexamples, outcome.claim)) as stream:
                        stream.write(text_of(outcome.counterexample).encode())
    except KeyboardInterrupt:
        if found and not json:
            typer.echo(_text(found, perf_counter() - start, quiet), err=errata == "-")
        raise
    agree = all(outcome.agrees for outcome in found)
    if errata is not None and agree:
        with atomic_write(errata) as stream:
            stream.write(page([outcome.report for outcome in found if outcome.report is not None]).encode())
    elif errata is not None:
        typer.echo(f"hardlab: the page {errata} is not written: not every claim is as recorded", err=True)
    seconds = perf_counter() - start
    if json:
        emit_json(
            {"claims": [_record(outcome) for outcome in found], "agree": agree, "seconds": seconds, "versions": versions()}
        )
    else:
        typer.echo(_text(found, seconds, quiet), err=errata == "-")
    return OK if agree else FAULT


def _checked(pattern: str | None, errata: str | None, json: bool) -> None:
    if errata is None:
        return
    if pattern is not None:
        raise BadInput(f"--errata {errata} makes the page of all claims: leave out the pattern {pattern!r}")
    if errata != "-":
        writable(errata)
    elif json:
        raise BadInput("--json and --errata - both want stdout: give --errata a file")


def _path(directory: str, claim: Claim[Any]) -> str:
    return os.path.join(directory, f"{claim.id}.json")


def _record(outcome: Outcome) -> dict[str, Any]:
    """A claim as JSON; where its check raised, `error` says what and nothing is known of its verdicts."""
    claim, report = outcome.claim, outcome.report
    return {
        "id": claim.id,
        "source": claim.source,
        "statement": claim.statement,
        "wrong": claim.wrong,
        "correction": claim.correction,
        "printed": report and report.printed.verdict.value,
        "recorded": claim.recorded.value,
        "corrected": report and _corrected(report),
        "agrees": outcome.agrees,
        "checked": report and {"printed": _count(report.printed), "corrected": _count(report.corrected)},
        "counterexample": outcome.counterexample,
        "reason": _reason(outcome),
        "error": outcome.error,
        "seconds": outcome.seconds,
    }


def _corrected(report: Report) -> str:
    """A correction that is ill-typed fails: it was to be a statement."""
    from hardlab.claims.claim import Verdict

    shown: str = (Verdict.HOLDS if report.corrected.verdict is Verdict.HOLDS else Verdict.FAILS).value
    return shown


def _count(tally: Tally) -> dict[str, int]:
    return {"inside": tally.inside, "outside": tally.outside}


def _text(found: Sequence[Outcome], seconds: float, quiet: bool) -> str:
    """The table, a line for each printed failure, a line for each claim that is not as recorded, and the sum of it."""
    from hardlab.claims.claim import Verdict
    from hardlab.claims.errata import VERBS

    differ = [f"DISAGREES {outcome.claim.id}: {_reason(outcome)}" for outcome in found if not outcome.agrees]
    if quiet:
        return "\n".join([*differ, _sum(found, seconds)])
    failures = [
        f"{outcome.claim.id} {VERBS[outcome.report.printed.verdict]} as printed: {_detail(outcome.report.printed)}"
        for outcome in found
        if outcome.report is not None and outcome.report.printed.verdict is not Verdict.HOLDS
    ]
    columns = ("claim", "printed", "corrected", "cases", "source")
    drawn = table(columns, [_row(outcome) for outcome in found], left=("claim", "printed", "corrected", "source"))
    return "\n\n".join("\n".join(part) for part in ([drawn], failures, differ, [_sum(found, seconds)]) if part)


def _row(outcome: Outcome) -> tuple[object, ...]:
    report = outcome.report
    if report is None:
        return outcome.claim.id, "raised", "raised", "-", outcome.claim.source
    shown = (report.printed.verdict.value, _corrected(report), report.corrected.inside)
    return outcome.claim.id, *shown, outcome.claim.source


def _reason(outcome: Outcome) -> str | None:
    """Why the claim is not as recorded; None where it is."""
    from hardlab.claims.claim import Verdict
    from hardlab.claims.errata import VERBS

    if outcome.report is None:
        return f"its check raised {outcome.error}"
    report, reasons = outcome.report, []
    if report.corrected.verdict is not Verdict.HOLDS:
        reasons.append(f"the corrected statement {VERBS[report.corrected.verdict]}: {_detail(report.corrected)}")
    if report.printed.verdict is not outcome.claim.recorded:
        reasons.append(f"as printed it {VERBS[report.printed.verdict]}, on record it {VERBS[outcome.claim.recorded]}")
    return "; ".join(reasons) or None


def _detail(tally: Tally) -> str:
    return "" if tally.counterexample is None else " ".join(tally.counterexample.finding.detail.split())


def _sum(found: Sequence[Outcome], seconds: float) -> str:
    from hardlab.claims.claim import Verdict

    reports = [outcome.report for outcome in found if outcome.report is not None]
    hold = sum(report.printed.verdict is Verdict.HOLDS for report in reports)
    agree = sum(outcome.agrees for outcome in found)
    counts = f"{hold} of {len(found)} hold as printed, {agree} of {len(found)} are as recorded and hold as corrected"
    return f"claims: {counts}; seconds: {seconds:.2f}"
