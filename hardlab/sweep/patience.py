"""Waiting for a database that another program has locked, and saying so; what is to be kept is kept meanwhile."""

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from instances.faults import BadInput

R = TypeVar("R")

PATIENCE = 1800.0
"""Seconds for which a sweep waits."""

READING = 30.0
"""Seconds for which a reader waits."""

ATTEMPT = 1.0
"""Seconds of an attempt: what is locked for less is not worth a word."""

Tell = Callable[[str, float], None]
"""What a database has to say, and the seconds for which it has been waiting: 0 where it does not wait."""


def nobody(text: str, waited: float) -> None:
    """Nobody is told."""


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another program stands in the way, which may end."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL)


def patiently(call: Callable[[], R], name: str, tell: Tell = nobody, patience: float | None = None) -> R:
    """`call()`, again and again while another program has locked the database of that name. Errors: `BadInput`, in the end."""
    start, most = time.monotonic(), PATIENCE if patience is None else patience
    waited = 0.0
    while True:
        try:
            result = call()
        except sqlite3.OperationalError as error:
            if not is_locked(error):
                raise
            waited = time.monotonic() - start
            if waited > most:
                raise BadInput(
                    f"{name} has been locked by another program for {waited:.0f} seconds: end that, and run the same command "
                    "again; what was done is kept"
                ) from None
            tell(f"{name} is locked by another program: waiting for it, for {most / 60:g} minutes at most", waited)
            time.sleep(ATTEMPT / 10)
        else:
            if waited:
                tell(f"{name} is free again after {waited:.0f} seconds", 0.0)
            return result
