"""One instance through a chain to a decision, and the record of it."""

import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from math import expm1, inf, log, log10
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from flint import ctx

from attention.algorithm import Algorithm, PlugInFault, Promise, Trusted, Wrapped, answers, promised
from attention.certified import certified_row
from attention.laws import BITS, allowed_in_row
from hardlab.naming import problem_name, spelled
from hardlab.plugins import claimants, is_ours
from instances.cnf import CNF, model_literals
from instances.coded import Floats
from instances.problem import MEMORY_BUDGET, BadInput, Declined, Problem, one_line
from instances.task import Attention, AttentionTask
from reductions.chain import Chain, Trace
from solvers import Decision, Sat, Solver, Threshold, Through, Verdict

PACKAGES = ("hardness-lab", "numpy", "scipy", "networkx", "python-sat", "dratify", "numba", "python-flint")


@dataclass
class Recorded(Wrapped):
    """An algorithm that keeps its promise and its last output, so that the one can be measured against the other."""

    output: Floats | None = field(default=None, init=False)
    first: Promise | None = field(default=None, init=False)

    def promise(self, inputs: Attention) -> Promise:
        """The promise as it was made first: what is said later does not weaken it."""
        if self.first is None:
            self.first = promised(self.algorithm, inputs)
        return self.first

    def __call__(self, inputs: Attention) -> Floats:
        self.output = answers(self.algorithm, inputs)
        return self.output


@dataclass
class Measuring:
    """`Threshold`, with a recording for each task: every member of a disjunction is judged by the promise made for it.

    Where a NO rests on a claim, some of the rows are measured and it does not stand against one that disproves the claim.
    """

    algorithm: Algorithm
    measure: int
    claimed: bool
    recorded: Recorded | None = field(default=None, init=False)
    task: AttentionTask | None = field(default=None, init=False)
    """The task that was decided last, and the recording of that."""

    problems: ClassVar[tuple[type[Problem], ...]] = Threshold.problems

    @property
    def key(self) -> str:
        return self.algorithm.key

    def solve(self, problem: AttentionTask) -> Decision:
        self.recorded, self.task = Recorded(self.algorithm), problem
        decision = Threshold(self.recorded).solve(problem)
        if self.claimed and decision.verdict is Verdict.NO:
            return _still_believed(decision, self.recorded, problem, _measured(self.recorded, problem, self.measure))
        return decision


@dataclass(frozen=True)
class Run:
    """What was decided, and everything measured on the way; `record` is the form that is stored."""

    decision: Decision
    trace: Trace
    record: dict[str, Any]
    claimed: bool
    """Whether a NO rests on somebody's claim: a plug-in's, or the user's by `trust`."""

    @property
    def exit_code(self) -> int:
        """0 where the verdict agrees with the oracle or a promise was too weak, 1 for a disagreement or a fault."""
        return 1 if self.decision.fault or self.record["agrees"] is False else 0


def run(
    problem: Problem,
    chain: Chain,
    solver: Algorithm | Solver[Any],
    *,
    oracle: bool = True,
    measure: int = 16,
    memory: int = MEMORY_BUDGET,
    trust: float | None = None,
) -> Run:
    """Decide `problem` through `chain`, by an attention algorithm or by a solver of the chain's last problem.

    `oracle` asks CaDiCaL too (formulas only); `measure` rows are compared with their certified values, the deciding
    row among them (of a disjunction: rows of the member decided last, and of each that is NO by a claim).
    Errors: as `Through.solve`.
    """
    if trust is not None and _is_solver(solver):
        raise BadInput(f"--trust is about the error of an attention algorithm, {solver.key} is a solver: leave it out")
    if measure < 0:
        raise BadInput(f"--measure {measure}: it must be at least 0")
    start = perf_counter()
    others = claimants(solver, chain)
    claimed = trust is not None or bool(others)
    measuring = None if _is_solver(solver) else Measuring(_trusted(solver, trust), measure, claimed)  # type: ignore[arg-type]
    final: Solver[Any] = solver if measuring is None else measuring  # type: ignore[assignment]
    through = Through(chain, final, memory)
    with _faults_of(others):
        trace = chain.trace(problem, memory)
        decided = perf_counter()
        decision = through.conclude(trace)
    seconds = perf_counter() - decided
    truth = _truth(problem) if oracle and isinstance(problem, CNF) else None
    record: dict[str, Any] = {
        "verdict": decision.verdict.value,
        "reason": _said(decision, solver, trust, others),
        "model": model_literals(decision.witness) if decision.witness is not None and isinstance(problem, CNF) else None,
        "witness": list(decision.witness) if decision.witness is not None else None,
        "oracle": None if truth is None else truth.verdict.value,
        "agrees": _agrees(decision, truth),
        "chain": ",".join(spelled(step) for step in chain.steps),
        "stages": stages_of(trace),
        "algorithm": solver.key,
        "promise": None,
        "demanded": None,
        "delivered": None,
        "decide_seconds": seconds,
        "seconds": perf_counter() - start,
        "versions": versions(),
        "instance": problem.identity,
    }  # fmt: skip
    if measuring is not None and measuring.recorded is not None and measuring.task is not None:
        record |= _accuracy(measuring.recorded, measuring.task, trust, measure)
    return Run(decision, trace, record, claimed)


@contextmanager
def _faults_of(others: list[str]) -> Iterator[None]:
    """What goes wrong while somebody else's reduction is in the chain is theirs. Errors: `PlugInFault`, with their names."""
    try:
        yield
    except (BadInput, Declined, PlugInFault):
        raise
    except Exception as error:
        if not others:
            raise
        raise PlugInFault(f"with {' and '.join(others)}: {type(error).__name__}: {one_line(error)}") from None


def stages_of(trace: Trace) -> list[dict[str, Any]]:
    """The stages of a trace as records: problem, size, constants, seconds."""
    return [
        {
            "problem": problem_name(type(stage.problem)),
            "size": dict(stage.size),
            "constants": dict(stage.constants),
            "seconds": stage.seconds,
        }
        for stage in trace
    ]


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result may depend on."""
    return {"python": platform.python_version(), **{package: _version(package) for package in PACKAGES}}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


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


def _accuracy(recorded: Recorded, task: AttentionTask, trust: float | None, measure: int) -> Mapping[str, Any]:
    """The promise, the additive error that the task tolerates, and the largest one seen on some rows."""
    source = "user" if trust is not None else "proved" if is_ours(recorded.algorithm) else "plug-in"
    promise = recorded.first or Promise(inf, inf)
    return {
        "promise": {
            "absolute": promise.absolute if promise.made else None,
            "relative": promise.relative if promise.made else None,
            "failure": promise.failure,
            "source": source if promise.made else None,
        },
        "demanded": {"value": task.additive.value, "log10": task.additive.log10, "relative": task.relative},
        "delivered": _delivered(recorded, task, _measured(recorded, task, measure)),
    }


def _measured(recorded: Recorded, problem: AttentionTask, measure: int) -> list[int]:
    """The rows to measure: spread evenly, the row of the largest output among them; none where there is no output."""
    if recorded.output is None or measure == 0:
        return []
    counted = problem.counted
    column = recorded.output[counted, 0]
    places = {int(np.nanargmax(column))} if np.isfinite(column).any() else {0}
    places |= {int(k) for k in np.linspace(0, problem.rows - 1, min(measure - 1, problem.rows), dtype=int)}
    return sorted(counted[k] for k in places)


def _still_believed(decision: Decision, recorded: Recorded, task: AttentionTask, measured: list[int]) -> Decision:
    """The NO, unless a measured row disproves the claim that it rests on."""
    promise = recorded.promise(task.inputs)
    with ctx.workprec(BITS):
        for i in measured:
            allowed = allowed_in_row(task.inputs, i, promise, recorded.logarithmic)[0]
            given = float(np.asarray(recorded.output)[i, 0])
            if allowed.excludes(given):
                exact = allowed.exact.str(10, radius=False)
                said = f"promise broken at row {i}: {recorded.key} answered {given!r}, the exact output is {exact}"
                return Decision(Verdict.UNKNOWN, f"{said}, and {promise} was promised", fault=True)
    return decision


def _delivered(recorded: Recorded, task: AttentionTask, measured: list[int]) -> Mapping[str, Any] | None:
    """The largest additive error of column 0 over the measured rows."""
    if not measured:
        return None
    column = np.asarray(recorded.output, dtype=np.float64)[:, 0]
    worst = -inf
    for i in measured:
        worst = max(worst, _log_error(recorded.logarithmic, float(column[i]), task.inputs, i))
    if worst == inf or worst != worst:
        return {"value": None, "log10": None, "rows": len(measured)}
    return {"value": 10.0**worst if worst < 300 else None, "log10": worst if worst > -inf else None, "rows": len(measured)}


def _log_error(logarithmic: bool, given: float, inputs: Attention, row: int) -> float:
    """log10 |T - Att| of one row; infinite where T is not finite."""
    exact = certified_row(inputs, row, logarithmic)[0]
    if given == exact:
        return -inf
    if not np.isfinite(given):
        return inf
    if not logarithmic:
        return log10(abs(given - exact))
    return (max(given, exact) + log(-expm1(-abs(given - exact)))) / log(10)
