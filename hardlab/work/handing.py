"""Items handed out to workers, a few at a time, until each has a result: the loop that all places of work share.

A place takes the numbers of items and puts (number, result, error) into the queue `results`, one for each. An item whose
worker was `Lost` is handed out again. No wait is without an end: while nothing comes the place is asked for a sign of life.
"""

from collections import deque
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, Protocol, TypeVar

from instances.faults import Declined, one_line

R = TypeVar("R")

TICK = 1.0
"""Seconds without a result after which a place is asked for a sign of life."""

LOST = 8
"""Times in a row that workers may be lost without a result in between; with many workers, twice their number."""

Results = SimpleQueue[tuple[int, Any, BaseException | None]]


class WorkersLost(Declined):
    """Workers end again and again before they give a result, or there are none, or none is heard of."""


class Lost(Exception):
    """A worker ended before it gave a result."""


class Again(Exception):
    """An item is to be handed out once more, and nobody is lost."""


class Place(Protocol):
    """Where items are worked on: `most` at a time, errors of them and losses of workers into `results`."""

    most: int
    results: Results

    def hand(self, i: int) -> None:
        """Hand out the item of that number."""

    def look(self) -> None:
        """Errors: `WorkersLost` where no result can come any more."""


def handed_out(place: Place, count: int) -> Generator[tuple[int, Any], None, None]:
    """(i, result) for every i < count, as they are ready. Errors: those of the items; `WorkersLost`."""
    left = deque(range(count))
    handed = lost = 0
    while left or handed:
        while left and handed < place.most:
            place.hand(left.popleft())
            handed += 1
        try:
            i, result, error = place.results.get(timeout=TICK)
        except Empty:
            place.look()
            continue
        handed -= 1
        if error is None:
            lost = 0
            yield i, result
        elif not isinstance(error, Lost | Again):
            raise error
        else:
            left.appendleft(i)
            lost += isinstance(error, Lost)
            if lost > max(LOST, place.most):
                raise WorkersLost(
                    f"workers were lost {lost} times in a row ({one_line(error)}): take fewer of them, or smaller items"
                )


class Threads:
    """Threads of this process that call `call` with numbers of items. They keep nobody from ending."""

    def __init__(self, call: Callable[[int], Any], workers: int) -> None:
        self.most = 2 * workers
        self.results: Results = SimpleQueue()
        self._call = call
        self._handed: SimpleQueue[int | None] = SimpleQueue()
        self.threads = [Thread(target=self._work, daemon=True) for _ in range(workers)]
        for thread in self.threads:
            thread.start()

    def hand(self, i: int) -> None:
        self._handed.put(i)

    def look(self) -> None:
        if not all(thread.is_alive() for thread in self.threads) and self.results.empty():
            raise WorkersLost("a thread that waits for a worker has ended, and its item with it: run it again")

    def close(self) -> None:
        """Hand out nothing any more; what is being worked on is not waited for."""
        try:
            while True:
                self._handed.get_nowait()
        except Empty:
            for _ in self.threads:
                self._handed.put(None)

    def ended(self, seconds: float) -> bool:
        """Whether all have ended in that time."""
        for thread in self.threads:
            thread.join(seconds / len(self.threads))
        return not any(thread.is_alive() for thread in self.threads)

    def _work(self) -> None:
        while (i := self._handed.get()) is not None:
            try:
                self.results.put((i, self._call(i), None))
            except BaseException as error:
                self.results.put((i, None, error))
