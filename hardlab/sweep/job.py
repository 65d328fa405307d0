"""One job of a sweep: plain data in, a record of plain data out, the same wherever it runs but for its times."""

from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any, cast, get_type_hints

from attention.algorithm import Algorithm
from hardlab.names.chains import chain_from
from hardlab.names.deciders import decider
from hardlab.pages.json import plain
from hardlab.runs.record import DecidedRecord
from hardlab.runs.running import run as run_instance
from hardlab.sweep.kernel_grid import content
from hardlab.sweep.record import AnyJob, Job, JobRecord, JudgedRecord, failed, is_check, key_of
from hardlab.work.failure import failure_of, speaks_of_memory
from instances.families import family_named, make
from instances.faults import BadInput, PlugInFault, one_line
from instances.kept import forget
from instances.problem import Problem
from reductions.chain import Chain
from solvers import Solver


def run(job: AnyJob, plug_ins: Path | None = None) -> JobRecord:
    """The record of a job, run in this process without its limits of time and memory. Ctrl-C alone passes.

    Nothing that an earlier job has computed is used, so that its times are its own, whatever was run before it.
    """
    forget()
    start = perf_counter()
    try:
        if is_check(job):
            from hardlab.sweep.check_job import run_check  # where there are no kernels, nothing of checks is loaded

            return run_check(job, plug_ins)
        return _decided(cast("Job", job), plug_ins, start)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return failed(job, *_end(error), perf_counter() - start)


def _decided(job: Job, plug_ins: Path | None, start: float) -> JudgedRecord:
    if content(job["algorithm"], job["solver"]) != job.get("content"):
        word = job["algorithm"] or job["solver"]
        raise BadInput(f"{word} has changed since the sweep began, or is another file here: run the sweep again")
    problem = make(job["family"], **job["parameters"])
    steps, who = loaded(job, plug_ins)
    found = run_instance(problem, steps, who, oracle=job["oracle"], measure=job["measure"], memory=job["memory"])
    told: DecidedRecord = plain({name: value for name, value in found.record.items() if name != "versions"})
    reason = found.decision.reason
    status = "done" if not found.decision.fault else "memory" if speaks_of_memory(reason) else "fault"
    return {"key": key_of(job), "job": job, "status": status, **told, "seconds": perf_counter() - start}


def loaded(job: Job, plug_ins: Path | None = None) -> tuple[Chain, Algorithm | Solver[Any] | None]:
    """The chain of a job and what decides its end. Errors: `PlugInFault` where that cannot be loaded here: it could, where the
    sweep was started.
    """
    source = get_type_hints(family_named(job["family"]).build)["return"]
    steps = _chain(job["chain"], source)
    try:
        return steps, decider(steps, source, job["algorithm"] or "", job["solver"], "float64", plug_ins, job["memory"])
    except BadInput as error:
        raise PlugInFault(str(error)) from None


@cache
def _chain(names: str, source: type[Problem]) -> Chain:
    return chain_from(names, source)


def _end(error: BaseException) -> tuple[str, str]:
    """The status and the reason of a job that ended so."""
    if isinstance(error, BadInput):
        return "bad", one_line(error)
    if isinstance(error, PlugInFault):
        return "memory" if speaks_of_memory(str(error)) else "fault", one_line(error)
    failure = failure_of(error)
    return "crashed" if failure.kind == "raised" else failure.kind, failure.reason
