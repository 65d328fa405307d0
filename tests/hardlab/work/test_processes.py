"""Giving up the rest, hundreds of times; threads and processes that end, hang, cannot start or cannot be told what to do."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from hardlab.work import messages, processes
from hardlab.work.engine import Engine
from hardlab.work.handing import Threads, WorkersLost, handed_out
from instances.faults import BadInput

TWO = Engine("processes", 2)


def square(x: int) -> int:
    return x * x


def long_for_some(x: int) -> int:
    time.sleep(600 if x == 7 else 0)
    return x


def whole(x: bytes) -> int:
    time.sleep(0.05)
    return len(x)


def left_behind(flag: str) -> int:
    """It is killed the first time, and leaves a process behind that has all that it had open."""
    if not Path(flag).exists():
        Path(flag).touch()
        if os.fork() == 0:
            time.sleep(600)
        os.kill(os.getpid(), signal.SIGKILL)
    return 1


def exits(x: int) -> int:
    raise SystemExit(x)


class Stubborn(Exception):
    """It cannot be made again from what it keeps."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__("stubborn")


def refuses(x: int) -> int:
    raise Stubborn(x, x)


@pytest.fixture
def loaded() -> Iterator[None]:
    """A machine with other things to do."""
    over = threading.Event()

    def busy() -> None:
        while not over.is_set():
            sum(range(1000))

    threads = [threading.Thread(target=busy) for _ in range(2)]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()


def rounds(count: int) -> None:
    """Short items, given up after the first results, at moments that differ; what is left over is in nobody's way."""
    for i in range(count):
        results = TWO.unordered(square, range(40))
        for _ in range(1 + i % 5):
            x, value = next(results)
            assert value == x * x
        results.close()
    assert sorted(TWO.unordered(square, range(9))) == [(x, x * x) for x in range(9)]


@pytest.mark.exhaustive
@pytest.mark.slow
@pytest.mark.usefixtures("loaded")
def test_giving_up_short_items_again_and_again() -> None:
    rounds(30)
    kept = {worker.child.process.pid for worker in processes._kept}
    rounds(10)
    assert {worker.child.process.pid for worker in processes._kept} == kept  # nobody had to be ended


@pytest.mark.exhaustive
@pytest.mark.usefixtures("loaded")
def test_giving_up_short_items_for_hundreds_of_rounds() -> None:
    rounds(250)


@pytest.mark.slow
def test_giving_up_ends_what_takes_long() -> None:
    for _ in range(3):
        start = time.monotonic()
        results = TWO.unordered(long_for_some, [7, 1, 2, 3])
        next(results)
        results.close()
        assert time.monotonic() - start < 60
    assert sorted(TWO.unordered(square, range(3))) == [(x, x * x) for x in range(3)]


@pytest.mark.slow
def test_giving_up_with_large_items_on_their_way() -> None:
    results = TWO.unordered(whole, [bytes(2**23)] * 20)
    assert next(results)[1] == 2**23
    results.close()


@pytest.mark.slow
def test_a_thread_that_has_ended_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted fault: one that takes an item and is gone."""
    monkeypatch.setattr(Threads, "_work", lambda self: self._handed.get())
    with pytest.raises(WorkersLost, match="a thread that waits for a worker has ended"):
        list(handed_out(Threads(square, 2), 5))


@pytest.mark.slow
def test_what_cannot_be_sent_is_said() -> None:
    lock = threading.Lock()
    with pytest.raises(BadInput, match="what is to run cannot be sent to another process"):
        list(TWO.unordered(lambda x: lock, range(3)))
    with pytest.raises(BadInput, match="an item cannot be sent to another process"):
        list(TWO.unordered(str, [lock]))
    with pytest.raises(RuntimeError, match="Stubborn: stubborn"):
        list(TWO.unordered(refuses, range(3)))
    with pytest.raises(SystemExit):
        list(TWO.unordered(exits, range(3)))
    assert sorted(TWO.unordered(lambda x: 2 * x, range(3))) == [(x, 2 * x) for x in range(3)]


@pytest.mark.slow
def test_a_worker_that_is_killed_and_leaves_a_process_behind(tmp_path: Path) -> None:
    assert list(TWO.unordered(left_behind, [f"{tmp_path}/flag"])) == [(0, 1)]


@pytest.mark.slow
def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: Any, **__: Any) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    processes.end_kept()
    monkeypatch.setattr("hardlab.work.child.subprocess.Popen", none)
    with pytest.raises(WorkersLost, match="no process can be started: Resource temporarily unavailable"):
        list(TWO.unordered(square, range(3)))


def within(x: int) -> list[tuple[int, int]]:
    return sorted(TWO.unordered(square, range(x)))


@pytest.mark.slow
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_in_children_of_other_pools(method: str) -> None:
    """Which may not start processes of multiprocessing, and must not take those of their parent."""
    assert within(3) == [(x, x * x) for x in range(3)]
    mine = {worker.child.process.pid for worker in processes._kept}
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map_async(within, [4, 5]).get(60) == [[(x, x * x) for x in range(n)] for n in (4, 5)]
    assert within(3) == [(x, x * x) for x in range(3)]
    assert {worker.child.process.pid for worker in processes._kept} == mine


@pytest.mark.slow
def test_processes_within_processes_and_from_threads() -> None:
    assert dict(TWO.unordered(within, [2, 3])) == {0: within(2), 1: within(3)}
    assert dict(Engine("threads", 3).unordered(within, [2, 3, 4])) == {i: within(i + 2) for i in range(3)}


@pytest.mark.slow
def test_a_folder_that_is_left_is_left_by_workers_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(TWO.unordered(Path.resolve, [Path("x")])) == [(0, tmp_path / "x")]
    assert os.getcwd() == str(tmp_path)


def test_a_worker_is_told_what_it_does_not_know() -> None:
    function = messages.packed(square, "it")
    name = messages.name_of(function)
    messages._known.clear()
    with pytest.raises(messages.Unknown):
        messages.unpacked(messages.answered(messages.message(name, None, 3)))
    assert messages.unpacked(messages.answered(messages.message(name, function, 3))) == 9
    assert messages.unpacked(messages.answered(messages.message(name, None, 3))) == 9
    for i in range(messages.KEPT):
        messages.keep(messages.packed(i.__add__, "it"))
    with pytest.raises(messages.Unknown):
        messages.unpacked(messages.answered(messages.message(name, None, 3)))
