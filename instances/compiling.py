"""Kernels that numba compiles, and a word on it where that takes long: seconds of silence look like a program that hangs."""

import logging
import os
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from threading import Timer
from time import perf_counter
from types import FunctionType
from typing import Any, ClassVar

import numba
from numba.core import event
from numba.np.ufunc.parallel import threading_layer

from instances.faults import Declined, one_line
from instances.fingerprint import fingerprint
from instances.locks import lock

AFTER = 1.0
"""Seconds of compilation after which it is said, once a process."""

SAID = "compiling kernels for this processor, which may take half a minute"

KEPT, UNKEPT = (
    "they are kept, and next time this is not needed",
    "they cannot be kept: no folder for them can be written; name one in NUMBA_CACHE_DIR, or this is needed every time",
)


class Patience(event.Listener):
    """Adds up the seconds in which anything is compiled (what lies in a cache is not), and says so when they are AFTER.

    A warning of the logger "hardlab", which Python writes to stderr unless told otherwise. Processes that this one starts are
    silent, so that many of them do not say it at once.
    """

    def __init__(self) -> None:
        self._lock, self._depth, self._spent, self._since = lock(), 0, 0.0, 0.0
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
            logging.getLogger("hardlab").warning("%s; %s", SAID, UNKEPT if Kept.lost else KEPT)


event.register("numba:compile", Patience())  # type: ignore[no-untyped-call]


def njit(*, parallel: bool = False, nogil: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`numba.njit` for all kernels of the lab. What is compiled is kept on disk where a folder can be written, and goes unkept
    elsewhere. Those in parallel are called as `Parallel` says, and not from other kernels.
    """

    def compiled(function: Any) -> Callable[..., Any]:
        try:
            found: Any = numba.njit(parallel=parallel, nogil=nogil, cache=True)(function)
            found._cache = Kept(found._cache, function)
        except (RuntimeError, OSError):
            Kept.lost = True
            found = numba.njit(parallel=parallel, nogil=nogil)(function)
        return Parallel(found) if parallel else found

    return compiled


def thread_count() -> int:
    """How many threads kernels may take that are called from this one. Errors: `Declined` where numba has none to give."""
    try:
        return int(numba.get_num_threads())
    except ValueError as error:
        known = "set NUMBA_THREADING_LAYER to omp or workqueue, or leave it out"
        raise Declined(f"compiled kernels have no threads to run in ({one_line(error)}): {known}") from None


class Kept:
    """What numba keeps on disk of one kernel, while all that its code is made of stays as it is (module `fingerprint`); where
    that cannot be written or read it is compiled again.
    """

    lost: ClassVar[bool] = False
    """Whether anything could not be kept."""

    def __init__(self, cache: Any, function: FunctionType) -> None:
        self._cache, self._function = cache, function

    def _stamped(self) -> Any:
        """With the fingerprint in the stamp by which numba tells what is stale, once modules are complete: when it is used."""
        file = self._cache._cache_file
        if not isinstance(file._source_stamp[-1], str):
            file._source_stamp = (*file._source_stamp, fingerprint(self._function))
        return self._cache

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cache, name)

    def load_overload(self, *which: Any) -> Any:
        try:
            return self._stamped().load_overload(*which)
        except Exception:  # a file that is cut or was written by something else raises what it likes
            return None

    def save_overload(self, *which: Any) -> None:
        try:
            self._stamped().save_overload(*which)
        except Exception:  # as above: the old index is read before it is written
            Kept.lost = True


class Parallel:
    """A kernel in parallel that any thread may call, whatever layer numba has under it.

    With the layer `workqueue`, which ends the process where two threads meet in it, one thread goes after the other.
    Errors: `Declined` in a process that was forked after kernels had run in GNU OpenMP, which would end it; as `thread_count`.
    """

    _alone = lock()
    _layer: ClassVar[str | None] = None
    _launched: ClassVar[int | None] = None

    def __init__(self, kernel: Any) -> None:
        self.kernel = kernel

    def __call__(self, *arguments: Any) -> Any:
        if Parallel._layer is None:
            Parallel._launch()
        if Parallel._layer == "workqueue":
            with Parallel._alone:
                return self.kernel(*arguments)
        if Parallel._layer == "GNU OpenMP" and Parallel._launched != os.getpid():
            raise Declined(
                "this process was forked from one whose compiled kernels had run in OpenMP threads, which do not survive that: "
                'start processes by "spawn" or "forkserver", or set NUMBA_THREADING_LAYER=workqueue for all of them'
            )
        return self.kernel(*arguments)

    @staticmethod
    def _launch() -> None:
        """Have numba choose its layer of threads, once."""
        with Parallel._alone:
            if Parallel._layer is None:
                thread_count()
                Parallel._launched = os.getpid()
                Parallel._layer = threading_layer()  # type: ignore[no-untyped-call]
                if Parallel._layer == "omp":
                    Parallel._layer = f"{import_module('numba.np.ufunc.omppool').openmp_vendor} OpenMP"
