# mypy: allow-untyped-calls
"""Every pair of two lists of packed rows: nearest rows, a pair within a distance, an orthogonal pair.

Letters: A has n rows and B has m rows of W words; a_c is bit c of a row; H is the Hamming distance. O(n m W) operations;
memory for one copy of B and 22 KiB W a thread, nothing n x m. This is the only module that compiles kernels.

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
from functools import cache, reduce
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import RequireLiteralValue
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from instances.bits import Ints, Words
from instances.faults import BadInput

NO_DISTANCE = 2**63 - 1
"""The least distance to a list without rows."""

BLOCK = 512
"""Rows of B in a block, bits of a register; LLVM splits registers where the processor's are narrower."""

GROUPS = 22
"""Groups of three columns in a word; the last has column 63 and two columns of zeros."""

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
    before = numba.get_num_threads()
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
                if _read(found) != 0:
                    break
                _fill(table, B[block], distance)
                for i in range(part * rows, min(n, part * rows + rows)):
                    if least[i] > stop:
                        values = _add_word((), table, A, i, 0, planes, distance)
                        for w in range(1, W):
                            values = _add_word(values, table, A, i, w, planes, distance)
                        if _any_below(values, least[i]):
                            least[i], r = _lowest(values)
                            partner[i] = BLOCK * block + r
                            if single and least[i] <= stop:
                                found[0] = 1

    search.__qualname__ = f"search_{planes}_{distance}"
    return numba.njit(parallel=True, cache=True)(search)


@numba.njit(cache=True)
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


@numba.njit(cache=True)
def _new_table(W: int) -> Words:
    """Room for a table, in which no register straddles two cache lines."""
    size = W * GROUPS * 8 * 2 * (BLOCK // 64)
    room = np.empty(size + 8, dtype=np.uint64)
    start = -(room.ctypes.data // 8) % 8
    return room[start : start + size].reshape((W, GROUPS, 8, 2, BLOCK // 64))


@numba.njit(cache=True)
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


# What follows writes LLVM code: numba itself has no registers of 512 bits, and no sure way to the longest there are.

INT, WORD, WHOLE = ir.IntType(32), ir.IntType(64), ir.IntType(BLOCK)
VECTOR = ir.VectorType(WORD, BLOCK // 64)
NONE = ir.Constant(VECTOR, None)
ALL = ir.Constant(VECTOR, [-1] * (BLOCK // 64))

intrinsic: Callable[..., Callable[..., Any]] = numba_intrinsic
"""Its own type takes what it decorates for a function that never returns."""


class Register(types.Type):
    """The type of a register."""


REGISTER = Register("Register")


@register_model(Register)
class RegisterModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Register) -> None:
        super().__init__(manager, kind, VECTOR)


@intrinsic
def _add_word(
    typing: Any, values: Any, table: Any, A: Any, i: Any, w: Any, planes: Any, distance: Any
) -> tuple[Any, Callable[..., Any]]:
    """The planes `values` (none: 0) after adding word w of row i of A to those of every row of the block."""
    height, counting = _literal(planes), _literal(distance)
    result = types.UniTuple(REGISTER, height)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        before, table_, A_, i_, w_ = arguments[:5]
        rows = context.make_array(A)(context, builder, A_)
        W = cgutils.unpack_tuple(builder, rows.shape)[1]
        word = builder.load(builder.gep(rows.data, [builder.add(builder.mul(i_, W), w_)]))
        start = builder.ptrtoint(context.make_array(table)(context, builder, table_).data, WORD)
        start = builder.add(start, builder.mul(w_, WORD(GROUPS * 8 * 2 * BLOCK // 8)))

        def entry(g: int, part: int) -> Any:
            """table[w, g, q, part], at byte (8 g + q) 2^7 + 2^6 part of the word's table, for q = bits 3g ... of a."""
            q = builder.lshr(word, WORD(3 * g - 7)) if 3 * g > 7 else builder.shl(word, WORD(7 - 3 * g))
            at = builder.add(builder.add(start, builder.and_(q, WORD(7 << 7))), WORD((8 * g << 7) + (part << 6)))
            return builder.load(builder.inttoptr(at, VECTOR.as_pointer()), align=8)

        weights: list[list[Any]] = [[builder.extract_value(before, k)] for k in range(values.count)]
        weights += [[] for _ in range(height + 2 - len(weights))]

        def add(k: int, register: Any) -> None:
            weights[k].append(register)
            if len(weights[k]) == 3:
                s, carry = _full_adder(context, builder, *weights[k])
                weights[k] = [s]
                add(k + 1, carry)

        if not counting:
            either = reduce(builder.or_, [*weights[0], *(entry(g, 0) for g in range(GROUPS))])
            return context.make_tuple(builder, result, [either])
        for g in range(GROUPS):
            add(0, entry(g, 0))
            if g < GROUPS - 1:
                add(1, entry(g, 1))
        for k in range(height):
            if len(weights[k]) == 2:
                x, y = weights[k]
                weights[k] = [builder.xor(x, y)]
                add(k + 1, builder.and_(x, y))
        return context.make_tuple(builder, result, [(plane or [NONE])[0] for plane in weights[:height]])

    return result(values, table, A, types.intp, types.intp, planes, distance), code


@intrinsic
def _any_below(typing: Any, values: Any, limit: Any) -> tuple[Any, Callable[..., Any]]:
    """Whether some row of the block has a value < limit: the last borrow of value - limit, bit by bit."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        planes, bound = arguments
        borrow = NONE
        for k in range(values.count):
            bit = builder.sub(WORD(0), builder.and_(builder.lshr(bound, WORD(k)), WORD(1)))
            one = builder.insert_element(NONE, bit, INT(0))
            bits = builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, BLOCK // 64), None))
            borrow = _full_adder(context, builder, builder.not_(builder.extract_value(planes, k)), bits, borrow)[1]
        return _some(builder, borrow)

    return types.boolean(values, types.intp), code


@intrinsic
def _lowest(typing: Any, values: Any) -> tuple[Any, Callable[..., Any]]:
    """The least value in the block and the first row that has it: plane by plane from the top, keeps the zeros if any."""
    result = types.UniTuple(types.intp, 2)

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, value = ALL, WORD(0)
        for k in reversed(range(values.count)):
            zeros = builder.and_(left, builder.not_(builder.extract_value(arguments[0], k)))
            some = _some(builder, zeros)
            left = builder.select(some, zeros, left)
            value = builder.or_(value, builder.select(some, WORD(0), WORD(1 << k)))
        first = builder.cttz(builder.bitcast(left, WHOLE), ir.IntType(1)(0))
        return context.make_tuple(builder, result, [value, builder.trunc(first, WORD)])

    return result(values), code


@intrinsic
def _read(typing: Any, found: Any) -> tuple[Any, Callable[..., Any]]:
    """found[0] as the other threads have left it: an atomic load, that no optimiser takes out of a loop."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load_atomic(context.make_array(found)(context, builder, arguments[0]).data, "monotonic", 8)

    return found.dtype(found), code


def _full_adder(context: Any, builder: Any, x: Any, y: Any, z: Any) -> tuple[Any, Any]:
    if "+avx512f" in context.codegen().magic_tuple()[2].split(","):
        kind = ir.FunctionType(VECTOR, [VECTOR, VECTOR, VECTOR, INT])
        any_function = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.avx512.pternlog.q.512")
        return builder.call(any_function, [x, y, z, INT(0x96)]), builder.call(any_function, [x, y, z, INT(0xE8)])
    half = builder.xor(x, y)
    return builder.xor(half, z), builder.or_(builder.and_(x, y), builder.and_(z, half))


def _some(builder: Any, register: Any) -> Any:
    return builder.icmp_unsigned("!=", builder.bitcast(register, WHOLE), WHOLE(0))


def _literal(kind: Any) -> Any:
    """The value of an argument that must be known when the kernel is compiled."""
    if not isinstance(kind, types.Literal):
        raise RequireLiteralValue(kind)
    return kind.literal_value
