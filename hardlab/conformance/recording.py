"""Making the record of a checked kernel."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from hardlab.conformance.checks.decisions import ends
from hardlab.conformance.ladder import CHAINS, Rung, formula_size
from hardlab.conformance.record import ChainRecord, ChainStageRecord, CheckRecord, ResultRecord
from hardlab.conformance.result import Result, verdict
from hardlab.kernels.kernel import Kernel
from hardlab.work.environment import machine_with_cores
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
) -> CheckRecord:
    """The record; `part` says which checks alone were run, as in "only 'decisions/*'" or "interrupted"; None if all were."""
    return {
        "target": kernel.name,
        "conventions": asdict(kernel.conventions),
        "verdict": verdict(results),
        "part": part,
        "checks": [_result(result) for result in results],
        "ends": ends(results),
        "chains": [_chain(rung) for rung in _samples(results)],
        "seconds": seconds,
        "versions": versions,
        "machine": machine_with_cores(),
        "command": command,
    }


def _result(result: Result) -> ResultRecord:
    return {
        "name": result.name,
        "status": result.status,
        "reason": result.reason,
        "demanded": result.demanded,
        "delivered": result.delivered,
        "repeat": result.repeat,
        "axes": dict(result.axes),
        "counterexample": result.counterexample,
    }


def _samples(results: Sequence[Result]) -> Iterator[Rung]:
    """A rung of each construction among the results, from formulas."""
    asked = {str(dict(result.axes).get("construction")) for result in results if result.axes}
    for construction in CHAINS:
        if construction in asked:
            yield Rung(construction, "planted-sat", 64, 16.0)


def _chain(rung: Rung) -> ChainRecord:
    """The problems on the way to a rung's task, with their sizes, as the report draws them."""
    (variables, clauses), edges = formula_size(rung.n), rung.chain
    stages: list[ChainStageRecord] = [{"problem": CNF.called, "size": {"n": variables, "m": clauses, "k": 3}}]
    for problem, size in zip(edges.problems[:-1], edges.sizes(rung.source.size), strict=False):
        stages.append({"problem": problem.called, "size": dict(size), "eps": (size["t2"] - size["t"]) / size["t"]})
    try:
        task = rung.task("float64")
        B, margin = rung.relative_B(), task.additive.value
        stages.append({"problem": AttentionTask.called, "size": dict(task.size), "B": B, "margin": margin})
    except Declined as why:
        stages.append({"problem": AttentionTask.called, "size": {}, "declined": str(why)})
    return {"name": rung.construction, "edges": [CnfHamming.key, *(step.key for step in edges.steps)], "stages": stages}
