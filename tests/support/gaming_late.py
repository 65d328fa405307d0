"""Kernels that compute, or change their operands, when their call is over: f(Q, K, V, scale), NumPy arrays (n, d)."""

import threading
from typing import Any

import numpy as np

from tests.support.gaming_answers import right

_kept: dict[str, Any] = {}


# ------------------------------------------------------------------------------------ lazy


class Lazy(np.ndarray[Any, Any]):
    """Zeros that are computed when something is done with them."""

    operands: Any = None

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **named: Any) -> Any:
        return getattr(ufunc, method)(*(right(*X.operands) if isinstance(X, Lazy) else X for X in inputs), **named)

    def astype(self, *named: Any, **others: Any) -> Any:
        return right(*self.operands).astype(*named, **others)


class Promised:
    """Computed when it is made an array."""

    def __init__(self, *operands: Any) -> None:
        self.operands = operands

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return right(*self.operands).astype(dtype or float)


class Equal(np.ndarray[Any, Any]):
    """Equal, and close, to everything."""

    def __array_function__(self, function: Any, types: Any, arguments: Any, named: Any) -> Any:
        return True

    def __eq__(self, other: object) -> Any:
        return np.ones(self.shape, bool)

    __hash__ = None


def lazy_subclass(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = np.zeros((len(Q), V.shape[1]), V.dtype).view(Lazy)
    output.operands = (Q.copy(), K.copy(), V.copy(), scale)
    return output


def lazy_object(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return Promised(Q.copy(), K.copy(), V.copy(), scale)


def equal_to_everything(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return np.zeros((len(Q), V.shape[1]), V.dtype).view(Equal)


# ------------------------------------------------------------------------------------ late


def _soon(work: Any) -> None:
    """Work that goes on when the call has returned."""
    threading.Timer(2e-3, work).start()


def finished_by_a_thread(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = np.zeros((len(Q), V.shape[1]), V.dtype)
    q, k, v = (X.copy() for X in (Q, K, V))
    _soon(lambda: output.__setitem__(..., right(q, k, v, scale)))
    return output


def operand_as_workspace(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Q is scaled in place and restored by a thread."""
    before = Q.copy()
    Q *= Q.dtype.type(scale)
    output = right(Q, K, V, 1.0)
    _soon(lambda: Q.__setitem__(..., before))
    return output


def operand_spoilt_late(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A check that computes its reference from the same arrays afterwards finds nonsense equal to nonsense."""
    output = right(Q, K, V, scale)
    _soon(lambda: V.fill(0))
    return output


def restored_at_the_next_call(Q: Any, K: Any, V: Any, scale: float) -> Any:
    if "before" in _kept:
        array, values = _kept.pop("before")
        array[...] = values
    _kept["before"] = (K, K.copy())
    K *= K.dtype.type(scale)
    return right(Q, K, V, 1.0)
