"""Steps of foreign code with a limit on their time, within the process that runs them."""

import os
import signal
import traceback
from collections.abc import Callable
from sysconfig import get_path
from types import FrameType
from typing import TypeVar

from instances.faults import Late, one_line

R = TypeVar("R")

LIBRARIES = (get_path("stdlib"), get_path("purelib"))
"""Where Python has its own."""

LAB = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
"""The folder that the packages of the lab lie in."""


def in_time(run: Callable[[], R], seconds: float) -> R:
    """What it gives. Errors: `Late`, raised where the code is then; its own."""
    signal.signal(signal.SIGALRM, _late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        return run()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def _late(number: int, frame: FrameType | None) -> None:
    raise Late("it did not end in time")


def said(error: BaseException) -> str:
    """The error in one line, with the function in which foreign code raised it."""
    words = f"{type(error).__name__}: {one_line(error)}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _ours(frame.filename)]
    return f"{frames[0].name} raised {words}" if frames else f"raised {words}"


def where(error: BaseException) -> str:
    """The function of foreign code that ran when it was late."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not _ours(frame.filename)]
    return frames[0].name if frames else "it"


def _ours(file: str) -> bool:
    path = os.path.abspath(file)
    known = [os.path.join(LAB, package) for package in ("attention", "hardlab", "instances", "reductions", "solvers")]
    return file.startswith("<") or any(path.startswith(os.path.join(each, "")) for each in (*known, *LIBRARIES))
