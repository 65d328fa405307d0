"""A job within its limits: in a process that is kept for the next one, and replaced after a failure.

Whatever a job does there, `Limited` gives its record: killed or left is `crashed`, no answer in time `timeout`, too much
memory `memory`. The processes end with the one that started them.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

from hardlab.sweep.record import AnyJob, Job, JobRecord, failed, is_check, key_of
from hardlab.work.child import Child, Gone, ended
from hardlab.work.failure import Failure
from hardlab.work.limits import LOADING, THREADS
from instances.faults import BadInput, Declined, one_line

IDLE = 60
"""Seconds without a job after which a process ends itself."""

ONE_THREAD = dict.fromkeys(THREADS, "1")
"""The environment of these processes: a job has one core wherever it runs, so that its record is the same everywhere."""

Result = tuple[JobRecord, dict[str, Any]]
"""A record, and the environment that it was made in."""


@dataclass
class _Process:
    """A process for the jobs of the sweep of that name, and when it had the last one."""

    child: Child
    environment: dict[str, Any]
    sweep: str
    since: float = 0.0

    def serves(self, sweep: str) -> bool:
        return self.sweep == sweep and time.monotonic() - self.since < IDLE / 2 and not ended(self.child.process, 0.0)


_waiting: list[_Process] = []
_lock = threading.Lock()


STARTS = 3
"""Processes that are started for a job before it is given up that one can be."""


@dataclass(frozen=True)
class Limited:
    """Runs jobs of one sweep; plug-ins are looked for in `path`. It may be sent to other processes.

    Errors: `Declined` where no process can be started.
    """

    path: str | None = None
    sweep: str = field(default_factory=lambda: token_hex(8))

    def __call__(self, job: AnyJob) -> Result:
        process = self._taken()
        start = time.monotonic()
        try:
            record: Any = process.child.ask({"job": job, "path": self.path}, _seconds(job), job["memory"])
            if record.get("key") != key_of(job):
                raise Gone(Failure("crashed", "the job wrote into the pipe of its process"))
        except Gone as gone:
            process.child.end()
            return failed(job, gone.failure.kind, gone.failure.reason, time.monotonic() - start), process.environment
        except BaseException:
            process.child.end()
            raise
        if record["status"] in ("memory", "crashed"):
            process.child.end()
        else:
            process.since = time.monotonic()
            with _lock:
                _waiting.append(process)
        return record, process.environment

    def able(self, jobs: Sequence[Job]) -> None:
        """Errors: `BadInput` where what these jobs name cannot be loaded in a process here; `Declined` as above."""
        process = self._taken()
        try:
            cannot = process.child.ask({"able": list(jobs), "path": self.path}, LOADING, 0).get("cannot")
        except Gone as gone:
            cannot = gone.failure.reason
        finally:
            process.child.end()
        if cannot:
            raise BadInput(f"a job cannot be loaded there: {cannot}")

    def _taken(self) -> _Process:
        """A process of this sweep; those of others, whose plug-ins may have changed since, are ended."""
        while True:
            with _lock:
                process = _waiting.pop() if _waiting else None
            if process is None:
                return self._started()
            if process.serves(self.sweep):
                return process
            process.child.end()

    def _started(self) -> _Process:
        """A new process: one that is ended from outside while it starts has done nothing, and another is started."""
        for left in reversed(range(STARTS)):
            try:
                child = Child("hardlab.sweep.job_process", "the job", ONE_THREAD)
                try:
                    return _Process(child, child.ask({}, LOADING, 0)["environment"], self.sweep)
                except BaseException:
                    child.end()
                    raise
            except (OSError, Gone) as error:
                if not left or isinstance(error, OSError):
                    said = f"no process for jobs can be started ({one_line(error)}): what is done is kept"
                    raise Declined(said) from None
        raise AssertionError("the last start returns or raises")


def _seconds(job: AnyJob) -> float:
    """In which a job must have its record: within the time of a kernel checks may begin, and the last one goes on."""
    return (2 if is_check(job) else 1) * job["timeout"]


def end_all() -> None:
    """End the processes that wait for jobs here."""
    with _lock:
        while _waiting:
            _waiting.pop().child.end()
