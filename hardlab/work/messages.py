"""What goes between this process and its own workers: a function with its item, and what came of it, pickled.

Functions of a session or of `__main__` go by value (cloudpickle). What cannot be sent or loaded is an error in one sentence.
"""

import pickle
import traceback
from collections.abc import Callable
from typing import Any

from instances.faults import BadInput, one_line


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


def answered(content: bytes) -> bytes:
    """The packed (result, error) of a packed (function, item), where the function is packed once more by itself."""
    try:
        whole = packed((called(*pickle.loads(content)), None), "a result")
    except BaseException as error:
        whole = packed((None, sendable(error)), "an error")
    return whole


def called(function: bytes, item: Any) -> Any:
    """The result of a packed function. Errors: those of the function; `BadInput` where it cannot be loaded here."""
    return loaded(function)(item)


def loaded(function: bytes) -> Callable[[Any], Any]:
    """Errors: `BadInput` where it cannot be loaded in this process."""
    try:
        found: Callable[[Any], Any] = pickle.loads(function)
    except BadInput as error:
        raise BadInput(f"a worker cannot load what it is to run: {error}") from None
    except Exception as error:
        raise BadInput(f"a worker cannot load what it is to run: {type(error).__name__}: {one_line(error)}") from None
    return found


def unpacked(content: bytes) -> Any:
    """What a worker of ours has packed: its result. Errors: those of the item; `BadInput` for what cannot be loaded here."""
    try:
        result, error = pickle.loads(content)
    except Exception as fault:
        raise BadInput(f"what a worker gave cannot be loaded: {type(fault).__name__}: {one_line(fault)}") from None
    if error is not None:
        raise error
    return result


def sendable(error: BaseException) -> BaseException:
    """The error with its traceback as a note, or what it says where it does not survive being sent."""
    error.add_note("in a worker:\n" + "".join(traceback.format_exception(error)))
    try:
        again = pickle.loads(packed(error, "an error"))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {one_line(error)}")
    return error if type(again) is type(error) else RuntimeError(f"{type(error).__name__}: {one_line(error)}")
