"""BLAS held to one thread, while threads of our own work beside each other."""

from functools import cache
from typing import Any

from instances.locks import lock


@cache
def _controller() -> Any:
    """The libraries of threads in this process, found once: that reads /proc/self/maps, longer than a small product takes.

    The products here are numpy's, and its BLAS has been there since numpy was; what something else loads later is not used.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class _OneBlasThread:
    """While any thread of the process is in it, BLAS, which all of them share, keeps to one thread."""

    def __init__(self) -> None:
        self._lock, self._inside = lock(), 0
        self._limits: Any = None

    def __enter__(self) -> None:
        with self._lock:
            if not self._inside:
                self._limits = _controller().limit(limits=1, user_api="blas")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if not self._inside:
                self._limits.restore_original_limits()


ONE_BLAS_THREAD = _OneBlasThread()
