"""How a long computation says how far it is, to whoever watches; nobody does unless asked to."""

from collections.abc import Callable
from contextvars import ContextVar

Watcher = Callable[[int, int], None]
"""Called with (parts done, parts in all), now and then, in the thread that started the computation."""

watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


def report(done: int, total: int) -> None:
    """Tell the watcher, if there is one."""
    watching = watcher.get()
    if watching is not None:
        watching(done, total)
