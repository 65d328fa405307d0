"""What the terminal shows of records of checked kernels."""

from collections import Counter
from collections.abc import Sequence

from hardlab.conformance.record import Stored
from hardlab.conformance.report.markdown import markdown as markdown_of
from hardlab.conformance.report.words import endings, failed, heading, items, target
from hardlab.pages.text import line, number, table

MOST_FAILED = 12
"""Failed checks that are shown in full."""


def text_of_checks(records: Sequence[Stored], many: bool, quiet: bool) -> str:
    """What the terminal shows of records: of many a table, or a line each."""
    if many:
        return "\n".join(f"{r['target']} {r['verdict']}" for r in records) if quiet else markdown_of(records)
    return str(records[0]["verdict"]) if quiet else _of_one(records[0])


def _of_one(record: Stored) -> str:
    found: dict[str, Counter[str]] = {}
    for check in items(record, "checks"):
        found.setdefault(line(check.get("name")).partition("/")[0], Counter())[line(check.get("status"))] += 1
    rows = [(check, ", ".join(f"{count} {status}" for status, count in of.items())) for check, of in found.items()]
    lines = [f"{heading(record)}: {target(record)} in {line(record['conventions'].get('dtype'))}", ""]
    lines.append(table(("check", "results"), rows, left=("check", "results")))
    lost = failed(record)
    for check in lost[:MOST_FAILED]:
        lines += ["", f"{line(check.get('name'))} is {line(check['status'])}: {line(check.get('reason'))}"]
        lines += [f"  again: {line(check.get('repeat'))}"]
    if len(lost) > MOST_FAILED:
        lines += ["", f"and {len(lost) - MOST_FAILED} more: --json, --report or --markdown has them all"]
    held = endings(record)
    if held:
        lines += ["", table(held[0], held[1:], left=held[0])]
    return "\n".join([*lines, "", f"seconds: {number(record.get('seconds'))}"])
