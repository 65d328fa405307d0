"""Jobs and records of sweeps: plain data, named by its content.

**A job**: the `family` with its `parameters`, the `chain` as it is spelled, `algorithm` or `solver` (the other is null),
`timeout` in seconds, `memory` in bytes, the rows to `measure`, whether to ask the `oracle`; where the algorithm or solver is a
file also its `content`. Its key is the SHA-256 of all that.

All of it is what is computed, and not how that was written: grids write each part in one way (parameters in one order and
where they are not the usual ones, ratios as numbers of clauses, files by their path from here or an absolute one, lists in
order), so that another spelling is the same job. What is measured stands in the record.

**A job that checks a kernel** has the `target` and all by which `hardlab check` calls it; `content` is the SHA-256 of the files
that target, backward pass and convention are, null where they are modules or commands; `seed_of_check` null where a new one is
drawn.

**A record** has the `key` of its `job`, the `status`, its `reason` and `seconds`; where there was a decision all that
`hardlab.runs.record` says of one; from a process of jobs also `warm` (see `job_process`), and out of a database the
`environment` that it was made in. Of a checked kernel it has what `hardlab.conformance.record` says. Who reads a database takes
it as `Stored`, and can count on key, job and status alone.

| status | what has happened |
|---|---|
| done | a verdict: yes, no or unknown; of a kernel the one of its check |
| declined, bad | the job was refused: too large for its memory, or not what the family takes |
| fault | a plug-in failed, or a promise was broken |
| crashed, timeout, memory | the process of the job ended, took too long, wanted more memory than it may have |

A kernel that cannot be loaded has crashed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict, TypeGuard

from hardlab.conformance.record import CheckRecord
from hardlab.runs.record import DecidedRecord


class Job(TypedDict):
    family: str
    parameters: dict[str, Any]
    chain: str
    algorithm: str | None
    solver: str | None
    timeout: float
    memory: int
    measure: int
    oracle: bool
    content: NotRequired[str]


class CheckJob(TypedDict):
    target: str
    content: str | None
    convention: str
    dtype: str
    scale: str
    layout: str
    features: str | None
    device: str | None
    backward: str | None
    seed: int | None
    quick: bool
    forbid_library: bool
    only: str | None
    seed_of_check: int | None
    call_timeout: float
    timeout: float
    memory: int


AnyJob = Job | CheckJob


class FailedRecord(TypedDict):
    key: str
    job: AnyJob
    status: str
    reason: str
    seconds: float


class JudgedRecord(DecidedRecord):
    key: str
    job: Job
    status: str


class CheckedRecord(CheckRecord):
    key: str
    job: CheckJob
    status: str
    reason: str


JobRecord = FailedRecord | JudgedRecord | CheckedRecord

Stored = Mapping[str, Any]
"""A job or a record as a database holds it."""

STATUSES = ("done", "declined", "bad", "fault", "crashed", "timeout", "memory")

AGAIN = ("fault", "crashed", "timeout", "memory")
"""What may come out otherwise when it is run again."""

SAME = {"vars": "n", "clauses": "m", "seeds": "seed"}
"""Words of grids and of axes for parameters of families."""

TIMES = ("seconds", "decide_seconds", "warm")
"""The keys of a record, and of its stages, that depend on when and where it was made."""


def is_check(job: Stored) -> TypeGuard[CheckJob]:
    """Whether a job checks a kernel; others decide an instance."""
    return "target" in job


def key_of(job: Stored) -> str:
    """The name of a job by its content."""
    return hashlib.sha256(canonical(job).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def failed(job: AnyJob, status: str, reason: str, seconds: float) -> FailedRecord:
    """The record of a job without a decision."""
    return {"key": key_of(job), "job": job, "status": status, "reason": reason, "seconds": seconds}


def timeless(record: Any) -> Any:
    """A record without its times."""
    if isinstance(record, dict):
        return {name: timeless(value) for name, value in record.items() if name not in TIMES}
    return [timeless(value) for value in record] if isinstance(record, list) else record


def records_equal_but_for_times(some: Sequence[Stored], others: Sequence[Stored]) -> bool:
    """Whether they are the same records, in any order."""
    one, other = (sorted(canonical(timeless(record)) for record in records) for records in (some, others))
    return one == other
