# mypy: allow-untyped-calls
"""Registers of 512 bits as values inside the kernels of `popcount`: one bit of each row of a block, in LLVM code.

Numba itself has no such registers, and no sure way to the longest there are; LLVM splits them where the processor's are
narrower. Planes, tables and the full adder are those of `popcount`. Kernels kept on disk do not notice that this module has
changed: change theirs too, or empty the cache.
"""

from collections.abc import Callable
from functools import reduce
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import RequireLiteralValue
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

BLOCK = 512
"""Rows of B in a block, bits of a register."""

GROUPS = 22
"""Groups of three columns in a word; the last has column 63 and two columns of zeros."""

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
def add_word(
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
def any_below(typing: Any, values: Any, limit: Any) -> tuple[Any, Callable[..., Any]]:
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
def lowest(typing: Any, values: Any) -> tuple[Any, Callable[..., Any]]:
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
def read_now(typing: Any, found: Any) -> tuple[Any, Callable[..., Any]]:
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
