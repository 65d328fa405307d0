"""Many kernels by `hardlab sweep`: resumed, reported and exported; the same records on every engine."""

import csv
from pathlib import Path
from typing import Any

import pytest

from hardlab.sweep.job import run
from hardlab.work.engine import Engine
from tests.support.calling import Answer, Caller
from tests.support.clusters import cluster
from tests.support.sweeps import jobs_of, same_as_direct, swept
from tests.support.swept_kernels import written

GRID = """
[[grid]]
target = "{folder}/kernels/*.py"
dtype = ["float64", "float32"]
quick = true
only = "{only}"
seed_of_check = 5
call_timeout = 20
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of two kernels, one of them wrong, and one that cannot be loaded, with a grid of them."""
    (tmp_path / "kernels").mkdir()
    written(tmp_path / "kernels", "right", "last_key", "unloadable")
    (tmp_path / "grid.toml").write_text(GRID.format(folder=tmp_path, only="keys"))
    return tmp_path


@pytest.mark.slow
def test_kernels_are_swept_reported_and_exported(folder: Path, call: Caller) -> None:
    database = folder / "run.db"

    def sweep(*words: str) -> Answer:
        return call("sweep", folder / "grid.toml", "-o", database, "--workers", 2, "--json", *words)

    first = sweep()
    assert (first.code, first.json["ran"], first.json["status"]) == (0, 6, {"done": 4, "crashed": 2})
    assert first.json["verdict"] == {"wrong": 2, "conformant": 2}
    assert sweep().json["ran"] == 0
    written(folder / "kernels", "right")["right"].write_text("unfinished\n")
    changed = sweep()
    assert (changed.json["ran"], changed.json["status"]) == (2, {"done": 2, "crashed": 4})
    assert sweep("--retry-failed").json["ran"] == 4
    said = call("report", database, "-o", folder / "run.html", "--markdown", folder / "run.md")
    assert said.code == 0
    assert said.out.startswith("8 checks of kernels: 4 crashed, 2 wrong, 2 conformant")
    assert "The last key is never seen" in said.out
    assert "(content " in said.out
    for page in ("run.html", "run.md"):
        assert "The last key is never seen" in (folder / page).read_text()
    assert call("report", database, "-q").out.count("\n") == 1
    assert "has checks of kernels alone" in call("report", database, "--x", "n").refusal()
    table = folder / "run.csv"
    assert call("export", database, "-o", table).out == f"8 records in {table}\n"
    assert call("export", database, "--csv").out == table.read_bytes().decode()
    with table.open() as lines:
        found = [(Path(row["target"]).stem, row["dtype"], row["verdict"], row["diagnosis"]) for row in csv.DictReader(lines)]
    assert found[0] == ("last_key", "float64", "wrong", "the last key is never seen")
    assert [row[:3] for row in found].count(("right", "float32", "conformant")) == 1


@pytest.mark.slow
def test_a_sweep_in_which_nothing_can_be_loaded_fails(folder: Path, call: Caller) -> None:
    (folder / "grid.toml").write_text(f'[[grid]]\ntarget = "{folder}/kernels/unloadable.py"\n')
    answer = call("sweep", folder / "grid.toml", "-o", folder / "run.db", "--backend", "one")
    assert answer.code == 1
    assert "NO JOB could be done; the first: " in answer.out
    assert "unloadable.py cannot be loaded: ModuleNotFoundError" in answer.out


@pytest.mark.slow
def test_a_sweep_of_decisions_has_no_markdown(tmp_path: Path, call: Caller) -> None:
    jobs = jobs_of('[[grid]]\nfamily = "random-ov"\nn = 3\nm = 3\nd = 5\n', tmp_path)
    swept(jobs, tmp_path / "run.db")
    assert "has no checks of kernels" in call("report", tmp_path / "run.db", "--markdown", tmp_path / "x.md").refusal()


@pytest.mark.exhaustive
@pytest.mark.slow
def test_every_engine_gives_the_same_records(folder: Path) -> None:
    pytest.importorskip("distributed", reason="distributed is not installed: it is in the extra cluster")
    every: Any = jobs_of(GRID.format(folder=folder, only="every_key"), folder)
    jobs = [job for job in every if job["dtype"] == "float32" and "right" not in job["target"]]
    reference = [run(job) for job in jobs]
    with cluster() as running:
        engines = {"one": Engine("one"), "processes": Engine("processes", 2), "dask": Engine(f"dask={running.address}")}
        for name, engine in engines.items():
            assert same_as_direct(swept(jobs, folder / f"{name}.db", engine), jobs, reference), name
