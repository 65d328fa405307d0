"""Drawings that are files of their own."""

from collections.abc import Iterable
from html import escape

from hardlab.pages.text import printable


def drawing(name: str, label: str, size: tuple[float, float], light: str, dark: str, style: str, parts: Iterable[str]) -> str:
    """The parts as an SVG of that width and height: it stands alone or in a page, shrinks with it, and is light or dark as the
    reader's screen, by the declarations of its colours, `paper` among them. The style holds within it alone, by the class
    `name`. What is not printable in foreign texts is replaced.
    """
    width, height = (f"{extent:.0f}" for extent in size)
    return printable("\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" style="max-width: 100%; height: auto" role="img" aria-label="{escape(label)}">',
        f"<style>.{name} {{ {light};\n@media (prefers-color-scheme: dark) {{ {dark} }}\n{style} }}</style>",
        f'<rect style="fill: var(--paper)" width="{width}" height="{height}"/>',
        *parts,
        "</svg>",
        "",
    ]))  # fmt: skip
