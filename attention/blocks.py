"""Q, K and V in blocks of rows: a computation is a map over blocks, one block where they are in memory."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, TypeVar

import numpy as np

from instances.coded import Floats, Rows, row_count
from instances.memory import MEMORY_BUDGET
from instances.task import Attention

R = TypeVar("R")

Which = Literal["Q", "K", "V", "KV"]


class Blocks(ABC):
    """Inputs of softmax attention: Q (n, d), K (m, d), V (m, v), their scale, and the bytes that work on them may take."""

    n: int
    m: int
    d: int
    v: int
    scale: float
    memory: int

    @abstractmethod
    def over(self, which: Which, function: Callable[..., R]) -> Iterator[R]:
        """function(block of rows) for successive blocks of Q, of K or of V, in order; for "KV" function(of K, of V)."""

    @property
    @abstractmethod
    def key_blocks(self) -> tuple[int, int]:
        """How many blocks of keys there are, and the rows of the largest."""

    @abstractmethod
    def held(self, count: int) -> int:
        """Bytes of the blocks that are worked on at a time, with `count` sums for each of their queries."""

    @property
    def at_once(self) -> int:
        """How many blocks are worked on at a time."""
        return 1


@dataclass(frozen=True)
class Whole(Blocks):
    """Inputs in memory, which are one block."""

    inputs: Attention

    def __post_init__(self) -> None:
        inputs = self.inputs
        parts = {"n": inputs.n, "m": inputs.m, "d": inputs.d, "v": inputs.V.shape[1], "scale": inputs.scale}
        for name, value in {**parts, "memory": MEMORY_BUDGET}.items():
            object.__setattr__(self, name, value)

    def over(self, which: Which, function: Callable[..., R]) -> Iterator[R]:
        arrays: dict[str, Any] = {"Q": self.inputs.Q, "K": self.inputs.K, "V": self.inputs.V}
        yield function(*(arrays[name] for name in which))

    @property
    def key_blocks(self) -> tuple[int, int]:
        return 1, self.m

    def held(self, count: int) -> int:
        """Dense copies of coded rows, and the sums and quotients of all queries."""
        copies = sum(8 * row_count(X) * self.d for X in (self.inputs.Q, self.inputs.K) if isinstance(X, tuple))
        return copies + 16 * self.n * count


SOME = 4096
"""Rows that tell about where all lie."""


def sampled(inputs: Blocks, which: Literal["K", "V"]) -> Floats | None:
    """SOME rows and up to as many more, evenly; all where there are no more; None where they are coded."""
    parts = list(inputs.over(which, partial(_every, max(1, inputs.m // SOME))))
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


def _every(step: int, rows: Rows) -> Floats | None:
    return None if isinstance(rows, tuple) else rows[::step]
