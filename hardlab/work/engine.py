"""Where independent items of work run: here one after the other, in threads, in processes, or on a Dask cluster.

Results come as they are ready, each with the number of its item. A function is called at least once for each item: where a
worker is lost (killed, out of memory), the items that it had are run again, so it must be pure. Processes end with the one
that started them.
"""

import re
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

from hardlab.work.handing import Threads, handed_out
from instances.faults import BadInput
from instances.mapping import IN_TURN

T = TypeVar("T")
R = TypeVar("R")

BACKENDS = ("one", "threads", "processes", "dask=ADDRESS")

MOST_WORKERS = 1024
"""Workers on one machine."""

ADDRESS = re.compile(r"((tcp|tls|ws|wss|ucx)://)?[^\s/:]+(:\d+)?|((tcp|tls|ws|wss|ucx)://)?\[[0-9a-fA-F:]+\](:\d+)?")


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

        Errors: what the function raises; `BadInput` where there is no cluster, or a worker cannot load it; `WorkersLost`.
        """
        if self.backend == "one":
            yield from IN_TURN.unordered(function, items)
        elif items:
            with closing(self._place(function, items)) as place:
                yield from handed_out(place, len(items))

    def ask(self, question: Callable[[T], Any], about: T) -> None:
        """Ask every worker elsewhere, before anything is distributed. Errors: what one of them raises; `BadInput`."""
        if self.backend.startswith("dask="):
            from hardlab.work.cluster import Cluster

            with closing(Cluster(self.backend[5:], question, [])) as cluster:
                cluster.asked(question, about)

    def _place(self, function: Callable[[Any], Any], items: Sequence[Any]) -> Any:
        if self.backend.startswith("dask="):
            from hardlab.work.cluster import Cluster

            return Cluster(self.backend[5:], function, items)
        workers = min(self.workers or cores(), len(items))
        if self.backend == "threads":
            return Threads(lambda i: function(items[i]), workers)
        from hardlab.work.processes import Processes

        return Processes(function, items, workers, cores())


def cores() -> int:
    """The cores that this process may use, as joblib counts them (affinity, containers)."""
    from joblib import cpu_count

    return int(cpu_count())
