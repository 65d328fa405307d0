"""The state of the process that a call could change: what is read before it and after it, and compared."""

import atexit
import gc
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy import random as numpy_random
from threadpoolctl import ThreadpoolController

from hardlab.kernels.watching.finding import Finding
from hardlab.kernels.watching.whose import made_by_kernel


class Identical:
    """Objects, equal to others only if each is the same: foreign ones can say of themselves that they equal anything."""

    def __init__(self, objects: Iterable[Any]) -> None:
        self._objects = tuple(objects)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identical) and list(map(id, self._objects)) == list(map(id, other._objects))

    __hash__ = None  # type: ignore[assignment]


class Probe(NamedTuple):
    """What is read, once its library is loaded, and what it means that it changed."""

    key: str
    sentence: str
    library: str
    read: Callable[[], Any]


_FLOATS: tuple[Any, ...] = (np.float32, np.float64)

_QUOTIENTS = tuple((np.array([1, -1, 1, -1], kind), np.array([3, 3, 5, 5], kind)) for kind in _FLOATS)
"""Each direction of rounding gives one of them otherwise."""

_FACTORS = tuple(
    (np.array([tiny, tiny / 4], kind), np.array([1 / 4, 4], kind)) for kind in _FLOATS for tiny in [np.finfo(kind).tiny]
)
"""One product is below the least normal number, one is of such a number."""


def _rounding() -> bytes:
    return b"".join((above / below).tobytes() for above, below in _QUOTIENTS)


def _denormals() -> bytes:
    with np.errstate(all="ignore"):
        return b"".join((one * other).tobytes() for one, other in _FACTORS)


def _numpy_random() -> tuple[Any, ...]:
    state: Any = numpy_random.get_state(legacy=False)
    inner = state["state"]
    return state["bit_generator"], inner["key"].tobytes(), inner["pos"], state["has_gauss"], state["gauss"]


def _torch() -> Any:
    return sys.modules["torch"]


def _torch_random() -> list[bytes]:
    torch = _torch()
    generators = [torch.default_generator, *(torch.cuda.default_generators if torch.cuda.is_initialized() else ())]
    return [generator.get_state().numpy().tobytes() for generator in generators]


def _torch_precision() -> str:
    return str(_torch().get_float32_matmul_precision())


def _torch_modes() -> tuple[int, int]:
    core = _torch()._C
    return core._len_torch_function_stack(), core._len_torch_dispatch_stack()


def _streams() -> Identical:
    return Identical([sys.stdout, sys.stderr, sys.excepthook, sys.displayhook])


def _garbage() -> tuple[Any, ...]:
    return gc.isenabled(), gc.get_threshold(), sys.getswitchinterval()


def _processors() -> Any:
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None


def _signals() -> Identical:
    return Identical(signal.getsignal(number) for number in range(1, 32))


def _traced() -> Identical:
    return Identical([sys.gettrace(), sys.getprofile(), threading.gettrace(), threading.getprofile()])


class _Listing:
    """Compared with each handler by `atexit.unregister`, equal to none: the only way to see them all."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []

    def __eq__(self, other: object) -> bool:
        self.handlers.append(other)
        return False

    __hash__ = None  # type: ignore[assignment]


def _exits() -> Identical:
    """The exit handlers that are the kernel's, or the operating system's own functions."""
    listing = _Listing()
    atexit.unregister(listing)  # type: ignore[arg-type]
    return Identical(f for f in listing.handlers if made_by_kernel(f) or getattr(f, "__module__", None) == "posix")


class State:
    """What is watched of the process. Random states are not, where a seed is declared: each call may begin from it."""

    def __init__(self, seeded: bool) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self._pools = ThreadpoolController().lib_controllers
        self._probes = [probe for probe in (*PROBES, self._threads()) if not (seeded and probe.key == "random-state")]

    def _threads(self) -> Probe:
        sentence = "it changed how many threads BLAS or OpenMP takes"
        return Probe("threads", sentence, "", lambda: [pool.num_threads for pool in self._pools])

    def read(self) -> list[Any]:
        """The present state, to be given to `changed`."""
        return [probe.read() if not probe.library or sys.modules.get(probe.library) else None for probe in self._probes]

    def changed(self, before: list[Any]) -> list[Finding]:
        """What is no longer as it was. A library that was loaded since then had no state."""
        pairs = zip(self._probes, before, self.read(), strict=True)
        return [Finding(probe.key, probe.sentence) for probe, old, new in pairs if old is not None and old != new]


PROBES = (
    Probe("random-state", "it changed the state of Python's random numbers", "random", random.getstate),
    Probe("random-state", "it changed the state of NumPy's global random numbers", "numpy.random", _numpy_random),
    Probe("random-state", "it changed the state of torch's default random numbers", "torch", _torch_random),
    Probe("float-rounding", "it changed the direction in which floating-point numbers are rounded", "", _rounding),
    Probe("float-denormals", "it changed whether the smallest floating-point numbers are taken for zero", "", _denormals),
    Probe("numpy-errors", "it changed numpy.seterr", "", np.geterr),
    Probe("torch-dtype", "it changed torch's default dtype", "torch", lambda: str(_torch().get_default_dtype())),
    Probe("torch-precision", "it changed torch's precision of float32 products", "torch", _torch_precision),
    Probe("torch-grad", "it turned torch's gradients on or off", "torch", lambda: _torch().is_grad_enabled()),
    Probe("threads", "it changed how many threads torch takes", "torch", lambda: _torch().get_num_threads()),
    Probe("torch-modes", "it left a mode of torch on that sees every function or operator called", "torch", _torch_modes),
    Probe("tracing", "it set a trace or profile function", "", _traced),
    Probe("folder", "it changed the working directory", "", os.getcwd),
    Probe("streams", "it changed where the process writes, or what it does with an exception", "", _streams),
    Probe("garbage", "it changed when garbage is collected, or how often threads take turns", "", _garbage),
    Probe("processors", "it changed on which processors the process may run", "", _processors),
    Probe("signals", "it changed what signals do", "", _signals),
    Probe("signals", "it turned the alarm on or off", "", lambda: signal.getitimer(signal.ITIMER_REAL)[0] > 0),
    Probe("exit-handler", "it registered a function to be called at the end of the process", "", _exits),
)
