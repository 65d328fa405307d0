"""How many bytes each computation asks for before it begins is what it was: of two sizes, with two threads."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import attention.attend_files
import attention.files.stored
import attention.function
import attention.gradient_function
import attention.mixed.boxes
import attention.mixed.kernel_sums
import attention.mixed.low_rank
import attention.mixed.split
import attention.network_function
import attention.polynomial.gradients
import attention.polynomial.polynomial
import attention.tensor_function
import instances.compiling
from attention import PlainFunction
from attention.attend_files import attend_files
from attention.files.npy import NpyMatrix
from attention.files.stored import Stored
from attention.gradient_function import GradientFunction
from attention.mixed.boxes import Boxes
from attention.mixed.kernel_sums import kernel_plan
from attention.mixed.low_rank import LowRank
from attention.mixed.split import Split
from attention.network_function import NetworkFunction
from attention.polynomial.gradients import planned
from attention.polynomial.polynomial import Polynomial
from attention.tensor_function import TensorFunction
from instances.faults import Declined
from instances.gradients import Gradient
from instances.mechanism import Mechanism
from instances.network import Network
from instances.task import Attention
from instances.tensor import TensorAttention
from instances.visibility import Visibility
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

MODULES: dict[str, ModuleType] = {
    "boxes": attention.mixed.boxes, "kernel sums": attention.mixed.kernel_sums, "low-rank": attention.mixed.low_rank,
    "split": attention.mixed.split, "gradients": attention.polynomial.gradients, "polynomial": attention.polynomial.polynomial,
    "causal": attention.polynomial.polynomial, "function": attention.function, "tensors": attention.tensor_function,
    "networks": attention.network_function, "gradient function": attention.gradient_function,
    "files": attention.attend_files, "whole files": attention.attend_files,
}  # fmt: skip


def rows(n: int, d: int, v: int = 2, mechanism: Mechanism = Mechanism()) -> Attention:  # noqa: B008
    return Attention(dyadic(1, (n, d)) / 8, dyadic(2, (n + 3, d)) / 8, dyadic(3, (n + 3, v)), 0.5, mechanism)


def given(*_: Any, scale: float) -> Any:
    raise Declined("that is all")


def by_files(folder: Path, n: int, d: int, algorithm: str, **more: Any) -> None:
    of = rows(n, d)
    for name, X in (("Q", of.queries(slice(None))), ("K", of.keys(slice(None))), ("V", of.V)):
        np.save(folder / f"{name}.npy", X)
    files = (folder / f"{name}.npy" for name in ("Q", "K", "V", "out"))
    attend_files(*files, algorithm=algorithm, error=1e-3, **more)


def asked(which: str, n: int, d: int, folder: Path) -> None:
    causal = Mechanism(sees=Visibility(right=0))
    tensor = TensorAttention(
        dyadic(1, (n, d)), dyadic(2, (3, d)), dyadic(3, (3, 1)), 1.0, K2=dyadic(4, (5, d)), V2=dyadic(5, (5, 1))
    )
    weights = [np.ones((1, 2, d, 2))] * 3
    calls: dict[str, Callable[[], Any]] = {
        "boxes": lambda: Boxes(1e-3, always=True).plan(rows(n, 2, d)),
        "kernel sums": lambda: kernel_plan(dyadic(1, (n, 2)), dyadic(2, (n + 3, 2)), 1.0, np.ones(n + 3), 1e-3, 0.0, 32),
        "low-rank": lambda: LowRank(1e-3).plan(rows(n, d)), "split": lambda: Split(1e-3, 2, 1).plan(rows(n, d)),
        "gradients": lambda: planned(rows(n, d), 1e-3, 1e-3), "polynomial": lambda: Polynomial(1e-3).plan(rows(n, d)),
        "causal": lambda: Polynomial(1e-3).plan(rows(n + 600, d, 2, causal)),
        "function": lambda: PlainFunction(lambda Q, K, V, scale: given(scale=scale), "mine")(rows(n, d)),
        "tensors": lambda: TensorFunction(lambda Q, K1, K2, V1, V2, scale: given(scale=scale), "mine")(tensor),
        "networks": lambda: NetworkFunction(lambda X, WQ, WK, WV, WO, residual, scale: given(scale=scale), "mine")(
            Network.of(np.ones((n, d)), 1.0, [*weights, np.ones((1, 2, 2, d))], residual=True, column=0)
        ),
        "gradient function": lambda: GradientFunction(lambda Q, K, V, dO, scale: given(scale=scale), "mine")(
            Gradient(rows(n, d).Q, rows(n, d).K, rows(n, d).V, 1.0, dO=np.ones((n, 2)), of="dQ", column=0)
        ),
        "files": lambda: by_files(folder, n, d, "softmax", measure=5),
        "whole files": lambda: by_files(folder, n, d, "softmax", causal="top-left"),
    }  # fmt: skip
    calls[which]()


@pytest.mark.parametrize("which", MODULES)
def test_bytes(which: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found: list[int] = []

    def within(memory: int, budget: int, what: str, size: dict[str, int]) -> None:
        found.extend((memory, *size.values()))

    monkeypatch.setattr(MODULES[which], "within", within)
    monkeypatch.setattr(instances.compiling, "thread_count", lambda: 2)
    numbers = {}
    for n, d in ((40, 2), (70, 3)):
        with suppress(Declined):
            asked(which, n, d, tmp_path)
        numbers[f"{n} {d}"] = np.array(found, dtype=float)
        assert found
        found.clear()
    kept_numbers(numbers)


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
