"""A process that works on items, one after the other: `python -m hardlab.work.item_process REQUESTS ANSWERS LIFE`.

A request is a pickled (function, item) of the process that started this one, the answer the pickled (result, error). It ends
with that process, in the middle of an item too, and after `IDLE` seconds without one.
"""

import os
import signal
import sys
from multiprocessing.connection import Connection

from hardlab.work.life import end_with_pipe
from hardlab.work.messages import answered

IDLE = 300
"""Seconds without an item after which a process ends itself."""


def main() -> None:
    requests, answers, life = map(int, sys.argv[1:4])
    for descriptor in (requests, answers, life):
        os.set_inheritable(descriptor, False)
    end_with_pipe(life)
    receiving, sending = Connection(requests, writable=False), Connection(answers, readable=False)
    for end in (receiving, sending):  # else a child that an item has left behind would hide the end of this process
        os.register_at_fork(after_in_child=end.close)
    while True:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # whatever an item has made of it
        signal.alarm(IDLE)
        try:
            content = receiving.recv_bytes()
        except EOFError:
            return
        signal.alarm(0)
        sending.send_bytes(answered(content))


if __name__ == "__main__":
    main()
