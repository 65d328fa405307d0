"""Making the record of a checked kernel."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hardlab.conformance.checks.decisions import ends
from hardlab.conformance.diagnosis import Explained, diagnosis
from hardlab.conformance.ladder import CHAINS, Rung, formula_size
from hardlab.conformance.record import ChainRecord, ChainStageRecord, CheckRecord, ExplainedRecord, ResultRecord
from hardlab.conformance.result import Result, verdict
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.call import FEATURES, OF_SUMS
from hardlab.kernels.kernel import Conventions
from hardlab.work.environment import machine_with_cores
from instances.cnf import CNF
from instances.faults import Declined
from instances.task import AttentionTask
from reductions.edges.cnf_hamming import CnfHamming


def record_of(
    kernel: Suffered,
    results: Sequence[Result],
    *,
    seconds: float,
    versions: dict[str, str],
    command: str,
    part: str | None = None,
    left_out: str = "",
) -> CheckRecord:
    """The record; `part` says which checks alone were run, as in "only 'decisions/*'" or "interrupted"; None if all were."""
    met = features(results)
    return {
        "target": kernel.name,
        "kind": "kernel",
        "conventions": _conventions(kernel),
        "verdict": verdict(results),
        "part": part,
        "checks": [result_record(result) for result in results],
        "ends": ends(results),
        "chains": [_chain(rung) for rung in _samples(results)],
        "seconds": seconds,
        "versions": {**versions, **_of_arrays(kernel.offer.arrays)},
        "machine": machine_with_cores(),
        "command": command,
        "meaning": kernel.meaning,
        "features": met,
        "not_offered": not_offered(kernel, results, met["declined"]),
        "diagnosis": [_explained(one) for one in diagnosis(results, kernel.conventions.dtype)],
        "noticed": dict(kernel.noticed),
        "arrays": kernel.offer.arrays,
        "calls": kernel.calls,
        "seed_of_check": kernel.seed_of_check,
        "left_out": left_out,
    }


def _of_arrays(library: str) -> dict[str, str]:
    """The version of the library whose arrays the kernel takes."""
    try:
        return {} if library == "numpy" else {library: version(library)}
    except PackageNotFoundError:
        return {}


def _conventions(kernel: Suffered) -> dict[str, Any]:
    """Without what is as usual."""
    given, usual = asdict(kernel.conventions), asdict(Conventions())
    kept = ("scale", "layout", "dtype", "seed")
    return {name: value for name, value in given.items() if name in kept or value != usual[name]}


def features(results: Sequence[Result]) -> dict[str, list[str]]:
    """The features that results needed: those checked, and those of which every call was declined."""
    met: dict[str, set[str]] = {}
    for result in results:
        for word in result.needs:
            met.setdefault(word, set()).add(result.status)
    words = (*FEATURES, *OF_SUMS)
    checked = [word for word in words if met.get(word, set()) - {"declined", "skipped"}]
    return {"checked": checked, "declined": [word for word in words if word in met and word not in checked]}


def not_offered(kernel: Suffered, results: Sequence[Result], declined: Sequence[str]) -> dict[str, str]:
    """Why other features were not checked."""
    why = dict(kernel.offer.missing or {})
    for word in declined:
        why[word] = next(result.reason for result in results if word in result.needs)
    return {word: why[word] for word in (*FEATURES, *OF_SUMS) if word in why}


def _explained(one: Explained) -> ExplainedRecord:
    return {"sentence": one.sentence, "pieces": one.pieces, "of": one.of, "checks": list(one.checks)}


def result_record(result: Result) -> ResultRecord:
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
