"""What the figures of the studies share: how they are written, and the look of their axes."""

from collections.abc import Callable
from os import fspath
from typing import Any

from hardlab.pages.colours import PALE
from instances.faults import BadInput
from instances.files import AnyPath, atomic_write

ENDINGS = ("svg", "png")


def ending_of(path: AnyPath) -> str:
    """svg or png. Errors: `BadInput` for any other ending."""
    ending = fspath(path).rpartition(".")[2].lower()
    if ending not in ENDINGS:
        raise BadInput(f"--figure {fspath(path)}: a figure is written as .svg or .png, name a file that ends so")
    return ending


def drawing_is_installed() -> None:
    """Errors: `BadInput` where matplotlib is not."""
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise BadInput(
            "figures need matplotlib (pages do not): pip install 'hardness-lab[plots]', "
            "or .venv/bin/pip install -e '.[plots]' in a checkout"
        ) from None


def write(figure: Callable[[], Any], path: AnyPath) -> None:
    """Write the figure that is made, the same bytes every time. Errors: `BadInput` for another ending, or no matplotlib."""
    ending = ending_of(path)
    drawing_is_installed()
    import matplotlib

    made = figure()
    settled: Any = {"svg.hashsalt": "hardness-lab", "font.family": "DejaVu Sans"}
    with matplotlib.rc_context(settled), atomic_write(path) as stream:
        made.savefig(stream, format=ending, dpi=150, metadata={"Date": None} if ending == "svg" else {})


def name_axes(axes: Any, across: str, up: str) -> None:
    """The names of the axes, a pale grid, and no lines at the top and at the right."""
    axes.tick_params(labelsize=11.5)
    axes.set_xlabel(across, fontsize=12)
    axes.set_ylabel(up, fontsize=12)
    axes.grid(True, color=PALE, zorder=0)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
