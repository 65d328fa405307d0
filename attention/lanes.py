"""Vectors of floats as values inside numba kernels: what the processor's registers do, written once.

A `Lanes` holds 16 float32, 8 float64 or 8 words of 64 bits, 512 bits in all; LLVM splits it where registers are narrower,
so the kernels are right, if slower, on any processor. Numba itself vectorises simple loops, but keeps no sums of several
columns in registers.
Functions of several vectors take tuples of them, unrolled when they are compiled; sums are `sums`, exponentials `exp2`.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import RequireLiteralValue, TypingError
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from instances.compiling import njit

BITS = 512

INT, LONG = ir.IntType(32), ir.IntType(64)
Code = Callable[[Any, Any, Any, Any], Any]
Typed = tuple[Any, Code] | None

intrinsic: Callable[..., Callable[..., Any]] = numba_intrinsic
"""Its own type takes what it decorates for a function that never returns."""


def width(dtype: Any) -> int:
    """The floats of this type in a vector."""
    return int(BITS // (8 * dtype.itemsize))


SCALARS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.uint64: ir.IntType(64)}


class Lanes(types.Type):
    """The type of a vector."""

    def __init__(self, element: Any) -> None:
        self.element, self.count = element, BITS // element.bitwidth
        self.vector = ir.VectorType(SCALARS[element], self.count)
        super().__init__(f"Lanes({element} x {self.count})")

    def mangled(self, name: str) -> str:
        letter = "i" if self.element == types.uint64 else "f"
        return f"llvm.{name}.v{self.count}{letter}{self.element.bitwidth}"


LANES = {element: Lanes(element) for element in SCALARS}


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


@njit(nogil=True)
def room(size: int, like: Any) -> Any:
    """An empty array of the type of `like` in which no vector straddles two cache lines, inside kernels."""
    spare = BITS // 8 // like.itemsize
    array = np.empty(size + spare, like.dtype)
    start = -(array.ctypes.data // like.itemsize) % spare
    return array[start : start + size]


@intrinsic
def load(typing: Any, array: Any, i: Any) -> Typed:
    """The vector of array[i], array[i + 1], ...; the array is flat and contiguous."""
    kind = LANES[array.dtype]
    return kind(array, types.intp), lambda context, b, s, a: load_at(b, kind, element_at(context, b, array, a[0], a[1]))


@intrinsic
def store(typing: Any, array: Any, i: Any, x: Any) -> Typed:
    """Write the vector to array[i], array[i + 1], ..., as float32 where these are."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        store_at(b, array, element_at(context, b, array, a[0], a[1]), x, a[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, x), code


@intrinsic
def load_each(typing: Any, array: Any, i: Any, count: Any) -> Typed:
    """The tuple of `count` successive vectors from array[i] on."""
    kind, number = LANES[array.dtype], literal(count)
    result = types.UniTuple(kind, number)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, array, a[0], a[1])
        found = [load_at(b, kind, b.gep(start, [INT(k * kind.count)])) for k in range(number)]
        return context.make_tuple(b, result, found)

    return result(array, types.intp, count), code


@intrinsic
def lanes_of(typing: Any, array: Any) -> Typed:
    """The floats in a vector of the array's type."""
    return types.intp(array), lambda context, b, s, a: context.get_constant(types.intp, LANES[array.dtype].count)


@intrinsic
def splat(typing: Any, x: Any) -> Typed:
    """The vector with x in every lane."""
    kind = LANES[x]
    return kind(x), lambda context, b, s, a: splatted(b, kind, a[0])


@intrinsic
def times(typing: Any, x: Any, y: Any) -> Typed:
    """x y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.fmul(a[0], a[1])


@intrinsic
def plus(typing: Any, x: Any, y: Any) -> Typed:
    """x + y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.fadd(a[0], a[1])


@intrinsic
def over(typing: Any, x: Any, y: Any) -> Typed:
    """x / y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.fdiv(a[0], a[1])


@intrinsic
def larger(typing: Any, x: Any, y: Any) -> Typed:
    """The larger of x and y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.select(b.fcmp_ordered(">", a[0], a[1]), a[0], a[1])


@intrinsic
def smaller(typing: Any, x: Any, y: Any) -> Typed:
    """The smaller of x and y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.select(b.fcmp_ordered("<", a[0], a[1]), a[0], a[1])


@intrinsic
def largest(typing: Any, x: Any) -> Typed:
    """The largest lane."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        found, lanes = a[0], x.count
        while lanes > 1:
            lanes //= 2
            low, high = part_of(b, found, 0, lanes), part_of(b, found, lanes, lanes)
            found = b.select(b.fcmp_ordered(">", low, high), low, high)
        return b.extract_element(found, INT(0))

    return x.element(x), code


def literal(kind: Any) -> Any:
    """The value of an argument that must be known when the kernel is compiled."""
    if not isinstance(kind, types.Literal):
        raise RequireLiteralValue(kind)
    return kind.literal_value


def llvm_function(b: Any, kind: Lanes, name: str, arguments: int) -> Any:
    return cgutils.get_or_insert_function(b.module, ir.FunctionType(kind.vector, [kind.vector] * arguments), kind.mangled(name))


def element_at(context: Any, b: Any, kind: Any, array: Any, i: Any) -> Any:
    if kind.ndim != 1 or kind.layout != "C":
        raise TypingError(f"{kind}: vectors are read from flat contiguous arrays")
    return b.gep(context.make_array(kind)(context, b, array).data, [i])


def load_at(b: Any, kind: Lanes, pointer: Any) -> Any:
    return b.load(b.bitcast(pointer, kind.vector.as_pointer()), align=kind.element.bitwidth // 8)


def store_at(b: Any, array: Any, place: Any, kind: Lanes, x: Any) -> None:
    narrow = ir.VectorType(SCALARS[array.dtype], kind.count)
    found = x if array.dtype == kind.element else b.fptrunc(x, narrow)
    b.store(found, b.bitcast(place, narrow.as_pointer())).align = array.dtype.bitwidth // 8


def splatted(b: Any, kind: Lanes, scalar: Any) -> Any:
    one = b.insert_element(ir.Constant(kind.vector, ir.Undefined), scalar, INT(0))
    return b.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, kind.count), None))


def part_of(b: Any, x: Any, start: int, count: int) -> Any:
    return b.shuffle_vector(x, x, ir.Constant(ir.VectorType(INT, count), list(range(start, start + count))))
