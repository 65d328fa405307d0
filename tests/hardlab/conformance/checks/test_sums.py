"""What the checks of kernel sums ask is what they asked: every sum by its digits, and what is said of what comes back."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.checking_sums import FIRST, checks_of_sums
from hardlab.conformance.checks import sums as module
from hardlab.conformance.checks.sums import decision_of_sums, determinism_of_sums, rungs_of_sums, timing
from hardlab.conformance.kernel_sums import Sum
from hardlab.conformance.ladder import Rung
from hardlab.conformance.result import Result, Status
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Offer, Outcome
from hardlab.work.failure import Failure
from tests.support.kept import Keeper, digits
from tests.support.kernel_sums import right

FEATURES: tuple[tuple[str, ...], ...] = ((), ("weights",), ("weights", "tolerance"))
ROUND: tuple[Status, ...] = ("passed", "declined", "wrong", "passed", "inaccurate", "declined")


def told(asked: Sum) -> str:
    arrays = " ".join(digits([len(X), X.sum(), np.abs(X).max(), *X.ravel()[:5]]) for X in (asked.X, asked.Y, asked.w))
    return f"{arrays} {asked.h:.6g} {asked.tolerance} {asked.far} {asked.needs}"


class Kernel:
    """Its answers are those of a function of X, Y, h and w, its seconds those of a function of n."""

    name, seed_of_check = "kernel", 0

    def __init__(
        self,
        features: tuple[str, ...] = FEATURES[2],
        dtype: Dtype = "float64",
        of: Callable[..., Any] = right,
        seconds: Callable[[int], float] = lambda n: n / 100,
    ) -> None:
        self.conventions, self.of, self.seconds = Conventions(convention="kde", dtype=dtype), of, seconds
        self.offer, self.asked = Offer(features, missing={"tolerance": "no"} if dtype == "float32" else None), list[str]()

    def call(self, call: Call) -> Outcome:
        X, Y, w = call.Q[0, 0], call.K[0, 0], call.V[0, 0, :, 0]
        self.asked.append(f"{len(X)} {digits(X.sum())} {digits(Y.sum())} {digits(w.sum())} {call.scale:.6g} {call.tolerance}")
        found = self.of(X, Y, call.scale, w)
        return found if isinstance(found, Failure) else Answer(found[None, None, :, None], "float64", self.seconds(len(X)))


@pytest.mark.parametrize("features", FEATURES, ids=len)
def test_what_is_asked(features: tuple[str, ...], kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """What came of it is taken from a list, one after the other."""
    lines: list[str] = []

    def summed(kernel: Any, name: str, given: Sum, rows: int = 12) -> Result:
        lines.append(f"{name} {told(given)} {rows}")
        return Result(name, ROUND[len(lines) % 6], "", 1.0, float(len(lines) % 7), needs=given.needs)

    monkeypatch.setattr(module, "summed", summed)
    dtypes: tuple[Dtype, ...] = ("float64", "float32", "float16")
    for name, check in FIRST.items():
        for quick, dtype in [(quick, dtype) for quick in (True, False) for dtype in dtypes[: 3 if name == "extremes" else 2]]:
            kernel: Any = Kernel(features, dtype)
            found = list(check(kernel, quick))
            lines += [*(str(result) for result in found), *kernel.asked]
    kept("\n".join(lines))


def test_what_is_not_the_same_twice() -> None:
    given: Iterator[Any] = iter(
        [1.0, 1.0, nan, nan, 1.0, np.nextafter(1.0, 2), Failure("raised", "x"), 1.0, 1.0, Failure("raised", "x")]
    )

    def of(*_: Any) -> Any:
        found = next(given)
        return found if isinstance(found, Failure) else np.full(6, found)

    kernel: Any = Kernel(of=of)
    assert [[result.status for result in determinism_of_sums(kernel, True)] for _ in range(5)] == [
        ["passed"], ["passed"], ["wrong"], [], [],
    ]  # fmt: skip


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "right": right,
    "half": lambda *of: right(*of) / 2,
    "twice": lambda *of: right(*of) * 2,
    "nothing": lambda *of: right(*of) * 0,
    "no number": lambda *of: np.where(np.arange(len(of[0])) % 3 == 0, nan, right(*of)),
    "infinite": lambda *of: np.where(np.arange(len(of[0])) % 3 == 0, inf, right(*of)),
    "failed": lambda *of: Failure("timeout", "late"),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_decisions(name: str, kept: Keeper) -> None:
    lines = []
    rungs = [Rung("T5", "worst", 16, R0, (48, 4), 1) for R0 in (1.05, 16.0)]
    for rung in [*rungs, Rung("T5", "planted-ov", 16, 2.0, None, 1)]:
        for features, dtype in ((FEATURES[0], "float64"), (FEATURES[2], "float64"), (FEATURES[0], "float16")):
            kernel: Any = Kernel(features, dtype, FUNCTIONS[name])  # type: ignore[arg-type]
            found = decision_of_sums(kernel, rung)
            lines += [str(replace(found, delivered=(found.delivered or 0.0) > 1e-6)), *kernel.asked]
    kept("\n".join(lines))


TIMES: dict[str, Callable[[int], float]] = {
    "linear": lambda n: n / 100,
    "square": lambda n: n * n / 1000,
    "at once": lambda n: 0.0,
    "long": lambda n: 2.0,
    "just below": lambda n: 0.99,
    "a quarter": lambda n: 0.26,
}


@pytest.mark.parametrize("name", TIMES)
def test_timing(name: str, kept: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a function that fails above so many rows, and with one whose sums are wrong there."""
    lines: list[str] = []
    broken = [2**20]

    def judged(said: str, asked: Sum, outcome: Any, dtype: Dtype, rows: int) -> Result:
        lines.append(f"{said} {told(asked)} {dtype} {rows}")
        return Result(said, "wrong" if len(asked.X) > broken[0] else "passed", f"of {len(asked.X)}")

    monkeypatch.setattr(module, "judged", judged)
    monkeypatch.setattr(module, "GROWN", (2, 7))
    for features, quick in ((FEATURES[0], True), (FEATURES[2], False)):
        for last in (2**20, 16, 1):
            for broken[0] in (2**20, 8):
                kernel: Any = Kernel(
                    features,
                    of=lambda *of, last=last: right(*of) if len(of[0]) <= last else Failure("raised", "x"),
                    seconds=TIMES[name],
                )
                lines += [str(result) for result in timing(kernel, quick)]
                lines += kernel.asked
    kept("\n".join(lines))


def test_names_and_tasks(kept: Keeper) -> None:
    lines = [str(rung) for rung in rungs_of_sums(5, (16, 300))]
    for quick in (True, False):
        lines += [
            f"{name} {part}" for name, _ in checks_of_sums((4, 16, 64, 65, 256, 257), 2**31 + 3, quick) for part in [quick]
        ]
    kept("\n".join(lines))
