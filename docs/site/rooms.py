"""The map of rooms, docs/pages/assets/rooms.svg, from the contracts in pyproject.toml and the rooms' docstrings (`make drawn`).

A floor may import what is on the floors below it, a room of a floor never another one of it.
"""

import ast
import textwrap
import tomllib
from html import escape
from pathlib import Path

ROOT = Path(__file__).parents[2]
DRAWING = ROOT / "docs" / "pages" / "assets" / "rooms.svg"
WIDTH, MARGIN, GAP, LINE = 1120, 16, 10, 17

STYLE = """
svg { --paper: #ffffff; --ink: #1a1a1a; --quiet: #565b62; --box: #f2f5f8; --edge: #a9b0b9 }
@media (prefers-color-scheme: dark) {
  svg { --paper: #14181d; --ink: #f0f0f0; --quiet: #b8bec6; --box: #232b35; --edge: #64707e }
}
text { font: 13px system-ui, "DejaVu Sans", Arial, sans-serif; fill: var(--quiet) }
.name { font-weight: 600; font-size: 15px; fill: var(--ink) }
.paper { fill: var(--paper) } .box { fill: var(--box); stroke: var(--edge) }
"""


def floors(name: str) -> list[list[str]]:
    """The floors of the contract of that name, the highest first, each with its rooms."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (found,) = [contract for contract in contracts if contract["name"].startswith(name)]
    return [[room.strip() for room in floor.split("|")] for floor in found["layers"]]


def about(module: str) -> str:
    """The first paragraph of a module's or package's docstring, on one line."""
    path = ROOT / module.replace(".", "/")
    text = ((path / "__init__.py") if path.is_dir() else path.with_suffix(".py")).read_text()
    return " ".join((ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].split())


def house() -> list[list[tuple[str, list[str]]]]:
    """The floors of the whole house: in each, rooms with the lines that say what is in them."""
    rows: list[list[tuple[str, list[str]]]] = []
    for floor in floors("rooms of hardlab"):
        rows.append([(f"hardlab/{room}", [about(f"hardlab.{room}")]) for room in floor])
    for floor in floors("layers"):
        if floor != ["hardlab"]:
            rows.append([(name, [about(name), *inner(name)]) for name in floor])
    return rows


def inner(package: str) -> list[str]:
    """The floors inside a package that has a contract of its own."""
    if package not in ("reductions", "attention"):
        return []
    return ["inside, the highest first: " + "  >  ".join(", ".join(floor) for floor in floors(f"rooms of {package}"))]


def drawn() -> str:
    """The map as SVG."""
    parts, y = [], MARGIN
    for floor in house():
        width = (WIDTH - 2 * MARGIN - GAP * (len(floor) - 1)) / len(floor)
        wrapped = [[line for text in lines for line in textwrap.wrap(text, int((width - 24) / 7.1))] for _, lines in floor]
        height = 30 + LINE * max(map(len, wrapped))
        for i, ((name, _), lines) in enumerate(zip(floor, wrapped, strict=True)):
            x = MARGIN + i * (width + GAP)
            parts.append(f'<rect class="box" x="{x:g}" y="{y}" width="{width:g}" height="{height}" rx="6"/>')
            parts.append(f'<text class="name" x="{x + 12:g}" y="{y + 21}">{escape(name)}</text>')
            parts += [f'<text x="{x + 12:g}" y="{y + 21 + LINE * k}">{escape(line)}</text>' for k, line in enumerate(lines, 1)]
        y += height + GAP
    height = y + MARGIN - GAP
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" role="img">'
    )
    title = "<title>The rooms of hardness-lab: a floor imports what is below it</title>"
    return "\n".join(
        [head, title, f"<style>{STYLE}</style>", '<rect class="paper" width="100%" height="100%"/>', *parts, "</svg>", ""]
    )


if __name__ == "__main__":
    DRAWING.write_text(drawn())
