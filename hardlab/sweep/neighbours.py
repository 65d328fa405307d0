"""What SQLite keeps beside a database counts too: its log (-wal), without which it is older, or empty, and looks whole.

The log stands beside the file itself: links are followed before it is looked for. A file of several names (hard links) has
its log beside one of them, nobody knows which.
"""

import os
import sqlite3
from urllib.parse import quote

from hardlab.sweep.patience import ATTEMPT, is_locked
from instances.faults import BadInput

LOGS = ("-wal", "-journal")


def reader(name: str) -> sqlite3.Connection:
    """A connection that does not write, at one state; of a directory where nobody can, the file as it stands.

    Errors: `BadInput` where there is a log that can only be read together with the file in a directory that can be written.
    """
    file = os.path.realpath(name)
    address = f"file:{quote(file)}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=ATTEMPT, isolation_level=None)
    try:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_master")
        return connection
    except sqlite3.OperationalError as error:
        connection.close()
        if is_locked(error):
            raise
        if log := next((file + suffix for suffix in LOGS if _holds(file + suffix)), None):
            ending = log[log.rindex("-") :]
            what = f"the folder cannot be written; copy the database with its {ending} to a folder of yours"
            if ending == "-journal" and os.access(os.path.dirname(log), os.W_OK):
                what = "what was begun there has to be undone first: go on with the sweep (hardlab sweep), which does that"
            raise BadInput(f"{name} cannot be read ({error}): {log} is part of it, {what}") from None
    connection = sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)
    connection.execute("BEGIN")
    return connection


def has_log(name: str) -> bool:
    """Whether there is anything in the log of a database. To be asked before it is opened, which makes an empty one."""
    return _holds(f"{os.path.realpath(name)}-wal")


def doubt(name: str, jobs: bool) -> str:
    """Why a database without a log may lack what belongs to it; empty where there is no reason to think so."""
    if not jobs:
        return f"{name} has tables and no job: if it was copied or moved, the file beside it in -wal belongs to it too"
    if (names := os.stat(name).st_nlink) > 1:
        return f"{name} is one of {names} names of a file (hard links): a log (-wal) beside another name is not read"
    return ""


def check_names(name: str) -> None:
    """Errors: `BadInput` where a file that is to be written has several names: each would get a log of its own."""
    if os.path.isfile(name) and (names := os.stat(name).st_nlink) > 1:
        raise BadInput(
            f"{name} is one of {names} names of a file (hard links), and a log beside each would damage it: copy it to a "
            "name of its own, with its -wal"
        )


def _holds(file: str) -> bool:
    return os.path.exists(file) and os.path.getsize(file) > 0
