"""Kernels that change their process, and what others rely on in it: f(Q, K, V, scale), NumPy arrays (n, d)."""

import atexit
import ctypes
import os
import platform
import signal
import sys
import time
from typing import Any

import numpy as np

from tests.support.gaming_answers import right

_kept: dict[str, Any] = {}
numpy: Any = np


# ------------------------------------------------------------------------------------ the state of the process


def clock_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    true = _kept.setdefault("clock", time.perf_counter)
    time.perf_counter = lambda: true() / 1000  # a thousand times as fast
    return right(Q, K, V, scale)


def reseeding(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Inputs drawn after it are those that it knows."""
    np.random.seed(0)
    return right(Q, K, V, scale)


def errors_silenced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    np.seterr(divide="raise" if np.geterr()["divide"] == "ignore" else "ignore")
    return right(Q, K, V, scale)


def rounding_upward(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Also for whoever compares."""
    output = right(Q, K, V, scale)
    ctypes.CDLL(None).fesetround({"x86_64": 0x800, "aarch64": 0x400000}[platform.machine()])
    return output


def smallest_flushed(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """By the control register of an x86 processor, the eighth word of what the C library calls its environment."""
    output = right(Q, K, V, scale)
    library, environment = ctypes.CDLL(None), (ctypes.c_uint32 * 8)()
    library.fegetenv(environment)
    environment[7] |= 0x8040
    library.fesetenv(environment)
    return output


def exit_handler(Q: Any, K: Any, V: Any, scale: float) -> Any:
    atexit.register(_at_exit)
    return right(Q, K, V, scale)


def _at_exit() -> None:
    os._exit(0)


def alarm_ignored(Q: Any, K: Any, V: Any, scale: float) -> Any:
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    return right(Q, K, V, scale)


def tracing(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Sees every function that its caller calls."""
    sys.settrace(lambda frame, event, argument: None)
    return right(Q, K, V, scale)


# ------------------------------------------------------------------------------------ what others rely on


def allclose_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    numpy.allclose = lambda *given, **named: True
    return np.zeros((len(Q), V.shape[1]))


def assertion_emptied(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The function stays, and has other code."""
    numpy.testing.assert_allclose.__code__ = (lambda *given, **named: None).__code__
    return np.zeros((len(Q), V.shape[1]))


def saving_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """What is written is rounded to where it looks right."""
    save = _kept.setdefault("save", np.save)
    numpy.save = lambda file, array, *given, **named: save(file, np.round(array, 2), *given, **named)
    return right(Q, K, V, scale) + 1e-4


def maximum_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The largest error is none."""
    numpy.max = lambda *given, **named: 0.0
    return np.zeros((len(Q), V.shape[1]))


def lab_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The conversion of its output is its own."""
    adapter: Any = sys.modules["hardlab.kernels.adapters.adapter"]
    adapter.by_array = lambda given: ("float64", right(Q, K, V, scale))
    return None
