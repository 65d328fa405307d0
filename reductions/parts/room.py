"""How much of each margin is given up to rounding: a promise met with equality fails on rounded inputs."""

from instances.faults import BadInput

ROOM = 2.0**-20
"""The share of a threshold that is left as room."""


def checked_ratio(R0: float) -> None:
    """Raise `BadInput` unless 1.001 <= R0 < infinity (nearer to 1 the room covers the rounding of tiny instances only)."""
    if not 1.001 <= R0 < float("inf"):
        raise BadInput(f"R0 = {R0}: the ratio of YES to NO mass must be finite and at least 1.001")
