"""Kernels that look as if they gamed a check, and do not: f(Q, K, V, scale), right, of NumPy."""

import ctypes
import ctypes.util
import functools
import importlib
import logging
import random
import tempfile
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from tests.support.gaming_answers import right

_workspaces: dict[tuple[int, int], Any] = {}
_made: list[Any] = []


def workspace_and_copy(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The scores stand in the same memory in each call; what is returned is new."""
    S = _workspaces.setdefault((len(Q), len(K)), np.empty((len(Q), len(K))))
    np.matmul(Q, K.T, out=S)
    S *= scale
    S -= S.max(axis=1, keepdims=True)
    np.exp(S, out=S)
    return (S / S.sum(axis=1, keepdims=True)) @ V


@functools.lru_cache(maxsize=8)
def _blocks(m: int) -> tuple[slice, ...]:
    return tuple(slice(j, min(m, j + 16)) for j in range(0, m, 16))


def blocks_kept_by_shape(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """What depends on the shape alone is kept; the output is empty at first and written everywhere."""
    S = np.empty((len(Q), len(K)), Q.dtype)
    for block in _blocks(len(K)):
        S[:, block] = Q @ K[block].T * Q.dtype.type(scale)
    A = np.exp(S - S.max(axis=1, keepdims=True))
    return A @ V / A.sum(axis=1, keepdims=True)


def rows_in_a_pool(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Threads that idle afterwards."""
    if not _made:
        _made.append(ThreadPoolExecutor(2))
    rows = np.array_split(np.arange(len(Q)), 3)
    return np.vstack(list(_made[0].map(lambda of: right(Q[of], K, V, scale), rows)))


def idle_thread(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A thread of its own that waits for work."""
    if not _made:
        _made.append(threading.Event())
        threading.Thread(target=_made[0].wait, daemon=True).start()
    return right(Q, K, V, scale)


def imports_at_first_use(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A library, and a module of the lab."""
    importlib.import_module("xml.dom.minidom")
    importlib.import_module("hardlab.pages.colours")
    special = importlib.import_module("scipy.special")
    return special.softmax(Q @ K.T * scale, axis=1) @ V


def seeds_and_restores(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The order of its keys is random, the same each time, and nobody else's numbers are touched."""
    states = random.getstate(), np.random.get_state()
    np.random.seed(7)
    random.seed(7)
    order = np.random.permutation(len(K))
    random.setstate(states[0])
    np.random.set_state(states[1])
    return right(Q, K[order], V[order], scale)


def generator_of_its_own(Q: Any, K: Any, V: Any, scale: float) -> Any:
    order = np.random.default_rng(3).permutation(len(K))
    return right(Q, K[order], V[order], scale)


def errors_within(Q: Any, K: Any, V: Any, scale: float) -> Any:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return right(Q, K, V, scale)


def says_what_it_does(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Logging looks at the frames of whoever logs."""
    logging.getLogger(__name__).debug("%d x %d", len(Q), len(K))
    return right(Q, K, V, scale)


def scores_in_a_file(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A file of its own, as those do that have no room in memory."""
    with tempfile.TemporaryFile() as file:
        S = np.memmap(file, dtype=Q.dtype, mode="w+", shape=(len(Q), len(K)))
        S[:] = Q @ K.T * Q.dtype.type(scale)
        A = np.exp(np.array(S - S.max(axis=1, keepdims=True)))
    return A @ V / A.sum(axis=1, keepdims=True)


def exponential_of_c(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A function of a C library, by pointers to its operands."""
    expm1 = ctypes.CDLL(ctypes.util.find_library("m")).expm1
    expm1.restype, expm1.argtypes = ctypes.c_double, [ctypes.c_double]
    first = Q.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
    assert Q.dtype != np.float64 or not Q.size or first[0] == Q[0, 0]
    S = Q @ K.T * Q.dtype.type(scale)
    A = np.vectorize(lambda x: expm1(x) + 1.0, otypes=[float])(S - S.max(axis=1, keepdims=True))
    return A @ V / A.sum(axis=1, keepdims=True)


HONEST = (
    right, workspace_and_copy, blocks_kept_by_shape, rows_in_a_pool, idle_thread, imports_at_first_use, seeds_and_restores,
    generator_of_its_own, errors_within, says_what_it_does, scores_in_a_file, exponential_of_c,
)  # fmt: skip
