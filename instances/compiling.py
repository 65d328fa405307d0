"""Kernels that numba compiles, and a word on it where that takes long: seconds of silence look like a program that hangs."""

import logging
from multiprocessing import parent_process
from threading import Lock, Timer
from time import perf_counter
from typing import Any

import numba
from numba.core import event

AFTER = 1.0
"""Seconds of compilation after which it is said, once a process."""

SAID = "compiling kernels for this processor, which may take half a minute; they are kept, and next time this is not needed"


class Patience(event.Listener):
    """Adds up the seconds in which anything is compiled (what lies in a cache is not), and says so when they are AFTER.

    A warning of the logger "hardlab", which Python writes to stderr unless told otherwise. Processes that this one starts are
    silent, so that many of them do not say it at once.
    """

    def __init__(self) -> None:
        self._lock, self._depth, self._spent, self._since = Lock(), 0, 0.0, 0.0
        self._timer: Timer | None = None
        self.said = parent_process() is not None

    def on_start(self, event: Any) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1 and not self.said:
                self._since = perf_counter()
                self._timer = Timer(max(AFTER - self._spent, 0.0), self._say)
                self._timer.daemon = True
                self._timer.start()

    def on_end(self, event: Any) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0 and self._timer is not None:
                self._timer.cancel()
                self._timer, self._spent = None, self._spent + perf_counter() - self._since

    def _say(self) -> None:
        with self._lock:
            said, self.said = self.said, True
        if not said:
            logging.getLogger("hardlab").warning(SAID)


event.register("numba:compile", Patience())  # type: ignore[no-untyped-call]


njit = numba.njit
"""For all kernels of the lab: where it comes from here, long compilation is said."""
