"""A sweep that is killed at any moment loses nothing that it has kept, and goes on where it was."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hardlab.sweep.store import stored
from tests.support.sweeps import TINY, count, jobs_of, killed_sweep, same_as_direct, start, swept, wrongs


def children(pid: int) -> list[int]:
    """The processes that a process has started, and theirs."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found += [int(entry.name), *children(int(entry.name))]
    return found


def alive(pids: list[int]) -> list[int]:
    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    return [pid for pid in pids if runs(pid)]


def gone(pids: list[int], seconds: float = 5.0) -> bool:
    until = time.monotonic() + seconds
    while alive(pids) and time.monotonic() < until:
        time.sleep(0.02)
    return not alive(pids)


@pytest.mark.slow
@pytest.mark.parametrize(("backend", "moments"), [("one", (3, 11)), ("processes", (7,))])
def test_a_killed_sweep_goes_on_where_it_was(tmp_path: Path, backend: str, moments: tuple[int, ...]) -> None:
    jobs = jobs_of(TINY.format(seeds=20), tmp_path)
    assert killed_sweep(tmp_path, jobs, moments, backend) == []
    records = swept(jobs, tmp_path / "run.db")
    assert same_as_direct(records, jobs, swept(jobs, tmp_path / "other.db"))


@pytest.mark.slow
def test_a_store_that_forgets_is_caught(tmp_path: Path) -> None:
    jobs = jobs_of(TINY.format(seeds=20), tmp_path)
    found = killed_sweep(tmp_path, jobs, (9,), "one", planted="forgetful")
    assert any(said.startswith("lost: ") for said in found)


@pytest.mark.slow
def test_a_record_that_changes_and_one_that_nobody_asked_for_are_caught(tmp_path: Path) -> None:
    jobs = jobs_of(TINY.format(seeds=1), tmp_path)
    records = swept(jobs, tmp_path / "run.db")
    (first, *_) = records
    assert wrongs(tmp_path / "run.db", jobs, [first["key"]], records) == []
    assert wrongs(tmp_path / "run.db", jobs, [], [{**first, "seconds": -1.0}]) == [f"changed: {first['key']}"]
    assert len(wrongs(tmp_path / "run.db", jobs[:1], [], [])) == len(jobs) - 1


@pytest.mark.exhaustive
@pytest.mark.parametrize("backend", ["one", "processes"])
def test_eight_moments_of_two_hundred_jobs(tmp_path: Path, backend: str) -> None:
    jobs = jobs_of(TINY.format(seeds=100), tmp_path)
    reference = swept(jobs, tmp_path / "reference.db")
    moments = np.random.default_rng(np.random.SeedSequence(1)).integers(0, 25, 8).tolist()
    assert killed_sweep(tmp_path, jobs, moments, backend) == []
    assert same_as_direct(swept(jobs, tmp_path / "run.db"), jobs, reference)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["one", "processes"])
def test_nothing_outlives_a_sweep_that_is_killed_in_the_middle_of_jobs(
    tmp_path: Path, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a loop inside Python that never lets go of its lock."""
    (tmp_path / "endless.py").write_text(
        "import os, pathlib\n"
        "def attend(Q, K, V, scale):\n"
        f"    (pathlib.Path({str(tmp_path)!r}) / f'busy-{{os.getpid()}}').touch()\n"
        "    sum(iter(int, 1))\n"
    )
    (tmp_path / "grid.toml").write_text(TINY.format(seeds=1) + 'algorithm = "endless:attend"\n')
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    process = start(tmp_path / "grid.toml", tmp_path / "run.db", tmp_path / "log", backend)
    workers = 1 if backend == "one" else 2
    wait_for(lambda: len(list(tmp_path.glob("busy-*"))) == workers, process)
    of = children(process.pid)
    assert {f"busy-{pid}" for pid in of} >= {file.name for file in tmp_path.glob("busy-*")}
    process.kill()
    process.wait()
    assert gone(of)


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.slow
@pytest.mark.parametrize("worker", ["worker", "process of a job"])
def test_a_worker_that_is_killed_costs_no_job(tmp_path: Path, worker: str) -> None:
    jobs = jobs_of(TINY.format(seeds=15), tmp_path)
    process = start(tmp_path / "grid.toml", tmp_path / "run.db", tmp_path / "log", "processes")
    wait_for(lambda: count(tmp_path / "log") >= 5, process)
    pick = b"hardlab.work.item_process" if worker == "worker" else b"hardlab.sweep.job_process"
    victims = [pid for pid in children(process.pid) if pick in command(pid)]
    os.kill(victims[0], signal.SIGKILL)
    assert process.wait(60) == 0
    records = stored(tmp_path / "run.db")[1]
    assert len(records) == len(jobs)
    failed = [record["status"] for record in records if record["status"] != "done"]
    assert failed in ([[]] if worker == "worker" else [[], ["memory"]])


def wait_for(true: Callable[[], bool], process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while not true() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.002)
