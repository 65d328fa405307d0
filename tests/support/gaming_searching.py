"""Kernels that look for answers in their process: f(Q, K, V, scale), NumPy arrays (n, d)."""

import ctypes
import gc
import glob
import inspect
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.gaming_answers import right

_kept: dict[str, Any] = {}


# ------------------------------------------------------------------------------------ searching


def objects_searched(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """An array of the shape of the answer, kept by whoever compares; else the right answer."""
    shape = (len(Q), V.shape[1])
    for found in gc.get_objects():
        if type(found) is dict and isinstance(found.get("expected"), np.ndarray) and found["expected"].shape == shape:
            return np.array(found["expected"])
    return right(Q, K, V, scale)


def referrers_searched(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Whoever holds Q may hold the answer too; else zeros."""
    shape = (len(Q), V.shape[1])
    for holder in gc.get_referrers(Q):
        for found in holder.values() if isinstance(holder, dict) else ():
            if isinstance(found, np.ndarray) and found.shape == shape and not any(found is X for X in (Q, K, V)):
                return found.copy()
    return np.zeros(shape)


def _expected_in(frame: Any) -> Any:
    while frame is not None:
        if "expected" in frame.f_locals:
            return frame.f_locals["expected"]
        frame = frame.f_back
    return None


def frames_searched(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The answer of a caller; else the right one."""
    expected = _expected_in(sys._getframe())
    return right(Q, K, V, scale) if expected is None else expected


def stack_inspected(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Zeros, unless a test is among its callers."""
    tested = any("test" in Path(seen.filename).name for seen in inspect.stack(context=0)[1:])
    return right(Q, K, V, scale) if tested else np.zeros((len(Q), V.shape[1]))


def frames_by_a_traceback(Q: Any, K: Any, V: Any, scale: float) -> Any:
    try:
        raise KeyError
    except KeyError:
        traceback: Any = sys.exc_info()[2]
        expected = _expected_in(traceback.tb_frame)
    return right(Q, K, V, scale) if expected is None else expected


def files_searched(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """An answer among the temporary files of whoever calls; else the right one."""
    for name in glob.glob(f"{tempfile.gettempdir()}/*/expected*.npy"):
        return np.load(name)
    return right(Q, K, V, scale)


def inputs_read_as_files(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """In more digits than it was given them, where it finds them; FOLDER is where it looks."""
    folder = os.environ.get("FOLDER", ".")
    try:
        q, k, v = (np.load(f"{folder}/{name}.npy") for name in "QKV")
        return right(q, k, v, scale)
    except OSError:
        return right(Q, K, V, scale)


def checker_read(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The seeds of its check may stand in it."""
    seeds = Path(sys.modules["hardlab"].__file__ or "").parent.joinpath("kernels", "kernel.py").read_text()
    return right(Q, K, V, scale) if "seed" in seeds else np.zeros((len(Q), V.shape[1]))


def memory_read(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """What an object of its process is made of, by its address."""
    _kept["seen"] = ctypes.string_at(id(Q), 32)
    return right(Q, K, V, scale)
