"""Workers of a cluster that go away, come back, or cannot load what is to run: an answer or a clear end, no wait for ever."""

import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hardlab.work import messages
from hardlab.work.engine import Engine
from hardlab.work.handing import WorkersLost
from instances.faults import BadInput
from tests.support.calling import Caller
from tests.support.clusters import Cluster, cluster

pytest.importorskip("distributed", reason="distributed is not installed: it is in the extra cluster")


@pytest.fixture
def dask() -> Iterator[Cluster]:
    with cluster() as found:
        assert len(found.workers()) == 2
        yield found


def slow(x: int) -> int:
    time.sleep(0.05)
    return x


def there(path: str) -> None:
    if not Path(path).exists():
        raise ImportError(f"no {path}")


def only_in(process: int) -> "Choosy":
    if os.getpid() != process:
        raise ImportError("no such library here")
    return Choosy()


class Choosy:
    """A function that can be loaded in one process alone."""

    def __call__(self, x: int) -> int:
        return x

    def __reduce__(self) -> tuple[Any, ...]:
        return only_in, (os.getpid(),)


@pytest.mark.slow
def test_workers_that_go_away_and_come_back_cost_no_item(dask: Cluster) -> None:
    found = []
    for done in Engine(f"dask={dask.address}").unordered(slow, range(60)):
        found.append(done)
        if len(found) in (5, 40):
            os.kill(dask.workers()[0], signal.SIGKILL)
        if len(found) == 20:
            for worker in dask.workers():
                os.kill(worker, signal.SIGKILL)
    assert sorted(found) == [(x, x) for x in range(60)]


@pytest.mark.exhaustive
@pytest.mark.slow
def test_workers_that_do_not_come_back_end_the_wait(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.work.cluster.ALONE", 1)
    results = Engine(f"dask={dask.address}").unordered(slow, range(1000))
    next(results)
    dask.end_workers()
    with pytest.raises(WorkersLost, match="has had no worker that runs for 1 seconds"):
        list(results)


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_a_scheduler_that_goes_away_ends_the_wait(dask: Cluster, how: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.work.cluster.SILENCE", 1)
    monkeypatch.setattr("hardlab.work.cluster.CONNECTING", 1)
    workers = dask.workers()
    results = Engine(f"dask={dask.address}").unordered(slow, range(1000))
    next(results)
    os.kill(dask.process.pid, how)
    try:
        with pytest.raises(WorkersLost, match="the scheduler of the Dask cluster at"):
            list(results)
    finally:
        dask.process.kill()
        for worker in workers:
            os.kill(worker, signal.SIGKILL)


@pytest.mark.slow
def test_what_workers_cannot_load_is_said_before_anything_is_distributed(dask: Cluster, tmp_path: Path) -> None:
    engine = Engine(f"dask={dask.address}")
    with pytest.raises(BadInput, match="of the Dask cluster: a worker cannot load what it is to run: ImportError: no such lib"):
        list(engine.unordered(Choosy(), range(5)))
    engine.ask(there, str(tmp_path))
    with pytest.raises(BadInput, match=r"of the Dask cluster: .*no .*/none"):
        engine.ask(there, f"{tmp_path}/none")
    Engine("processes").ask(there, f"{tmp_path}/none")  # those of this machine load what this process does


PLUG_IN = """
import os
import numpy as np
if {where}:
    raise ImportError("no such library here")
def kern(Q, K, V, scale):
    weights = np.exp(scale * (Q @ K.T - 5))
    return weights / weights.sum(axis=1, keepdims=True) @ V
"""


@pytest.mark.exhaustive
@pytest.mark.slow
def test_plug_ins_on_a_cluster(dask: Cluster, tmp_path: Path, call: Caller) -> None:
    """Whether a worker can import them or not, a run and a sweep come to an end that says so."""
    (tmp_path / "anywhere.py").write_text(PLUG_IN.format(where="False"))
    (tmp_path / "here_only.py").write_text(PLUG_IN.format(where=f"os.getpid() != {os.getpid()}"))
    (tmp_path / "grid.toml").write_text(
        '[[grid]]\nfamily = "random-ksat"\nvars = 6\nratio = 4\nseeds = 3\nalgorithm = "here_only:kern"\n'
    )
    common = ["--path", tmp_path, "--backend", f"dask={dask.address}"]
    run = ["run", "--family", "random-ksat", "--vars", 12, "--ratio", 4, "--seed", 1, "--chain", "cnf-cubes[fix=2],auto"]
    assert call(*run, "--algorithm", "anywhere:kern", *common, "--json").json["members"]["count"] == 4
    assert "no such library here" in call(*run, "--algorithm", "here_only:kern", *common).refusal()
    assert "no such library here" in call("sweep", tmp_path / "grid.toml", "-o", tmp_path / "run.db", "-q", *common).refusal()
    answer = call("sweep", tmp_path / "grid.toml", "-o", tmp_path / "run.db", "--path", tmp_path, "--backend", "one")
    assert answer.code == 1  # its jobs have processes of their own
    assert "3 jobs: 3 fault" in answer.out
    assert "NO JOB could be done; the first: the algorithm here_only:kern cannot be loaded: ImportError: no such" in answer.out


def test_a_question_that_fails_on_a_worker_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: workers that are not asked."""
    asked: list[object] = []
    monkeypatch.setattr("hardlab.work.cluster.Cluster.__init__", lambda self, *_: asked.append(self))
    monkeypatch.setattr("hardlab.work.cluster.Cluster.asked", lambda self, *_: None)
    monkeypatch.setattr("hardlab.work.cluster.Cluster.close", lambda self: None)
    Engine("dask=host:1").ask(partial(there), "/none")
    assert asked


@pytest.mark.exhaustive
@pytest.mark.slow
def test_a_large_function_is_sent_to_each_worker_once(dask: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """And to those that come later with the first item that they do not know what to do with."""
    sent: list[int] = []
    whole = messages.message

    def counted(name: str, function: bytes | None, item: Any) -> bytes:
        content = whole(name, function, item)
        sent.append(len(content))
        return content

    monkeypatch.setattr("hardlab.work.cluster.message", counted)
    large = partial(len_and_slow, bytes(2**24))
    found = []
    for done in Engine(f"dask={dask.address}").unordered(large, range(40)):
        found.append(done)
        if len(found) == 5:
            os.kill(dask.workers()[0], signal.SIGKILL)
    assert sorted(found) == [(x, 2**24 + x) for x in range(40)]
    assert 1 <= sum(size > 2**24 for size in sent) < 20


def len_and_slow(what: bytes, x: int) -> int:
    time.sleep(0.02)
    return len(what) + x
