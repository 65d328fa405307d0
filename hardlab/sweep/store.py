"""The database of a sweep: jobs, what came of them, and the environments they ran in; SQLite, one transaction a record.

What `add` has returned from survives the end of the process by whatever means; what a crash of the machine loses is run
again. A database belongs to one sweep at a time; others may read it meanwhile. Where another program has locked it, it is
waited for. What stands beside a database, its log above all, is looked for where the file is, not where a link to it is.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any, TypeVar

from hardlab.sweep.neighbours import check_names, doubt, has_log, reader
from hardlab.sweep.patience import ATTEMPT, PATIENCE, READING, Tell, nobody, patiently
from hardlab.sweep.record import Stored, canonical, key_of
from instances.faults import BadInput
from instances.files import AnyPath
from instances.memory import bytes_text

R = TypeVar("R")

MAGIC = b"SQLite format 3\x00"

APPLICATION, SCHEMA = 0x68617264, 1
"""What the header of our databases says: that they are ours, and the version of the tables."""

TABLES = """
CREATE TABLE jobs (place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, job TEXT NOT NULL);
CREATE TABLE environments (id INTEGER PRIMARY KEY, environment TEXT NOT NULL UNIQUE);
CREATE TABLE records (key TEXT PRIMARY KEY REFERENCES jobs (key), environment INTEGER NOT NULL REFERENCES environments (id),
  status TEXT NOT NULL, record TEXT NOT NULL);
"""

HEADER = (f"PRAGMA application_id = {APPLICATION}", f"PRAGMA user_version = {SCHEMA}")


class Store:
    """The database at `path`, made where there is none; `tell` hears of waiting, and of a log that grows.

    Errors: `BadInput`, always with what to do.
    """

    def __init__(self, path: AnyPath, tell: Tell = nobody) -> None:
        self.path, self.tell = os.fspath(path), tell
        self._lock = _locked(self.path)
        known = os.path.getsize(self.path) > 0 and not has_log(self.path)
        self._log, self._large = f"{os.path.realpath(self.path)}-wal", LOG
        try:
            with _said(self.path):
                self._connection = sqlite3.connect(self.path, timeout=ATTEMPT, isolation_level=None, check_same_thread=False)
            self._patiently(self._prepare)
            if known and not self._patiently(lambda: self._connection.execute("SELECT 1 FROM jobs LIMIT 1").fetchone()):
                tell(doubt(self.path, False), 0.0)
        except BaseException:
            os.close(self._lock)
            raise

    def _prepare(self) -> None:
        run = self._connection.execute
        if run("PRAGMA application_id").fetchone() == (0,) and not run("SELECT * FROM sqlite_master").fetchall():
            with self._transaction():  # all or nothing, whenever it is killed
                for statement in (*TABLES.split(";"), *HEADER):
                    run(statement)
        _check(self._connection, self.path)
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = NORMAL")
        run(f"PRAGMA journal_size_limit = {LOG}")

    def expect(self, jobs: Iterable[Stored]) -> None:
        """Keep these jobs, all or none, so that it is known what is missing; those that are known stay where they are."""
        rows = [(key_of(job), canonical(job)) for job in jobs]

        def write() -> None:
            with self._transaction():
                self._connection.executemany("INSERT OR IGNORE INTO jobs (key, job) VALUES (?, ?)", rows)

        self._patiently(write)

    def add(self, record: Stored, environment: dict[str, Any]) -> None:
        """Keep a record, in the place of an older one of its job."""
        where = canonical(environment)
        of = (record["key"], record["status"], canonical(record), where)

        def write() -> None:
            with self._transaction():
                self._connection.execute("INSERT OR IGNORE INTO environments (environment) VALUES (?)", (where,))
                self._connection.execute(
                    "INSERT OR REPLACE INTO records SELECT ?, id, ?, ? FROM environments WHERE environment = ?", of
                )

        self._patiently(write)
        self._look_at_log()

    def statuses(self) -> dict[str, str]:
        """The status of each job that has a record, by its key."""
        return self._patiently(lambda: dict(self._connection.execute("SELECT key, status FROM records")))

    def records(self) -> Iterator[Stored]:
        """The records in the order of the jobs."""
        yield from _records(self._connection, self.path, self.tell, PATIENCE)

    def _patiently(self, call: Callable[[], R]) -> R:
        with _said(self.path):
            return patiently(call, self.path, self.tell)

    def _look_at_log(self) -> None:
        """Say, at each doubling, that the log grows: it begins anew only when nobody reads what is in it."""
        with suppress(OSError):
            size = os.path.getsize(self._log)
            if size > self._large:
                self._large = 2 * size
                self.tell(
                    f"{self._log} has grown to {bytes_text(size)}: another program has been reading the database for long, and "
                    "until it ends the log grows",
                    0.0,
                )

    def close(self) -> None:
        with suppress(sqlite3.Error):
            self._connection.close()
        os.close(self._lock)  # after the connection: closing a file drops SQLite's own locks on it

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise


LOG = 2**24
"""Bytes of the log above which it is said to grow; usually it begins anew at a quarter of that."""


def stored(path: AnyPath) -> tuple[list[Stored], list[Stored]]:
    """The jobs and the records of a database, each record with its `environment`. Errors: `BadInput`."""
    with opened(path) as (jobs, records):
        return jobs, list(records)


@contextmanager
def opened(path: AnyPath, tell: Tell = nobody) -> Iterator[tuple[list[Stored], Iterator[Stored]]]:
    """The same while this lasts, the records one at a time; `tell` hears where they may not be all. Errors: `BadInput`."""
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise BadInput(f"there is no database {name}: make one with hardlab sweep")
    logged = has_log(name)
    with _said(name, "read"), closing(patiently(lambda: reader(name), name, tell, READING)) as connection:
        _check(connection, name)
        jobs = [json.loads(job) for (job,) in connection.execute("SELECT job FROM jobs ORDER BY place")]
        if not logged and (remark := doubt(name, bool(jobs))):
            tell(remark, 0.0)
        yield jobs, _records(connection, name, tell, READING)


def is_database(start: bytes) -> bool:
    """Whether a file that starts so is one of SQLite."""
    return start.startswith(MAGIC)


def _records(connection: sqlite3.Connection, name: str, tell: Tell, patience: float) -> Iterator[Stored]:
    def asked(query: str) -> sqlite3.Cursor:
        return patiently(lambda: connection.execute(query), name, tell, patience)

    with _said(name, "read"):
        environments = {i: json.loads(text) for i, text in asked("SELECT id, environment FROM environments")}
        rows = asked("SELECT records.record, records.environment FROM records JOIN jobs USING (key) ORDER BY jobs.place")
        for text, environment in rows:
            record = json.loads(text)
            if not isinstance(record, dict) or not {"key", "job", "status"} <= set(record):
                raise BadInput(f"{name} holds a record that no sweep has written ({text[:40]}): use another file")
            yield {**record, "environment": environments[environment]}


def _check(connection: sqlite3.Connection, name: str) -> None:
    """Errors: `BadInput` for the database of another program, or of another version of this one."""
    (application,), (schema,) = (connection.execute(f"PRAGMA {of}").fetchone() for of in ("application_id", "user_version"))
    if application == 0 and not connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise BadInput(f"{name} is empty: a sweep that has just begun fills it, or name another file")
    if application != APPLICATION:
        raise BadInput(f"{name} is not a database of hardlab sweep: name another file")
    if schema != SCHEMA:
        raise BadInput(
            f"{name} has tables of version {schema}, this is for {SCHEMA}: use the hardlab that made it, or a new file"
        )


def _locked(name: str) -> int:
    """A descriptor of the file, made where there is none, that holds it for one sweep. Errors: `BadInput`."""
    try:
        check_names(name)
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except BadInput:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise BadInput(f"{name!r} cannot be written ({why}): name a file that you can write") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        start = os.pread(descriptor, len(MAGIC), 0)
    except BlockingIOError:
        os.close(descriptor)
        raise BadInput(f"{name} is in use by another sweep: wait for it, or name another file") from None
    except OSError as error:
        os.close(descriptor)
        raise BadInput(f"{name} cannot be locked ({error.strerror}): name a file on a local disk") from None
    if start and not is_database(start):
        os.close(descriptor)
        raise BadInput(f"{name} is not a database of hardlab sweep: name another file")
    return descriptor


@contextmanager
def _said(name: str, what: str = "written") -> Iterator[None]:
    """What SQLite complains of, as one sentence."""
    try:
        yield
    except (sqlite3.Error, ValueError) as error:
        if isinstance(error, BadInput):
            raise
        todo = (
            "if space or memory was short, free some and run the same command again: what was done is kept"
            if what == "written"
            else ("is it whole, and a database of hardlab sweep?")
        )
        raise BadInput(f"{name} cannot be {what} ({error}): {todo}") from None
