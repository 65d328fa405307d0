"""All checks of a kernel, one after the other, and the record of them."""

import fnmatch
import os
import platform
import shlex
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from unittest import SkipTest

from hardlab.conformance.basic import BASIC
from hardlab.conformance.decisions import decision, ends
from hardlab.conformance.ladder import SIZES, Rung, formula_size, ladder
from hardlab.conformance.promises import promises
from hardlab.conformance.result import FAILED, Result, verdict
from hardlab.kernels.kernel import Conventions, Kernel
from hardlab.kernels.targets import TIMEOUT, kernel_named, target_of
from instances.files import AnyPath, reading, shown
from instances.problem import MEMORY_BUDGET, BadInput, Declined

PATIENCE = 8
"""Crashes and timeouts that are suffered."""


@dataclass(frozen=True)
class Check:
    """A named check of a kernel, not yet run. `str` of it is its name.

    Calling it raises `AssertionError` with the reasons of what failed, and `SkipTest`, which unittest and pytest count as
    skipped, where there was nothing to check.
    """

    name: str
    kernel: Kernel
    run: Callable[[Kernel], Iterator[Result]]

    def __str__(self) -> str:
        return self.name

    def results(self) -> Iterator[Result]:
        """What it finds, one or several results, as they are reached."""
        return self.run(self.kernel)

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
    memory: int = MEMORY_BUDGET,
    path: Path | None = None,
) -> Iterator[Check]:
    """Every check of a kernel, cheapest first, to be called one by one: one's own tests, without the command line.

        @pytest.mark.parametrize("check", check_algorithm(my_attention, Conventions(dtype="float32"), sizes=(16, 64)), ids=str)
        def test_my_attention(check):
            check()

    `algorithm` is a target as on the command line, or a function or class at the top of a module: it runs in a process of its
    own, started by the first check, which finds it there. `sizes` are the n of the ladder of decisions, `timeout` is in seconds
    a call, `memory` in bytes. Errors: `BadInput`; by a check, where the target cannot be loaded.
    """
    return checks(kernel_named(target_of(algorithm), conventions, timeout, memory, path), sizes)


def checks(kernel: Kernel, sizes: Sequence[int] = SIZES) -> Iterator[Check]:
    """The same for a kernel that is at hand."""
    for basic in BASIC:
        yield Check(basic.__name__, kernel, basic)
    yield Check("promises", kernel, promises)
    for rung in ladder(sizes):
        yield Check(f"decisions/{rung.name}", kernel, _of_rung(rung))


def _of_rung(rung: Rung) -> Callable[[Kernel], Iterator[Result]]:
    return lambda kernel: iter((decision(kernel, rung),))


def checked(
    kernel: Kernel,
    *,
    sizes: Sequence[int] = SIZES,
    only: str | None = None,
    expected: Sequence[tuple[str, str]] = (),
    command: str = "",
) -> Iterator[Result]:
    """The results, as they are reached; each with the command that repeats its check.

    `only` is a pattern of names, as in "decisions/T5/*" or "invariances". `expected` are failures with their reasons: such a
    result is skipped, and one that does not fail is reported as wrong. After PATIENCE crashes and timeouts the checks that are
    left are skipped.
    """
    met: set[str] = set()
    ended = 0
    for check in checks(kernel, sizes):
        if only is not None and not _may_match(check.name, only):
            continue
        if ended >= PATIENCE:
            yield Result(check.name, "skipped", f"after {ended} calls that crashed or took too long")
            continue
        for result in check.results():
            ended += result.status in ("crashed", "timeout")
            if only is not None and not _matches(result.name, only):
                continue
            result = replace(result, repeat=f"{command} --only {shlex.quote(check.name)}".strip())
            reason = next(((pattern, why) for pattern, why in expected if _matches(result.name, pattern)), None)
            if reason is not None and result.status in FAILED:
                met.add(reason[0])
                result = replace(result, status="skipped", reason=f"expected ({reason[1]}): {result.status}: {result.reason}")
            yield result
    for pattern, why in expected:
        if pattern not in met and only is None:
            yield Result(f"expected/{pattern}", "wrong", f"expected to fail ({why}), and nothing of it failed")


def record_of(
    kernel: Kernel,
    results: Sequence[Result],
    *,
    seconds: float,
    versions: dict[str, str],
    command: str,
    part: str | None = None,
) -> dict[str, Any]:
    """The record, of plain JSON types, that `--json` prints and from which reports are drawn.

    `part` says which checks alone were run, as in "only 'decisions/*'" or "interrupted"; None if all were.
    """
    return {
        "target": kernel.name,
        "conventions": asdict(kernel.conventions),
        "verdict": verdict(results),
        "part": part,
        "checks": [{**asdict(result), "axes": dict(result.axes)} for result in results],
        "ends": ends(results),
        "chains": [_chain(rung) for rung in _samples(results)],
        "seconds": seconds,
        "versions": versions,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "command": command,
    }


def expected_failures(path: AnyPath) -> list[tuple[str, str]]:
    """The patterns and reasons of a TOML file: [[expected]] with check = "PATTERN" and reason = "...". Errors: `BadInput`."""
    name = shown(path)
    with reading(path) as stream:
        content = stream.read(2**20)
    try:
        entries = tomllib.loads(content.decode()).get("expected", [])
        found = [(str(entry["check"]), str(entry["reason"])) for entry in entries]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f'{name}: {error}; write entries [[expected]] with check = "PATTERN" and reason = "WHY"') from None
    if not found:
        raise BadInput(f'{name} expects nothing: write entries [[expected]] with check = "PATTERN" and reason = "WHY"')
    return found


def _matches(name: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, f"{pattern}/*")


def _may_match(check: str, pattern: str) -> bool:
    """Whether a result of that check may match: its name is the check's, or begins with it and a slash."""
    start = "/".join(pattern.split("/")[: check.count("/") + 1])
    return _matches(check, pattern) or fnmatch.fnmatchcase(check, start)


def _samples(results: Sequence[Result]) -> Iterator[Rung]:
    """A rung of each construction among the results, from formulas."""
    asked = {str(dict(result.axes).get("construction")) for result in results if result.axes}
    for construction in ("T5", "sink", "lemma-4.7"):
        if construction in asked:
            yield Rung(construction, "planted-sat", 64, 16.0)


def _chain(rung: Rung) -> dict[str, Any]:
    """The problems on the way to a rung's task, with their sizes, as the report draws them."""
    source, (variables, clauses) = rung.source, formula_size(rung.n)
    edges = {
        "T5": ["cnf-hamming", "hamming-attention"],
        "sink": ["cnf-hamming", "hamming-sink"],
        "lemma-4.7": ["cnf-hamming", "hamming-balanced", "balanced-attention"],
    }[rung.construction]
    hamming = {"problem": "hamming", "size": dict(source.size), "eps": (source.t2 - source.t) / source.t}
    stages = [{"problem": "cnf", "size": {"n": variables, "m": clauses, "k": 3}}, hamming]
    if rung.construction == "lemma-4.7":
        doubled = {letter: 2 * value if letter in ("d", "t", "t2") else value for letter, value in source.size.items()}
        stages.append({"problem": "balanced", "size": doubled, "eps": hamming["eps"]})
    try:
        task = rung.task("float64")
        stages.append({"problem": "attention", "size": dict(task.size), "B": rung.relative_B(), "margin": task.additive.value})
    except Declined as why:
        stages.append({"problem": "attention", "size": {}, "declined": str(why)})
    return {"name": rung.construction, "edges": edges, "stages": stages}
