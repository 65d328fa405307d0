"""The colours of pages and drawings, each in one place: of figures, of pages in light and in dark, of lines, of the graph.

Most are of Okabe and Ito, which all readers tell apart, colour-blind ones too; wherever they tell things apart, so do shapes,
dashes or words.
"""

from collections.abc import Iterable, Mapping

BLACK, ORANGE, SKY, GREEN, YELLOW, BLUE, VERMILION = (
    "#000000", "#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00",
)  # fmt: skip
"""Okabe and Ito's; the place of their reddish purple takes PURPLE, which is Tol's."""

PURPLE, GREY, PALE = "#aa4499", "#777777", "#e6e6e6"
"""PALE is the grid of figures, whose paper is white."""

LIGHT: Mapping[str, str] = {
    "paper": "#ffffff", "ink": "#1a1a1a", "quiet": "#565b62", "grid": "#e4e7eb", "stem": "#a9b0b9", "box": "#f2f5f8",
    "passed": BLUE, "beyond": ORANGE, "wrong": VERMILION,
}  # fmt: skip
DARK: Mapping[str, str] = {
    "paper": "#14181d", "ink": "#f0f0f0", "quiet": "#b8bec6", "grid": "#2c343e", "stem": "#64707e", "box": "#232b35",
    "passed": SKY, "beyond": ORANGE, "wrong": "#ff7f2a",
}  # fmt: skip
"""What stands on a page, by its name there."""

LINES_IN_LIGHT = (BLUE, "#c04f00", "#00795a", "#a64c80", "#8a6a00", LIGHT["quiet"])
LINES_IN_DARK = (SKY, DARK["wrong"], "#1fc49a", "#e79fc5", YELLOW, DARK["quiet"])
"""Of thin lines and their marks: darkened or lightened until they can be read on the paper."""

GRAPH_IN_LIGHT: Mapping[str, str] = {"small": "#555555", "rim": "#44546a", "any": "#b34700"}
GRAPH_IN_DARK: Mapping[str, str] = {"small": DARK["quiet"], "rim": "#9fb0c6", "any": ORANGE}
"""What the graph of reductions has beside the colours of a page: small print, rims of problems, edges to any of many."""


def declared(colours: Mapping[str, str], names: Iterable[str]) -> str:
    """These of the colours as variables of a style sheet."""
    return "; ".join(f"--{name}: {colours[name]}" for name in names)


def numbered(colours: Iterable[str]) -> str:
    """The same for lines: --line-0 and so on."""
    return "; ".join(f"--line-{i}: {colour}" for i, colour in enumerate(colours))
