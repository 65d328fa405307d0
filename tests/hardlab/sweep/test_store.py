"""The database of a sweep: one sweep at a time, readers meanwhile, and a clear sentence for whatever stands in its way."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.record import Stored, failed, key_of
from hardlab.sweep.store import Store, is_database, stored
from instances.faults import BadInput
from tests.support.calling import COMMAND, Caller, process
from tests.support.places import ROOT
from tests.support.sweeps import TINY, jobs_of, same_as_direct, swept

HERE = {"machine": "here"}


def record(i: int, status: str = "done") -> Stored:
    job: Any = {"i": i}
    return failed(job, status, "why", 0.5)


def filled(path: Path, count: int = 3) -> Path:
    with Store(path) as store:
        store.expect([{"i": i} for i in range(count + 1)])
        for i in range(count):
            store.add(record(i), HERE)
    return path


def test_what_is_added_is_there(tmp_path: Path) -> None:
    path = filled(tmp_path / "run.db")
    jobs, records = stored(path)
    assert jobs == [{"i": i} for i in range(4)]
    assert records == [{**record(i), "environment": HERE} for i in range(3)]
    assert is_database(path.read_bytes())
    with Store(path) as store:
        store.expect([{"i": 9}, {"i": 0}])
        store.add(record(0, "timeout"), {"machine": "there"})
        assert store.statuses() == {key_of({"i": 0}): "timeout", **{key_of({"i": i}): "done" for i in (1, 2)}}
    jobs, records = stored(path)
    assert len(jobs) == 5
    assert [(of["status"], of["environment"]["machine"]) for of in records] == [
        ("timeout", "there"), ("done", "here"), ("done", "here"),
    ]  # fmt: skip


@pytest.mark.slow
def test_one_sweep_at_a_time_and_readers_meanwhile(tmp_path: Path) -> None:
    path = filled(tmp_path / "run.db")
    with Store(path) as store:
        with pytest.raises(BadInput, match="in use by another sweep: wait for it, or name another file"):
            Store(path)
        store.add(record(3), HERE)
        assert len(stored(path)[1]) == 4
        grid = tmp_path / "grid.toml"
        grid.write_text(TINY.format(seeds=1))
        assert "in use by another sweep" in process("sweep", grid, "-o", path).refusal()
        assert process("export", path).out.count("\n") == 4
    with Store(path) as store:
        assert len(store.statuses()) == 4


def test_files_that_are_not_ours(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("something else")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    newer = filled(tmp_path / "newer.db")
    connection = sqlite3.connect(newer)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    for name, said in (
        ("text", "is not a database of hardlab sweep"),
        ("other.db", "is not a database of hardlab sweep"),
        ("newer.db", "has tables of version 2, this is for 1"),
        ("none/run.db", "cannot be written"),
        (".", "cannot be written"),
    ):
        before = (tmp_path / name).read_bytes() if (tmp_path / name).is_file() else b""
        with pytest.raises(BadInput, match=said):
            Store(tmp_path / name)
        assert not before or (tmp_path / name).read_bytes() == before
        with pytest.raises(BadInput):
            stored(tmp_path / name)


def test_a_file_that_is_cut_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    path = filled(tmp_path / "run.db", 200)
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(BadInput, match=r"cannot be read \(.*\): is it whole"):
        stored(path)
    with pytest.raises(BadInput):
        Store(path).statuses()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root reads where nobody can write, without being stopped")
def test_as_nobody_in_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    path = filled(tmp_path / "run.db")
    lines = f"""
import os
os.chmod({str(tmp_path)!r}, 0o555); os.chmod({str(path)!r}, 0o444)
folder = {str(tmp_path)!r}
while folder != "/" and os.stat(folder).st_uid == 0:
    os.chmod(folder, os.stat(folder).st_mode | 0o055) if len(folder) > 5 else None
    folder = os.path.dirname(folder)
from hardlab.sweep.store import Store, stored
from instances.problem import BadInput
os.setuid(65534)
print(len(stored({str(path)!r})[1]))
try:
    Store({str(path)!r})
except BadInput as error:
    print(error)
try:
    Store({str(tmp_path / "new.db")!r})
except BadInput as error:
    print(error)
"""
    said = run(lines)
    os.chmod(tmp_path, 0o755)
    assert said[0] == "3"
    assert all("cannot be written (Permission denied): name a file that you can write" in line for line in said[1:])
    assert len(said) == 3


def run(lines: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    jobs = jobs_of(TINY.format(seeds=30), tmp_path)
    path = tmp_path / "run.db"
    done = limited_sweep(tmp_path, 150_000)
    assert done[0] == 2
    assert "cannot be written (" in done[1]
    assert "what was done is kept" in done[1]
    before = stored(path)[1]
    assert 0 < len(before) < len(jobs)
    records = swept(jobs, path)
    assert records[: len(before)] == before
    assert same_as_direct(records, jobs, records)


def limited_sweep(folder: Path, size: int) -> tuple[int, str]:
    """The exit code and the words of a sweep that may write files of this size at most."""
    import resource  # not on every system

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [COMMAND, "sweep", "grid.toml", "-o", "run.db", "--backend", "one"]
    done = subprocess.run(command, cwd=folder, preexec_fn=limit, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stderr.splitlines()[-1]


def test_a_database_that_was_never_finished_is_begun_again(tmp_path: Path) -> None:
    path = tmp_path / "run.db"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    assert path.stat().st_size
    assert len(stored(filled(path))[1]) == 3


def test_no_output_is_written_over_the_database(call: Caller, tmp_path: Path) -> None:
    """By any of its names, nor over what SQLite keeps beside it."""
    database = filled(tmp_path / "run.csv")
    before = database.read_bytes()
    (tmp_path / "link.csv").symlink_to(database)
    (tmp_path / "hard.jsonl").hardlink_to(database)
    (tmp_path / "run.csv-wal").touch()
    for output in ("run.csv", "link.csv", "hard.jsonl", "./run.csv"):
        assert "an input" in call("export", database, "-o", f"{tmp_path}/{output}").refusal()
    for output in ("run.csv", "hard.jsonl", "run.csv-wal"):
        assert "an input" in call("report", database, "-o", tmp_path / output).refusal()
    assert database.read_bytes() == before
    assert call("export", database, "-o", tmp_path / "out.csv").code == 0


@pytest.mark.parametrize("text", ["{}", "[]", "3"])
def test_a_record_changed_by_hand_is_said(tmp_path: Path, text: str) -> None:
    database = filled(tmp_path / "run.db")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE records SET record = ?", (text,))
    connection.close()
    with pytest.raises(BadInput, match="a record that no sweep has written"):
        stored(database)
