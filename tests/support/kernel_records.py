"""Records of sweeps that check kernels, made up."""

from typing import Any

from hardlab.conformance.report.words import reason
from hardlab.sweep.record import key_of
from tests.support import reports
from tests.support.reports import check

Record = dict[str, Any]

ENVIRONMENT = {"versions": {"numpy": "2.4.6"}, "machine": "Linux x86_64", "node": "here", "threads": 1}


def kernel_job(target: str, **words: Any) -> Record:
    usual = {"convention": "plain", "dtype": "float32", "content": None, "features": None, "seed_of_check": None}
    return {"target": target, **usual, "timeout": 600.0, "memory": 2**32, **words}


def checked(job: Record, verdict: str, *checks: Record, **others: Any) -> Record:
    """The record of a job that checked a kernel."""
    made = reports.record(*checks, verdict=verdict, target=job["target"], diagnosis=[], seed_of_check=7)
    made |= {"key": key_of(job), "job": job, "status": "done", "environment": ENVIRONMENT, **others}
    return {"reason": reason(made), **made}


def ended(job: Record, status: str, reason: str) -> Record:
    """The record of a job without a check."""
    return {
        "key": key_of(job), "job": job, "status": status, "reason": reason, "seconds": 1.5, "environment": ENVIRONMENT,
    }  # fmt: skip


def skipped(name: str, why: str) -> Record:
    return check(name, "skipped", reason=why)


JOBS = [kernel_job(target) for target in ("right.py", "wrong.py", "unloadable.py", "declines.py", "missing.py")]

RECORDS = [
    checked(
        JOBS[0],
        "conformant",
        check("keys/n=5"),
        check("keys/n=9", "declined"),
        check("decisions/T5", "beyond"),
        skipped("windows", "window is not offered: it has no parameter window"),
        skipped("promises", "it makes no promise"),
    ),
    checked(
        JOBS[1],
        "wrong",
        check("keys/n=5", "wrong"),
        check("keys/n=9"),
        check("every_key", "crashed"),
        check("gradients/full", "declined"),
        check("newer/check"),
        skipped("windows", "window is not offered: it has no parameter window"),
        diagnosis=[
            {"sentence": "the last key is never seen", "pieces": 3, "of": 4, "checks": ["keys"]},
            {"sentence": "V is transposed", "pieces": 1, "of": 4, "checks": ["every_key"]},
        ],
    ),
    ended(JOBS[2], "crashed", "unloadable.py cannot be loaded: no such module"),
    checked(JOBS[3], "declined", check("keys/n=5", "declined")),
]
