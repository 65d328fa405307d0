"""What the drawings inside pages share: the look of texts and axes, widths of characters, labels that keep apart."""

from collections.abc import Sequence
from html import escape
from itertools import pairwise

WIDTH = 360.0
"""Every drawing inside a page is so wide that it is legible on a phone."""

CHARACTER, SMALL = 7.4, 6.9
"""Widths that a character does not exceed on average, at 13 and at 12 pixels."""

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

PANELS = """
svg text { font-family: system-ui, "DejaVu Sans", Arial, sans-serif; font-size: 12px; fill: var(--ink) }
svg .title { font-size: 13px; font-weight: 600 }
svg .faint { fill: var(--quiet) }
svg .middle { text-anchor: middle }
svg .end { text-anchor: end }
svg .grid { stroke: var(--grid); stroke-width: 1 }
svg .axis { stroke: var(--quiet); stroke-width: 1 }
"""
"""Colours are named in the page, for light and for dark."""


def power_of_ten(power: int) -> str:
    """10 to that power, raised; plain near 1."""
    if -2 <= power <= 2:
        return f"{10.0**power:g}"
    return "10" + str(power).translate(RAISED)


def apart(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The heights in their order, at least `gap` apart and within low and high where they fit, each near its own."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    gap = min(gap, (high - low) / max(1, len(heights) - 1))
    places = dict.fromkeys(order, low)
    reached = low
    for i in order:
        places[i] = max(reached, min(heights[i], high))
        reached = places[i] + gap
    if order:
        places[order[-1]] = min(places[order[-1]], high)
    for lower, upper in pairwise(order[::-1]):
        places[upper] = min(places[upper], places[lower] - gap)
    return [places[i] for i in range(len(heights))]


def apart_around(heights: Sequence[float], gap: float) -> list[float]:
    """The same without limits: neighbours that are too near move away from each other alike, and their middle stays."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    places = list(heights)
    for _ in range(100):
        for low, high in pairwise(order):
            missing = max(0.0, gap - (places[high] - places[low]))
            places[low] -= missing / 2
            places[high] += missing / 2
    return places


def text(kind: str, x: float, y: float, said: str, room: float, character: float = CHARACTER) -> str:
    """A text of one line, cut where it would be longer than `room`; the whole is its title then."""
    most = int(room / character)
    if len(said) > most:
        return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}"><title>{escape(said)}</title>{escape(said[: most - 1])}…</text>'
    return f'<text class="{kind}" x="{x:.2f}" y="{y:.2f}">{escape(said)}</text>'
