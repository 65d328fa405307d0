"""A database that another program has locked, or reads for ever, costs no record and is said."""

import random
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from hardlab.sweep import patience
from hardlab.sweep.store import Store, stored
from instances.faults import BadInput
from tests.hardlab.sweep.test_store import HERE, filled, record
from tests.support.calling import COMMAND
from tests.support.sweeps import TINY, jobs_of, killed_sweep, same_as_direct, swept

LOCKER = """
import random, sqlite3, sys, time
path, seconds, pause = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
while True:
    try:
        connection = sqlite3.connect(path, timeout=60, isolation_level=None)
        if connection.execute("SELECT * FROM sqlite_master").fetchall():
            connection.execute(random.choice(["BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"]))
            print("locked", flush=True)
            time.sleep(random.uniform(0, 2 * seconds))
        connection.close()
    except sqlite3.Error:
        pass
    time.sleep(random.uniform(0, 2 * pause))
"""


@contextmanager
def locker(path: Path, seconds: float, pause: float) -> Iterator["subprocess.Popen[str]"]:
    """A program that takes the database for itself, again and again, for so long."""
    command = [sys.executable, "-c", LOCKER, str(path), str(seconds), str(pause)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """A program that reads one state of the database for as long as this lasts."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM records").fetchall()
    yield
    connection.close()


@contextmanager
def locked(path: Path, kind: str = "IMMEDIATE") -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute(f"BEGIN {kind}")
    yield connection
    connection.close()


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, float]]:
    """What is told, and attempts that are short."""
    monkeypatch.setattr(patience, "ATTEMPT", 0.05)
    monkeypatch.setattr("hardlab.sweep.store.ATTEMPT", 0.05)
    return []


@pytest.fixture
def tell(said: list[tuple[str, float]]) -> Callable[[str, float], None]:
    return lambda text, waited: said.append((text, waited))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["add", "expect", "open"])
def test_a_locked_database_is_waited_for(
    tmp_path: Path, said: list[tuple[str, float]], tell: Callable[[str, float], None], what: str
) -> None:
    path = filled(tmp_path / "run.db")
    if what == "open":
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
    store = None if what == "open" else Store(path, tell)
    with locked(path, "EXCLUSIVE") as holder:
        threading.Timer(0.7, holder.close).start()
        store = store or Store(path, tell)
        if what == "add":
            store.add(record(3), HERE)
        elif what == "expect":
            store.expect([{"i": 7}])
    store.close()
    assert "run.db is locked by another program: waiting for it, for 30 minutes at most" in said[0][0]
    assert all(waited > 0 for _, waited in said[:-1])
    assert "is free again" in said[-1][0]
    jobs, records = stored(path)
    assert (len(jobs), len(records)) == {"add": (4, 4), "expect": (5, 3), "open": (4, 3)}[what]


@pytest.mark.usefixtures("said")
def test_patience_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 0.3)
    path = filled(tmp_path / "run.db")
    with Store(path) as store, locked(path), pytest.raises(BadInput, match="has been locked by another program for 0 seconds"):
        store.add(record(3), HERE)
    assert len(stored(path)[1]) == 3


@pytest.mark.slow
@pytest.mark.usefixtures("said")
def test_a_reader_waits_too_and_never_reads_past_a_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is locked is not taken for a file in a folder that cannot be written, whose log may be left out."""
    monkeypatch.setattr("hardlab.sweep.store.READING", 0.2)
    path = filled(tmp_path / "run.db")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("DELETE FROM records")
    connection.execute("COMMIT")
    with pytest.raises(BadInput, match="has been locked by another program"):
        stored(path)
    connection.close()
    assert stored(path)[1] == []


def test_a_log_that_grows_is_said(
    tmp_path: Path, said: list[tuple[str, float]], tell: Callable[[str, float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardlab.sweep.store.LOG", 2**20)
    path = filled(tmp_path / "run.db")
    long = "x" * 2**16
    with Store(path, tell) as store, reading(path):
        for _ in range(40):
            store.add({**record(0), "reason": long}, HERE)
        assert len(said) == 2  # at a MiB, and at two
        assert "run.db-wal has grown to 1" in said[0][0]
        assert "another program has been reading the database for long" in said[0][0]
    assert len(stored(path)[1]) == 3


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_lock_of_seven_seconds_does_not_end_a_sweep(tmp_path: Path) -> None:
    jobs = jobs_of(TINY.format(seeds=60), tmp_path)
    command = [COMMAND, "sweep", "grid.toml", "-o", "run.db", "--backend", "one"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while not begun(tmp_path / "run.db") and time.monotonic() < until:
            time.sleep(0.01)
        with locked(tmp_path / "run.db"):
            time.sleep(7)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err.count("hardlab: run.db is locked by another program: waiting for it") == 1
    assert err.count("hardlab: run.db is free again after ") == 1
    assert out.startswith(f"{len(jobs)} jobs: {len(jobs)} done")


def begun(database: Path) -> bool:
    """Whether it has a record: it may be there before its tables are."""
    with suppress(BadInput):
        return database.exists() and bool(stored(database)[1])
    return False


def trouble(folder: Path, kills: int, seeds: int, planted: str = "") -> list[str]:
    """What is lost of a sweep under locks, kills and a reader that does not end."""
    jobs = jobs_of(TINY.format(seeds=seeds), folder)
    filler = filled(folder / "run.db", 0)
    with sqlite3.connect(filler) as connection:
        connection.execute("DELETE FROM jobs")
    connection.close()
    moments = [random.Random(i).randrange(1, 8) for i in range(kills)]
    with locker(folder / "run.db", 0.7, 0.2), reading(folder / "run.db"):
        found = killed_sweep(folder, jobs, moments, "processes", planted)
    records = swept(jobs, folder / "run.db")
    assert same_as_direct(records, jobs, swept(jobs, folder / "other.db"))
    return found


@pytest.mark.slow
def test_locks_kills_and_a_long_reader_lose_no_record(tmp_path: Path) -> None:
    assert trouble(tmp_path, 2, 20) == []


@pytest.mark.exhaustive
def test_minutes_of_locks_kills_and_a_long_reader(tmp_path: Path) -> None:
    assert trouble(tmp_path, 10, 100) == []


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_store_that_forgets_is_caught_under_locks(tmp_path: Path) -> None:
    assert any(lost.startswith("lost: ") for lost in trouble(tmp_path, 1, 20, "forgetful"))
