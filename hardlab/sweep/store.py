"""The database of a sweep: jobs, what came of them, and the environments they ran in; SQLite, one transaction a record.

What `add` has returned from survives the end of the process by whatever means; what a crash of the machine loses is run
again. A database belongs to one sweep at a time; others may read it meanwhile.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import quote

from hardlab.sweep.record import Stored, canonical, key_of
from instances.faults import BadInput
from instances.files import AnyPath

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
    """The database at `path`, made where there is none. Errors: `BadInput`, always with what to do."""

    def __init__(self, path: AnyPath) -> None:
        self.path = os.fspath(path)
        self._lock = _locked(self.path)
        try:
            with _said(self.path):
                self._connection = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
                self._prepare()
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

    def expect(self, jobs: Iterable[Stored]) -> None:
        """Keep these jobs, all or none, so that it is known what is missing; those that are known stay where they are."""
        with _said(self.path), self._transaction():
            rows = ((key_of(job), canonical(job)) for job in jobs)
            self._connection.executemany("INSERT OR IGNORE INTO jobs (key, job) VALUES (?, ?)", rows)

    def add(self, record: Stored, environment: dict[str, Any]) -> None:
        """Keep a record, in the place of an older one of its job."""
        with _said(self.path), self._transaction():
            run = self._connection.execute
            run("INSERT OR IGNORE INTO environments (environment) VALUES (?)", (canonical(environment),))
            run(
                "INSERT OR REPLACE INTO records SELECT ?, id, ?, ? FROM environments WHERE environment = ?",
                (record["key"], record["status"], canonical(record), canonical(environment)),
            )

    def statuses(self) -> dict[str, str]:
        """The status of each job that has a record, by its key."""
        with _said(self.path):
            return dict(self._connection.execute("SELECT key, status FROM records"))

    def records(self) -> Iterator[Stored]:
        """The records in the order of the jobs."""
        yield from _records(self._connection, self.path)

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


def stored(path: AnyPath) -> tuple[list[Stored], list[Stored]]:
    """The jobs and the records of a database, each record with its `environment`. Errors: `BadInput`."""
    with opened(path) as (jobs, records):
        return jobs, list(records)


@contextmanager
def opened(path: AnyPath) -> Iterator[tuple[list[Stored], Iterator[Stored]]]:
    """The same while this lasts, the records one at a time. Errors: `BadInput`."""
    name = os.fspath(path)
    if not os.path.isfile(name):
        raise BadInput(f"there is no database {name}: make one with hardlab sweep")
    with _said(name, "read"), closing(_reader(name)) as connection:
        connection.execute("BEGIN")
        _check(connection, name)
        jobs = [json.loads(job) for (job,) in connection.execute("SELECT job FROM jobs ORDER BY place")]
        yield jobs, _records(connection, name)


def is_database(start: bytes) -> bool:
    """Whether a file that starts so is one of SQLite."""
    return start.startswith(MAGIC)


def _reader(name: str) -> sqlite3.Connection:
    """A connection that does not write; of a directory where nobody can, the file as it stands."""
    address = f"file:{quote(os.path.abspath(name))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
        return connection
    except sqlite3.OperationalError:
        connection.close()
        if os.path.exists(f"{name}-wal") and os.path.getsize(f"{name}-wal"):
            raise
        return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)


def _records(connection: sqlite3.Connection, name: str) -> Iterator[Stored]:
    with _said(name, "read"):
        environments = {i: json.loads(text) for i, text in connection.execute("SELECT id, environment FROM environments")}
        rows = connection.execute(
            "SELECT records.record, records.environment FROM records JOIN jobs USING (key) ORDER BY jobs.place"
        )
        for text, environment in rows:
            record = json.loads(text)
            if not isinstance(record, dict) or not {"key", "job", "status"} <= set(record):
                raise BadInput(f"{name} holds a record that no sweep has written ({text[:40]}): use another file")
            yield {**record, "environment": environments[environment]}


def _check(connection: sqlite3.Connection, name: str) -> None:
    """Errors: `BadInput` for the database of another program, or of another version of this one."""
    (application,), (schema,) = (connection.execute(f"PRAGMA {of}").fetchone() for of in ("application_id", "user_version"))
    if application != APPLICATION:
        raise BadInput(f"{name} is not a database of hardlab sweep: name another file")
    if schema != SCHEMA:
        raise BadInput(
            f"{name} has tables of version {schema}, this is for {SCHEMA}: use the hardlab that made it, or a new file"
        )


def _locked(name: str) -> int:
    """A descriptor of the file, made where there is none, that holds it for one sweep. Errors: `BadInput`."""
    try:
        descriptor = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
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
