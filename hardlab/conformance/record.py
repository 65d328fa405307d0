"""The record of a checked kernel."""

import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from hardlab.conformance.checks.decisions import ends
from hardlab.conformance.ladder import CHAINS, Rung, formula_size
from hardlab.conformance.result import Result, verdict
from hardlab.kernels.kernel import Kernel
from instances.cnf import CNF
from instances.faults import Declined
from instances.task import AttentionTask
from reductions.edges.cnf_hamming import CnfHamming


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


def _samples(results: Sequence[Result]) -> Iterator[Rung]:
    """A rung of each construction among the results, from formulas."""
    asked = {str(dict(result.axes).get("construction")) for result in results if result.axes}
    for construction in CHAINS:
        if construction in asked:
            yield Rung(construction, "planted-sat", 64, 16.0)


def _chain(rung: Rung) -> dict[str, Any]:
    """The problems on the way to a rung's task, with their sizes, as the report draws them."""
    (variables, clauses), edges = formula_size(rung.n), rung.chain
    stages: list[dict[str, Any]] = [{"problem": CNF.name, "size": {"n": variables, "m": clauses, "k": 3}}]
    for problem, size in zip(edges.problems[:-1], edges.sizes(rung.source.size), strict=False):
        stages.append({"problem": problem.name, "size": dict(size), "eps": (size["t2"] - size["t"]) / size["t"]})
    try:
        task = rung.task("float64")
        figures = {"size": dict(task.size), "B": rung.relative_B(), "margin": task.additive.value}
    except Declined as why:
        figures = {"size": {}, "declined": str(why)}
    stages.append({"problem": AttentionTask.name, **figures})
    return {"name": rung.construction, "edges": [CnfHamming.key, *(step.key for step in edges.steps)], "stages": stages}
