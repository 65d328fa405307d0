"""Long compilation is said once, on stderr, and what is compiled already is not spoken of."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from instances import compiling
from instances.compiling import KEPT, SAID, UNKEPT, Patience

PROGRAM = """
from instances import compiling

compiling.AFTER = {after}


@compiling.njit()
def twice(x):
    return 2 * x


print(twice(2), twice(2.0))
"""


@pytest.mark.slow
def test_it_is_said_once_on_stderr_and_not_of_what_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "program.py"

    def run(after: float) -> tuple[str, str]:
        file.write_text(PROGRAM.format(after=after))
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
        return done.stdout, done.stderr

    assert run(60) == ("4 4.0\n", "")
    assert run(0) == ("4 4.0\n", f"{SAID}; {KEPT}\n")  # another text: compiled again
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("4 4.0\n", "")


@pytest.mark.slow
def test_seconds_add_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(compiling, "AFTER", 0.15)
    patience = Patience()
    for _ in range(3):
        patience.on_start(None)
        patience.on_start(None)  # what is compiled for it
        time.sleep(0.03)
        patience.on_end(None)
        patience.on_end(None)
    time.sleep(0.2)  # in which nothing is compiled
    assert not patience.said
    for _ in range(2):
        patience.on_start(None)
        time.sleep(0.3)
        patience.on_end(None)
    said = [(record.name, record.levelno, record.message) for record in caplog.records]
    assert said == [("hardlab", logging.WARNING, f"{SAID}; {KEPT}")]


def test_what_is_waited_for(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """From the first that is compiled to the end of the last, less what was spent before, and once."""
    now, timers = [0.0], list[Any]()

    class Clock:
        def __init__(self, seconds: float, say: Any) -> None:
            self.seconds, self.say, self.state, self.daemon = seconds, say, "made", False
            timers.append(self)

        def start(self) -> None:
            assert self.daemon
            self.state = "started"

        def cancel(self) -> None:
            self.state = "cancelled"

    monkeypatch.setattr(compiling, "Timer", Clock)
    monkeypatch.setattr(compiling, "perf_counter", lambda: now[0])
    patience = Patience()

    def states() -> list[tuple[float, str]]:
        return [(round(timer.seconds, 9), timer.state) for timer in timers]

    for step, at, expected in (
        (patience.on_start, 5.0, [(1.0, "started")]), (patience.on_start, 5.1, [(1.0, "started")]),
        (patience.on_end, 5.2, [(1.0, "started")]), (patience.on_end, 5.3, [(1.0, "cancelled")]),
        (patience.on_start, 9.0, [(1.0, "cancelled"), (0.7, "started")]),
        (patience.on_end, 9.9, [(1.0, "cancelled"), (0.7, "cancelled")]),
        (patience.on_start, 20.0, [(1.0, "cancelled"), (0.7, "cancelled"), (0.0, "started")]),
    ):  # fmt: skip
        now[0] = at
        step(None)
        assert states() == expected
    assert not patience.said
    for _ in range(2):
        timers[-1].say()
    assert patience.said
    assert [record.message for record in caplog.records] == [f"{SAID}; {KEPT}"]
    for step in (patience.on_end, patience.on_start, patience.on_end):
        step(None)
    assert len(timers) == 3


def test_processes_that_others_started_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiling, "parent_process", lambda: object())
    assert Patience().said


THREADS = """
import multiprocessing, threading
import numba, numpy as np
from hardlab import attend

rng = np.random.default_rng(0)
Q, K, V = (rng.uniform(-0.5, 0.5, (2000, 4)) for _ in range(3))
once = attend(Q, K, V, scale=1 / 4, error=1e-6).output
same = []

def several():
    for _ in range(3):
        same.append(np.array_equal(attend(Q, K, V, scale=1 / 4, error=1e-6).output, once))

threads = [threading.Thread(target=several) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(numba.threading_layer(), len(same), all(same))

def child(_):
    try:
        return np.array_equal(attend(Q, K, V, scale=1 / 4, error=1e-6).output, once)
    except Exception as error:
        return f"{type(error).__name__}: {error}"

with multiprocessing.get_context("fork").Pool(2) as pool:
    print(*set(pool.map_async(child, range(2)).get(timeout=120)))
"""


@pytest.mark.slow
@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_any_thread_may_call_and_a_fork_is_told(layer: str) -> None:
    """The work queue of numba ends the process where threads meet in it, and GNU OpenMP one that was forked."""
    environment = {**os.environ, "NUMBA_THREADING_LAYER": layer}
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    threads, forked = done.stdout.splitlines()
    assert threads == f"{layer} 18 True"
    if layer == "workqueue":
        assert forked == "True"
    else:
        assert forked.startswith("Declined: this process was forked")
        assert "NUMBA_THREADING_LAYER=workqueue" in forked


NOWHERE = """
from numba.core.caching import CacheImpl

CacheImpl._locator_classes = []
"""


@pytest.mark.slow
def test_where_nothing_can_be_written_kernels_go_unkept(tmp_path: Path) -> None:
    """No folder at all, files that are cut, files that cannot be written: compiled again, and said where it takes long."""
    file, cache = tmp_path / "program.py", tmp_path / "cache"

    def run(before: str = "") -> tuple[str, str]:
        file.write_text(before + PROGRAM.format(after=0))
        environment = {**os.environ, "NUMBA_CACHE_DIR": str(cache)}
        done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=True, env=environment)
        return done.stdout, done.stderr

    assert run(NOWHERE) == ("4 4.0\n", f"{SAID}; {UNKEPT}\n")
    assert run() == ("4 4.0\n", f"{SAID}; {KEPT}\n")
    for kept in cache.rglob("*.nb?"):
        kept.write_bytes(kept.read_bytes()[:20])
    assert run()[0] == "4 4.0\n"
    for index in cache.rglob("*.nbi"):
        index.unlink()
        index.mkdir()
    assert run()[0] == "4 4.0\n"


@pytest.mark.slow
def test_a_layer_of_threads_that_is_not_there_is_declined_in_one_line() -> None:
    program = (
        "import numpy as np\nfrom hardlab import attend\nX = np.ones((3000, 4)) / 4\n"
        "for how in (dict(error=1e-6), dict(algorithm='softmax')):\n"
        "    try:\n        attend(X, X, X, **how)\n    except Exception as error:\n        print(type(error).__name__, error)"
    )
    environment = {**os.environ, "NUMBA_THREADING_LAYER": "bogus"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment)
    lines = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("Declined ") and "NUMBA_THREADING_LAYER" in line for line in lines), lines
