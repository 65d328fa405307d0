"""A process ends with the one that started it, however that ends; two ways, by what the two share.

`end_with_pipe`: a `Child` inherits the end of a pipe that closes with its parent, and the kernel of the system then sends a
signal that ends it, whatever it does, inside a library too. `end_with_parent`: the workers that joblib starts inherit no
pipe of ours, so that a thread waits for the end of the parent: by its descriptor, or where the system has none for processes
by looking every fifth of a second whether the parent is still the same.
"""

import fcntl
import os
import select
import signal
import sys
import threading
import time

_parents: set[int] = set()
"""The processes with which this one ends."""


def end_with_pipe(life: int) -> None:
    """End this process when the other end of that pipe closes."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0.0)[0]:  # it has closed already
        sys.exit(1)


def end_with_parent(parent: int) -> None:
    """End this process when the one of that number, which started it, is gone, and leave Ctrl-C to that."""
    if parent in _parents:
        return
    _parents.add(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def watch() -> None:
        _wait_for(parent)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _wait_for(parent: int) -> None:
    """Return when the process of that number, the parent of this one, is gone."""
    try:
        descriptor = os.pidfd_open(parent)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # no such descriptors here
        while os.getppid() == parent:
            time.sleep(0.2)
        return
    if os.getppid() == parent:  # else the number is another process's by now
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        waiting.poll()
