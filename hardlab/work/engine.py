"""Where independent items of work run: here one after the other, in threads, in processes, or on a Dask cluster.

All but the first go through joblib, the cluster through joblib's own Dask backend. Results come as they are ready, each with
the number of its item. A function is called at least once for each item: where a worker is lost (killed, out of memory), the
items that it had are run again, so it must be pure. Processes end with the one that started them.
"""

import os
import re
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from hardlab.work.life import end_with_parent
from instances.faults import BadInput, Declined, one_line
from instances.mapping import IN_TURN

T = TypeVar("T")
R = TypeVar("R")

BACKENDS = ("one", "threads", "processes", "dask=ADDRESS")

MOST_WORKERS = 1024
"""Workers on one machine."""

ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[^\s/:]+(:\d+)?|((tcp|tls|ws|wss|ucx)://)?\[[0-9a-fA-F:]+\](:\d+)?")

LOST = 8
"""Times in a row that workers may be lost without a result in between."""

CONNECTING = 10
"""Seconds in which a Dask scheduler must answer."""

_JOBLIB = {"threads": "threading", "processes": "loky"}


class WorkersLost(Declined):
    """Workers end again and again before they give a result."""


@dataclass(frozen=True)
class Engine:
    """A `Mapper`: `backend` is one, threads, processes or dask=ADDRESS; `workers` how many at a time, 0 for one a core."""

    backend: str = "one"
    workers: int = 0

    def __post_init__(self) -> None:
        """Errors: `BadInput` for other names."""
        if self.backend not in BACKENDS[:3] and not (self.backend.startswith("dask=") and len(self.backend) > 5):
            raise BadInput(f"backend {self.backend!r}: it is one of {', '.join(BACKENDS)}")
        if not 0 <= self.workers <= MOST_WORKERS:
            raise BadInput(f"workers = {self.workers}: it must be from 1 to {MOST_WORKERS}, or 0 for one a core")
        if self.backend.startswith("dask=") and ADDRESS.fullmatch(self.backend[5:]) is None:
            raise BadInput(f"{self.backend[5:]} is no address of a Dask scheduler: give one such as tcp://HOST:8786")

    def unordered(self, function: Callable[[T], R], items: Sequence[T]) -> Generator[tuple[int, R], None, None]:
        """(i, function(items[i])) for every i, as they are ready. Closing the iterator gives up what has not been run.

        Errors: what the function raises; `BadInput` where there is no cluster; `WorkersLost`.
        """
        if self.backend == "one":
            yield from IN_TURN.unordered(function, items)
            return
        from joblib import Parallel, delayed  # slow to import

        left = dict(enumerate(items))
        lost = 0
        caller = os.getpid() if self.backend == "processes" else None
        with self._configured():
            while left:
                parallel = Parallel(
                    n_jobs=min(self.workers or cores(), max(2, len(left))),
                    batch_size="auto" if self.backend.startswith("dask=") else 1,  # a short item costs less than its sending
                    return_as="generator_unordered",
                    max_nbytes=None,
                )
                results = parallel(delayed(_numbered)(function, i, item, caller) for i, item in list(left.items()))
                try:
                    for i, result in results:
                        del left[i]
                        lost = 0
                        yield i, result
                except self._losses() as error:
                    lost += 1
                    if lost > LOST:
                        raise WorkersLost(
                            f"workers were lost {lost} times in a row ({one_line(error)}): take fewer of them, or smaller items"
                        ) from None
                finally:
                    with warnings.catch_warnings():
                        warnings.simplefilter("ignore")  # of what is given up
                        results.close()

    @contextmanager
    def _configured(self) -> Iterator[None]:
        from joblib import parallel_config

        if not self.backend.startswith("dask="):
            with parallel_config(backend=_JOBLIB[self.backend]):
                yield
            return
        with _client(self.backend.removeprefix("dask=")) as client, parallel_config(backend="dask", client=client):
            yield

    def _losses(self) -> tuple[type[Exception], ...]:
        """What joblib and Dask raise for the loss of workers."""
        if self.backend.startswith("dask="):
            from distributed import KilledWorker

            return (KilledWorker,)
        from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

        return (TerminatedWorkerError, BrokenProcessPool)


def cores() -> int:
    """The cores that this process may use, as joblib counts them (affinity, containers)."""
    from joblib import cpu_count

    return int(cpu_count())


def _numbered(function: Callable[[T], R], i: int, item: T, caller: int | None) -> tuple[int, R]:
    if caller not in (None, os.getpid()):  # of one worker joblib makes no process
        end_with_parent(caller)
    return i, function(item)


def _client(address: str) -> Any:
    """A client of the cluster at that address. Errors: `BadInput`."""
    try:
        import distributed
    except ImportError:
        raise BadInput("dask=ADDRESS needs the package distributed: install the extra cluster") from None
    try:
        client: Any = distributed.Client
        found = client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"there is no Dask scheduler at {address}: {one_line(error)}") from None
    threads = sum(found.ncores().values())
    if threads < 2:  # with one joblib would run everything here
        found.close()
        raise BadInput(f"the Dask cluster at {address} has {threads} worker threads: start at least two")
    return found
