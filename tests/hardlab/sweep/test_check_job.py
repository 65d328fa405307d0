"""Checks of kernels as jobs: the record of a check, whatever the kernel does, within the time and the memory of its job."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from hardlab.conformance.report.stored import stored as stored_checks
from hardlab.sweep import check_job
from hardlab.sweep.check_job import run_check
from hardlab.sweep.job import run
from hardlab.sweep.record import key_of, timeless
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.sweeps import jobs_of, swept
from tests.support.swept_kernels import written

FEW = "quick = true\nonly = 'every_key'\nseed_of_check = 5\n"


def job_of(folder: Path, kernel: str, words: str = FEW) -> Any:
    (job,) = jobs_of(f'[[grid]]\ntarget = "{written(folder, kernel)[kernel]}"\n{words}', folder)
    return job


def run_one(folder: Path, kernel: str, words: str = FEW) -> Any:
    return run(job_of(folder, kernel, words))


@pytest.mark.slow
def test_the_record_is_that_of_the_check(tmp_path: Path, call: Caller) -> None:
    record = run_one(tmp_path, "last_key")
    assert (record["status"], record["verdict"], record["part"]) == ("done", "wrong", "only 'every_key'")
    (checked,) = stored_checks(call(*record["command"].split()[1:], "--only", "every_key", "--json").json, "checked")
    alike = set(checked) - {"versions", "machine", "command", "seconds"}
    assert {name: timeless(record[name]) for name in alike} == {name: timeless(checked[name]) for name in alike}


@pytest.mark.slow
def test_a_job_without_a_seed_draws_one_that_is_kept(tmp_path: Path) -> None:
    words = FEW.replace("seed_of_check = 5\n", "")
    first, second = (run_one(tmp_path, "right", words) for _ in range(2))
    assert first["seed_of_check"] != second["seed_of_check"]
    assert first["key"] == second["key"]
    given = run_one(tmp_path, "right", f"{words}seed_of_check = {first['seed_of_check']}\n")
    assert given["key"] != first["key"]
    assert timeless(given["checks"]) == timeless(first["checks"])
    assert f"--seed-of-check {first['seed_of_check']}" in given["command"]


def test_a_kernel_that_cannot_be_loaded_has_crashed(tmp_path: Path) -> None:
    record = run_one(tmp_path, "unloadable")
    assert record["status"] == "crashed"
    assert record["reason"].endswith("unloadable.py cannot be loaded: ModuleNotFoundError: No module named 'no_such_module'")


def test_a_file_that_has_changed_meanwhile_is_not_taken_for_the_other(tmp_path: Path) -> None:
    job = job_of(tmp_path, "right")
    (tmp_path / "right.py").write_text("changed = True\n")
    with pytest.raises(BadInput, match="has changed since the sweep began"):
        run_check(job)
    assert run(job)["status"] == "bad"


@pytest.mark.slow
def test_when_its_time_is_over_nothing_more_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_job, "perf_counter", count().__next__)  # a second passes whenever somebody looks
    record = run_one(tmp_path, "right", "quick = true\ntimeout = 0.5\n")
    assert (record["status"], record["verdict"]) == ("timeout", "timeout")
    assert record["checks"][-1]["name"] == "time"
    assert record["part"].startswith("0 of ")
    assert record["part"].endswith("checks, until 0.5 seconds were over")
    wrong = run_one(tmp_path, "last_key", "quick = true\ntimeout = 9\nseed_of_check = 5\n")
    assert (wrong["status"], wrong["verdict"]) == ("done", "wrong")  # what has been found stays the verdict
    assert wrong["part"].startswith("9 of ")


@pytest.mark.slow
def test_each_kernel_has_its_own_limits(tmp_path: Path) -> None:
    names = ["hangs", "large", "ends", "last_key", "right"]
    files = written(tmp_path, *names)
    decided = '[[grid]]\nfamily = "random-ov"\nn = 3\nm = 3\nd = 5\nmemory = "8M"\n'
    targets = ", ".join(f'"{file}"' for file in files.values())
    checks = f'[[grid]]\ntarget = [{targets}]\ncall_timeout = 0.5\nmemory = "64M"\n{FEW}'
    jobs = jobs_of(decided + checks, tmp_path)
    records = {record["key"]: record for record in swept(jobs, tmp_path / "run.db")}
    found = {Path(job["target"]).stem: records[key_of(job)] for job in jobs if "target" in job}  # type: ignore[typeddict-item]
    said = {name: (found[name]["status"], found[name]["verdict"]) for name in names}
    assert said == {
        "hangs": ("timeout", "timeout"),
        "large": ("done", "crashed"),
        "ends": ("done", "crashed"),
        "last_key": ("done", "wrong"),
        "right": ("done", "conformant"),
    }
    assert "the limit is 64 MiB" in found["large"]["reason"]
    assert [one["sentence"] for one in found["last_key"]["diagnosis"]] == []  # of one head nothing is explained
    assert records[key_of(jobs[0])]["verdict"] in ("yes", "no")


@pytest.mark.slow
def test_a_process_that_does_not_come_back_is_ended(tmp_path: Path) -> None:
    """While the kernel is loaded no check is over, so that nobody looks at the clock."""
    (tmp_path / "right.py").write_text("import time\ntime.sleep(99)\n")
    (job,) = jobs_of(f'[[grid]]\ntarget = "{tmp_path}/right.py"\ntimeout = 2\n{FEW}', tmp_path)
    (record,) = swept([job], tmp_path / "run.db")
    assert (record["status"], record["reason"]) == ("timeout", "no answer after 4 seconds")
