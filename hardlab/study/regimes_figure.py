"""The figure of the regimes: a panel for each d and share of long rows, drawn from stored records and nothing else."""

import textwrap
from collections.abc import Sequence
from typing import Any

from hardlab.pages.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from hardlab.study.drawing import write
from hardlab.study.regimes import FAR, Cell, Record, cells, summary
from instances.faults import BadInput
from instances.files import AnyPath

FACES = {
    "polynomial": (BLUE, "P"),
    "split": (GREEN, "S"),
    "boxes": (PURPLE, "B"),
    "softmax": (VERMILION, "D"),
    "softmax32": (ORANGE, "D32"),
    "boolean": (SKY, "C"),
}
"""Colour and letter of each algorithm: the colours are told apart by colour-blind readers too, and so are the letters."""

WORDS = {
    "softmax": "softmax, by the definition",
    "softmax32": "softmax32, the same in float32",
    "boolean": "boolean, by counts",
}


def draw_regimes(records: Sequence[Record], path: AnyPath) -> None:
    """Write the figure. Errors: `BadInput` for another ending, records that do not fit together, or no matplotlib."""
    write(lambda: _figure(cells(list(records)), records[0].error), path)


def _figure(found: Sequence[Cell], error: float) -> Any:
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    if not found:
        raise BadInput("no record has a time: record one algorithm at one place at least")
    sizes, widths, bounds, shares = (sorted({cell.place[axis] for cell in found}) for axis in range(4))
    across, up = len(widths), len(shares)
    figure = Figure(figsize=(2.1 + 2.6 * across, 1.9 + 2.6 * up))
    panels = figure.subplots(up, across, squeeze=False, sharex=True, sharey=True)
    figure.subplots_adjust(left=0.95 / (2.1 + 2.6 * across), right=0.985, top=1 - 0.75 / (1.9 + 2.6 * up),
        bottom=1.45 / (1.9 + 2.6 * up), wspace=0.06, hspace=0.18)  # fmt: skip
    for row, share in enumerate(reversed(shares)):
        for column, d in enumerate(widths):
            axes = panels[row][column]
            here = {(cell.place[0], cell.place[2]): cell for cell in found if (cell.place[1], cell.place[3]) == (d, share)}
            _panel(axes, here, sizes, bounds)
            axes.set_title(f"d = {d}, {_share(share)}", fontsize=10.5)
            if row == up - 1:
                axes.set_xlabel("n", fontsize=11)
            if column == 0:
                axes.set_ylabel("B", fontsize=11)
    used = [key for key in FACES if any(cell.fastest == key for cell in found)]
    handles = [Patch(facecolor=FACES[key][0], label=f"{FACES[key][1]}: {WORDS.get(key, key)}") for key in used]
    figure.legend(handles=handles, loc="lower left", ncol=min(4, len(handles)), frameon=False, fontsize=10.5,
        bbox_to_anchor=(0.02, 0.55 / (1.9 + 2.6 * up)))  # fmt: skip
    figure.suptitle(f"The fastest algorithm with a promised error of {error:g}", fontsize=13)
    said = f"Black lines: where the choice of auto changes. Long rows are {FAR:g} times as long. {summary(list(found))}"
    figure.text(0.02, 0.12 / (1.9 + 2.6 * up), textwrap.fill(said, 44 * across), fontsize=9.5, va="bottom", linespacing=1.3)
    return figure


def _share(share: float) -> str:
    return f"{100 * share:g} % of the rows long" if share else "no long rows"


def _panel(axes: Any, here: dict[tuple[int, float], Cell], sizes: Sequence[float], bounds: Sequence[float]) -> None:
    """A square for each n and B, and lines between squares where auto chooses differently."""
    for x, n in enumerate(sizes):
        for y, B in enumerate(bounds):
            cell = here.get((int(n), B))
            if cell is None:
                continue
            colour, letter = FACES.get(cell.fastest, (GREY, "?"))
            axes.add_patch(_square(x, y, colour))
            axes.text(x, y, letter, ha="center", va="center", fontsize=8.5, color="white" if letter not in "SCD32" else BLACK)
            right = here.get((int(sizes[x + 1]), B)) if x + 1 < len(sizes) else None
            above = here.get((int(n), bounds[y + 1])) if y + 1 < len(bounds) else None
            if right is not None and right.chosen != cell.chosen:
                axes.plot([x + 0.5] * 2, [y - 0.5, y + 0.5], color=BLACK, linewidth=2.2, solid_capstyle="butt", zorder=4)
            if above is not None and above.chosen != cell.chosen:
                axes.plot([x - 0.5, x + 0.5], [y + 0.5] * 2, color=BLACK, linewidth=2.2, solid_capstyle="butt", zorder=4)
    axes.set_xlim(-0.5, len(sizes) - 0.5)
    axes.set_ylim(-0.5, len(bounds) - 0.5)
    axes.set_xticks(range(len(sizes)), [f"$2^{{{int(n).bit_length() - 1}}}$" for n in sizes])
    axes.set_yticks(range(len(bounds)), [f"{B:g}" for B in bounds])
    axes.tick_params(labelsize=9.5, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _square(x: int, y: int, colour: str) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x - 0.48, y - 0.48), 0.96, 0.96, facecolor=colour, linewidth=0)
