"""Jobs and records of sweeps: plain data, named by its content.

A job is {family, parameters, chain, algorithm, solver, timeout, memory, measure, oracle}; its key is the SHA-256 of all that.
A record is {key, job, status, reason, seconds}, and where there was a decision what `hardlab.runs.running.run` records of it.

| status | what has happened |
|---|---|
| done | a verdict: yes, no or unknown |
| declined, bad | the job was refused: too large for its memory, or not what the family takes |
| fault | a plug-in failed, or a promise was broken |
| crashed, timeout, memory | the process of the job ended, took too long, wanted more memory than it may have |
"""

import hashlib
import json
from typing import Any

Job = dict[str, Any]
Record = dict[str, Any]

STATUSES = ("done", "declined", "bad", "fault", "crashed", "timeout", "memory")

AGAIN = ("fault", "crashed", "timeout", "memory")
"""What may come out otherwise when it is run again."""

TIMES = ("seconds", "decide_seconds", "warm")
"""The keys of a record, and of its stages, that depend on when and where it was made."""


def key_of(job: Job) -> str:
    """The name of a job by its content."""
    return hashlib.sha256(canonical(job).encode()).hexdigest()


def canonical(value: Any) -> str:
    """The one text of a JSON value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def failed(job: Job, status: str, reason: str, seconds: float) -> Record:
    """The record of a job without a decision."""
    return {"key": key_of(job), "job": job, "status": status, "reason": reason, "seconds": seconds}


def timeless(record: Any) -> Any:
    """A record without its times."""
    if isinstance(record, dict):
        return {name: timeless(value) for name, value in record.items() if name not in TIMES}
    return [timeless(value) for value in record] if isinstance(record, list) else record


def records_equal_but_for_times(some: list[Record], others: list[Record]) -> bool:
    """Whether they are the same records, in any order."""
    one, other = (sorted(canonical(timeless(record)) for record in records) for records in (some, others))
    return one == other
