"""What a sweep adds to each job: less than 5 ms, on every backend.

Tiny jobs are run directly in this process, and by sweeps with two workers (one: none). A sweep of few and one of many jobs
give its milliseconds for each further job, start-up aside; the times that its jobs took by themselves are taken off. The
medians of interleaved repeats are printed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from hardlab.sweep.job import run
from hardlab.sweep.record import Job
from hardlab.sweep.store import Store, stored
from hardlab.sweep.sweeping import sweep
from hardlab.work.engine import Engine

FEW, MANY, REPEATS = 40, 440, 3


def jobs(first: int, count: int) -> list[Job]:
    """Orthogonal vectors that take a few milliseconds."""
    return [
        {
            "family": "random-ov", "parameters": {"n": 3, "m": 3, "d": 5, "density": 0.5, "seed": first + i},
            "chain": "ov-attention", "algorithm": "softmax", "solver": None,
            "timeout": 60.0, "memory": 2**30, "measure": 2, "oracle": True,
        }
        for i in range(count)
    ]  # fmt: skip


def swept(engine: Engine, count: int) -> tuple[float, float]:
    """Seconds of a sweep, and of its jobs by themselves."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "run.db"
        start = perf_counter()
        with Store(path) as store:
            sweep(jobs(0, count), store, engine)
        seconds = perf_counter() - start
        return seconds, sum(record["seconds"] for record in stored(path)[1])


def added(engine: Engine, at_a_time: int) -> float:
    """Milliseconds of a worker that a sweep adds to a job."""
    (few, of_few), (many, of_many) = swept(engine, FEW), swept(engine, MANY)
    return 1000 * ((at_a_time * many - of_many) - (at_a_time * few - of_few)) / (MANY - FEW)


def direct() -> float:
    """Milliseconds of a job in this process."""
    given = jobs(0, FEW)
    run(given[0])
    start = perf_counter()
    for job in given:
        run(job)
    return 1000 * (perf_counter() - start) / FEW


@contextmanager
def cluster() -> Iterator[str]:
    """The address of a Dask cluster of two worker processes on this machine."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:  # type: ignore[no-untyped-call]
        yield str(local.scheduler_address)


def main() -> None:
    with cluster() as address:
        engines = {"one": (Engine("one"), 1), "processes": (Engine("processes", 2), 2), "dask": (Engine(f"dask={address}"), 2)}
        found: dict[str, list[float]] = {name: [] for name in ("direct", *engines)}
        for _ in range(REPEATS):
            found["direct"].append(direct())
            for name, (engine, at_a_time) in engines.items():
                found[name].append(added(engine, at_a_time))
    print(f"a job by itself: {median(found['direct']):.2f} ms")
    for name in engines:
        low, high = min(found[name]), max(found[name])
        print(f"{name} adds {median(found[name]):.2f} ms a job ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
