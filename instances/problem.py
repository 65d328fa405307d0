"""What every problem of the lab is: a finite instance, its witnesses, and how to check one.

A witness is a tuple of ints for every problem, so that witnesses compare, print as JSON and map along
any chain of reductions.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping

Witness = tuple[int, ...]
Size = Mapping[str, int]

MEMORY_BUDGET = 2**30
"""Bytes that one instance may take unless the user says otherwise (1 GiB)."""


class BadInput(ValueError):
    """What the caller gave is wrong; the message is one sentence: what, where, what to do."""


class Declined(Exception):
    """The input is right but this part of the lab will not take it; the message has the figure that shows why."""


class Problem(ABC):
    """A finite instance of a decision problem. Instances are frozen and their arrays are read-only."""

    @property
    @abstractmethod
    def size(self) -> Size:
        """The parameters, by their letters, in which the sizes of reductions are stated."""

    @abstractmethod
    def accepts(self, witness: Witness) -> bool:
        """Whether `witness` proves that the answer is YES; for gap problems, that it is *not NO*.

        Written from the definition; shares no code with reductions or solvers. Total: a tuple of the
        wrong length or out of range is not accepted.
        """

    def reaches(self, witness: Witness) -> bool:
        """Whether `witness` lies on the YES side of the promise: stronger than `accepts` for gap problems only."""
        return self.accepts(witness)

    def promised(self) -> bool:
        """Whether the instance keeps the promise of its problem (always, where the problem has none)."""
        return True

    @abstractmethod
    def witnesses(self) -> Iterator[Witness]:
        """Every tuple that could be a witness, in lexicographic order: the exhaustive search space."""

    @classmethod
    @abstractmethod
    def memory(cls, size: Size) -> int:
        """Bytes that an instance of this size takes while it is built, from the size alone."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """SHA-256 of the content, in hexadecimal."""


def bytes_text(count: int) -> str:
    """A number of bytes for people, such as 512 MiB."""
    power = max(0, min(4, (count.bit_length() - 1) // 10))
    return f"{count / 1024**power:,.4g} {('bytes', 'KiB', 'MiB', 'GiB', 'TiB')[power]}"


def within(memory: int, budget: int, what: str, size: Size) -> None:
    """Raise `Declined`, with the figure, if `what` of this size needs more than `budget` bytes."""
    if memory > budget:
        figures = " ".join(f"{letter}={value}" for letter, value in size.items())
        raise Declined(
            f"{what} ({figures}) needs {bytes_text(memory)}, the memory budget is {bytes_text(budget)}; "
            f"raise it with --memory (memory= in Python) or take a smaller instance"
        )


def one_line(text: object) -> str:
    """A foreign text (an error's message) on one line: at most 200 characters, none that moves the cursor."""
    try:
        words = " ".join(str(text).split())
    except Exception:
        return "(no message: its text raises)"
    return "".join(character if character.isprintable() else "?" for character in words[:200]) or "(no message)"
