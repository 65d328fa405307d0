"""`hardlab sweep`, `export` and `report`: jobs that fail are records, every engine gives the same ones, Ctrl-C is no loss."""

import csv
import json
import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.job import run
from hardlab.sweep.record import failed, records_equal_but_for_times
from hardlab.sweep.store import Store, stored
from hardlab.sweep.sweeping import summary
from hardlab.work.engine import Engine
from tests.support.calling import COMMAND, Caller
from tests.support.clusters import cluster
from tests.support.sweeps import TINY, jobs_of, same_as_direct, swept

BAD_KERNEL = """
import os, time
import numpy as np
def attend(Q, K, V, scale):
    if len(Q) == 3: os._exit(3)
    if len(Q) == 4: time.sleep(99)
    if len(Q) == 5: return np.ones(10**10)
    if len(Q) == 6: raise ValueError("no")
    if len(Q) == 7: os.write(int(os.environ.get("NONE", "1")), b"x" * 10)
    weights = np.exp(scale * Q @ K.T)
    return weights / weights.sum(1, keepdims=True) @ V
class Liar:
    key, logarithmic = "liar", False
    def promise(self, inputs):
        from attention.algorithm import Promise
        return Promise(0.0, 0.0)
    def __call__(self, inputs):
        return np.zeros((inputs.n, 1))
"""

HARD = """
[[grid]]
family = "planted-ov"
n = [3, 4, 5, 6, 7, 8]
m = 3
d = 5
timeout = 2
algorithm = "bad_kernel:attend"
[[grid]]
family = "planted-ov"
n = 3
m = 3
d = 5
algorithm = "bad_kernel:Liar"
[[grid]]
family = "random-ksat"
vars = [2, 40]
clauses = 4
solver = "exhaustive-ov"
chain = "cnf-ov"
memory = "8K"
"""


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """A grid of jobs that fail in every way, with the plug-in that does it."""
    (tmp_path / "bad_kernel.py").write_text(BAD_KERNEL)
    (tmp_path / "grid.toml").write_text(HARD)
    return tmp_path / "grid.toml"


@pytest.mark.slow
def test_jobs_that_fail_are_records(grid: Path, call: Caller) -> None:
    database = grid.parent / "run.db"
    words = ("sweep", grid, "-o", database, "--path", grid.parent, "--workers", 2)
    answer = call(*words, "--json")
    assert answer.code == 1
    found = {
        status: answer.json["status"].get(status) for status in ("crashed", "timeout", "memory", "fault", "bad", "declined")
    }
    assert found == {"crashed": 1, "timeout": 1, "memory": 1, "fault": 2, "bad": 1, "declined": 1}
    assert answer.json["status"]["done"] == 2
    assert len(answer.json["fault"]) == 2
    reasons = {(of["status"], of["job"]["parameters"]["n"]): of["reason"] for of in stored(database)[1]}
    assert reasons["crashed", 3] == "the process ended with exit code 3"
    assert reasons["timeout", 4] == "no answer after 2 seconds"
    assert "MemoryError" in reasons["memory", 5]
    assert "ValueError: no" in reasons["fault", 6]
    assert "promise broken" in reasons["fault", 3] or "promise" in reasons["fault", 3]
    assert "k <= n" in reasons["bad", 2]
    assert "the memory budget is" in reasons["declined", 40]
    again = call(*words)
    assert (again.code, "0 of them to run" in again.err) == (1, True)
    (grid.parent / "bad_kernel.py").write_text(BAD_KERNEL.replace("os._exit(3)", "pass").replace("time.sleep(99)", "pass"))
    retried = call(*words, "--retry-failed", "--json").json
    assert retried["ran"] == 5
    assert retried["status"] == {"done": 4, "memory": 1, "fault": 2, "bad": 1, "declined": 1}
    said = call("report", database, "-o", grid.parent / "run.html").out
    assert "9 jobs: 4 done" in said
    assert "ValueError: no" in said
    assert "ValueError: no" in (grid.parent / "run.html").read_text()
    table = grid.parent / "run.csv"
    assert call("export", database, "-o", table).code == 0
    with table.open() as lines:
        assert Counter(row["status"] for row in csv.DictReader(lines)) == retried["status"]
    lines_of = call("export", database).out.splitlines()
    assert [json.loads(line) for line in lines_of] == stored(database)[1]
    assert ".jsonl or .csv" in call("export", database, "-o", "run.xls").refusal()
    assert "itself" in call("report", database, database).refusal()


@pytest.mark.exhaustive
@pytest.mark.slow
def test_every_engine_gives_the_same_records(tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed: it is in the extra cluster")
    jobs = jobs_of(TINY.format(seeds=3) + 'algorithm = ["softmax", "polynomial"]\n', tmp_path)
    direct = [run(job) for job in jobs]
    with cluster() as running:
        engines = {"one": Engine("one"), "processes": Engine("processes", 2), "dask": Engine(f"dask={running.address}")}
        for name, engine in engines.items():
            assert same_as_direct(swept(jobs, tmp_path / f"{name}.db", engine), jobs, direct), name
        long = jobs_of(TINY.format(seeds=25), tmp_path)
        command = [
            COMMAND,
            "sweep",
            f"{tmp_path}/grid.toml",
            "-o",
            f"{tmp_path}/run.db",
            "--backend",
            f"dask={running.address}",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            wait_for_records(tmp_path / "run.db", 10)
            os.kill(running.workers()[0], signal.SIGKILL)
            assert process.wait(100) == 0
    assert same_as_direct(stored(tmp_path / "run.db")[1], long, [run(job) for job in long])


def test_records_that_differ_in_more_than_times_are_told_apart() -> None:
    job: Any = {"i": 1}
    one = failed(job, "crashed", "why", 0.5)
    assert records_equal_but_for_times([one], [{**one, "seconds": 3.0}])
    assert not records_equal_but_for_times([one], [{**one, "reason": "other"}])
    assert not records_equal_but_for_times([one], [])


def wait_for_records(database: Path, least: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if database.exists() and database.stat().st_size and len(stored(database)[1]) >= least:
            return
        time.sleep(0.05)
    raise AssertionError("no records")


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["one", "processes"])
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(tmp_path: Path, backend: str) -> None:
    jobs = jobs_of(TINY.format(seeds=200), tmp_path)
    command = [COMMAND, "sweep", "grid.toml", "-o", "run.db", "--backend", backend]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        wait_for_records(tmp_path / "run.db", 5)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out == ""
    assert err.splitlines()[-1].startswith("hardlab: interrupted after ")
    assert err.endswith("which run.db keeps: run the same command again to go on\n")
    assert "Traceback" not in err
    kept = stored(tmp_path / "run.db")[1]
    assert 5 <= len(kept) < len(jobs)
    with Store(tmp_path / "run.db") as store:
        said = summary(jobs, store.records())
        assert said["missing"] == len(jobs) - len(kept)


@pytest.mark.slow
def test_two_grids_in_one_database_and_what_is_missing(tmp_path: Path, call: Caller) -> None:
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(TINY.format(seeds=1))
    second.write_text(TINY.format(seeds=2))
    database = tmp_path / "run.db"
    assert call("sweep", first, "-o", database, "--backend", "one", "-q").out == "2 jobs: 2 done\n"
    answer = call("sweep", second, "-o", database, "--backend", "one", "--json")
    assert (answer.code, answer.json["jobs"], answer.json["ran"], answer.json["missing"]) == (0, 4, 2, 0)
    with Store(database) as store:
        store.expect(jobs_of(TINY.format(seeds=5), tmp_path))
    assert call("report", database, "-q").out == "10 jobs: 4 done, 6 missing, none disagrees with the oracle\n"


@pytest.mark.slow
def test_a_sweep_of_which_no_job_could_be_done_is_an_error(tmp_path: Path, call: Caller) -> None:
    (tmp_path / "grid.toml").write_text('[[grid]]\nfamily = "random-ksat"\nvars = 2\nclauses = 4\nseeds = 3\n')
    words = ("sweep", tmp_path / "grid.toml", "-o", tmp_path / "run.db", "--backend", "one")
    answer = call(*words)
    assert answer.code == 1
    assert answer.out.startswith("3 jobs: 3 bad\n")
    assert "NO JOB could be done; the first: " in answer.out
    again = call(*words, "--json")
    assert (again.code, again.json["ran"]) == (1, 0)
    assert "k <= n" in again.json["none_done"]
    jobs = jobs_of(TINY.format(seeds=1), tmp_path)
    done = [{**run(job), "environment": {}} for job in jobs]
    assert summary(jobs, done)["none_done"] is None
    assert summary(jobs, [done[0], failed(jobs[1], "bad", "why", 0.1)])["none_done"] is None


def test_a_record_that_disagrees_is_an_error(tmp_path: Path) -> None:
    jobs = jobs_of(TINY.format(seeds=1), tmp_path)
    records = [{**run(job), "environment": {}} for job in jobs]
    assert summary(jobs, records)["disagree"] == []
    records[0]["agrees"] = False
    assert summary(jobs, records)["disagree"] == [records[0]["key"]]
