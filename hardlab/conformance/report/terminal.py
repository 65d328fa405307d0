"""What the terminal shows of records of checked kernels."""

from collections import Counter
from collections.abc import Sequence

from hardlab.conformance.record import Stored
from hardlab.conformance.report.markdown import markdown as markdown_of
from hardlab.conformance.report.peers import peers
from hardlab.conformance.report.words import (
    beyond,
    endings,
    explained,
    facts,
    failed,
    heading,
    is_trial,
    items,
    offered,
    target,
)
from hardlab.pages.text import line, number, table

MOST_FAILED = 12
"""Failed checks that are shown in full."""

MOST_EXPLAINED = 3
"""The same where a diagnosis explains them."""


def text_of_checks(records: Sequence[Stored], many: bool, quiet: bool) -> str:
    """What the terminal shows of records: of many a table, or a line each; of trials also what is not conformant."""
    if not many:
        return str(records[0]["verdict"]) if quiet else _of_one(records[0])
    if quiet:
        return "\n".join(f"{r['target']} {r['verdict']}" for r in records)
    if not (records and all(map(is_trial, records))):
        return markdown_of(records)
    header, rows = peers(records)
    lost = [_of_one(record) for record in records if record.get("verdict") != "conformant"]
    return "\n\n".join([table(header, rows, left=(*header[:3], header[-1])), *lost])


def _said_of(record: Stored) -> str:
    how = record["conventions"]
    if "source" in how:
        return f" from {line(how['source'])} to {line(how.get('target'))}"
    return f" in {line(how['dtype'])}" if how.get("dtype") else ""


def _counted(of: Counter[str]) -> str:
    return ", ".join(f"{count} {status}" for status, count in of.items())


def _of_one(record: Stored) -> str:
    found: dict[str, Counter[str]] = {}
    for check in items(record, "checks"):
        found.setdefault(line(check.get("name")).partition("/")[0], Counter())[line(check.get("status"))] += 1
    asked = {check: of for check, of in found.items() if set(of) != {"skipped"} or is_trial(record)}
    told = {line(check.get("name")): line(check.get("reason")) for check in items(record, "checks") if is_trial(record)}
    rows = [(check, _counted(of) + (f": {told[check]}" if told.get(check) else "")) for check, of in asked.items()]
    lines = [f"{heading(record)}: {target(record)}{_said_of(record)}", ""]
    named = explained(record)
    lines += [f"{sentence}\n  explains {of}" for sentence, of in named] + ([""] if named else [])
    lines.append(table(("check", "results"), rows, left=("check", "results")))
    lost, shown = failed(record), MOST_EXPLAINED if named else MOST_FAILED
    for check in lost[:shown]:
        said, known = facts(record, check)
        lines += ["", f"{line(check.get('name'))} is {line(check['status'])}: {said}"]
        lines += [f"  {name + ':':<13}{text}" for name, text in known]
        lines += [f"  again: {line(check.get('repeat'))}"]
    if len(lost) > shown:
        lines += ["", f"and {len(lost) - shown} more: --json, --report or --markdown has them all"]
    for check in beyond(record) if is_trial(record) else ():
        lines += ["", f"{line(check.get('name'))}: {line(check.get('reason'))}"]
    held = endings(record)
    if held:
        lines += ["", table(held[0], held[1:], left=held[0])]
    last = [f"Skipped: {', '.join(check for check in found if check not in asked)}."] if len(asked) < len(found) else []
    last += offered(record)
    lines += ["", *last] if last else []
    if record.get("seed_of_check") is not None:
        lines += ["", f"seed of the check: {record['seed_of_check']}"]
    return "\n".join([*lines, "", f"seconds: {number(record.get('seconds'))}"])
