"""Tables and numbers as text for people, and foreign texts on one line.

| a number as | is for |
|---|---|
| `cell` | what stands in a table: four digits, whole numbers in full |
| `figure` | sizes without end: 10^7 and more in powers of ten |
| `margin` | a value whose logarithm is known too, and which may be too small for a float |
| `from_log10` | what is known by its logarithm alone, with two more digits of it than `margin` shows |
| `number` | what a stored record holds, which may be anything |
| `power_of_two` | an n of a study |
"""

import re
from collections.abc import Iterable, Sequence
from io import StringIO
from math import inf, isfinite, isnan, log10


def table(header: Sequence[str], rows: Iterable[Sequence[object]], left: Sequence[str] = (), width: int = 160) -> str:
    """Aligned columns; numbers to the right, the columns named in `left` to the left; lines of `width` characters at most."""
    from rich.console import Console  # loaded by who draws a table, not by who shows a number
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False, header_style="")
    for name in header:
        drawn.add_column(name, justify="left" if name in left else "right", no_wrap=name not in left)
    for row in rows:
        drawn.add_row(*(cell(value) for value in row))
    buffer = StringIO()
    Console(file=buffer, width=width, color_system=None, markup=False, highlight=False).print(drawn)
    return "\n".join(line.rstrip() for line in buffer.getvalue().rstrip("\n").split("\n"))


def cell(value: object) -> str:
    """Four digits of a number that is not whole, all of one that is; anything else as it is."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def figure(value: float) -> str:
    """Whole numbers below 10^7 as they are, others from 10 to 10^7 with one digit after the point, the rest with three."""
    if value >= 10**300:
        return f"10^{log10(value):.1f}"
    if isinstance(value, int):
        return f"{value:,}" if value < 10**7 else f"{float(value):.3g}"
    return f"{value:,.1f}" if 10 <= value < 10**7 else f"{value:.3g}"


def margin(value: float, exponent: float) -> str:
    """A positive value with its logarithm to base 10: as a power of ten below 10^-3 and from 10^6 on."""
    if not isfinite(exponent):
        return "underflow"
    return f"{value:.3g}" if 1e-3 <= value < 1e6 and isfinite(value) else f"10^{exponent:.1f}"


def from_log10(exponent: float | None) -> str:
    """An error by its logarithm to base 10: as a power of ten only where no float holds it."""
    if exponent is None:
        return "no finite error"
    return f"{10.0**exponent:.3g}" if abs(exponent) < 300 else f"10^{exponent:.2f}"


def power_of_two(n: int) -> str:
    """n as 2^k where it is one."""
    return f"2^{n.bit_length() - 1}" if n & (n - 1) == 0 else str(n)


def number(value: object) -> str:
    """A number for people: four digits, the whole ones with all up to 10^7; in words where there is none or no finite one."""
    if value is None or value == "":
        return "none"
    if isinstance(value, str) and re.fullmatch(r"[+-]?(inf|infinity|nan)", value, flags=re.IGNORECASE):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return line(value)
    if isinstance(value, int) and abs(value) >= 10**300:
        return f"{'-' if value < 0 else ''}10^{log10(abs(value)):.1f}"
    if isnan(value):
        return "not a number"
    if abs(value) == inf:
        return "infinite" if value == inf else "minus infinite"
    if value == int(value) and abs(value) < 10**7:
        return f"{int(value):,}"
    return f"{value:.4g}"


def counted(count: int, thing: str) -> str:
    """So many things, in the plural but for one."""
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def finite(value: object) -> float | None:
    """The value where it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if isfinite(value) else None
    except OverflowError:
        return None


def printable(value: object) -> str:
    """A foreign text; characters that are not printable are replaced, all but ends of lines."""
    return "".join(character if character.isprintable() or character == "\n" else "\ufffd" for character in str(value))


def line(value: object) -> str:
    """The same on one line, at any length; `one_line` of `instances.faults` is for messages, and cuts it."""
    return printable(" ".join(str(value).split()))
