"""One job of a sweep: plain data in, a record of plain data out, the same wherever it runs but for its times."""

from functools import cache
from pathlib import Path
from time import perf_counter

from hardlab.names.chains import chain_from
from hardlab.names.deciders import decider
from hardlab.pages.json import plain
from hardlab.runs.record import DecidedRecord
from hardlab.runs.running import run as run_instance
from hardlab.sweep.record import Job, JobRecord, failed, key_of
from hardlab.work.failure import failure_of, speaks_of_memory
from instances.families import make
from instances.faults import BadInput, PlugInFault, one_line
from instances.kept import forget
from instances.problem import Problem
from reductions.chain import Chain


def run(job: Job, plug_ins: Path | None = None) -> JobRecord:
    """The record of a job, run in this process without its limits of time and memory. Ctrl-C alone passes.

    Nothing that an earlier job has computed is used, so that its times are its own, whatever was run before it.
    """
    forget()
    start = perf_counter()
    try:
        problem = make(job["family"], **job["parameters"])
        steps = _chain(job["chain"], type(problem))
        who = decider(steps, type(problem), job["algorithm"] or "", job["solver"], "float64", plug_ins, job["memory"])
        found = run_instance(problem, steps, who, oracle=job["oracle"], measure=job["measure"], memory=job["memory"])
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return failed(job, *_end(error), perf_counter() - start)
    told: DecidedRecord = plain({name: value for name, value in found.record.items() if name != "versions"})
    reason = found.decision.reason
    status = "done" if not found.decision.fault else "memory" if speaks_of_memory(reason) else "fault"
    return {"key": key_of(job), "job": job, "status": status, **told, "seconds": perf_counter() - start}


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
