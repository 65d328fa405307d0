"""The state of a process, probe by probe: what changes is found by its key and sentence, and what is read twice is the same."""

import atexit
import gc
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hardlab.kernels.watching import state as module
from hardlab.kernels.watching.state import PROBES, Identical, State


def found(change: Callable[[], Any], seeded: bool = False) -> list[tuple[str, str]]:
    state = State(seeded)
    before = state.read()
    change()
    return [(finding.key, finding.sentence) for finding in state.changed(before)]


def test_what_is_read_twice_is_the_same() -> None:
    assert found(lambda: None) == found(lambda: None, True) == []
    assert len(State(False).read()) == len(PROBES) + 1
    assert len(State(True).read()) == len(PROBES) - 2


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its state, which tests change."""
    now = SimpleNamespace(
        cpu=b"a", cards=[b"b"], there=True, dtype="float32", precision="highest", grad=True, threads=2, modes=[0, 0]
    )

    def generator(bits: bytes) -> Any:
        return SimpleNamespace(get_state=lambda: SimpleNamespace(numpy=lambda: np.frombuffer(bits, np.uint8)))

    class Torch:
        cuda = SimpleNamespace(is_initialized=lambda: now.there)
        _C = SimpleNamespace(_len_torch_function_stack=lambda: now.modes[0], _len_torch_dispatch_stack=lambda: now.modes[1])

        @property
        def default_generator(self) -> Any:
            Torch.cuda.default_generators = [generator(bits) for bits in now.cards]
            return generator(now.cpu)

        get_default_dtype = staticmethod(lambda: now.dtype)
        get_float32_matmul_precision = staticmethod(lambda: now.precision)
        is_grad_enabled = staticmethod(lambda: now.grad)
        get_num_threads = staticmethod(lambda: now.threads)

    monkeypatch.setitem(sys.modules, "torch", Torch())
    return now


DRAWN = ("random-state", "torch's default random numbers")
OF_TORCH: dict[str, tuple[Any, str, str]] = {
    "cpu": (b"c", *DRAWN), "cards": ([b"c"], *DRAWN), "there": (False, *DRAWN),
    "dtype": ("float64", "torch-dtype", "torch's default dtype"), "precision": ("high", "torch-precision", "float32 products"),
    "grad": (False, "torch-grad", "gradients on or off"), "threads": (3, "threads", "how many threads torch takes"),
    "modes": ([1, 0], "torch-modes", "it left a mode of torch on"),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_TORCH)
def test_the_state_of_torch(name: str, torch: Any) -> None:
    value, key, sentence = OF_TORCH[name]
    state = State(False)
    before = state.read()
    setattr(torch, name, value)
    [finding] = state.changed(before)
    assert finding.key == key
    assert sentence in finding.sentence
    state = State(True)
    before = state.read()
    setattr(torch, name, 7 if name == "threads" else [2, 2] if name == "modes" else value)
    assert len(state.changed(before)) == (name in ("threads", "modes"))


def test_modes_of_operators(torch: Any) -> None:
    state = State(False)
    before = state.read()
    torch.modes = [0, 1]
    assert [finding.key for finding in state.changed(before)] == ["torch-modes"]


def test_a_library_that_is_loaded_since_then_had_no_state(torch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = sys.modules.pop("torch")
    state = State(False)
    before = state.read()
    monkeypatch.setitem(sys.modules, "torch", loaded)
    assert state.changed(before) == []


def test_what_a_process_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = (
        random.getstate(),
        np.random.get_state(),
        gc.get_threshold(),
        sys.getswitchinterval(),
        signal.getsignal(signal.SIGUSR1),
    )
    os.mkdir("below")
    try:
        assert [key for key, _ in found(lambda: random.random())] == ["random-state"]
        assert found(lambda: random.random(), True) == []
        assert "NumPy's global" in found(lambda: np.random.rand())[0][1]
        assert [key for key, _ in found(lambda: np.random.randn())] == ["random-state"]
        assert [key for key, _ in found(lambda: os.chdir("below"))] == ["folder"]
        assert [key for key, _ in found(lambda: gc.set_threshold(kept[2][0] + 1))] == ["garbage"]
        assert [key for key, _ in found(lambda: sys.setswitchinterval(0.5))] == ["garbage"]
        assert [key for key, _ in found(gc.disable)] == ["garbage"]
        assert [key for key, _ in found(lambda: signal.signal(signal.SIGUSR1, lambda *of: None))] == ["signals"]
        assert found(lambda: signal.setitimer(signal.ITIMER_REAL, 500))[0][1] == "it turned the alarm on or off"
        signal.setitimer(signal.ITIMER_REAL, 0)
        with np.errstate():
            assert [key for key, _ in found(lambda: np.seterr(divide="raise"))] == ["numpy-errors"]
        assert [key for key, _ in found(lambda: setattr(sys, "excepthook", print))] == ["streams"]
        monkeypatch.setattr(sys, "displayhook", sys.displayhook)
        assert [key for key, _ in found(lambda: setattr(sys, "displayhook", print))] == ["streams"]
        assert [key for key, _ in found(lambda: threading.setprofile(print))] == ["tracing"]
        assert [key for key, _ in found(lambda: threading.settrace(print))] == ["tracing"]
    finally:
        threading.setprofile(None)
        threading.settrace(None)
        sys.excepthook = sys.__excepthook__
        gc.enable()
        signal.setitimer(signal.ITIMER_REAL, 0)
        random.setstate(kept[0])
        np.random.set_state(kept[1])
        gc.set_threshold(*kept[2])
        sys.setswitchinterval(kept[3])
        signal.signal(signal.SIGUSR1, kept[4])


def test_handlers_of_the_operating_system_and_of_kernels() -> None:
    """Those of libraries are no business of ours; one that is taken away is missed."""

    def handler() -> None: ...

    handlers: list[tuple[Any, list[str]]] = [(os.getpid, ["exit-handler"]), (handler, ["exit-handler"]), (json.dumps, [])]
    for handed, keys in handlers:
        register, unregister = partial(atexit.register, handed), partial(atexit.unregister, handed)
        try:
            assert [key for key, _ in found(register)] == keys
            assert [key for key, _ in found(unregister)] == keys
        finally:
            atexit.unregister(handed)


def test_objects_are_the_same_only_if_each_is() -> None:
    class Agreeable:
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = None  # type: ignore[assignment]

    one, two = Agreeable(), Agreeable()
    assert Identical([one, two]) == Identical([one, two])
    assert Identical([one]) != Identical([two])
    assert Identical([one]) != Identical([one, two])
    assert Identical([one]) != [one]


def test_pools_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    pool = SimpleNamespace(num_threads=2)
    monkeypatch.setattr(module, "ThreadpoolController", lambda: SimpleNamespace(lib_controllers=[pool]))
    assert found(lambda: setattr(pool, "num_threads", 3)) == [("threads", "it changed how many threads BLAS or OpenMP takes")]


def test_floating_point_is_as_it_should_be() -> None:
    """What the probes of rounding and of small numbers read in a process that nobody has changed."""
    assert module._rounding() == b"".join(
        np.array([a / b for a, b in ((1, 3), (-1, 3), (1, 5), (-1, 5))], kind).tobytes() for kind in (np.float32, np.float64)
    )
    tiny = [np.finfo(kind).tiny for kind in (np.float32, np.float64)]
    assert module._denormals() == b"".join(np.array([x / 4, x], x.dtype).tobytes() for x in tiny)
