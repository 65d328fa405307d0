"""The other side of a `Child`: requests answered one after the other, a line of JSON each way."""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from hardlab.work.life import end_with_pipe

Message = dict[str, Any]

PAST_ITS_TIME = 30
"""Seconds past the limit of a request after which a process that nobody ended any more ends itself."""


def serve(answer: Callable[[Message], Message], idle: int = 0) -> None:
    """Answer requests until there are no more, or, where `idle` is not 0, until there was none for so many seconds.

    A request with an "alarm" in seconds ends the process when it has taken PAST_ITS_TIME longer.
    """
    requests, answers, life = map(int, sys.argv[1:4])
    for descriptor in (requests, answers, life):
        os.set_inheritable(descriptor, False)
    end_with_pipe(life)
    with os.fdopen(requests) as incoming:
        for line in incoming:
            request = json.loads(line)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # whatever foreign code has made of it
            signal.alarm(int(request["alarm"]) + PAST_ITS_TIME if "alarm" in request else 0)
            try:
                answered = answer(request)
            finally:
                signal.alarm(idle)
            whole = (json.dumps(answered) + "\n").encode()
            while whole:
                whole = whole[os.write(answers, whole) :]
