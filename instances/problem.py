"""What every problem of the lab is: a finite instance, its witnesses, and how to check one.

A witness is a tuple of ints for every problem, so that witnesses compare, print as JSON and map along
any chain of reductions.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, ClassVar, Self

from instances import codec
from instances.faults import BadInput, Declined, one_line
from instances.memory import MEMORY_BUDGET, bytes_text, within
from instances.showing import Shown

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


TINY = 300
"""Characters in which an instance is spelled out at most."""


def size_text(size: Size) -> str:
    """n and m as a product, the other letters by name."""
    rows = [f"{size['n']} x {size['m']}"] if {"n", "m"} <= size.keys() else []
    return ", ".join(rows + [f"{letter} = {value}" for letter, value in size.items() if not (rows and letter in ("n", "m"))])


def size_of(problem: "Problem") -> Size:
    """Its size. Errors: `TypeError` where that is no mapping of letters to whole numbers; what it raises itself."""
    size: Any = problem.size
    letters = isinstance(size, Mapping) and all(isinstance(letter, str) for letter in size)
    if not letters or not all(hasattr(value, "__index__") for value in size.values()):
        raise TypeError(f"size gave {size!r:.80}, and it gives whole numbers by their letters, such as {{'n': 3}}")
    return size  # type: ignore[no-any-return]


def tiny(instance: Any) -> str:
    """The call that makes a dataclass instance again, its fields by name but for defaults; empty beyond TINY characters."""
    words, room = [], TINY - len(type(instance).__name__) - 2
    for field in fields(instance) if is_dataclass(instance) else ():
        value = getattr(instance, field.name)
        if field.default is MISSING or value != field.default:
            if isinstance(value, tuple) and len(value) > room:
                return ""
            said = value.tiny if hasattr(value, "tiny") else repr(value)
            words.append(f"{field.name}={said}")
            room -= len(words[-1]) + 2
            if room < -2 or not said:
                return ""
    return f"{type(instance).__name__}({', '.join(words)})" if words else ""


INT = frozenset({int})


def yes(says: Callable[[Witness], object], witness: Witness) -> bool:
    """What `accepts` or `reaches` says of a witness. Errors: `TypeError` where that is no tuple of ints, or what it says is
    neither True nor False.
    """
    if type(witness) is not tuple or not (INT.issuperset(map(type, witness)) or all(hasattr(x, "__index__") for x in witness)):
        raise TypeError(f"{witness!r:.80} is given as a witness, and a witness is a tuple of ints")
    said: Any = says(witness)
    if said is not True and said is not False and type(said).__name__ not in ("bool", "bool_"):  # NumPy's are such too
        name = getattr(says, "__name__", "it")
        raise TypeError(f"{name} gave {said!r:.80} of {witness!r:.80}, and it says True or False")
    return bool(said)


class Problem(ABC, Shown):
    """A finite instance of a decision problem. Instances are frozen and their arrays are read-only.

    Its repr makes a tiny instance again, where at most TINY characters do; of a larger one it is `short`.
    """

    called: ClassVar[str] = "any problem"
    """What people call the problem, on the command line and in records; the class's own name unless it says otherwise."""
    all_are_instances: ClassVar[bool] = False
    """Whether all that the class takes, and that keeps its promise, is an instance, and not only what is listed or drawn."""
    referee: ClassVar[Any] = None
    """A solver that decides instances of which not all witnesses can be tried, or the name of one; None for nobody."""

    def __init_subclass__(cls) -> None:
        """Errors: `TypeError` for a field with a name that every problem has, which a dataclass would take for its default."""
        super().__init_subclass__()
        for name, kind in vars(cls).get("__annotations__", {}).items():
            if hasattr(Problem, name) and "ClassVar" not in str(kind):
                raise TypeError(f"{cls.__name__} has a field {name}, which is a word of every Problem: call it otherwise")
        if "called" not in vars(cls):
            cls.called = cls.__name__
        if "__repr__" not in vars(cls):
            cls.__repr__ = Problem.__repr__  # type: ignore[method-assign]  # which dataclass leaves alone

    @property
    @abstractmethod
    def size(self) -> Size:
        """The parameters, by their letters, in which the sizes of reductions are stated."""

    @property
    def short(self) -> str:
        """Its kind and size, such as GapHamming(71 x 24, d = 59, t = 8, t2 = 10)."""
        return f"{type(self).__name__}({size_text(self.size)})"

    def __repr__(self) -> str:
        return tiny(self) or self.short

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
    def instances(cls, limit: int) -> Iterator[Self]:
        """Every instance up to a measure of the problem's own choice: few for `limit` = 0, all of them as it grows. None where
        nobody enumerates them.
        """
        return iter(())

    @classmethod
    def drawn(cls, limit: int, seed: int) -> Self | None:
        """An instance of about that measure, drawn by the seed alone; None where nobody draws."""
        return None

    @classmethod
    def memory(cls, size: Size) -> int:
        """Bytes that an instance of this size takes while it is built, from the size alone; 64 for each of its parts, unless
        the problem knows better.
        """
        return 64 * sum(size.values())

    @property
    def identity(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        text = f"{type(self).__qualname__} {codec.text_of(self.as_json())}"
        return hashlib.sha256(text.encode()).hexdigest()

    def as_json(self) -> Any:
        """The instance in plain values: its fields by name (module `codec`). Errors: `BadInput` where it holds others."""
        return codec.fields_of(self)

    @classmethod
    def from_json(cls, given: Any) -> Self:
        """The instance again. Errors: those of the class."""
        return cls(**{name: codec.value_of(value) for name, value in given.items()})
