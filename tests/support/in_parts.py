"""Inputs in memory that come in blocks, as those of files do."""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from attention.blocks import Which, Whole
from instances.task import Attention

R = TypeVar("R")


class InParts(Whole):
    """In blocks of `rows` rows; the last may be shorter."""

    def __init__(self, inputs: Attention, rows: int) -> None:
        super().__init__(inputs)
        object.__setattr__(self, "rows", rows)

    rows: int

    def over(self, which: Which, function: Callable[..., R]) -> Iterator[R]:
        arrays: dict[str, Any] = {"Q": self.inputs.queries(slice(None)), "K": self.inputs.keys(slice(None)), "V": self.inputs.V}
        for start in range(0, len(arrays[which[0]]), self.rows):
            yield function(*(arrays[name][start : start + self.rows] for name in which))

    @property
    def key_blocks(self) -> tuple[int, int]:
        return -(-self.m // self.rows), min(self.rows, self.m)
