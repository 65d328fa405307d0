"""All checks of a kernel, one after the other."""

import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import SkipTest

import numpy as np

from hardlab.conformance.asking import Cases, asked
from hardlab.conformance.checking_sums import QUICK_SIZES, checks_of_sums
from hardlab.conformance.checks.decisions import decision
from hardlab.conformance.checks.definition import definition
from hardlab.conformance.checks.extremes import extremes
from hardlab.conformance.checks.fallback import fallback
from hardlab.conformance.checks.gradients import gradients, long_gradients
from hardlab.conformance.checks.heads import heads
from hardlab.conformance.checks.honesty import burst, library, replays
from hardlab.conformance.checks.invariances import invariances
from hardlab.conformance.checks.layouts import layouts, layouts_of_gradients
from hardlab.conformance.checks.masking import alibi, bias, masks, packing, padding, together
from hardlab.conformance.checks.own import own
from hardlab.conformance.checks.planted import every_key, every_row, last_block
from hardlab.conformance.checks.promises import promises
from hardlab.conformance.checks.shapes import determinism, shapes
from hardlab.conformance.checks.visibility import alignment, decoding, entries, keys, late, long, visibility, windows
from hardlab.conformance.drawing import Draw, new_seed
from hardlab.conformance.expected import matches, may_match
from hardlab.conformance.ladder import SIZES, Rung, ladder
from hardlab.conformance.result import FAILED, Result
from hardlab.conformance.suffered import PATIENCE, Suffered
from hardlab.kernels.kernel import Conventions, Kernel
from hardlab.kernels.targets import kernel_named, target_of
from hardlab.work.limits import MEMORY, TIMEOUT

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
"""The checks of one head that sees all keys, in the order in which they are best read."""

READINGS: Mapping[str, Cases] = {
    "keys": keys,
    "entries": entries,
    "heads": heads,
    "own": own,
    "layouts": layouts,
    "visibility": visibility,
    "alignment": alignment,
    "decoding": decoding,
    "windows": windows,
    "padding": padding,
    "packing": packing,
    "masks": masks,
    "bias": bias,
    "alibi": alibi,
    "together": together,
    "gradients": gradients,
    "gradients/layouts": layouts_of_gradients,
}
"""The checks of planted calls, cheap ones."""

LATE: Mapping[str, Cases] = {"late": late, "gradients/long": long_gradients, "long": long}
"""Those for faults that begin late."""

LEFT_OUT = "the jumps of `fallback`, decisions above n = 64, sequences above 1,024 and most sizes of all else"
"""What a quick check leaves out."""


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
        """What it finds, one or several results, as they are reached; it ends with the first call that is late."""
        if self.kernel.ends >= PATIENCE:
            yield Result(self.name, "skipped", f"after {self.kernel.ends} calls that crashed or timed out")
            return
        self.kernel.late = None
        for result in self.run(self.kernel):
            yield result
            if self.kernel.late is not None or self.kernel.ends >= PATIENCE:
                return

    def __call__(self) -> None:
        found = list(self.results())
        failed = [result for result in found if result.status in FAILED]
        if failed:
            reasons = "; ".join(f"{result.name} is {result.status}: {result.reason}" for result in failed)
            raise AssertionError(f"{reasons} (seed_of_check={self.kernel.seed_of_check})")
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
    quick: bool = False,
    forbid_library: bool = False,
    seed_of_check: int | None = None,
) -> Iterator[Check]:
    """Every check of a kernel, or those that the pattern `only` is about, cheapest first, to be called one by one: one's own
    tests, without the command line.

        @pytest.mark.parametrize("check", check_algorithm(my_attention, Conventions(dtype="float32"), sizes=(16, 64)), ids=str)
        def test_my_attention(check):
            check()

    `algorithm` is a target as on the command line, or a function or class at the top of a module: it runs in a process of its
    own, started by the first check, which finds it there. `sizes` are the n of the ladder of decisions, `timeout` is in seconds
    a call, `memory` in bytes; `quick` leaves out `LEFT_OUT`;
    `forbid_library` makes it wrong to call the library's own attention. `seed_of_check` draws what is asked, a new one if None.
    Errors: `BadInput`; by a check, where the target cannot be loaded.
    """
    seed = new_seed() if seed_of_check is None else seed_of_check
    kernel = kernel_named(target_of(algorithm), conventions, timeout, memory, path)
    return checks(Suffered(kernel, seed), sizes, only, quick, forbid_library)


def checks(
    suffered: Suffered,
    sizes: Sequence[int] = SIZES,
    only: str | None = None,
    quick: bool = False,
    forbid_library: bool = False,
) -> Iterator[Check]:
    """The same for a kernel that is at hand; of them, those that may have results whose name the pattern `only` matches."""
    seed = suffered.seed_of_check
    named = checks_of_sums(sizes, seed, quick) if suffered.sums else _named(sizes, seed, quick, forbid_library)
    for name, run in named:
        if only is None or may_match(name, only):
            yield Check(name, suffered, run)


def names_of_checks(sizes: Sequence[int] = SIZES, sums: bool = False) -> list[str]:
    return [name for name, _ in (checks_of_sums if sums else _named)(sizes, 0, False)]


Run = Callable[[Kernel], Iterator[Result]]


def _named(sizes: Sequence[int], seed_of_check: int, quick: bool, forbid_library: bool = False) -> Iterator[tuple[str, Run]]:
    """The checks; those of planted calls in an order that the seed draws."""
    order = np.random.default_rng(seed_of_check).permutation(len(READINGS))
    names = list(READINGS)
    for name in (names[place] for place in order):
        yield name, partial(_asked, name=name, cases=READINGS[name], quick=quick)
    for basic in BASIC:
        if not (quick and basic is fallback):
            yield basic.__name__, partial(_of_one_head, run=basic)
    yield "promises", partial(_of_one_head, run=promises)
    for name, cases in LATE.items():
        yield name, partial(_asked, name=name, cases=cases, quick=quick)
    for check in (replays, burst):
        yield check.__name__, partial(_drawn, check=check, quick=quick)
    rungs = ladder([n for n in sizes if not quick or n in QUICK_SIZES], seed=seed_of_check % 2**31)
    yield from ((f"decisions/{rung.name}", partial(_of_one_head, run=partial(_of_rung, rung=rung))) for rung in rungs)
    # last: modes of torch that listen leave parts of it in disorder
    yield "library", partial(_drawn, check=partial(library, forbidden=forbid_library), name="library", quick=quick)


def _asked(kernel: Kernel, name: str, cases: Cases, quick: bool) -> Iterator[Result]:
    return asked(kernel, name, cases, kernel.seed_of_check, quick)


def _drawn(kernel: Kernel, check: Callable[[Kernel, Draw], Iterator[Result]], quick: bool, name: str = "") -> Iterator[Result]:
    return check(kernel, Draw(kernel.seed_of_check, name or getattr(check, "__name__", ""), kernel.offer, quick))


def _of_one_head(kernel: Kernel, run: Run) -> Iterator[Result]:
    """Of kernels in which every query sees every key."""
    if kernel.offer.always is not None:
        name = getattr(run, "__name__", "decisions")
        return iter((Result(name, "skipped", "it is about kernels in which every query sees every key"),))
    return run(kernel)


def _of_rung(kernel: Kernel, rung: Rung) -> Iterator[Result]:
    return iter((decision(kernel, rung),))


def checked(
    asked: Iterable[Check], *, only: str | None = None, expected: Sequence[tuple[str, str]] = (), command: str = ""
) -> Iterator[Result]:
    """The results, as they are reached; each with the command that repeats it.

    `only` is a pattern of names, as in "decisions/T5/*" or "invariances". `expected` are failures with their reasons: such a
    result is skipped, and if all that has such a name was run and did not fail, that is reported as wrong.
    """
    seen: set[str] = set()
    met: set[str] = set()
    chosen: list[Suffered] = []
    for check in asked:
        chosen = [check.kernel]
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
    yield from _noticed(chosen, only, command)
    for pattern, why in expected:
        if pattern in seen - met:
            repeat = f"{command} --only {shlex.quote(pattern)}".strip()
            yield Result(f"expected/{pattern}", "wrong", f"expected to fail ({why}), and nothing of it failed", repeat=repeat)


def _noticed(chosen: Sequence[Suffered], only: str | None, command: str) -> Iterator[Result]:
    """What the process of the kernel saw of its calls, a result for each kind."""
    for kernel in chosen:
        for finding, call in kernel.noticed.items():
            key, _, sentence = finding.partition(": ")
            name = f"honesty/{key}"
            if only is None or matches(name, only):
                yield Result(name, "wrong", f"{sentence}, first seen in call {call} of {kernel.calls}", repeat=command)
        if not kernel.noticed and only is None and kernel.answers and kernel.offer.watched:
            yield Result("honesty", "passed", f"{kernel.calls} calls left the process as it was")
