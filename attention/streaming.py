"""Attention in blocks of rows and keys: O((rows + keys) d) floats at a time, threads over row blocks.

A thread works on one row block with BLAS held to one thread, so that no two thread pools compete.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from attention.watching import report
from instances.coded import Floats
from instances.task import Attention

ROW_BLOCK = 512
KEY_BLOCK = 1024

Block = NDArray[np.floating[Any]]


def _cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def key_blocks(m: int) -> int:
    return -(-m // KEY_BLOCK)


def over_rows(inputs: Attention, columns: int, row_block: Callable[[slice], Floats]) -> Floats:
    """The (n, columns) array whose row blocks are `row_block(rows)`, computed by as many threads as there are cores."""
    out = np.empty((inputs.n, columns))

    def work(start: int) -> None:
        rows = slice(start, min(start + ROW_BLOCK, inputs.n))
        out[rows] = row_block(rows)

    with threadpool_limits(1, "blas"), ThreadPoolExecutor(_cores()) as pool:
        starts = range(0, inputs.n, ROW_BLOCK)
        for done, _ in enumerate(pool.map(work, starts), 1):
            report(done, len(starts))
    return out


def scores(inputs: Attention, rows: slice, type_: type[np.floating[Any]]) -> Iterator[tuple[slice, Block]]:
    """(keys, scale Q K^T) for the given rows and successive blocks of keys, in the working type."""
    queries = inputs.queries(rows).astype(type_)
    for start in range(0, inputs.m, KEY_BLOCK):
        keys = slice(start, min(start + KEY_BLOCK, inputs.m))
        block = queries @ inputs.keys(keys).astype(type_).T
        block *= type_(inputs.scale)
        yield keys, block
