"""The process in which jobs run, one after the other: `python -m hardlab.sweep.job_process REQUESTS ANSWERS LIFE`.

The first request is {}, answered by {"environment"}; each further one is {"job", "path"}, answered by the record of the job,
or {"able", "path"}, jobs of which it is asked whether they can be loaded here: {"cannot"}, why not, or nothing.
A job may take its memory beside what the process holds when it begins; one that checks a kernel has a process for that, which
has the limit. A record is `warm` where the process has run a job of
the same chain and algorithm before and compiled or loaded no kernel in this one: what is there once it has been loaded is
not in its times. After `IDLE` seconds without a job the process ends.
"""

import os
import platform
from pathlib import Path

from numba.core.event import install_recorder

from hardlab.sweep.job import loaded, run
from hardlab.sweep.limits import IDLE
from hardlab.sweep.record import Job, is_check
from hardlab.work.environment import machine, versions
from hardlab.work.limits import lift_limit, limit_memory
from hardlab.work.serving import Message, serve
from instances.faults import PlugInFault, one_line

_run: set[tuple[str, ...]] = set()
"""The chains, algorithms and solvers of jobs that have been run here."""


def answer(request: Message) -> Message:
    """The answer to a request, made within its limits."""
    path = None if request.get("path") is None else Path(request["path"])
    if "able" in request:
        return {"cannot": _cannot(request["able"], path)}
    if "job" not in request:
        return {"environment": environment()}
    job = request["job"]
    if is_check(job):
        lift_limit()
        return {**run(job, path)}
    limit_memory(job["memory"])
    with install_recorder("numba:compiler_lock") as compiled:  # taken to compile a kernel, and to load one from disk
        record = run(job, path)
    kind = (job["chain"], job["algorithm"], job["solver"])
    warm = kind in _run and not compiled.buffer
    _run.add(kind)
    return {**record, "warm": warm}


def _cannot(jobs: list[Job], path: Path | None) -> str:
    for job in jobs:
        try:
            loaded(job, path)
        except PlugInFault as fault:
            return one_line(fault)
    return ""


def environment() -> Message:
    """What a record may depend on beside its job."""
    return {
        "versions": versions(),
        "machine": machine(),
        "node": platform.node(),
        "cores": os.cpu_count(),
        "threads": 1,
    }


if __name__ == "__main__":
    serve(answer, IDLE)
