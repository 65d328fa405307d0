"""What is tried every day, and what only by `make exhaustive`."""

from collections.abc import Sequence
from typing import TypeVar

import pytest

Item = TypeVar("Item")


def strides(usual: int) -> pytest.MarkDecorator:
    """Runs a test with `stride` = `usual` every day, and with 1, that is on everything, among the exhaustive ones."""
    return pytest.mark.parametrize("stride", [usual, pytest.param(1, marks=pytest.mark.exhaustive)], ids=["some", "all"])


def some(family: Sequence[Item], stride: int, first: int = 0) -> Sequence[Item]:
    """Every so many-th of the family; tests that differ in `first` see together what one of them leaves out."""
    return family[first % stride :: stride]
