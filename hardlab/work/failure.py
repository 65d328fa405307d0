"""What the end of foreign code comes to, in one form."""

import signal
from dataclasses import dataclass
from typing import Literal

from instances.faults import one_line
from instances.memory import bytes_text

FailureKind = Literal["crashed", "timeout", "memory", "raised", "declined", "shape", "mutated"]


@dataclass(frozen=True)
class Failure:
    """A call that gave no array of (n, v) numbers, and why in one line."""

    kind: FailureKind
    reason: str


def failure_of_end(code: int, words: str, memory: int) -> Failure:
    """What the end of a process by itself comes to, by its exit code and its last words."""
    said = f"; it said: {words}" if words else ""
    if speaks_of_memory(words):
        return Failure("memory", f"{words} (the limit is {bytes_text(memory)})")
    if code == -signal.SIGKILL:
        return Failure("memory", f"killed by SIGKILL, as systems do when memory runs out{said}")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return Failure("crashed", f"killed by {name}{said}")
    return Failure("crashed", f"the process ended with exit code {code}{said}")


def speaks_of_memory(text: str) -> bool:
    """Whether an error's text says that memory could not be had, as those of NumPy, torch, C++ and others do."""
    low = text.lower()
    return "memoryerror" in low or "bad_alloc" in low or ("memory" in low and "alloc" in low) or "out of memory" in low


def failure_of(error: BaseException) -> Failure:
    """What an exception comes to: declined for a class of that name, memory for want of it, else raised."""
    reason = f"{type(error).__name__}: {one_line(error)}"
    if any(kind.__name__ == "Declined" for kind in type(error).__mro__):
        return Failure("declined", one_line(error))
    return Failure("memory" if isinstance(error, MemoryError) or speaks_of_memory(reason) else "raised", reason)
