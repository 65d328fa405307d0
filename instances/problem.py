"""What every problem of the lab is: a finite instance, its witnesses, and how to check one.

A witness is a tuple of ints for every problem, so that witnesses compare, print as JSON and map along
any chain of reductions.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import ClassVar

from instances.faults import BadInput, Declined, one_line
from instances.memory import MEMORY_BUDGET, bytes_text, within

__all__ = [
    "MEMORY_BUDGET",
    "BadInput",
    "Declined",
    "Problem",
    "Size",
    "Witness",
    "bytes_text",
    "one_line",
    "within",
]

Witness = tuple[int, ...]
Size = Mapping[str, int]


class Problem(ABC):
    """A finite instance of a decision problem. Instances are frozen and their arrays are read-only."""

    called: ClassVar[str]
    """What people call the problem, on the command line and in records; the class's own name unless it says otherwise."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "called" not in vars(cls):
            cls.called = cls.__name__

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

    def says(self, witness: Witness) -> str:
        """What a witness that is accepted says of the instance, in words."""
        return f"{witness} is a witness"

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
