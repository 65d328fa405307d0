"""Kernels against checks, as HTML, Markdown and text: a cell says in words what was found, and how many of how many failed."""

from collections.abc import Iterator, Sequence
from html import escape

from hardlab.conformance.report.rows import NAMED, Cell, Row, blamed, columns, heading
from hardlab.conformance.result import FAILED
from hardlab.pages.html import table_of
from hardlab.pages.markdown import code, harmless
from hardlab.pages.markdown import table as markdown_table
from hardlab.pages.text import line, printable
from hardlab.pages.text import table as text_table

HEADER = ("kernel", *NAMED[1:], "verdict")

LISTED, IN_TEXT = 200, 20
"""Kernels of which is told what is wrong, on a page and in a terminal."""

WIDTH = 240
"""Characters of a line of text, at most."""

_FAILED: tuple[str, ...] = FAILED
SIGNS = {"passed": "✓", "conformant": "✓", "beyond": "≈", "declined": "–", **dict.fromkeys(_FAILED, "✗")}
KINDS = {
    "passed": "passed",
    "conformant": "passed",
    "beyond": "beyond",
    "declined": "beyond",
    **dict.fromkeys(_FAILED, "wrong"),
}

STYLE = """.cell { display: inline-block; padding-left: 6px; border-left: 4px solid var(--grid); white-space: nowrap }
.cell.passed { border-color: var(--passed) }
.cell.beyond { border-color: var(--beyond) }
.cell.wrong { border-color: var(--wrong); font-weight: 600 }
"""

ABOUT = "Beside a failure stands how many of those asked failed."


def head(of: Sequence[Row]) -> Iterator[str]:
    """The verdict on all of them."""
    verdicts = {row.verdict for row in of}
    worst = next((verdict for verdict in FAILED if verdict in verdicts), "")
    if worst:
        kind, word = worst, "Kernels that fail"
    elif "missing" in verdicts:
        kind, word = "declined", "Not complete"
    else:
        kind, word = "conformant" if "conformant" in verdicts else "declined", "No kernel fails"
    yield f'<header class="verdict {kind}">'
    yield f"<h1>{word}</h1><p>{escape(heading(of))}</p></header>"


def sections(of: Sequence[Row]) -> Iterator[str]:
    """The table, and below it what is wrong with whom."""
    yield from table(of)
    yield from _blamed(of)


def table(of: Sequence[Row]) -> Iterator[str]:
    """A row a kernel, a column a group of checks."""
    if not of:
        return
    groups, silent = columns(of)
    yield "<h2>Kernels against checks</h2>"
    yield f'<p class="quiet">{ABOUT}{escape(_silent(silent))}</p>'
    cells = [
        (*map(escape, row.names), _html(Cell(row.verdict)), *(_html(row.cells.get(group)) for group in groups)) for row in of
    ]
    yield from table_of((*HEADER, *groups), cells, names=(0,))


def _blamed(of: Sequence[Row]) -> Iterator[str]:
    if blamed(of):
        yield "<h2>What is wrong with them</h2>"
    for row in blamed(of)[:LISTED]:
        yield f'<article class="{"beyond" if row.verdict == "declined" else "failed"}">'
        yield f"<h3>{escape(row.name)}: {escape(row.verdict)}</h3><p>{escape(row.reason)}</p>"
        yield from (f"<p>{escape(sentence)} ({escape(which)}).</p>" for sentence, which in row.explained[1:])
        yield f"<pre><code>{escape(printable(row.command))}</code></pre>" if row.command else ""
        yield "</article>"
    yield from (f"<p>{escape(said)}</p>" for said in _more(of, LISTED))


def markdown(of: Sequence[Row]) -> str:
    """A page of Markdown, on which no foreign text is markup."""
    _, silent = columns(of)
    parts = ["# Kernels against checks", "", f"{harmless(heading(of))}.", "", f"{ABOUT}{harmless(_silent(silent))}", ""]
    parts += markdown_rows(of)
    for row in blamed(of)[:LISTED]:
        parts += ["", f"**{harmless(row.name)}** ({harmless(row.verdict)}): {harmless(row.reason)}", ""]
        parts += code(row.command) if row.command else []
    return "\n".join([*parts, *(f"\n{said}" for said in _more(of, LISTED)), ""])


def markdown_rows(of: Sequence[Row]) -> list[str]:
    """The table."""
    groups, _ = columns(of)
    return markdown_table(
        [*map(harmless, (*HEADER, *groups))],
        [[*map(harmless, row.names), harmless(row.verdict), *(_said(row.cells.get(group)) for group in groups)] for row in of],
    )


def text(of: Sequence[Row]) -> Iterator[str]:
    """The same for a terminal, part after part."""
    groups, silent = columns(of)
    cells = [(*row.names, row.verdict, *(str(row.cells.get(group) or "") for group in groups)) for row in of]
    header = (*HEADER, *groups)
    yield text_table(header, cells, left=header, width=WIDTH) + (f"\n{_silent(silent).strip()}" if silent else "")
    for row in blamed(of)[:IN_TEXT]:
        again = f"\n  again: {line(row.command)}" if row.command else ""
        yield f"{row.name} is {row.verdict}: {row.reason}{again}"
    yield from _more(of, IN_TEXT)


def _silent(groups: Sequence[str]) -> str:
    return f" Nothing was asked, or is offered, of: {', '.join(groups)}." if groups else ""


def _more(of: Sequence[Row], listed: int) -> Iterator[str]:
    left = len(blamed(of)) - listed
    if left > 0:
        yield f"And {left:,} more: hardlab export has them all."


def _html(cell: Cell | None) -> str:
    if cell is None:
        return ""
    kind, sign = KINDS.get(cell.status, ""), SIGNS.get(cell.status, "·")
    return f'<span class="cell {kind}">{sign} {escape(str(cell))}</span>'


def _said(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return f"**{harmless(str(cell))}**" if cell.failed else harmless(str(cell))
