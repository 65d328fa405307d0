"""What columns stand for, where an edge keeps those of its source."""

from reductions.reduction import Columns


def kept(d: int, says: str = "") -> tuple[Columns, ...]:
    """The d columns of the source, each under its own name, with `says` before it."""
    return tuple(Columns(1, says, (c,)) for c in range(d))
