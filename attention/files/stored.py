"""Q, K and V in files, in blocks of rows that are read when they are worked on: attention of more than memory holds."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any, TypeVar

from attention.blocks import Blocks, Which
from attention.files.npy import NpyMatrix
from attention.watching import report
from instances.faults import BadInput
from instances.locks import lock
from instances.mapping import IN_TURN, Mapper, in_order
from instances.memory import within

T = TypeVar("T")
R = TypeVar("R")

Rows = tuple[int, int]
"""The first row and the one after the last."""

LARGEST_BLOCK = 1 << 18
"""Rows; more in a block make nothing faster."""

AHEAD = 4

_ONE = lock()
"""Held while a block is worked on, by all cores: where blocks are given to threads, the others read theirs meanwhile."""


@dataclass(frozen=True, eq=False)
class Stored(Blocks):
    """Softmax attention of three .npy files, `block` rows at a time, `workers` blocks at once, by `mapper`.

    `block` None takes as many rows as half of `memory` holds for all workers, LARGEST_BLOCK at most.
    Errors: `BadInput` where shapes do not fit or the scale is not finite; `Declined` where `memory` holds no block of 256 rows.
    """

    Q: NpyMatrix
    K: NpyMatrix
    V: NpyMatrix
    scale: float
    memory: int
    block: int | None = None
    mapper: Mapper = IN_TURN
    workers: int = 1

    def __post_init__(self) -> None:
        Q, K, V = self.Q, self.K, self.V
        if Q.columns != K.columns:
            raise BadInput(f"Q has {Q.columns} columns and K has {K.columns}: give d in both ({Q.path}, {K.path})")
        if K.rows != V.rows:
            raise BadInput(f"K has {K.rows} rows and V has {V.rows}: give m in both ({K.path}, {V.path})")
        if not isfinite(self.scale):
            raise BadInput(f"scale = {self.scale}: it must be finite")
        for name, value in {"n": Q.rows, "m": K.rows, "d": Q.columns, "v": V.columns}.items():
            object.__setattr__(self, name, value)
        if self.block is None:
            a_row = self._row_bytes(self.v + 16)
            rows = min(LARGEST_BLOCK, self.memory // (2 * self.workers * a_row))
            size = {"d": self.d, "v": self.v, "workers": self.workers}
            least = min(256, max(Q.rows, K.rows))
            within(0 if rows >= least else 2 * least * self.workers * a_row, self.memory, f"a block of {least} rows", size)
            object.__setattr__(self, "block", rows)

    def over(self, which: Which, function: Callable[..., R]) -> Iterator[R]:
        matrices = tuple({"Q": self.Q, "K": self.K, "V": self.V}[name] for name in which)
        return self.ordered(partial(_on_rows, matrices, function), self.ranges(matrices[0].rows))

    def ranges(self, rows: int) -> list[Rows]:
        """The blocks of so many rows; the last may be shorter."""
        block = self.block or rows
        return [(start, min(start + block, rows)) for start in range(0, rows, block)]

    def ordered(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """As `mapping.in_order`, no more than AHEAD blocks for each worker at a time."""
        for done, result in enumerate(in_order(self.mapper, function, items, AHEAD * self.workers), 1):
            yield result
            report(done, len(items))

    @property
    def key_blocks(self) -> tuple[int, int]:
        blocks = self.ranges(self.m)
        return len(blocks), blocks[0][1]

    def held(self, count: int) -> int:
        return self.workers * min(self.block or self.n, max(self.n, self.m)) * self._row_bytes(count)

    @property
    def at_once(self) -> int:
        return self.workers

    def _row_bytes(self, count: int) -> int:
        """A row of each file as read, as float64 and as sent elsewhere; the sums and quotients of a query."""
        return 3 * 8 * (self.d + max(self.d, self.v)) + 16 * count + 8 * self.v


def _on_rows(matrices: tuple[NpyMatrix, ...], function: Callable[..., Any], rows: Rows) -> Any:
    blocks = [matrix.read(*rows) for matrix in matrices]
    with _ONE:
        return function(*blocks)
