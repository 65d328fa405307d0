"""Pages of HTML that can be sent: they load nothing and run nothing, and are light or dark as the reader's screen.

A page holds its style and its drawings; a policy in its head forbids the browser everything else. On a phone wide tables scroll
in boxes of their own.
"""

from collections.abc import Iterator, Sequence
from html import escape

from hardlab.pages.colours import DARK, LIGHT, declared

PAGE_STYLE = f"""
:root {{ color-scheme: light dark; {declared(LIGHT, ("paper", "ink", "quiet", "grid", "stem"))};
  {declared(LIGHT, ("box", "passed", "beyond", "wrong"))} }}
@media (prefers-color-scheme: dark) {{
  :root {{ {declared(DARK, ("paper", "ink", "quiet", "grid", "stem", "box"))};
    {declared(DARK, ("passed", "beyond", "wrong"))} }}
}}
"""
PAGE_STYLE += """* { box-sizing: border-box }
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
dl.words { display: block; columns: 2 400px; column-gap: 40px }
dl.words dt { margin-top: 0.7em; color: var(--ink); font-weight: 600; break-after: avoid }
"""

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(title: str, body: Sequence[str], style: str = "") -> str:
    """The page of these parts, which are HTML; `style` is that of its drawings."""
    return "\n".join([
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title>",
        f"<style>{PAGE_STYLE}{style}</style>",
        "</head>",
        "<body>",
        "<main>",
        *body,
        "</main>",
        "</body>",
        "</html>",
        "",
    ])  # fmt: skip


def table_of(
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
