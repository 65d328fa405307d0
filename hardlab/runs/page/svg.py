"""The frames of drawings: of one that scrolls at its own size, of one as wide as the page allows, and the signs of a legend."""

from html import escape


def scrolled(label: str, width: float, height: float, cell: float = 0) -> str:
    """The opening of a drawing in a box that scrolls, of pixels with a side of `cell`; `SCROLLED` closes it."""
    named = f'aria-label="{escape(label)}"'
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    pixels = f' style="--cell: {cell:g}px"' if cell else ""
    return f'<div class="scroll" tabindex="0" role="region" {named}><svg class="sized"{pixels} {size} role="img" {named}>'


SCROLLED = "</svg></div>"


def framed(label: str, width: float, height: float) -> str:
    """The opening of a drawing that fits its column; </svg> closes it."""
    return f'<svg class="figure" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">'


def sign(mark: str) -> str:
    """A mark of a drawing in a line of text, drawn within 10 x 10."""
    return f'<svg class="key" viewBox="0 0 10 10" aria-hidden="true">{mark}</svg>'


def linked(row: int, group: str) -> str:
    """A part of a drawing that lights up a row where it is clicked; the keyboard has the bar of all rows for that."""
    return f'<a href="#row-{row}" tabindex="-1" aria-label="light up row {row}">{group}</a>'
