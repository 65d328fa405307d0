"""Values in what JSON has words for."""

from math import isfinite
from typing import Any


def plain(value: Any) -> Any:
    """The value in what JSON has words for: tuples become lists, numbers that are not finite null."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
