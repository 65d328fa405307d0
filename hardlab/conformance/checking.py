"""All checks of a kernel, one after the other."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar
from unittest import SkipTest

from hardlab.conformance.checks.decisions import decision
from hardlab.conformance.checks.definition import definition
from hardlab.conformance.checks.extremes import extremes
from hardlab.conformance.checks.fallback import fallback
from hardlab.conformance.checks.invariances import invariances
from hardlab.conformance.checks.planted import every_key, every_row, last_block
from hardlab.conformance.checks.promises import promises
from hardlab.conformance.checks.shapes import determinism, shapes
from hardlab.conformance.comparing import STATUS
from hardlab.conformance.expected import matches, may_match
from hardlab.conformance.ladder import SIZES, Rung, ladder
from hardlab.conformance.result import FAILED, Result
from hardlab.kernels.kernel import Conventions, Kernel, Outcome
from hardlab.kernels.targets import kernel_named, target_of
from hardlab.work.failure import Failure
from hardlab.work.limits import MEMORY, TIMEOUT
from instances.coded import Floats

T = TypeVar("T")


PATIENCE = 8
"""Calls that crashed or timed out after which a kernel is not checked further."""

BASIC: tuple[Callable[[Kernel], Iterator[Result]], ...] = (
    shapes,
    determinism,
    definition,
    invariances,
    last_block,
    every_key,
    every_row,
    extremes,
    fallback,
)
"""The checks that are neither decisions nor promises, in the order in which they are best read."""


class Suffered:
    """A kernel whose ends are counted, and that is not called again in a check in which it timed out."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel, self.name, self.conventions = kernel, kernel.name, kernel.conventions
        self.ends = 0
        self.late: Failure | None = None

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return self._counted(self.late or self._kernel(Q, K, V, scale))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        return self._counted(self.late or self._kernel.promise(Q, K, V, scale))

    def _counted(self, outcome: T) -> T:
        if isinstance(outcome, Failure) and outcome is not self.late:
            self.ends += STATUS[outcome.kind] in ("crashed", "timeout")
            self.late = outcome if outcome.kind == "timeout" else None
        return outcome


@dataclass(frozen=True)
class Check:
    """A named check of a kernel, not yet run. `str` of it is its name.

    Calling it raises `AssertionError` with the reasons of what failed, and `SkipTest`, which unittest and pytest count as
    skipped, where there was nothing to check.
    """

    name: str
    kernel: Suffered
    run: Callable[[Kernel], Iterator[Result]]

    def __str__(self) -> str:
        return self.name

    def results(self) -> Iterator[Result]:
        """What it finds, one or several results, as they are reached; it ends with the first call that times out."""
        if self.kernel.ends >= PATIENCE:
            yield Result(self.name, "skipped", f"after {self.kernel.ends} calls that crashed or timed out")
            return
        self.kernel.late = None
        for result in self.run(self.kernel):
            yield result
            if self.kernel.late is not None:
                return

    def __call__(self) -> None:
        found = list(self.results())
        failed = [result for result in found if result.status in FAILED]
        if failed:
            raise AssertionError("; ".join(f"{result.name} is {result.status}: {result.reason}" for result in failed))
        if all(result.status in ("declined", "skipped") for result in found):
            raise SkipTest("; ".join(sorted({result.reason for result in found})))


def check_algorithm(
    algorithm: str | Callable[..., object],
    conventions: Conventions | None = None,
    *,
    sizes: Sequence[int] = SIZES,
    timeout: float = TIMEOUT,
    memory: int = MEMORY,
    path: Path | None = None,
    only: str | None = None,
) -> Iterator[Check]:
    """Every check of a kernel, or those that the pattern `only` is about, cheapest first, to be called one by one: one's own
    tests, without the command line.

        @pytest.mark.parametrize("check", check_algorithm(my_attention, Conventions(dtype="float32"), sizes=(16, 64)), ids=str)
        def test_my_attention(check):
            check()

    `algorithm` is a target as on the command line, or a function or class at the top of a module: it runs in a process of its
    own, started by the first check, which finds it there. `sizes` are the n of the ladder of decisions, `timeout` is in seconds
    a call, `memory` in bytes. Errors: `BadInput`; by a check, where the target cannot be loaded.
    """
    return checks(kernel_named(target_of(algorithm), conventions, timeout, memory, path), sizes, only)


def checks(kernel: Kernel, sizes: Sequence[int] = SIZES, only: str | None = None) -> Iterator[Check]:
    """The same for a kernel that is at hand; of them, those that may have results whose name the pattern `only` matches."""
    suffered = Suffered(kernel)
    for name, run in _named(sizes):
        if only is None or may_match(name, only):
            yield Check(name, suffered, run)


def names_of_checks(sizes: Sequence[int] = SIZES) -> list[str]:
    return [name for name, _ in _named(sizes)]


def _named(sizes: Sequence[int]) -> Iterator[tuple[str, Callable[[Kernel], Iterator[Result]]]]:
    yield from ((basic.__name__, basic) for basic in BASIC)
    yield "promises", promises
    yield from ((f"decisions/{rung.name}", _of_rung(rung)) for rung in ladder(sizes))


def _of_rung(rung: Rung) -> Callable[[Kernel], Iterator[Result]]:
    return lambda kernel: iter((decision(kernel, rung),))


def checked(
    asked: Iterable[Check], *, only: str | None = None, expected: Sequence[tuple[str, str]] = (), command: str = ""
) -> Iterator[Result]:
    """The results, as they are reached; each with the command that repeats it.

    `only` is a pattern of names, as in "decisions/T5/*" or "invariances". `expected` are failures with their reasons: such a
    result is skipped, and if all that has such a name was run and did not fail, that is reported as wrong.
    """
    seen: set[str] = set()
    met: set[str] = set()
    for check in asked:
        complete = check.kernel.ends < PATIENCE
        for result in check.results():
            if only is not None and not matches(result.name, only):
                continue
            result = replace(result, repeat=f"{command} --only {shlex.quote(result.name)}".strip())
            matching = [(pattern, why) for pattern, why in expected if matches(result.name, pattern)]
            (seen if complete else met).update(pattern for pattern, _ in matching)
            if matching and result.status in FAILED:
                met.update(pattern for pattern, _ in matching)
                reason = f"expected ({matching[0][1]}): {result.status}: {result.reason}"
                result = replace(result, status="skipped", reason=reason)
            yield result
    for pattern, why in expected:
        if pattern in seen - met:
            repeat = f"{command} --only {shlex.quote(pattern)}".strip()
            yield Result(f"expected/{pattern}", "wrong", f"expected to fail ({why}), and nothing of it failed", repeat=repeat)
