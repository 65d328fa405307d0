"""Records of checked kernels as one page of HTML that can be sent: it loads nothing and runs nothing.

The page holds its style and its drawings; a policy in its head forbids the browser everything else. Nothing is said that the
records do not hold, and the same records give the same bytes. Foreign text is escaped wherever it stands. The page is light or
dark as the reader's screen, and on a phone wide tables scroll in boxes of their own and commands wrap.
"""

from collections.abc import Iterator, Sequence
from html import escape

from hardlab.conformance.markdown import (
    PEER,
    VERDICTS,
    Record,
    beyond,
    counted,
    endings,
    environment,
    failed,
    heading,
    items,
    line,
    number,
    peer,
    printable,
    reason,
    table,
    target,
)
from hardlab.conformance.report_figure import KINDS, STYLE, chain, figures, first_ends, legend_mark, lost_by_rounding

PAGE_STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1a1a1a; --quiet: #565b62; --grid: #e4e7eb; --stem: #a9b0b9;
  --box: #f2f5f8; --passed: #0072b2; --beyond: #e69f00; --wrong: #d55e00 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #f0f0f0; --quiet: #b8bec6; --grid: #2c343e; --stem: #64707e; --box: #232b35;
    --passed: #56b4e9; --beyond: #e69f00; --wrong: #ff7f2a }
}
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0 auto; max-width: 1180px; padding: 16px; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "DejaVu Sans", Arial, sans-serif; overflow-wrap: anywhere }
h1, h2, h3 { line-height: 1.2 }
h2 { margin: 2.2em 0 0.6em; font-size: 1.25rem }
h3 { margin: 1.4em 0 0.4em; font-size: 1rem }
.verdict { margin: 12px 0 28px; padding: 4px 0 4px 18px; border-left: 10px solid var(--quiet) }
.verdict.conformant { border-color: var(--passed) }
.verdict.declined { border-color: var(--beyond) }
.verdict.inaccurate, .verdict.wrong, .verdict.crashed, .verdict.timeout { border-color: var(--wrong) }
.verdict h1, .verdict h2 { margin: 0; font-size: clamp(2.1rem, 7vw, 3.4rem) }
.verdict p { margin: 0.4em 0 0; font-size: 1.1rem }
.verdict .counts, .quiet { color: var(--quiet); font-size: 0.95rem }
.panels { display: grid; gap: 16px 24px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)) }
.panels svg { display: block; width: 100%; max-width: 460px; height: auto }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin: 8px 0; padding: 0; list-style: none; font-size: 0.95rem }
.legend li { display: flex; gap: 6px }
.sign { flex: none; width: 18px; height: 18px; margin-top: 3px }
.scroll { overflow-x: auto; border: 1px solid var(--grid); border-radius: 6px;
  background: linear-gradient(to left, var(--paper) 14px, transparent) right / 28px 100% no-repeat local,
    linear-gradient(to left, var(--stem), transparent) right / 12px 100% no-repeat scroll }
table { border-collapse: collapse; width: 100%; font-size: 0.95rem; font-variant-numeric: tabular-nums }
th, td { padding: 6px 12px; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); min-width: 5em;
  overflow-wrap: break-word }
th { background: var(--box) }
th, .number, .name + td { white-space: nowrap }
td.long { min-width: 24em; overflow-wrap: anywhere }
td.name { min-width: 9em; overflow-wrap: anywhere }
tr:last-child td { border-bottom: 0 }
.number { text-align: right }
article { margin: 0 0 18px; padding: 2px 0 2px 14px; border-left: 4px solid var(--wrong) }
article.beyond { border-color: var(--beyond) }
article p { margin: 0.3em 0 }
pre { margin: 6px 0; padding: 10px 12px; background: var(--box); border-radius: 6px; white-space: pre-wrap;
  overflow-wrap: anywhere }
code { font: 0.88rem/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
details { margin: 12px 0 }
summary { cursor: pointer; margin-left: 1.1em; padding: 8px 0; font-weight: 600; list-style-position: outside }
a { color: var(--passed) }
dl { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: 2px 18px; margin: 0 }
dt { color: var(--quiet) }
dd { margin: 0 }
dt, dd { min-width: 0 }
"""

LISTED = 12
"""Failed checks that stand open; the others are folded."""

LOST_BY_ROUNDING = "A triangle below its dash: rounding the inputs alone has moved the exact values past the thresholds."

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report(record: Record) -> str:
    """The page of one kernel."""
    return report_of([record])


def report_of(records: Sequence[Record]) -> str:
    """The page of these kernels, the verdict first; of several, their table first and each folded below it."""
    if len(records) == 1:
        (record,) = records
        title = f"{target(record)}: {heading(record)}"
        body = [*_verdict(record, "h1"), *_evidence(record)]
    else:
        title = "Conformance of attention kernels"
        body = [f"<h1>{title}</h1>", *_peers(records)]
        for i, record in enumerate(records):
            dtype = line(table(record, "conventions").get("dtype") or "")
            summary = escape(f"{target(record)}{dtype and f' in {dtype}'}: {heading(record)}")
            inside = [f'<div id="kernel-{i}">', *_verdict(record, "h2"), *_evidence(record), "</div>"]
            body += [f'<details class="kernel"><summary>{summary}</summary>', *inside, "</details>"]
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>{PAGE_STYLE}{STYLE}</style>",
        "</head>",
        "<body>",
        "<main>",
        *body,
        "</main>",
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def _verdict(record: Record, level: str) -> Iterator[str]:
    kind = line(record.get("verdict") or "")
    yield f'<header class="verdict {kind if kind in VERDICTS else ""}">'
    yield f'<p class="quiet"><code>{escape(target(record))}</code></p>'
    yield f"<{level}>{escape(heading(record))}</{level}>"
    yield f"<p>{escape(reason(record))}</p>"
    yield f'<p class="counts">{escape(counted(record))}</p>'
    yield "</header>"


def _evidence(record: Record) -> Iterator[str]:
    yield from _figure(record)
    yield from _ends(record)
    yield from _failed(record)
    yield from _beyond(record)
    yield from _chains(record)
    yield from _checks(record)
    yield from _environment(record)


def _figure(record: Record) -> Iterator[str]:
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


def _ends(record: Record) -> Iterator[str]:
    found = endings(record)
    if found:
        yield "<h2>Where it ends</h2>"
        yield '<p class="quiet">The largest n and B up to which all was right, for each construction and margin R0.</p>'
        yield from _table(found[0], [tuple(map(escape, row)) for row in found[1:]], numbers=(1, 2, 3, 4), long=(5,))


def _peers(records: Sequence[Record]) -> Iterator[str]:
    if not records:
        yield "<p>There are no records.</p>"
        return
    rows = []
    for i, record in enumerate(records):
        name, *cells = map(escape, peer(record))
        rows.append((f'<a href="#kernel-{i}">{name}</a>', *cells))
    yield from _table(PEER, rows, names=(0,), numbers=(3, 4, 5), long=(6,))


def _failed(record: Record) -> Iterator[str]:
    lost = failed(record)
    if not lost:
        return
    yield "<h2>What failed</h2>"
    yield from (part for check in lost[:LISTED] for part in _check(check))
    if len(lost) > LISTED:
        yield f"<details><summary>More that failed: {_many(len(lost) - LISTED)}</summary>"
        yield from (part for check in lost[LISTED:] for part in _check(check))
        yield "</details>"


def _beyond(record: Record) -> Iterator[str]:
    found = beyond(record)
    if found:
        yield f"<details><summary>Beyond this precision: {_many(len(found))}</summary>"
        yield from (part for check in found for part in _check(check))
        yield "</details>"


def _check(check: Record) -> Iterator[str]:
    status = line(check.get("status"))
    yield f'<article class="{"beyond" if status == "beyond" else "failed"}">'
    yield f"<h3>{escape(line(check.get('name')))}: {escape(status)}</h3>"
    yield f"<p>{escape(line(check.get('reason') or 'No reason is given.'))}</p>"
    errors = f"error demanded: {number(check.get('demanded'))}; delivered: {number(check.get('delivered'))}"
    yield f'<p class="quiet">{escape(errors)}</p>'
    if check.get("repeat"):
        yield f"<pre><code>{escape(printable(check['repeat']))}</code></pre>"
    yield "</article>"


def _chains(record: Record) -> Iterator[str]:
    chains = items(record, "chains")
    if not chains:
        return
    yield "<h2>The chains of reductions</h2>"
    yield '<div class="panels">'
    for one in chains:
        yield f"<div><h3>{escape(line(one.get('name') or ''))}</h3>{chain(one)}</div>"
    yield "</div>"


def _checks(record: Record) -> Iterator[str]:
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
    yield from _table(("check", "status", "demanded", "delivered", "reason"), rows, numbers=(2, 3), long=(0, 4))
    yield "</details>"


def _many(count: int) -> str:
    return "1 check" if count == 1 else f"{count:,} checks"


def _environment(record: Record) -> Iterator[str]:
    said = environment(record)
    if said or record.get("command"):
        yield "<h2>How it was checked</h2>"
    if record.get("command"):
        yield f"<pre><code>{escape(printable(record['command']))}</code></pre>"
    if said:
        yield "<dl>"
        yield from (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in said)
        yield "</dl>"


def _table(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    names: Sequence[int] = (),
    numbers: Sequence[int] = (),
    long: Sequence[int] = (),
) -> Iterator[str]:
    """Cells are HTML."""
    kinds = ["name" if i in names else "number" if i in numbers else "long" if i in long else "" for i in range(len(header))]
    yield '<div class="scroll" tabindex="0" role="region" aria-label="table"><table><thead><tr>'
    yield from (f'<th class="{kind}" scope="col">{escape(name)}</th>' for name, kind in zip(header, kinds, strict=True))
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = (f'<td class="{kind}">{cell}</td>' for cell, kind in zip(row, kinds, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
