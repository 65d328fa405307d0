"""Records of checked kernels as one page of HTML that can be sent: it loads nothing and runs nothing.

The page holds its style and its drawings; a policy in its head forbids the browser everything else. Nothing is said that the
records do not hold, and the same records give the same bytes. Foreign text is escaped wherever it stands. The page is light or
dark as the reader's screen, and on a phone wide tables scroll in boxes of their own and commands wrap.
"""

from collections.abc import Iterator, Sequence
from html import escape

from hardlab.conformance.record import Stored
from hardlab.conformance.report import matrix
from hardlab.conformance.report.chain_figure import chain
from hardlab.conformance.report.figure import STYLE, figures, legend_mark
from hardlab.conformance.report.peers import PEER, peers
from hardlab.conformance.report.peers import title as title_of
from hardlab.conformance.report.points import KINDS, first_ends, lost_by_rounding
from hardlab.conformance.report.rows import row_of
from hardlab.conformance.report.words import (
    VERDICTS,
    beyond,
    counted,
    endings,
    environment,
    explained,
    facts,
    failed,
    heading,
    is_trial,
    items,
    offered,
    part,
    reason,
    shown,
    target,
)
from hardlab.pages.glossary import folded
from hardlab.pages.html import page, table_of
from hardlab.pages.text import line, number, printable

LISTED = 12
"""Failed checks that stand open; the others are folded."""

LOST_BY_ROUNDING = "A triangle below its dash: rounding the inputs alone has moved the exact values past the thresholds."


def report(record: Stored) -> str:
    """The page of one kernel."""
    return page_of_checks([record])


def page_of_checks(records: Sequence[Stored]) -> str:
    """The page of these kernels, the verdict first; of several, their table first and each folded below it."""
    if len(records) == 1:
        (record,) = records
        title = f"{target(record)}: {heading(record)}"
        body = [*_verdict(record, "h1"), *_evidence(record)]
    else:
        title = title_of(records)
        body = [f"<h1>{title}</h1>", *_peers(records)]
        for i, record in enumerate(records):
            dtype = line(part(record, "conventions").get("dtype") or "")
            summary = escape(f"{target(record)}{dtype and f' in {dtype}'}: {heading(record)}")
            inside = [f'<div id="kernel-{i}">', *_verdict(record, "h2"), *_evidence(record), "</div>"]
            body += [f'<details class="kernel"><summary>{summary}</summary>', *inside, "</details>"]
    return page(title, [*body, *folded(word for record in records for word in shown(record))], STYLE + matrix.STYLE)


def _verdict(record: Stored, level: str) -> Iterator[str]:
    kind = line(record.get("verdict") or "")
    shade = "wrong" if is_trial(record) and failed(record) else kind
    yield f'<header class="verdict {shade if shade in VERDICTS else ""}">'
    yield f'<p class="quiet"><code>{escape(target(record))}</code></p>'
    yield f"<{level}>{escape(heading(record))}</{level}>"
    yield f"<p>{escape(reason(record))}</p>"
    yield f'<p class="counts">{escape(counted(record))}</p>'
    yield "</header>"
    named = explained(record)
    if named:
        yield "<h2>Which faults explain it</h2>"
        yield from table_of(("fault", "explains"), [tuple(map(escape, row)) for row in named], long=(0, 1))
    yield from _scope(record)


def _scope(record: Stored) -> Iterator[str]:
    """In what it was checked, a table of features and the sentences."""
    said = offered(record)
    if said:
        yield "<h2>In what</h2>"
        yield from ("<ul>", *(f"<li>{escape(one)}</li>" for one in said), "</ul>")


def _evidence(record: Stored) -> Iterator[str]:
    yield from _figure(record)
    yield from _ends(record)
    yield from _failed(record)
    yield from _beyond(record)
    yield from _chains(record)
    yield from _checks(record)
    yield from _environment(record)


def _figure(record: Stored) -> Iterator[str]:
    drawn = figures(record)
    if not drawn:
        return
    yield "<h2>Demanded and delivered accuracy</h2>"
    first = first_ends(record)
    yield "<p>Inputs that come from reductions: a row is decided rightly where the error delivered is small enough."
    yield f"The first that does not come out right, by n and then B: {escape(first)}." if first else "None came out wrong."
    yield f"{LOST_BY_ROUNDING if lost_by_rounding(record) else ''}</p>"
    yield '<ul class="legend">'
    yield f"<li>{legend_mark('demanded')} error demanded</li>"
    yield from (f"<li>{legend_mark(kind)} {words}</li>" for kind, words in KINDS.items())
    yield "<li>At the upper rim: no finite error was delivered</li>"
    yield "</ul>"
    for i, (construction, panels) in enumerate(drawn.items()):
        yield f"<details{'' if i else ' open'}><summary>By {escape(construction or 'an unnamed construction')}</summary>"
        yield from ('<div class="panels">', *panels, "</div>", "</details>")


def _ends(record: Stored) -> Iterator[str]:
    found = endings(record)
    if found:
        yield "<h2>Where it ends</h2>"
        yield '<p class="quiet">The largest n and B up to which all was right, for each construction and margin R0.</p>'
        yield from table_of(found[0], [tuple(map(escape, row)) for row in found[1:]], numbers=(1, 2, 3, 4), long=(5,))


def _peers(records: Sequence[Stored]) -> Iterator[str]:
    if not records:
        yield "<p>There are no records.</p>"
        return
    header, found = peers(records)
    rows = [(f'<a href="#kernel-{i}">{escape(name)}</a>', *map(escape, cells)) for i, (name, *cells) in enumerate(found)]
    yield from table_of(header, rows, names=(0,), numbers=(3, 4, 5), long=(6,))
    if header == PEER:
        yield from matrix.table(list(map(row_of, records)))


def _failed(record: Stored) -> Iterator[str]:
    lost = failed(record)
    if not lost:
        return
    yield "<h2>What failed</h2>"
    yield from (part for check in lost[:LISTED] for part in _check(record, check))
    if len(lost) > LISTED:
        yield from _folded(record, "More that failed", lost[LISTED:])


def _beyond(record: Stored) -> Iterator[str]:
    found = beyond(record)
    if found:
        yield from _folded(record, "Beyond this precision", found)


def _folded(record: Stored, summary: str, checks: Sequence[Stored]) -> Iterator[str]:
    yield f"<details><summary>{summary}: {_many(len(checks))}</summary>"
    yield from (part for check in checks for part in _check(record, check))
    yield "</details>"


def _check(record: Stored, check: Stored) -> Iterator[str]:
    status = line(check.get("status"))
    yield f'<article class="{"beyond" if status == "beyond" else "failed"}">'
    yield f"<h3>{escape(line(check.get('name')))}: {escape(status)}</h3>"
    said, known = facts(record, check)
    yield f"<p>{escape(said)}</p>"
    if known:
        yield from table_of(("what", "is"), [(escape(name), f"<code>{escape(text)}</code>") for name, text in known], long=(1,))
    if not is_trial(record):
        errors = f"error demanded: {number(check.get('demanded'))}; delivered: {number(check.get('delivered'))}"
        yield f'<p class="quiet">{escape(errors)}</p>'
    if check.get("repeat"):
        yield f"<pre><code>{escape(printable(check['repeat']))}</code></pre>"
    yield "</article>"


def _chains(record: Stored) -> Iterator[str]:
    chains = items(record, "chains")
    if not chains:
        return
    yield "<h2>The chains of reductions</h2>"
    yield '<div class="panels">'
    for one in chains:
        yield f"<div><h3>{escape(line(one.get('name') or ''))}</h3>{chain(one)}</div>"
    yield "</div>"


def _checks(record: Stored) -> Iterator[str]:
    checks = items(record, "checks")
    if not checks:
        return
    rows = [
        tuple(
            escape(said)
            for said in (
                line(check.get("name")),
                line(check.get("status")),
                number(check.get("demanded")),
                number(check.get("delivered")),
                line(check.get("reason") or ""),
            )
        )
        for check in checks
    ]
    yield f"<details><summary>All: {_many(len(checks))}</summary>"
    yield from table_of(("check", "status", "demanded", "delivered", "reason"), rows, numbers=(2, 3), long=(0, 4))
    yield "</details>"


def _many(count: int) -> str:
    return "1 check" if count == 1 else f"{count:,} checks"


def _environment(record: Stored) -> Iterator[str]:
    said = environment(record)
    if said or record.get("command"):
        yield "<h2>How it was checked</h2>"
    if record.get("command"):
        yield f"<pre><code>{escape(printable(record['command']))}</code></pre>"
    if said:
        yield "<dl>"
        yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said)
        yield "</dl>"
