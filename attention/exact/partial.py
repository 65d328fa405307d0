"""Softmax attention over some of the keys, and how two such parts become one (derived in module `attention.files.tiles`)."""

from collections.abc import Iterable
from typing import Any

import numpy as np

Partial = tuple[Any, Any, Any]
"""(rows,) peaks, (rows,) masses and (rows, v) weighted values: of 2^score, the sums are mass 2^peak and weighted 2^peak."""


def merged(one: Partial, other: Partial) -> Partial:
    """The sums over the keys of both."""
    peak = np.maximum(one[0], other[0])
    first, second = np.exp2(one[0] - peak), np.exp2(other[0] - peak)
    return peak, one[1] * first + other[1] * second, one[2] * first[:, None] + other[2] * second[:, None]


def total(parts: Iterable[Partial]) -> Partial:
    """All of them merged, in order."""
    found = iter(parts)
    result = next(found)
    for part in found:
        result = merged(result, part)
    return result


def quotient(sums: Partial) -> Any:
    """The attention of the rows whose sums these are."""
    with np.errstate(invalid="ignore", over="ignore"):
        return sums[2] / sums[1][:, None]
