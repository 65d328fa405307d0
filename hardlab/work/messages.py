"""What goes between this process and its own workers: a function with an item, and what came of it, pickled.

Functions of a session or of `__main__` go by value (cloudpickle). A worker keeps the last ones by their names, so that a large
one is sent to it once. What cannot be sent or loaded is an error in one sentence.
"""

import hashlib
import pickle
import traceback
from collections.abc import Callable
from threading import Lock
from typing import Any

from instances.faults import BadInput, one_line

KEPT = 4
"""Functions that a worker keeps."""

_known: dict[str, bytes] = {}
_lock = Lock()


class Unknown(Exception):
    """A worker has not been given the function of that name, or keeps it no more."""


def packed(value: Any, what: str) -> bytes:
    """Errors: `BadInput` where it cannot be sent to another process."""
    import cloudpickle  # slow to import

    try:
        content: bytes = cloudpickle.dumps(value)
    except Exception as error:
        raise BadInput(
            f"{what} cannot be sent to another process ({type(error).__name__}: {one_line(error)}): use --backend threads"
        ) from None
    return content


def name_of(function: bytes) -> str:
    """The name of a packed function by its content."""
    return hashlib.sha256(function).hexdigest()


def message(name: str, function: bytes | None, item: Any) -> bytes:
    """The item for the function of that name, which goes with it where it may not be known."""
    return pickle.dumps((name, function, packed(item, "an item")))


def keep(function: bytes) -> None:
    """Keep a packed function in this process. Errors: `BadInput` where it cannot be loaded here."""
    _loaded(function)
    with _lock:
        _known[name_of(function)] = function
        while len(_known) > KEPT:
            del _known[next(iter(_known))]


def answered(content: bytes) -> bytes:
    """The packed (result, error) of a message."""
    try:
        name, function, item = pickle.loads(content)
        found = _known.get(name, b"") if function is None else function
        if not found:
            raise Unknown(name)
        if function is not None:
            keep(function)
        return packed((_loaded(found)(pickle.loads(item)), None), "a result")
    except BaseException as error:
        return packed((None, _sendable(error)), "an error")


def unpacked(content: bytes) -> Any:
    """What a worker of ours has packed: its result. Errors: those of the item; `BadInput` for what cannot be loaded here."""
    try:
        result, error = pickle.loads(content)
    except Exception as fault:
        raise BadInput(f"what a worker gave cannot be loaded: {type(fault).__name__}: {one_line(fault)}") from None
    if error is not None:
        raise error
    return result


def _loaded(function: bytes) -> Callable[[Any], Any]:
    try:
        found: Callable[[Any], Any] = pickle.loads(function)
    except BadInput as error:
        raise BadInput(f"a worker cannot load what it is to run: {error}") from None
    except Exception as error:
        raise BadInput(f"a worker cannot load what it is to run: {type(error).__name__}: {one_line(error)}") from None
    return found


def _sendable(error: BaseException) -> BaseException:
    """The error with its traceback as a note, or what it says where it does not survive being sent."""
    error.add_note("in a worker:\n" + "".join(traceback.format_exception(error)))
    try:
        again = pickle.loads(packed(error, "an error"))
    except Exception:
        again = None
    return error if type(again) is type(error) else RuntimeError(f"{type(error).__name__}: {one_line(error)}")
