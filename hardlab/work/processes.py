"""Items in processes of this machine, which are kept for the next ones: each is handed what it works on by a thread of its own.

Nobody else hands out anything, so that giving up is ending processes: a thread whose process has ended hears of it from the
system at once, whatever the process was doing.
"""

import atexit
import os
import signal
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from threading import Lock
from typing import Any

from hardlab.work.child import Child, ended
from hardlab.work.handing import TICK, Lost, Threads
from hardlab.work.item_process import IDLE
from hardlab.work.limits import THREADS
from hardlab.work.messages import message, name_of, packed, unpacked

GRACE = 0.5
"""Seconds that items which are given up have to end by themselves: short ones do, and their processes are kept."""

ENDING = 10.0
"""Seconds in which the threads of processes that were ended must hear of it."""


@dataclass(eq=False)
class _Worker:
    """A process and the pipes to it."""

    kind: tuple[Any, ...]
    child: Child = field(init=False)
    since: float = 0.0
    knows: str = ""

    def __post_init__(self) -> None:
        self.child = Child("hardlab.work.item_process", "a worker", dict(self.kind[-1]), heard=False)
        self._sending = Connection(os.dup(self.child.requests), readable=False)
        self._receiving = Connection(os.dup(self.child.answers), writable=False)

    def ask(self, content: bytes) -> bytes:
        """The answer. Errors: `Lost`."""
        try:
            self._sending.send_bytes(content)
            while not self._receiving.poll(TICK):
                if ended(self.child.process, 0.0):
                    raise EOFError
            return self._receiving.recv_bytes()
        except (EOFError, OSError):
            raise Lost("a worker process ended, was killed, or had too little memory") from None

    def serves(self, kind: tuple[Any, ...]) -> bool:
        return self.kind == kind and time.monotonic() - self.since < IDLE / 2 and not ended(self.child.process, 0.0)

    def end(self) -> None:
        self._sending.close()
        self._receiving.close()
        self.child.end()


_kept: list[_Worker] = []


@atexit.register
def end_kept() -> None:
    """End the processes that wait for items of this one."""
    while _kept:
        _kept.pop().end()


_of_parent: list[_Worker] = []


def _forked() -> None:
    """What waited for the parent of this process is not for this one, nor is it to be ended with it."""
    _of_parent.extend(_kept)
    _kept.clear()


os.register_at_fork(after_in_child=_forked)


class Processes(Threads):
    """Processes that apply a function to items; each takes an equal share of the cores for threads of its own."""

    def __init__(self, function: Any, items: Any, workers: int, cores: int) -> None:
        self._function, self._items = packed(function, "what is to run"), items
        self._name = name_of(self._function)
        share = str(max(1, cores // workers))
        threads = tuple((name, os.environ.get(name, share)) for name in THREADS)
        self._kind = (os.getpid(), tuple(sys.path), os.getcwd(), threads)
        self._busy: set[_Worker] = set()
        self._lock, self._over = Lock(), False
        super().__init__(self._asked, workers)

    def close(self) -> None:
        """Give up what has not been run. Items that take longer are ended with their processes."""
        super().close()
        if not self.ended(GRACE):
            with self._lock:
                self._over = True
                for worker in self._busy:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(worker.child.process.pid, signal.SIGKILL)
            self.ended(ENDING)

    def _asked(self, i: int) -> Any:
        worker = self._taken()
        try:
            known = worker.knows == self._name
            answer = worker.ask(message(self._name, None if known else self._function, self._items[i]))
        except BaseException:
            with self._lock:
                self._busy.discard(worker)  # before its number may be another process's
            worker.end()
            raise
        with self._lock:
            self._busy.discard(worker)
        worker.since, worker.knows = time.monotonic(), self._name
        _kept.append(worker)
        return unpacked(answer)

    def _taken(self) -> _Worker:
        """A process that waits, or a new one. Errors: `Lost` where none can be started, or all is over."""
        while True:
            try:
                worker = _kept.pop()
            except IndexError:
                worker = None
            if worker is not None and not worker.serves(self._kind):
                worker.end()
                continue
            with self._lock:
                if self._over:
                    raise Lost("all is over")
                try:
                    worker = worker or _Worker(self._kind)
                except OSError as error:
                    raise Lost(f"no process can be started: {error.strerror}") from None
                self._busy.add(worker)
            return worker
