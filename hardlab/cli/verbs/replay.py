"""`hardlab replay`: a counterexample to a printed statement, or a wrong decision of a kernel, checked again from scratch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardlab.cli.console import FAULT, OK, emit_json, quiet_stdout
from hardlab.cli.options import Json, PlugInPath, Quiet
from hardlab.pages.json import plain
from instances.faults import BadInput
from instances.files import shown

if TYPE_CHECKING:
    from hardlab.claims.claim import Finding
    from hardlab.claims.replaying import Replay
    from hardlab.conformance.counterexample import Blame
    from hardlab.conformance.recalled import Recalled


def replay(
    file: Annotated[str, typer.Argument(help="A counterexample as JSON, or - for stdin.")],
    run: Annotated[
        bool, typer.Option("--run", help="Run the reduction or the solver that FILE names, if it is not one of the lab's.")
    ] = False,
    path: PlugInPath = None,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Check a counterexample again: exit code 0 if the printed statement does not hold on it, in the way that FILE says.

    A wrong entry or decision that hardlab check has found is made again from its description: exit code 0 if the output that
    was given is wrong, and no error of the kernel's precision explains it.

    Example: hardlab verify --counterexamples cases && hardlab replay cases/E19-decision.json
    """
    from hardlab.claims.replaying import document, replayed
    from hardlab.conformance import asking, counterexample
    from hardlab.conformance.laws import results

    with quiet_stdout():
        record = document(file)
        kind = record.get("kind")
        if kind == counterexample.KIND:
            blame = _repeated(record, shown(file))
        elif kind == asking.KIND:
            entry = _recalled(record, shown(file))
        elif kind == results.KIND:
            holds, words = _tried(record, shown(file), run, path)
        else:
            found = replayed(record, shown(file))
    if kind == counterexample.KIND:
        return _decision(blame, json, quiet)
    if kind == asking.KIND:
        return _entry(entry, json, quiet)
    if kind == results.KIND:
        return _law(holds, words, json, quiet)
    if json:
        emit_json(_record(found))
    else:
        typer.echo(_text(found, quiet))
    return OK if found.confirmed else FAULT


def _repeated(record: dict[str, Any], name: str) -> Blame:
    from hardlab.claims.replaying import limited
    from hardlab.conformance.counterexample import repeated

    with limited(name):
        return repeated(record)


def _decision(blame: Blame, json: bool, quiet: bool) -> int:
    from hardlab.conformance.counterexample import KIND

    said = {"margin": blame.margin, "bound": blame.bound, "reference": blame.reference, "confirmed": blame.holds}
    if json:
        emit_json({"kind": KIND, "place": blame.place, **said})
    else:
        word = "confirmed" if blame.holds else "not confirmed"
        answer = f"{word}: the output at place {blame.place} is on the wrong side"
        detail = f"the exact output is {blame.margin:.4g} on the right one; in this precision the error is at most "
        typer.echo(answer if quiet else f"{answer}; {detail}{blame.bound:.4g}, and {blame.reference:.4g} in a reference run")
    return OK if blame.holds else FAULT


def _recalled(record: dict[str, Any], name: str) -> Recalled:
    from hardlab.claims.replaying import limited
    from hardlab.conformance.recalled import recalled

    with limited(name):
        return recalled(record)


def _entry(found: Recalled, json: bool, quiet: bool) -> int:
    from hardlab.conformance.recalled import KIND

    numbers = {"expected": found.expected, "allowed": found.allowed, "output": plain(found.output)}
    if json:
        emit_json({"kind": KIND, "entry": found.entry, **numbers, "confirmed": found.holds})
    else:
        word = "confirmed" if found.holds else "not confirmed"
        answer = f"{word}: {found.entry} was given as {found.output:.9g}"
        typer.echo(answer if quiet else f"{answer}; it is {found.expected:.9g}, and may be off by {found.allowed:.3g}")
    return OK if found.holds else FAULT


def _tried(record: dict[str, Any], name: str, run: bool, path: Path | None) -> tuple[bool, str]:
    from hardlab.cli.trials import STEP
    from hardlab.conformance.laws.process import repeated
    from hardlab.names.subjects import is_our_rule
    from hardlab.work.limits import MEMORY

    target = str(record.get("of"))
    if not (run or is_our_rule(target)):
        raise BadInput(f"{name} is about {target}, code that is not the lab's: with --run it is run")
    return repeated(record, STEP, MEMORY, path)


def _law(holds: bool, words: str, json: bool, quiet: bool) -> int:
    if json:
        emit_json({"kind": "law", "confirmed": holds, "said": words})
    else:
        answer = "confirmed" if holds else "not confirmed"
        typer.echo(answer if quiet else f"{answer}: {words}")
    return OK if holds else FAULT


def _record(found: Replay) -> dict[str, Any]:
    from hardlab.claims.claim import word

    return {
        "claim": found.pasted.claim.id,
        "source": found.pasted.claim.source,
        "printed": {"verdict": word(found.printed), "detail": found.printed.detail},
        "corrected": {"verdict": word(found.corrected), "detail": found.corrected.detail},
        "confirmed": found.confirmed,
    }


def _text(found: Replay, quiet: bool) -> str:
    from hardlab.claims.claim import Verdict, word

    said = f"{found.pasted.claim.id} {_verb(found.printed)} as printed on this case"
    if found.confirmed:
        answer = f"confirmed: {said}: {_shown(found.printed)}"
    else:
        if word(found.printed) != found.pasted.verdict:
            why = f"the file says {found.pasted.verdict}"
        elif found.printed.verdict in (Verdict.FAILS, Verdict.ILL_TYPED):
            why = f"but the corrected statement {_verb(found.corrected)} there too: the case is no instance of either"
        else:
            why = "which is no counterexample"
        answer = f"not confirmed: {said}, {why}: {_shown(found.printed)}"
    return answer if quiet else f"{answer}\ncorrected: it {_verb(found.corrected)} on this case: {_shown(found.corrected)}"


def _verb(finding: Finding) -> str:
    from hardlab.claims.errata import VERBS

    return "says nothing" if finding.verdict is None else VERBS[finding.verdict]


def _shown(finding: Finding) -> str:
    """The detail, which may repeat words of the file, on one line without characters that move the cursor."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(finding.detail.split()))
