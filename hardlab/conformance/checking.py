"""All checks of a kernel, one after the other, and the record of them.

From one's own tests, without the command line:

    @pytest.mark.parametrize("check", check_algorithm(sizes=(16, 64)), ids=str)
    def test_my_kernel(check):
        check(kernel_named("mymodule:attention", Conventions(dtype="float32")))
"""

import fnmatch
import os
import platform
import shlex
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from hardlab.conformance.basic import BASIC
from hardlab.conformance.decisions import decision, ends
from hardlab.conformance.kernel import Kernel
from hardlab.conformance.ladder import SIZES, Rung, ladder
from hardlab.conformance.promises import promises
from hardlab.conformance.result import Result, verdict
from instances.files import AnyPath, reading, shown
from instances.problem import BadInput, Declined

FAILED = ("wrong", "inaccurate", "crashed", "timeout")

PATIENCE = 8
"""Crashes and timeouts that are suffered."""


@dataclass(frozen=True)
class Check:
    """A named check: one or several results of a kernel. Calling it raises `AssertionError` with the reasons of what failed."""

    name: str
    results: Callable[[Kernel], Iterator[Result]]

    def __str__(self) -> str:
        return self.name

    def __call__(self, kernel: Kernel) -> None:
        failed = [result for result in self.results(kernel) if result.status in FAILED]
        assert not failed, "; ".join(f"{result.name} is {result.status}: {result.reason}" for result in failed)


def check_algorithm(sizes: Sequence[int] = SIZES) -> Iterator[Check]:
    """Every check, cheapest first; `sizes` are the n of the ladder of decisions."""
    for basic in BASIC:
        yield Check(basic.__name__, basic)
    yield Check("promises", promises)
    for rung in ladder(sizes):
        yield _of_rung(rung)


def _of_rung(rung: Rung) -> Check:
    shape = "" if rung.shape is None else f"/d={rung.shape[0]},gap={rung.shape[1]}"
    name = f"decisions/{rung.construction}/{rung.family}/n={rung.n}/R0={rung.R0:g}{shape}"
    return Check(name, lambda kernel: iter((decision(kernel, rung),)))


def checked(
    kernel: Kernel,
    *,
    sizes: Sequence[int] = SIZES,
    only: str | None = None,
    expected: Sequence[tuple[str, str]] = (),
    command: str = "",
) -> Iterator[Result]:
    """The results, as they are reached; each with the command that repeats it.

    `only` is a pattern of names, as in "decisions/T5/*" or "invariances"; a check whose results have other names runs if its
    own name or theirs may match. `expected` are failures with their reasons: such a result is skipped, and one that does not
    fail is reported as wrong. After PATIENCE crashes and timeouts the checks that are left are skipped.
    """
    met: set[str] = set()
    ended = 0
    for check in check_algorithm(sizes):
        if only is not None and not _may_match(check.name, only):
            continue
        if ended >= PATIENCE:
            yield Result(check.name, check.name.split("/")[0], "skipped", f"after {ended} calls that crashed or took too long")
            continue
        for result in check.results(kernel):
            ended += result.status in ("crashed", "timeout")
            if only is not None and not (_matches(result.name, only) or _matches(check.name, only)):
                continue
            result = replace(result, repeat=f"{command} --only {shlex.quote(check.name)}".strip())
            reason = next(((pattern, why) for pattern, why in expected if _matches(result.name, pattern)), None)
            if reason is not None and result.status in FAILED:
                met.add(reason[0])
                result = replace(result, status="skipped", reason=f"expected ({reason[1]}): {result.status}: {result.reason}")
            yield result
    for pattern, why in expected:
        if pattern not in met and only is None:
            yield Result(f"expected/{pattern}", "expected", "wrong", f"expected to fail ({why}), and nothing of it failed")


def record_of(
    kernel: Kernel, results: Sequence[Result], *, seconds: float, versions: dict[str, str], command: str
) -> dict[str, Any]:
    """The record, of plain JSON types, that `--json` prints and from which reports are drawn."""
    return {
        "target": kernel.name,
        "conventions": asdict(kernel.conventions),
        "verdict": verdict(results),
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


def _may_match(name: str, pattern: str) -> bool:
    """Whether a check of that name may have results that match; the results of the basic ones have names of their own."""
    if not pattern.startswith("decisions/"):
        return _matches(name, pattern) or "/" not in name
    return name.startswith("decisions/") and (_matches(name, pattern) or fnmatch.fnmatchcase(_place(name), _place(pattern)))


def _place(name: str) -> str:
    """Construction and family, of a check's name or of a result's, which tells n and B where the check tells a shape."""
    return "/".join(name.split("/")[:3])


def _samples(results: Sequence[Result]) -> Iterator[Rung]:
    """A rung of each construction among the results, from formulas where there is one."""
    asked = {str(dict(result.axes).get("construction")) for result in results if result.axes}
    for construction in ("T5", "sink", "lemma-4.7"):
        if construction in asked:
            yield Rung(construction, "planted-sat", 64, 16.0)


def _chain(rung: Rung) -> dict[str, Any]:
    """The problems on the way to a rung's task, with their sizes, as the report draws them."""
    source = rung.source
    edges = {
        "T5": ["cnf-hamming", "hamming-attention"],
        "sink": ["cnf-hamming", "hamming-sink"],
        "lemma-4.7": ["cnf-hamming", "hamming-balanced", "balanced-attention"],
    }[rung.construction]
    hamming = {"problem": "hamming", "size": dict(source.size), "eps": (source.t2 - source.t) / source.t}
    stages = [{"problem": "cnf", "size": {}}, hamming]
    if rung.construction == "lemma-4.7":
        doubled = {letter: 2 * value if letter in ("d", "t", "t2") else value for letter, value in source.size.items()}
        stages.append({"problem": "balanced", "size": doubled, "eps": hamming["eps"]})
    try:
        task = rung.task("float64")
        stages.append({"problem": "attention", "size": dict(task.size), "B": rung.relative_B(), "margin": task.additive.value})
    except Declined as why:
        stages.append({"problem": "attention", "size": {}, "declined": str(why)})
    return {"name": rung.construction, "edges": edges, "stages": stages}
