"""Where independent items of work run: here one after the other, in threads, in processes, or on a Dask cluster.

All but the first go through joblib, the cluster through joblib's own Dask backend. Results come as they are ready, each with
the number of its item. A function is called at least once for each item: where a worker is lost (killed, out of memory), the
items that it had are run again, so it must be pure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from os import cpu_count
from typing import Any, TypeVar
from warnings import catch_warnings, simplefilter

from joblib import Parallel, delayed, parallel_config

from instances.problem import BadInput, one_line

T = TypeVar("T")
R = TypeVar("R")

BACKENDS = ("one", "threads", "processes", "dask=ADDRESS")

LOST = 8
"""Times in a row that workers may be lost without a result in between."""

_JOBLIB = {"threads": "threading", "processes": "loky"}


class WorkersLost(RuntimeError):
    """Workers end again and again before they give a result."""


@dataclass(frozen=True)
class Engine:
    """`backend` is one, threads, processes or dask=ADDRESS; `workers` is how many at a time (on a cluster: all it has)."""

    backend: str = "one"
    workers: int = 0

    def __post_init__(self) -> None:
        """Errors: `BadInput` for other names."""
        if self.backend not in BACKENDS[:3] and not (self.backend.startswith("dask=") and len(self.backend) > 5):
            raise BadInput(f"backend {self.backend!r}: it is one of {', '.join(BACKENDS)}")
        if self.workers < 0:
            raise BadInput(f"workers = {self.workers}: it must be at least 1, or 0 for one a core")

    def unordered(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[tuple[int, R]]:
        """(i, function(items[i])) for every i, as they are ready. Closing the iterator gives up what has not been run.

        Errors: what the function raises; `BadInput` where there is no cluster; `WorkersLost`.
        """
        if self.backend == "one":
            yield from ((i, function(item)) for i, item in enumerate(items))
            return
        left = dict(enumerate(items))
        lost = 0
        with self._configured():
            while left:
                parallel = Parallel(n_jobs=self.workers or cpu_count(), batch_size=1, return_as="generator_unordered")
                results = parallel(delayed(_numbered)(function, i, item) for i, item in list(left.items()))
                try:
                    for i, result in results:
                        del left[i]
                        lost = 0
                        yield i, result
                except _LOST as error:
                    lost += 1
                    if lost > LOST:
                        raise WorkersLost(f"workers were lost {lost} times in a row: {one_line(error)}") from None
                finally:
                    with catch_warnings():
                        simplefilter("ignore")  # joblib counts the tasks that are given up
                        results.close()

    def _configured(self) -> Any:
        if not self.backend.startswith("dask="):
            return parallel_config(backend=_JOBLIB[self.backend])
        return parallel_config(backend="dask", client=_client(self.backend.removeprefix("dask=")))


def _numbered(function: Callable[[T], R], i: int, item: T) -> tuple[int, R]:
    return i, function(item)


def _client(address: str) -> Any:
    """A client of the cluster at that address. Errors: `BadInput`."""
    try:
        from distributed import Client
    except ImportError:
        raise BadInput("dask=ADDRESS needs the package distributed: install the extra cluster") from None
    try:
        return Client(address, timeout=10, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError) as error:
        raise BadInput(f"there is no Dask scheduler at {address}: {one_line(error)}") from None


def _lost() -> tuple[type[Exception], ...]:
    """What joblib and Dask raise for the loss of workers."""
    from joblib.externals.loky.process_executor import BrokenProcessPool, TerminatedWorkerError

    return (TerminatedWorkerError, BrokenProcessPool)


_LOST = _lost()
