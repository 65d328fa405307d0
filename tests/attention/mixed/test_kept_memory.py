"""How many bytes each of these asks for before it begins is what it was: of two sizes, with two threads."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import attention.mixed.boxes
import attention.mixed.kernel_sums
import attention.mixed.low_rank
import attention.mixed.split
from tests.support.bytes_asked import bytes_asked, rows
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

mixed = attention.mixed

ASKED: dict[str, tuple[ModuleType, Callable[[int, int], Any]]] = {
    "boxes": (mixed.boxes, lambda n, d: mixed.boxes.Boxes(1e-3, always=True).plan(rows(n, 2, d))),
    "kernel sums": (mixed.kernel_sums, lambda n, d: mixed.kernel_sums.kernel_plan(
        dyadic(1, (n, d)), dyadic(2, (n + 3, d)), 1.0, np.ones(n + 3), 1e-3, 0.0, 32
    )),
    "low-rank": (mixed.low_rank, lambda n, d: mixed.low_rank.LowRank(1e-3).plan(rows(n, d))),
    "split": (mixed.split, lambda n, d: mixed.split.Split(1e-3, 2, 1).plan(rows(n, d))),
}  # fmt: skip


@pytest.mark.parametrize("which", ASKED)
def test_bytes(which: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_numbers(bytes_asked(monkeypatch, *ASKED[which]))
