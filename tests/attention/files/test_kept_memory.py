"""How many bytes files ask for, and how many rows of them are a block, is what it was."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import attention.attend_files as module
from attention.files.npy import NpyMatrix
from attention.files.stored import Stored
from instances.faults import Declined
from tests.support.bytes_asked import bytes_asked, rows
from tests.support.kept import NumbersKeeper


@pytest.mark.parametrize("more", [{"measure": 5}, {"causal": "top-left"}], ids=str)
def test_bytes(more: Any, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def call(n: int, d: int) -> None:
        of = rows(n, d)
        for name, X in (("Q", of.queries(slice(None))), ("K", of.keys(slice(None))), ("V", of.V)):
            np.save(tmp_path / f"{name}.npy", X)
        files = (tmp_path / f"{name}.npy" for name in ("Q", "K", "V", "out"))
        module.attend_files(*files, algorithm="softmax", error=1e-3, **more)

    kept_numbers(bytes_asked(monkeypatch, module, call))


def test_blocks_of_files(kept_numbers: NumbersKeeper, tmp_path: Path) -> None:
    """As many rows as half of the memory holds."""
    found: dict[str, Any] = {}
    for name, shape in (("Q", (900, 3)), ("K", (700, 3)), ("V", (700, 5))):
        np.save(tmp_path / f"{name}.npy", np.zeros(shape))
    Q, K, V = (NpyMatrix.of(tmp_path / f"{name}.npy") for name in "QKV")
    for memory in (500_000, 1_000_000, 10**9):
        for workers in (1, 3):
            with suppress(Declined):
                of = Stored(Q, K, V, 1.0, memory, workers=workers)
                found[f"{memory} {workers}"] = of.block, of.ranges(900), of.key_blocks, of.held(0), of.held(7), of.at_once
    assert "500000 1" in found
    assert "500000 3" not in found
    for block in (1, 100, 5000):
        of = Stored(Q, K, V, 1.0, 10**9, block, workers=2)
        found[f"block {block}"] = of.ranges(901), of.key_blocks, of.held(3)
    kept_numbers(found)
