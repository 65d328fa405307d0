"""Running the jobs that are not done, wherever the engine runs them, and keeping what comes of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, cast

from hardlab.sweep.judging import judged
from hardlab.sweep.limits import Limited, end_all
from hardlab.sweep.record import AGAIN, AnyJob, Job, JobRecord, Stored, is_check, key_of
from hardlab.sweep.store import Store
from hardlab.work.engine import Engine
from hardlab.work.handing import WorkersLost
from instances.faults import Declined

NAMES: tuple[Literal["family", "chain", "algorithm", "solver"], ...] = ("family", "chain", "algorithm", "solver")
"""What of a job is loaded where it runs."""


def missing(jobs: Sequence[AnyJob], store: Store, retry: bool) -> list[AnyJob]:
    """The jobs without a record; with `retry` those that failed too."""
    statuses = store.statuses()
    over = {key for key, status in statuses.items() if not (retry and status in AGAIN)}
    return [job for job in jobs if key_of(job) not in over]


def sweep(
    jobs: Sequence[AnyJob],
    store: Store,
    engine: Engine,
    path: Path | None = None,
    heard: Callable[[JobRecord], None] = lambda record: None,
) -> None:
    """Run all these jobs and keep their records; `heard` is told of each when it is kept.

    Workers elsewhere are asked first whether they can load what the jobs name, but for kernels that are checked. Whatever ends
    this, what was kept stays.
    Errors: `BadInput` where the database cannot be written, or a worker cannot load a plug-in; those of the engine.
    """
    limited = Limited(None if path is None else str(path.absolute()))
    try:
        decided = [cast("Job", job) for job in jobs if not is_check(job)]
        if decided:
            engine.ask(limited.able, list({tuple(job[name] for name in NAMES): job for job in decided}.values()))
        store.expect(jobs)
        with closing(engine.unordered(limited, jobs)) as results:
            for _, (record, environment) in results:
                store.add(record, environment)
                heard(record)
    except WorkersLost as error:
        raise Declined(f"{error}: what is done is kept, look after the workers and run the same command again") from None
    finally:
        end_all()


def summary(jobs: Sequence[AnyJob], records: Iterable[Stored]) -> dict[str, Any]:
    """Counts of these jobs by status, verdict and the algorithms' own verdicts (right, wrong, unknown), the keys of those that
    are wrong: against the oracle, or at fault; and where none could be done, why the first could not.
    """
    left = {key_of(job) for job in jobs}
    status: Counter[str] = Counter()
    verdict: Counter[str] = Counter()
    own: Counter[str] = Counter()
    disagree, fault = [], []
    reasons: list[str] = []
    for record in records:
        if (key := record["key"]) in left:
            left.remove(key)
            status[record["status"]] += 1
            reasons += [record["reason"]] if record["status"] != "done" and not reasons else []
            if "verdict" in record:
                verdict[record["verdict"]] += 1
            own += judged([record]).verdicts
            if record.get("agrees") is False:
                disagree.append(key)
            if record["status"] == "fault":
                fault.append(key)
    counts = {"status": dict(status), "verdict": dict(verdict), "own": dict(own)}
    none = reasons[0] if reasons and not status["done"] else None
    return {"jobs": len(jobs), "missing": len(left), **counts, "disagree": disagree, "fault": fault, "none_done": none}
