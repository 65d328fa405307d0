"""What a grid says of its jobs beside what they are about: axes, and limits of time and memory."""

from collections.abc import Sequence
from typing import Any

from hardlab.work.limits import LONGEST
from instances.faults import BadInput
from instances.memory import bytes_of


def axis(name: str, values: Any) -> Sequence[Any]:
    """The values of a key: those of a list, or the one that it has. Errors: `BadInput` for none."""
    if isinstance(values, list) and not values:
        raise BadInput(f"{name} = []: an axis needs at least one value")
    return values if isinstance(values, list) else [values]


def is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def seconds(name: str, value: Any) -> float:
    """Errors: `BadInput` for what is no limit of time."""
    if not (is_whole(value) or isinstance(value, float)) or not 0 < value <= LONGEST:
        raise BadInput(f"{name} = {value!r}: give seconds, positive and at most {LONGEST:g}")
    return float(value)


def memory(value: Any) -> int:
    """Errors: `BadInput` for what is no size."""
    if not isinstance(value, str) and not is_whole(value):
        raise BadInput(f'memory = {value!r}: write a size such as "512M" or "2G"')
    return bytes_of(str(value))


def truth(name: str, value: Any) -> bool:
    """Errors: `BadInput`."""
    if not isinstance(value, bool):
        raise BadInput(f"{name} = {value!r}: give true or false")
    return value
