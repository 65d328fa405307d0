"""Tables and numbers as text for people."""

from collections.abc import Iterable, Sequence
from io import StringIO
from math import isfinite, log10


def table(header: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = ()) -> str:
    """Aligned columns; numbers to the right, the columns named in `left` to the left."""
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="")
    for name in header:
        drawn.add_column(name, justify="left" if name in left else "right", no_wrap=name not in left)
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    buffer = StringIO()
    Console(file=buffer, width=160, color_system=None, markup=False, highlight=False).print(drawn)
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def _number(value: float) -> str:
    """Whole numbers below 10^7 as they are, others from 10 to 10^7 with one digit after the point, the rest with three."""
    if value >= 10**300:
        return f"10^{log10(value):.1f}"
    if isinstance(value, int):
        return f"{value:,}" if value < 10**7 else f"{float(value):.3g}"
    return f"{value:,.1f}" if 10 <= value < 10**7 else f"{value:.3g}"


def _small(value: float, exponent: float) -> str:
    if not isfinite(exponent):
        return "underflow"
    return f"{value:.3g}" if 1e-3 <= value < 1e6 and isfinite(value) else f"10^{exponent:.1f}"
