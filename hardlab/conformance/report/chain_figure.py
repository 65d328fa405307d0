"""The drawing of a chain of reductions with the sizes of its problems, as SVG that stands inside a page."""

from html import escape

from hardlab.conformance.record import Stored
from hardlab.conformance.report.words import items, part
from hardlab.pages.panels import CHARACTER, WIDTH, text
from hardlab.pages.text import line, number


def chain(record: Stored) -> str:
    """A chain of reductions from top to bottom: a box for each stage with its figures, the edge's name beside its arrow."""
    edges = [line(edge) for edge in items(record, "edges")]
    parts: list[str] = []
    y = 8.0
    for i, stage in enumerate(items(record, "stages")):
        if i:
            parts += [
                f'<path class="arrow" d="M40 {y:.0f}v22"/><path class="head" d="M34 {y + 20:.0f}h12l-6 9z"/>',
                text("faint", 56, y + 19, edges[i - 1] if i <= len(edges) else "", WIDTH - 60),
            ]
            y += 30
        lines = figures_of(stage)
        height = 32.0 + 18 * len(lines)
        parts.append(f'<rect class="box" rx="7" x="4" y="{y:.0f}" width="{WIDTH - 8:.0f}" height="{height:.0f}"/>')
        parts.append(text("title", 16, y + 21, line(stage.get("problem") or ""), WIDTH - 32))
        parts += [text("figures", 16, y + 21 + 18 * k, said, WIDTH - 32) for k, said in enumerate(lines, 1)]
        y += height
    name = escape(f"The chain of reductions of {line(record.get('name') or '')}")
    return "\n".join([
        f'<svg class="chain" viewBox="0 0 {WIDTH:g} {y + 8:.0f}" role="img" aria-label="{name}">',
        *parts,
        "</svg>",
    ])  # fmt: skip


def figures_of(stage: Stored) -> list[str]:
    """The sizes of a stage and its other figures (eps, B, margin), in lines that fit a box."""
    figures = {**part(stage, "size"), **{name: value for name, value in stage.items() if name not in ("problem", "size")}}
    said = [f"{line(name)}\u00a0=\u00a0{number(value)}" for name, value in figures.items()]
    lines: list[str] = []
    for figure in said:
        if lines and (len(lines[-1]) + 2 + len(figure)) * CHARACTER <= WIDTH - 32:
            lines[-1] += f", {figure}"
        else:
            lines.append(figure)
    return lines
