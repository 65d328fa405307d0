"""What goes wrong, as exceptions whose message is one sentence: what, where, what to do."""

import difflib
import warnings
from collections.abc import Callable, Iterable
from numbers import Integral
from typing import TypeVar

R = TypeVar("R")


class BadInput(ValueError):
    """What the caller gave is wrong; the message is one sentence: what, where, what to do."""


class Declined(Exception):
    """The input is right but this part of the lab will not take it; the message has the figure that shows why."""


class Remark(UserWarning):
    """What the caller should know of an input that is read all the same; the command line says it on one line on stderr."""


def remark(text: str) -> None:
    """Warn of it, as `Remark`."""
    warnings.warn(text, Remark, stacklevel=2)


def one_line(text: object) -> str:
    """A foreign text (an error's message) on one line: at most 200 characters, none that moves the cursor."""
    try:
        words = " ".join(str(text).split())
    except Exception:
        return "(no message: its text raises)"
    return "".join(character if character.isprintable() else "?" for character in words[:200]) or "(no message)"


class Late(BaseException):
    """Who asked does not wait any longer. No `Exception`, so that foreign code does not swallow it by accident."""


class PlugInFault(Exception):
    """Foreign code raised, or gave something that is not what it should give."""


def blamed(said: str, call: Callable[[], R], passing: tuple[type[BaseException], ...] = ()) -> R:
    """The result of foreign code, the only place where whatever it raises becomes a `PlugInFault`: `said` and the exception.

    Ctrl-C, `Late`, `Declined`, what is a `PlugInFault` already, and `passing` pass through.
    """
    try:
        return call()
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, Late, Declined, PlugInFault, *passing)):
            raise
        raise PlugInFault(f"{said} {type(error).__name__}: {one_line(error)}") from error


def unknown(kind: str, name: str, known: Iterable[str], *, any_case: bool = False, otherwise: str = "") -> BadInput:
    """The error for a name that is not known, with the nearest known one, compared without case where `any_case`.

    Where none is near it says `otherwise`, or else names all that are known.
    """
    compared = {(one.lower() if any_case else one): one for one in known}
    near = difflib.get_close_matches(name.lower() if any_case else name, sorted(compared), 1, 0.5)
    hint = f"did you mean {compared[near[0]]}?" if near else otherwise or f"known: {', '.join(sorted(compared.values()))}"
    return BadInput(f"unknown {kind} {name!r}: {hint}")


def at_least(option: str, value: int, least: int) -> None:
    """Errors: `BadInput` where the value is less, or no integer."""
    if not isinstance(value, Integral):
        raise BadInput(f"{option} {value!r}: it must be an integer, at least {least}")
    if value < least:
        raise BadInput(f"{option} {value}: it must be at least {least}")
