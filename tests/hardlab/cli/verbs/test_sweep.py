"""What `hardlab sweep` runs, says of it and ends with, where nothing is run: the records are there at once."""

from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from hardlab.cli.progress import progress
from hardlab.cli.verbs import sweep
from hardlab.sweep import sweeping
from hardlab.sweep.record import key_of
from hardlab.sweep.store import Store, stored
from hardlab.work.engine import Engine
from tests.support.calling import Caller
from tests.support.kept import Keeper

GRID = """
[[grid]]
family = "random-ksat"
vars = [3, 4]
ratio = 2.0
seeds = 2
algorithm = ["softmax", "boolean"]
[[grid]]
family = "random-ksat"
vars = [4, 5]
ratio = 2.0
seeds = 2
"""
"""Twelve jobs, two of them twice."""


def record(job: Any, status: str, **words: Any) -> Any:
    return {"key": key_of(job), "job": job, "status": status, "reason": f"{status} here", "decide_seconds": 0.5, **words}


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The jobs that are run; the records of them are by the seed: done, crashed; a verdict, an agreement."""
    found: list[Any] = []

    def at_once(jobs: Any, store: Store, engine: Engine, path: Any, heard: Callable[[Any], None]) -> None:
        store.expect(jobs)
        for job in jobs:
            found.append((job["parameters"]["n"], job["parameters"]["seed"], job["algorithm"], engine.backend, engine.workers))
            status = "crashed" if job["parameters"]["seed"] else "done"
            one = record(job, status, **({"verdict": "yes", "agrees": True} if status == "done" else {}))
            store.add(one, {"node": "here"})
            heard(one)
            if len(found) == 7:
                raise KeyboardInterrupt

    monkeypatch.setattr(sweeping, "sweep", at_once)
    return found


def test_jobs_are_run_once(call: Caller, kept: Keeper, ran: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted after the seventh, gone on with, asked for again, and tried again where it failed."""
    monkeypatch.chdir(tmp_path)
    Path("grid.toml").write_text(GRID)
    said = []
    for words in (
        ["--most", 11], ["--most", 12], ["--most", 13], [], ["-q"], ["--json"],
        ["--retry-failed", "--json"], ["--backend", "one"],
        ["--backend", "one", "--workers", 2], ["--backend", "threads", "--workers", 3, "--retry-failed"], ["-o", "-"],
    ):  # fmt: skip
        answer = call("sweep", "grid.toml", "-o", "run.db", *words)
        said.append(f"{words} {answer.code} {answer.out} {answer.err} {ran}")
        ran[:] = ["before"] * 8 if ran else []
    assert len(stored("run.db")[0]) == 10
    kept("\n".join(said))


def test_what_is_said(kept: Keeper) -> None:
    said = []
    for done, crashed, disagree, fault, none in product((0, 3000), (0, 2), ([], ["a", "b"]), ([], ["c"]), (None, "why")):
        status = {name: count for name, count in (("done", done), ("crashed", crashed), ("fault", len(fault))) if count}
        record = {
            "jobs": 5000, "missing": 1, "status": status, "verdict": {"yes": done} if done else {}, "output": "run.db",
            "own": {"wrong": crashed, "right": 1234} if crashed else {}, "disagree": disagree, "fault": fault,
            "none_done": none,
        }  # fmt: skip
        said += [sweep._text(record, False), sweep._text(record, True)]
    said += [sweep._text({**record, "status": {one: 1}}, False) for one in ("timeout", "memory", "bad")]
    kept("\n".join(said))


@pytest.mark.parametrize(
    ("changed", "code"), [({}, 0), ({"disagree": ["a"]}, 1), ({"fault": ["a"]}, 1), ({"none_done": "x"}, 1)]
)
def test_exit_codes(
    changed: Any, code: int, call: Caller, ran: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "grid.toml").write_text(GRID.partition("[[grid]]\nfamily")[0] + GRID[: GRID.rindex("[[grid]]")])
    true = sweeping.summary
    monkeypatch.setattr(sweeping, "summary", lambda jobs, records: {**true(jobs, records), **changed})
    ran += ["before"] * 8
    assert call("sweep", tmp_path / "grid.toml", "-o", tmp_path / "run.db").code == code


def test_progress_is_told_of_each(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the work takes more than a second on a terminal, something is drawn; the items go by in any case."""
    now, drawn = [0.0], list[Any]()

    class Drawn:
        def __init__(self, **asked: Any) -> None:
            self.live, self.is_started = self, False
            drawn.append((asked["transient"], asked["disable"]))

        def add_task(self, what: str, total: Any) -> int:
            drawn.append((what, total))
            return 5

        def update(self, task: int, **how: Any) -> None:
            drawn.append((task, *how.values()))

        def start(self) -> None:
            drawn.append("start")
            self.is_started = True

        def stop(self) -> None:
            drawn.append("stop")

    monkeypatch.setattr("rich.progress.Progress", Drawn)
    monkeypatch.setattr("hardlab.cli.progress.perf_counter", lambda: now[0])

    def items() -> Iterator[str]:
        for seconds, item in ((0.5, "a"), (1.0, "b"), (1.1, "c"), (5.0, "d")):
            now[0] = seconds
            yield item

    assert list(progress(items(), 9, "things")) == ["a", "b", "c", "d"]
    updates = [(5, "things", done, 9) for done in (1, 2, 3, 4)]
    assert drawn == [(True, True), ("things", None), *updates[:3], "start", updates[3], "stop"]
