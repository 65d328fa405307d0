"""Records of checked kernels as one page of Markdown, on which no foreign text is markup."""

from collections.abc import Sequence

from hardlab.conformance.record import Stored
from hardlab.conformance.report import matrix
from hardlab.conformance.report.peers import PEER, peers, title
from hardlab.conformance.report.rows import row_of
from hardlab.conformance.report.words import (
    counted,
    endings,
    environment,
    explained,
    facts,
    failed,
    heading,
    offered,
    reason,
    shown,
    target,
)
from hardlab.pages.glossary import of
from hardlab.pages.markdown import code, escaped, harmless, table
from hardlab.pages.text import line, number

LISTED = 8
"""Failed checks that the page lists."""


def markdown(records: Sequence[Stored]) -> str:
    """One page: the table of several, and of each the verdict, where it ends, and what failed first."""
    parts = [f"# {title(records)}", ""]
    if not records:
        return "\n".join([*parts, "No records.", ""])
    if len(records) > 1:
        header, rows = peers(records)
        parts += [*_rows(header, rows), ""]
        parts += [*matrix.markdown_rows(list(map(row_of, records))), ""] if header == PEER else []
    for record in records:
        parts += _record(record)
    return "\n".join(parts)


def _record(record: Stored) -> list[str]:
    parts = [f"## {harmless(target(record))}: {harmless(heading(record))}", "", harmless(reason(record)), ""]
    parts += [f"Checks: {harmless(counted(record))}.", ""]
    named = explained(record)
    if named:
        parts += ["### Which faults explain it", "", *_rows(("fault", "explains"), named), ""]
    parts += [f"{harmless(said)}\n" for said in offered(record)]
    if record.get("command"):
        parts += [*code(record["command"]), ""]
    ends = endings(record)
    if ends:
        parts += ["### Where it ends", "", *_rows(ends[0], ends[1:]), ""]
    lost = failed(record)
    if lost:
        parts += ["### What failed", ""]
    for check in lost[:LISTED]:
        said, known = facts(record, check)
        errors = f"; demanded {number(check.get('demanded'))}, delivered {number(check.get('delivered'))}"
        how = harmless(f"{check['status']}{'' if known else errors}")
        parts += [f"**{harmless(line(check.get('name')))}** ({how}): {harmless(said)}", ""]
        parts += [*(f"- {harmless(name)}: {harmless(text)}" for name, text in known), ""] if known else []
        parts += [*code(check["repeat"]), ""] if check.get("repeat") else []
    if len(lost) > LISTED:
        parts += [f"and {len(lost) - LISTED:,} more.", ""]
    words = of(shown(record))
    if words:
        parts += [f"Explained by hardlab list words: {'; '.join(escaped(word.term) for word in words)}.", ""]
    said = "; ".join(f"{name} {value}" for name, value in environment(record))
    return [*parts, f"Environment: {harmless(said)}.", ""] if said else parts


def _rows(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return table(header, [[harmless(cell) for cell in row] for row in rows])
