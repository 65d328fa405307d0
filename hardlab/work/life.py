"""A process ends with the one that started it, however that ends.

It inherits the end of a pipe that closes with its parent, and the kernel of the system then sends a signal that ends it,
whatever it does, inside a library too.
"""

import fcntl
import os
import select
import signal
import sys


def end_with_pipe(life: int) -> None:
    """End this process when the other end of that pipe closes."""
    signal.signal(signal.SIGIO, signal.SIG_DFL)
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0.0)[0]:  # it has closed already
        sys.exit(1)
