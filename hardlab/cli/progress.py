"""Progress with the time left, on stderr, where that is a terminal and the work takes more than a second."""

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TypeVar

from attention.watching import watcher

T = TypeVar("T")


@contextmanager
def bar(what: str) -> Iterator[Callable[..., None]]:
    """A function to call with (parts done, parts in all), and what is in the way; the bar appears after a second and goes when
    this ends.
    """
    from rich.console import Console
    from rich.progress import Progress

    start = perf_counter()
    drawn = Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    task = drawn.add_task(what, total=None)

    def update(done: int, total: int, waits: str = "") -> None:
        drawn.update(task, description=f"{what}: {waits}" if waits else what, completed=done, total=total)
        if perf_counter() - start > 1 and not drawn.live.is_started:
            drawn.start()

    try:
        yield update
    finally:
        drawn.stop()


def progress(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items one after the other, shown as they go by."""
    with bar(what) as update:
        for done, item in enumerate(items):
            yield item
            update(done + 1, total)


@contextmanager
def watched(what: str) -> Iterator[None]:
    """While this lasts, attention algorithms of ours show how far they are."""
    with bar(what) as update:
        token = watcher.set(update)
        try:
            yield
        finally:
            watcher.reset(token)
