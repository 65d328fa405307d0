# mypy: allow-untyped-calls
"""Every pair of two lists of packed rows: nearest rows, a pair within a distance, an orthogonal pair.

Letters: A has n rows and B has m rows of W words; a_c is bit c of a row; H is the Hamming distance. O(n m W) operations;
memory for one copy of B and 22 KiB W a thread, nothing n x m. The kernels are compiled here, on the `registers` beside.

A *register* holds one bit of each of 512 rows of B, a *block*: column c of the block is the register b_c. The numbers
H(a, b) = sum_c (a_c ^ b_c) of the whole block are held as *planes*: plane k is the register of their bits 2^k. With the
operations on registers, a full adder replaces three registers of weight 2^k by one of weight 2^k and one of 2^(k+1):

    x + y + z = s + 2 carry,    s = x ^ y ^ z,    carry = (x & y) | (z & (x ^ y)),

two instructions for 512 pairs where the processor has any function of three bits as one. For three columns, s and carry
depend on three bits of a only: a *table* of the 8 cases, made once for a block and read by every row of A, spares all
XORs and a third of the adders, and leaves about 40 adders a word. (Carry-save adders and a table as the Four Russians
have it, put together here; it takes 0.7 of the time of XOR, popcount, addition and minimum in 512-bit registers.)

A pair is orthogonal where OR_c (a_c & b_c) = 0: then there is one plane, and the table holds the OR for three columns.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

import numba
import numpy as np

from instances.bits import Ints, Words
from instances.compiling import njit, thread_count
from instances.faults import BadInput
from solvers.registers import BLOCK, GROUPS, add_word, any_below, lowest, read_now

NO_DISTANCE = 2**63 - 1
"""The least distance to a list without rows."""

ROWS = 4096
"""Rows of A, at most, that share a table: making it costs as much as 70 of them."""

SMALL = 2**22
"""Words n m W up to which one thread does the work: waking another can cost as much."""

Pair = tuple[int, int]


def nearest(A: Words, B: Words, stop: int = -1, threads: int | None = None) -> tuple[Ints, Ints]:
    """For every row i of A, min_j H(A_i, B_j) and a j that attains it: two arrays of n.

    A row may end early at any j with H(A_i, B_j) <= `stop`, and then gives that j and its distance. For m = 0 all
    distances are `NO_DISTANCE` and all j are -1. `threads`: at most so many (None: numba's number).
    Errors: `BadInput` for rows of different widths.
    """
    _check(A, B)
    if not len(A) or not len(B):
        return np.full(len(A), NO_DISTANCE, dtype=np.int64), np.full(len(A), -1, dtype=np.int64)
    return _search(A, B, stop, threads, distance=True, single=False)


def first_within(A: Words, B: Words, t: int, threads: int | None = None) -> Pair | None:
    """Some (i, j) with H(A_i, B_j) <= t, or None if there is none. All threads stop soon after one has found a pair.

    `threads`: at most so many (None: numba's number). Errors: `BadInput` for rows of different widths.
    """
    return _first(A, B, t, threads, distance=True)


def first_orthogonal(A: Words, B: Words, threads: int | None = None) -> Pair | None:
    """Some (i, j) with <A_i, B_j> = 0, or None if there is none. All threads stop soon after one has found a pair.

    `threads`: at most so many (None: numba's number). Errors: `BadInput` for rows of different widths.
    """
    return _first(A, B, 0, threads, distance=False)


def _check(A: Words, B: Words) -> None:
    if A.shape[1] != B.shape[1]:
        raise BadInput(f"rows of A have W = {A.shape[1]} words, rows of B have {B.shape[1]}: give both the same width")


def _first(A: Words, B: Words, stop: int, threads: int | None, distance: bool) -> Pair | None:
    _check(A, B)
    if not len(A) or not len(B) or stop < 0:
        return None
    least, partner = _search(A, B, stop, threads, distance, single=True)
    i = int(least.argmin())
    return (i, int(partner[i])) if least[i] <= stop else None


def _search(A: Words, B: Words, stop: int, threads: int | None, distance: bool, single: bool) -> tuple[Ints, Ints]:
    """The least value that each row of A has met and the row of B that has it, for n, m >= 1.

    The value of a pair is H, or without `distance` a bit that is 0 if and only if it is orthogonal. A row of A ends at
    a value <= `stop`; if `single`, all rows end soon after one has, and only a value <= `stop` means anything.
    """
    if not A.shape[1]:
        A, B = np.zeros((len(A), 1), dtype=np.uint64), np.zeros((len(B), 1), dtype=np.uint64)
    d = 64 * A.shape[1]
    planes = d.bit_length() if distance else 1
    least = np.full(len(A), 2**planes - 1, dtype=np.int64)
    partner = np.full(len(A), -1, dtype=np.int64)
    found = np.zeros(1, dtype=np.int64)
    with _at_most(1 if A.size * len(B) <= SMALL else threads) as count:
        parts = count * -(-len(A) // (count * ROWS))
        kernel = _kernel(planes, distance)
        kernel(_read_only(A), _columns(B), -(-len(A) // parts), min(stop, d), single, least, partner, found)
    return least, partner


@contextmanager
def _at_most(threads: int | None) -> Iterator[int]:
    before = thread_count()
    count = before if threads is None else min(threads, before)
    numba.set_num_threads(count)
    try:
        yield count
    finally:
        numba.set_num_threads(before)


def _read_only(words: Words) -> Words:
    """The words in the one form that kernels are compiled for."""
    view = np.ascontiguousarray(words).view()
    view.setflags(write=False)
    return view


def _columns(B: Words) -> Words:
    """The registers b_c of every block of B: (blocks, W, 3 GROUPS, BLOCK / 64) words.

    The last block is filled up with its last row: the copies have no lesser value than the row, and the row comes first.
    """
    result = np.zeros((-(-len(B) // BLOCK), B.shape[1], 3 * GROUPS, BLOCK // 64), dtype=np.uint64)
    _transpose(_read_only(B), result)
    return result


@cache
def _kernel(planes: int, distance: bool) -> Callable[..., None]:
    """The search for one number of planes, compiled when first called and kept on disk for the next process.

    Each has a name and so an index file of its own: in a shared one, two processes that compile at the same time could
    each file its kernel under the other's number.
    """

    def search(A: Words, B: Words, rows: int, stop: int, single: bool, least: Ints, partner: Ints, found: Ints) -> None:
        n, W = A.shape
        for part in numba.prange((n + rows - 1) // rows):
            table = _new_table(W)
            for block in range(len(B)):
                if read_now(found) != 0:
                    break
                _fill(table, B[block], distance)
                for i in range(part * rows, min(n, part * rows + rows)):
                    if least[i] > stop:
                        values = add_word((), table, A, i, 0, planes, distance)
                        for w in range(1, W):
                            values = add_word(values, table, A, i, w, planes, distance)
                        if any_below(values, least[i]):
                            least[i], r = lowest(values)
                            partner[i] = BLOCK * block + r
                            if single and least[i] <= stop:
                                found[0] = 1

    search.__qualname__ = f"search_{planes}_{distance}"
    return njit(parallel=True)(search)


@njit()
def _transpose(B: Words, result: Words) -> None:
    bits = np.empty(64, dtype=np.uint64)
    for block in range(len(result)):
        for w in range(B.shape[1]):
            for part in range(BLOCK // 64):
                bits[:] = 0
                for r in range(64):
                    word = B[min(BLOCK * block + 64 * part + r, len(B) - 1), w]
                    for c in range(64):
                        bits[c] |= (word >> np.uint64(c) & np.uint64(1)) << np.uint64(r)
                result[block, w, :64, part] = bits


@njit()
def _new_table(W: int) -> Words:
    """Room for a table, in which no register straddles two cache lines."""
    size = W * GROUPS * 8 * 2 * (BLOCK // 64)
    room = np.empty(size + 8, dtype=np.uint64)
    start = -(room.ctypes.data // 8) % 8
    return room[start : start + size].reshape((W, GROUPS, 8, 2, BLOCK // 64))


@njit()
def _fill(table: Words, block: Words, distance: bool) -> None:
    """table[w, g, q] = (s, carry) of the three columns of group g of word w where q holds their bits of a."""
    for w in range(len(block)):
        for g in range(GROUPS):
            b = block[w, 3 * g : 3 * g + 3]
            for q in range(8):
                a0, a1, a2 = np.uint64(-(q & 1)), np.uint64(-(q >> 1 & 1)), np.uint64(-(q >> 2))
                for part in range(BLOCK // 64):
                    if distance:
                        x, y, z = a0 ^ b[0, part], a1 ^ b[1, part], a2 ^ b[2, part]
                        table[w, g, q, 0, part] = x ^ y ^ z
                        table[w, g, q, 1, part] = x & y | z & (x ^ y)
                    else:
                        table[w, g, q, 0, part] = a0 & b[0, part] | a1 & b[1, part] | a2 & b[2, part]
