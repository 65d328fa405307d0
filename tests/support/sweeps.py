"""What the tests of sweeps share: tiny grids, a checker of what is kept, and a sweep that a test can kill.

As a program, `python -m tests.support.sweeps GRID DATABASE LOG BACKEND [forgetful]` sweeps, and writes the key of each record
to LOG once the store says that it is kept.
"""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hardlab.sweep.grid import grids
from hardlab.sweep.record import Job, Stored, key_of, records_equal_but_for_times
from hardlab.sweep.store import Store, stored
from hardlab.sweep.sweeping import missing, sweep
from hardlab.work.engine import Engine
from tests.support.places import ROOT

TINY = '[[grid]]\nfamily = "random-ov"\nn = [3, 4]\nm = 3\nd = 5\nseeds = {seeds}\nmeasure = 2\n'


def jobs_of(text: str, folder: Path, plug_ins: Path | None = None) -> list[Job]:
    """The jobs of a grid, each once."""
    file = folder / "grid.toml"
    file.write_text(text)
    found: list[Any] = [job for grid in grids(file, plug_ins) for job in grid.jobs()]
    return list({key_of(job): job for job in found}.values())


class Forgetful(Store):
    """A planted fault: every third record is said to be kept and is not."""

    count = 0

    def add(self, record: Stored, environment: dict[str, Any]) -> None:
        self.count += 1
        if self.count % 3:
            super().add(record, environment)


def swept(jobs: Sequence[Job], database: Path, engine: Engine | None = None, path: Path | None = None) -> list[Stored]:
    """The records after all that is missing has been run."""
    with Store(database) as store:
        sweep(missing(jobs, store, False), store, engine or Engine("one"), path)
    return stored(database)[1]


def wrongs(database: Path, expected: Sequence[Job], acknowledged: Sequence[str], before: Sequence[Stored]) -> list[str]:
    """What is wrong with a database after a kill: lost or foreign records, changed ones, a broken file."""
    connection = sqlite3.connect(database)
    (whole,) = connection.execute("PRAGMA integrity_check").fetchone()
    keys = [key for (key,) in connection.execute("SELECT key FROM records")]
    connection.close()
    found = [] if whole == "ok" else [f"integrity: {whole}"]
    found += [f"lost: {key}" for key in acknowledged if key not in keys]
    found += [f"foreign: {key}" for key in set(keys) - {key_of(job) for job in expected}]
    now = {record["key"]: record for record in stored(database)[1]}
    return found + [f"changed: {record['key']}" for record in before if now.get(record["key"]) != record]


def start(*words: object) -> "subprocess.Popen[bytes]":
    """This program in a process group of its own."""
    command = [sys.executable, "-m", "tests.support.sweeps", *map(str, words)]
    return subprocess.Popen(command, cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL)


def count(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def kill_after(process: "subprocess.Popen[bytes]", log: Path, records: int, group: bool) -> None:
    """Kill -9 when so many records are kept: the process, or its group."""
    until = time.monotonic() + 60
    while count(log) < records and process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
    process.wait()


def killed_sweep(folder: Path, jobs: Sequence[Job], moments: Sequence[int], backend: str, planted: str = "") -> list[str]:
    """What is wrong with the records of grid.toml in `folder`, swept with a kill after each of these numbers of records."""
    database, found = folder / "run.db", []
    before: list[Stored] = []
    for i, moment in enumerate(moments):
        log = folder / f"log-{i}"
        kill_after(start(folder / "grid.toml", database, log, backend, *filter(None, [planted])), log, moment, i % 2 == 0)
        acknowledged = log.read_text().split() if log.exists() else []
        if database.exists():
            found += wrongs(database, jobs, acknowledged, before)
            before = stored(database)[1]
    return found


def same_as_direct(records: Sequence[Stored], jobs: Sequence[Job], reference: Sequence[Stored]) -> bool:
    """Whether there is one record a job, and each is that of the reference but for times and environments."""
    bare = [{name: value for name, value in record.items() if name != "environment"} for record in records]
    others = [{name: value for name, value in record.items() if name != "environment"} for record in reference]
    return len(records) == len(jobs) and records_equal_but_for_times(bare, others)


def main() -> None:
    grid, database, log, backend, *planted = sys.argv[1:]
    jobs = list({key_of(job): job for found in grids(grid, None) for job in found.jobs()}.values())
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def heard(record: Stored) -> None:
        os.write(descriptor, f"{record['key']}\n".encode())

    with (Forgetful if planted else Store)(database) as store:
        sweep(missing(jobs, store, False), store, Engine(backend, 2), heard=heard)


if __name__ == "__main__":
    main()
