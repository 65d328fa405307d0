"""A trial as tests have it: a check for each law, to be called."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import SkipTest

from hardlab.conformance.drawing import new_seed
from hardlab.conformance.laws.process import Tried, tried
from hardlab.conformance.laws.results import met, results
from hardlab.conformance.result import FAILED
from hardlab.kernels.targets import target_of
from hardlab.work.limits import MEMORY, check_limits, check_time

LAWS = ("pure", "promise_is_kept", "size_is_exact", "size_is_bounded", "complete", "sound", "tight", "decides", "witnesses")
"""Of reductions, and of solvers; and `others`, for what ends without breaking a law."""


@dataclass(frozen=True)
class LawCheck:
    """What a trial says of one law; the first that is called runs it for all. `str` of it is the name of the law.

    Calling it raises `AssertionError` with the failures, or where what decides was met on no instance; `SkipTest` where the law
    is no law of it.
    """

    name: str
    trial: Callable[[], Tried]
    seed: int

    def __str__(self) -> str:
        return self.name

    def __call__(self) -> None:
        found = self.trial()
        mine = [result for result in results(found, "") if _law(result.name) == self.name]
        failed = [result for result in mine if result.status in FAILED]
        if failed:
            said = "; ".join(f"{result.name} is {result.status}: {result.reason}" for result in failed)
            raise AssertionError(f"{said} (seed_of_check={self.seed})")
        if not any(result.status == "passed" for result in mine):
            said = "; ".join(result.reason for result in mine) or f"{self.name} says nothing of {found.target}"
            if self.name in found.about.get("laws", ()) and not met(found, self.name):
                raise AssertionError(f"{self.name} is vacuous: {said} (seed_of_check={self.seed})")
            raise SkipTest(said)


def check_laws(
    target: str | type[Any],
    *,
    time: float = 10.0,
    timeout: float = 5.0,
    memory: int = MEMORY,
    path: Path | None = None,
    seed_of_check: int | None = None,
) -> list[LawCheck]:
    """A check for each law of a reduction or a solver, to be called one by one: one's own tests, without the command line.

        @pytest.mark.parametrize("law", check_laws("mymodule:MyReduction", time=20), ids=str)
        def test_my_reduction(law):
            law()

    `target` is one of the command line, or a class at the top of a module; it runs in a process of its own. `time` is in
    seconds for all laws together, `timeout` for a step. Errors: `BadInput`, for limits that are none, and by the first check,
    where the target cannot be put on trial.
    """
    check_limits(timeout, memory)
    check_time(f"time = {time}", time)
    name = target_of(target)
    seed = new_seed() if seed_of_check is None else seed_of_check
    trial = cache(lambda: tried(name, time, seed, timeout, memory, path))
    return [LawCheck(law, trial, seed) for law in (*LAWS, "others")]


def _law(name: str) -> str:
    law = name.partition("/")[0]
    return law if law in LAWS else "others"
