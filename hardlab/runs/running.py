"""One instance through a chain to a decision, and the record of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, TypeVar

from attention import Boolean, Softmax
from attention.algorithm import Algorithm, Trusted
from hardlab.names.installed import claimants
from hardlab.runs.answered import own_record, route_record
from hardlab.runs.measuring import Measuring
from hardlab.runs.members import Members, engine_for, workers_of
from hardlab.runs.picturing import ANSWERS, picture_into
from hardlab.runs.record import AccuracyRecord, RunRecord, StageRecord
from hardlab.work.engine import Engine
from hardlab.work.environment import versions
from instances.anyof import AnyOf
from instances.cnf import CNF, model_literals
from instances.faults import BadInput, blamed
from instances.memory import MEMORY_BUDGET
from instances.problem import Problem
from instances.showing import Shown
from instances.threshold import ThresholdTask
from reductions.chain import Chain, Trace
from solvers import Decision, Sat, Solver, Through, Verdict
from solvers.serving import serving

R = TypeVar("R")


@dataclass(frozen=True)
class Run(Shown):
    """What was decided, and everything measured on the way; `record` is the form that is stored."""

    decision: Decision
    trace: Trace
    record: RunRecord
    chain: Chain

    def __repr__(self) -> str:
        """What was decided, through which chain and by what; all else is in the record."""
        return f"Run({self.decision.verdict.name}, chain={self.record['chain']!r}, algorithm={self.record['algorithm']!r})"

    @property
    def exit_code(self) -> int:
        """0 where the verdict agrees with the oracle or a promise was too weak, 1 for a disagreement or a fault."""
        return 1 if self.decision.fault or self.record["agrees"] is False else 0


def run(
    problem: Problem,
    chain: Chain,
    solver: Algorithm | Solver[Any] | None,
    *,
    oracle: bool = True,
    measure: int = 16,
    memory: int = MEMORY_BUDGET,
    trust: float | None = None,
    engine: Engine = Engine(),
    picture: bool = False,
) -> Run:
    """Decide `problem` through `chain`, by an algorithm (None: what serves the task) or a solver of the last problem.

    `oracle` asks CaDiCaL too (formulas only); `measure` rows are compared with their certified values, the deciding
    row among them (of a disjunction: rows of the member that is YES, else of the last, and of each that is NO by a claim).
    `engine` says where the members of a disjunction are decided, each within `memory`, or, where there is none, where the
    parts are computed into which an algorithm cuts the task. `picture` adds to the record what its
    page shows.
    Errors: as `Through.solve`, `Members` and `engine_for`; `BadInput` where an algorithm is to decide what is no task.
    """
    cut = isinstance(solver, Boolean) and solver.cut
    where = engine_for(engine, chain, cut)
    if isinstance(solver, Boolean) and where is not None:
        solver = replace(solver, where=where)
    if trust is not None and solver is not None and _is_solver(solver):
        raise BadInput(f"--trust is about the error of an attention algorithm, {solver.key} is a solver: leave it out")
    if measure < 0:
        raise BadInput(f"--measure {measure}: it must be at least 0")
    last = chain.target(type(problem))
    if (solver is None or not _is_solver(solver)) and not issubclass(last, (ThresholdTask, AnyOf)):
        raise BadInput(f"the chain ends in {last.called}, before attention: give a solver of that, or a longer chain")
    start = perf_counter()
    others = claimants(Softmax() if solver is None else solver, chain)
    trace = blaming(others, lambda: chain.trace(problem, memory))
    if solver is None:
        solver = blaming(others, lambda: _serving(trace[-1].problem))
    trusted = trust is not None
    claimed = trusted or bool(others)
    kept = ANSWERS if picture else 0
    measuring = None if _is_solver(solver) else Measuring(_trusted(solver, trust), measure, claimed, trusted, kept)  # type: ignore[arg-type]
    final: Solver[Any] = solver if measuring is None else measuring  # type: ignore[assignment]
    members = Members(engine)
    through = Through(chain, final, memory, members)
    decided = perf_counter()
    decision = blaming(others, lambda: through.conclude(trace))
    seconds = perf_counter() - decided
    if decision.own is not None and engine.backend == "one":  # elsewhere members are compared at the same time
        seconds = max(0.0, seconds - decision.own.seconds)
    truth = _truth(problem) if oracle and isinstance(problem, CNF) else None
    record: RunRecord = {
        "verdict": decision.verdict.value,
        "fault": decision.fault,
        "claimed": claimed and decision.verdict is Verdict.NO,
        "reason": _said(decision, solver, trust, others),
        "model": model_literals(decision.witness) if decision.witness is not None and isinstance(problem, CNF) else None,
        "witness": list(decision.witness) if decision.witness is not None else None,
        "oracle": None if truth is None else truth.verdict.value,
        "agrees": _agrees(decision, truth),
        "chain": chain.spelled,
        "stages": blaming(others, lambda: stages_of(trace)),
        "algorithm": solver.key,
        "engine": {"backend": engine.backend, "workers": workers_of(engine)},
        "members": None,
        "promise": None,
        "demanded": None,
        "delivered": None,
        "own": own_record(decision.own),
        "route": route_record(chain, trace, decision),
        "decide_seconds": seconds,
        "seconds": perf_counter() - start,
        "versions": versions(),
        "instance": problem.identity,
    }  # fmt: skip
    if isinstance(trace[-1].problem, AnyOf):
        record["members"] = {"count": members.count, "visited": members.visited}
        if decision.verdict is not Verdict.UNKNOWN:  # else the member that is to blame is another than was measured
            _add(record, members.accuracy)
    elif measuring is not None:
        _add(record, measuring.accuracy())
        if isinstance(solver, Boolean) and isinstance(trace[-1].problem, ThresholdTask):
            parts = solver.parts(trace[-1].problem.inputs)
            if solver.cut or len(parts) > 1:
                rows, keys = (slices[0].stop for slices in (parts.rows, parts.keys))
                record["parts"] = {"count": len(parts), "rows": rows, "keys": keys}
    if picture:
        blaming(others, lambda: picture_into(record, trace, chain, decision))
    return Run(decision, trace, record, chain)


def _serving(problem: Problem) -> Algorithm:
    """What serves the task, or the first member of a disjunction."""
    while isinstance(problem, AnyOf) and problem.count:
        problem = problem.member(0)
    return serving(problem) if isinstance(problem, ThresholdTask) else Softmax()


def _add(record: RunRecord, accuracy: AccuracyRecord | None) -> None:
    if accuracy is not None:
        record["promise"], record["demanded"] = accuracy["promise"], accuracy["demanded"]
        record["delivered"] = accuracy["delivered"]
        if accuracy["answers"] is not None:
            record["answers"] = accuracy["answers"]


def blaming(others: list[str], call: Callable[[], R]) -> R:
    """What goes wrong while somebody else's reduction is in the chain is theirs. Errors: `PlugInFault`, with their names."""
    return blamed(f"with {' and '.join(others)}:", call, (BadInput,)) if others else call()


def stages_of(trace: Trace) -> list[StageRecord]:
    """The stages of a trace as records."""
    return [
        {
            "problem": type(stage.problem).called,
            "size": {letter: int(value) for letter, value in stage.size.items()},
            "constants": dict(stage.constants),
            "seconds": stage.seconds,
        }
        for stage in trace
    ]


def _is_solver(solver: Algorithm | Solver[Any]) -> bool:
    return hasattr(solver, "solve")


def _trusted(algorithm: Algorithm, trust: float | None) -> Algorithm:
    return algorithm if trust is None else Trusted(algorithm, trust)


def _truth(problem: CNF) -> Decision:
    """CaDiCaL's decision. Errors: `BadInput` where python-sat or dratify is not installed."""
    try:
        return Sat().solve(problem)
    except ImportError as error:
        raise BadInput(f"the oracle cannot be asked ({error}): install python-sat and dratify, or use --no-oracle") from None


def _said(decision: Decision, solver: Algorithm | Solver[Any], trust: float | None, others: list[str]) -> str:
    """The reason, with the condition under which a NO stands that is not proved."""
    if decision.verdict is Verdict.NO and trust is not None:
        return f"NO if the claim that {solver.key} errs by at most {trust:g} holds: {decision.reason}"
    if decision.verdict is Verdict.NO and others:
        return f"NO if the claim of {' and of '.join(others)} holds: {decision.reason}"
    return decision.reason


def _agrees(decision: Decision, truth: Decision | None) -> bool | None:
    if truth is None or Verdict.UNKNOWN in (decision.verdict, truth.verdict):
        return None
    return decision.verdict is truth.verdict
