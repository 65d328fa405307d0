"""Where items of work run: every engine gives every result once, and survives the loss of workers."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardlab.work.engine import Engine
from hardlab.work.handing import WorkersLost
from instances.faults import BadInput
from tests.support.clusters import Cluster, cluster


@pytest.fixture(scope="module")
def running() -> Iterator[Cluster]:
    pytest.importorskip("distributed", reason="distributed is not installed: it is in the extra cluster")
    with cluster() as found:
        yield found


@pytest.fixture
def dask(running: Cluster) -> Cluster:
    """The cluster, with two workers whatever another test has done to them."""
    assert len(running.workers()) == 2
    return running


def engines(dask: Cluster) -> dict[str, Engine]:
    names = ("one", "threads", "processes")
    return {**{name: Engine(name, 2) for name in names}, "dask": Engine(f"dask={dask.address}")}


def square(x: int) -> int:
    return x * x


def refuse(x: int) -> int:
    if x == 3:
        raise BadInput("three")
    return x


def kill_once(item: tuple[int, str]) -> int:
    """Item 5 ends the process that it is in, the first time."""
    x, folder = item
    flag = Path(folder) / "killed"
    if x == 5 and not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def leave(x: int) -> int:
    os._exit(1)


def slow(x: int) -> int:
    time.sleep(0.02)
    return x


@pytest.mark.slow
def test_every_engine_gives_every_result_once(dask: Cluster) -> None:
    for name, engine in engines(dask).items():
        found = list(engine.unordered(square, range(20)))
        assert sorted(found) == [(i, i * i) for i in range(20)], name
        assert list(engine.unordered(square, [])) == [], name


@pytest.mark.slow
def test_errors_pass_through(dask: Cluster) -> None:
    for engine in engines(dask).values():
        with pytest.raises(BadInput, match="three"):
            list(engine.unordered(refuse, range(9)))


@pytest.mark.slow
def test_lost_workers_cost_no_item(dask: Cluster, tmp_path: Path) -> None:
    for name in ("processes", "dask"):
        folder = tmp_path / name
        folder.mkdir()
        found = list(engines(dask)[name].unordered(kill_once, [(x, str(folder)) for x in range(20)]))
        assert (folder / "killed").exists()
        assert sorted(found) == [(x, x) for x in range(20)], name


@pytest.mark.slow
def test_workers_that_always_end_are_given_up() -> None:
    with pytest.raises(WorkersLost, match="9 times in a row"):
        list(Engine("processes", 2).unordered(leave, range(3)))


@pytest.mark.slow
def test_closing_gives_up_the_rest(dask: Cluster) -> None:
    for engine in engines(dask).values():
        results = engine.unordered(slow, range(10_000))
        next(results)
        start = time.monotonic()
        results.close()
        assert time.monotonic() - start < 20


def test_engines_that_are_none() -> None:
    for backend, workers, said in (("cloud", 0, "one of one, threads"), ("dask=", 0, "one of"), ("one", -1, "workers = -1")):
        with pytest.raises(BadInput, match=said):
            Engine(backend, workers)


@pytest.mark.slow
def test_a_cluster_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.work.cluster.CONNECTING", 1)
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="there is no Dask scheduler at"):
        list(Engine("dask=tcp://127.0.0.1:9").unordered(square, range(3)))


@pytest.mark.parametrize("address", ["nonsense://x", "tcp://127.0.0.1:notaport", "http://h:80", "a b"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(BadInput, match="is no address of a Dask scheduler"):
        Engine(f"dask={address}")


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "host:8786", "tls://[::1]:8786", "scheduler"])
def test_addresses(address: str) -> None:
    assert Engine(f"dask={address}").backend.endswith(address)


def test_absurd_numbers_of_workers_are_refused() -> None:
    with pytest.raises(BadInput, match="from 1 to 1024"):
        Engine("processes", 10**6)
