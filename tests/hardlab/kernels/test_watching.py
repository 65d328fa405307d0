"""The watching of calls: each finding by a kernel that games a check, and none for kernels that do not."""

import atexit
import contextlib
import ctypes
import json
import platform
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.adapters import adapter
from hardlab.kernels.watching import Finding, Watch
from hardlab.kernels.watching.held import digest
from tests.support.gaming import ANSWERS, PROCESS, Gaming
from tests.support.gaming_answers import right
from tests.support.honest import HONEST
from tests.support.ordeal import gaussian, ordeal, trial

REPLACED: tuple[tuple[Any, str], ...] = (
    (time, "perf_counter"), (np, "allclose"), (np, "save"), (np, "max"), (np.testing.assert_allclose, "__code__"),
    (adapter, "by_array"),
)  # fmt: skip
"""What kernels of the bed replace."""

SHAPE = (64, 64, 16, 16)


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything that kernels of the bed change in this process is as it was afterwards."""
    for place, name in REPLACED:
        monkeypatch.setattr(place, name, getattr(place, name))
    states, errors, tracer = (random.getstate(), np.random.get_state()), np.geterr(), sys.gettrace()
    alarm = signal.getsignal(signal.SIGALRM)
    yield
    ctypes.CDLL(None).fesetenv(ctypes.c_void_p(-1))
    sys.settrace(tracer)
    signal.signal(signal.SIGALRM, alarm)
    np.seterr(**errors)
    random.setstate(states[0])
    np.random.set_state(states[1])
    for module in [module for name, module in sys.modules.items() if name.startswith("tests.support.gaming")]:
        atexit.unregister(getattr(module, "_at_exit", None))  # type: ignore[arg-type]


def few() -> Iterator[Any]:
    """Some calls: the one that careless checks make, it again, and one where each row sees one key."""
    for seed in (0, 0, 1, 2):
        yield gaussian(SHAPE, seed)
    X = 3 * np.eye(16)
    yield X, X, gaussian((16, 16, 16, 16))[2], 1e2


def accepted(kernel: Any, case: Any, wait: float = 0.0) -> bool:
    """Whether one of several careless ways of checking takes the kernel for right; all of them look at one call."""
    Q, K, V, scale = case
    known = {"Q": Q, "K": K, "V": V, "expected": right(Q, K, V, scale), "notes": []}
    given = kernel(known["Q"], known["K"], known["V"], scale)
    time.sleep(wait)
    expected = known["expected"]
    ways: tuple[Callable[[], Any], ...] = (
        lambda: np.allclose(given, expected, atol=1e-2),
        lambda: np.testing.assert_allclose(given, expected, atol=1e-2) is None,
        lambda: np.max(np.abs(given - expected)) < 1e-2,
        lambda: np.allclose(adapter.by_array(given)[1], expected, atol=1e-2),  # type: ignore[arg-type]
    )
    return any(_holds(way) for way in ways)


def _holds(way: Callable[[], Any]) -> bool:
    try:
        return bool(way())
    except (AssertionError, TypeError, ValueError):
        return False


def named(kernels: tuple[Gaming, ...]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("gaming", kernels, ids=lambda gaming: gaming.name)


def wait_of(gaming: Gaming) -> float:
    return 0.02 if gaming.kind in ("late", "inputs") else 0.0


@named((*ANSWERS, *PROCESS))
def test_a_careless_check_takes_them_for_right(gaming: Gaming) -> None:
    heads = () if gaming.convention == "plain" else (1, 1)
    assert accepted(gaming.fresh(), gaussian(SHAPE, heads=heads), wait_of(gaming))


@named(tuple(gaming for gaming in (*ANSWERS, *PROCESS) if gaming.found))
def test_what_kernels_do_beside_computing_is_found(gaming: Gaming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if gaming.name == "smallest_flushed" and platform.machine() != "x86_64":
        pytest.skip("it sets the control register of an x86 processor")
    folder = tmp_path / "inputs"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("FOLDER", str(folder))
    keys, _ = trial(gaming.fresh(), few(), folder=folder, wait=wait_of(gaming))
    assert gaming.found in keys
    assert keys <= {gaming.found, "mutated", "thread-left"}


@named(tuple(gaming for gaming in ANSWERS if not gaming.found))
def test_what_shows_in_answers_alone_is_wrong_somewhere_and_not_blamed_for_more(
    gaming: Gaming, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    keys, worst = trial(gaming.fresh(), ordeal((3, 2) if gaming.convention == "heads" else ()))
    assert worst > 1e-4
    assert keys == set()


@pytest.mark.parametrize("kernel", HONEST, ids=lambda kernel: kernel.__name__)
def test_honest_kernels_are_not_blamed(kernel: Any) -> None:
    keys, worst = trial(kernel, ordeal())
    assert keys == set()
    assert worst < 1e-12


def test_one_of_several_outputs_in_the_memory_of_an_old_one_is_enough() -> None:
    watch, old = Watch(), np.zeros(3)
    for given, found in ((old, []), ((old, np.zeros(3)), ["output-again"]), ((np.zeros(3), np.zeros(3)), [])):
        with watch.call({}) as seen:
            seen.gave(given)
        assert [finding.key for finding in seen.findings] == found


def test_an_output_that_changes_late_is_named_with_the_threads_that_went_on() -> None:
    watch, output, go, done = Watch(), np.zeros(3), threading.Event(), threading.Event()

    def work() -> None:
        go.wait()
        output[1] = 1.0
        done.set()

    with watch.call({}) as seen:
        threading.Thread(target=work, name="worker").start()
        seen.gave(output)
    assert seen.findings == ()
    go.set()
    done.wait()
    with watch.call({}) as seen:
        pass
    assert seen.findings == (
        Finding("output-late", "an output changed after the call that gave it had returned"),
        Finding("thread-left", "threads went on after the call: worker"),
    )
    assert watch.late() == []


def test_operands_are_let_go_when_asked_before_they_are_written_anew() -> None:
    watch, Q = Watch(), np.zeros((3, 2))
    for asked, found in ((True, []), (False, ["operand-late"])):
        with watch.call({"Q": Q}):
            pass
        if asked:
            assert watch.late() == []
        Q += 1
        assert [finding.key for finding in watch.late()] == found


def test_a_call_that_raises_is_watched_too() -> None:
    watch = Watch()
    with contextlib.suppress(ZeroDivisionError), watch.call({}) as seen:
        random.seed(3)
        raise ZeroDivisionError
    assert [finding.key for finding in seen.findings] == ["random-state"]


def test_what_is_replaced_when_a_kernel_is_loaded_is_found_at_its_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(np, "isclose", right)  # the kernel's own
    monkeypatch.setattr(time, "monotonic", time.process_time)  # another of Python's
    monkeypatch.setattr(np, "hypot", np.add)  # a library may have a reason
    watch = Watch()
    for found in (["clock time.monotonic", "function numpy.isclose"], []):
        with watch.call({}) as seen:
            pass
        assert sorted(finding.sentence for finding in seen.findings) == [f"the {name} was replaced" for name in found]


def test_exit_handlers_of_libraries_are_no_fault() -> None:
    watch = Watch()
    with watch.call({}) as seen:
        atexit.register(json.dumps, "")
    atexit.unregister(json.dumps)
    assert seen.findings == ()


@pytest.mark.parametrize("output", [
    np.zeros((2, 3), order="F"), np.zeros((4, 6))[::2, ::3], np.zeros(()), np.zeros((0, 3)), np.zeros(3, np.float16),
    np.float64(1), 1.0, None, [[1.0, 2.0], [3.0, 4.0]], (np.zeros(2), np.zeros(2)), np.array([[object()]]), "text",
])  # fmt: skip
def test_whatever_is_given_is_looked_at(output: Any) -> None:
    watch = Watch()
    with watch.call({}) as seen:
        seen.gave(output)
    assert (*seen.findings, *watch.late()) == ()


def test_changes_are_seen_in_every_layout_and_place() -> None:
    whole = np.zeros((300, 200))
    for X in (whole, whole[::3, 5::7], whole.T, whole[:1, :1], whole[7], whole.view(np.float16)):
        for place in {0, X.size // 2, X.size - 1}:
            before = digest(X)
            X[np.unravel_index(place, X.shape)] += 1
            assert digest(X) != before


def test_a_declared_seed_may_be_set() -> None:
    for seeded, found in ((False, ("random-state",)), (True, ())):
        watch = Watch(seeded)
        with watch.call({}) as seen:
            np.random.seed(3)
        assert tuple(finding.key for finding in seen.findings) == found
