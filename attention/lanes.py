"""Vectors of floats as values inside numba kernels: what the processor's registers do, written once.

A `Lanes` holds 16 float32, 8 float64 or 8 words of 64 bits, 512 bits in all; LLVM splits it where registers are narrower,
so the kernels are right, if slower, on any processor. Numba itself vectorises simple loops, but keeps no sums of several
columns in registers.
Sums are tuples of vectors: an intrinsic takes the tuple and gives the next one, unrolled when it is compiled.
Every product with a sum is a `fmuladd`: fused where the processor does so, two roundings elsewhere.
"""

from collections.abc import Callable
from math import log
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import RequireLiteralValue, TypingError
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from attention.exp_polynomial import minimax

BITS = 512
SPREAD = 4
"""Vectors are folded to so many float64 before they are added to a long sum."""

INT = ir.IntType(32)
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


EXP2_ULPS = 8.0
"""Roundoffs by which a computed 2^z is off at most: the polynomial below with its rounded coefficients by 3.1,
and Horner's rule by four, as each step adds two roundoffs of a value below sqrt 2 at most, halved by every step after it."""

EXP2_COEFFICIENTS = {
    element: [float(kind(p * log(2) ** k)) for k, p in enumerate(minimax(0.5 * log(2) * (1 + 1e-9), degree).coefficients)]
    for element, kind, degree in ((types.float32, np.float32, 5), (types.float64, np.float64, 10))
}

LANES = {element: Lanes(element) for element in SCALARS}


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.vector)


def aligned(shape: tuple[int, ...], dtype: Any) -> Any:
    """An empty array in which no vector straddles two cache lines, rows being whole vectors."""
    flat: Any = room(int(np.prod(shape)), np.zeros(1, dtype))
    return flat.reshape(shape)


@numba.njit(nogil=True, cache=True)
def room(size: int, like: Any) -> Any:
    """The same for one axis, inside kernels, in the type of `like`."""
    spare = BITS // 8 // like.itemsize
    array = np.empty(size + spare, like.dtype)
    start = -(array.ctypes.data // like.itemsize) % spare
    return array[start : start + size]


@intrinsic
def load(typing: Any, array: Any, i: Any) -> Typed:
    """The vector of array[i], array[i + 1], ...; the array is flat and contiguous."""
    kind = LANES[array.dtype]
    return kind(array, types.intp), lambda context, b, s, a: _load(b, kind, element_at(context, b, array, a[0], a[1]))


@intrinsic
def store(typing: Any, array: Any, i: Any, x: Any) -> Typed:
    """Write the vector to array[i], array[i + 1], ..."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        pointer = b.bitcast(element_at(context, b, array, a[0], a[1]), x.vector.as_pointer())
        b.store(a[2], pointer).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, types.intp, x), code


@intrinsic
def load_each(typing: Any, array: Any, i: Any, count: Any) -> Typed:
    """The tuple of `count` successive vectors from array[i] on."""
    kind, number = LANES[array.dtype], literal(count)
    result = types.UniTuple(kind, number)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, array, a[0], a[1])
        found = [_load(b, kind, b.gep(start, [INT(k * kind.count)])) for k in range(number)]
        return context.make_tuple(b, result, found)

    return result(array, types.intp, count), code


@intrinsic
def store_each(typing: Any, array: Any, i: Any, rows: Any, apart: Any, sums: Any) -> Typed:
    """Write vector p rows + r of the tuple to row r of an array of rows `apart` long, as the p-th vector from column i on."""
    height, long = literal(rows), literal(apart)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, array, a[0], a[1])
        for k in range(sums.count):
            place = b.gep(start, [INT(k % height * long + k // height * sums.dtype.count)])
            b.store(b.extract_value(a[4], k), b.bitcast(place, sums.dtype.vector.as_pointer())).align = (
                array.dtype.bitwidth // 8
            )
        return context.get_dummy_value()

    return types.void(array, types.intp, rows, apart, sums), code


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
def larger(typing: Any, x: Any, y: Any) -> Typed:
    """The larger of x and y, lane by lane."""
    return x(x, y), lambda context, b, s, a: b.select(b.fcmp_ordered(">", a[0], a[1]), a[0], a[1])


@intrinsic
def largest(typing: Any, x: Any) -> Typed:
    """The largest lane."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        found, lanes = a[0], x.count
        while lanes > 1:
            lanes //= 2
            low, high = _part(b, found, 0, lanes), _part(b, found, lanes, lanes)
            found = b.select(b.fcmp_ordered(">", low, high), low, high)
        return b.extract_element(found, INT(0))

    return x.element(x), code


@intrinsic
def exp2_less(typing: Any, x: Any, y: Any) -> Typed:
    """2^max(x - y, lowest) lane by lane for x <= y, `lowest` the least exponent of the type; within EXP2_ULPS roundoffs."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        lowest = _same(x, -126.0 if x.element == types.float32 else -1022.0)
        z = b.fsub(a[0], a[1])
        return _exp2(b, x, b.select(b.fcmp_ordered(">", z, lowest), z, lowest))

    return x(x, y), code


@intrinsic
def exp2_each(typing: Any, exponents: Any) -> Typed:
    """2^x for every vector x of the tuple, within EXP2_ULPS roundoffs where |x| <= 126 (float32) or 1022."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        found = [_exp2(b, exponents.dtype, b.extract_value(a[0], k)) for k in range(exponents.count)]
        return context.make_tuple(b, exponents, found)

    return exponents(exponents), code


def _exp2(b: Any, kind: Lanes, z: Any) -> Any:
    """2^z: 2^k with k the nearest integer to z, which goes to the exponent, times P(z - k), |z - k| <= 1/2.

    Adding 1.5 2^p, p the bits of the mantissa, leaves k in the last bits; subtracting it gives k as a float, exactly.
    """
    mantissa, word = (23, 32) if kind.element == types.float32 else (52, 64)
    integer = ir.VectorType(ir.IntType(word), kind.count)
    magic, bits = _same(kind, 1.5 * 2.0**mantissa), ir.Constant(integer, [mantissa] * kind.count)
    k = b.fadd(z, magic)
    rest = b.fsub(z, b.fsub(k, magic))
    *coefficients, last = EXP2_COEFFICIENTS[kind.element]
    value, function = _same(kind, last), llvm_function(b, kind, "fmuladd", 3)
    for p in reversed(coefficients):
        value = b.call(function, [value, rest, _same(kind, p)])
    return b.bitcast(b.add(b.bitcast(value, integer), b.shl(b.bitcast(k, integer), bits)), kind.vector)


def _same(kind: Lanes, value: float) -> Any:
    return ir.Constant(kind.vector, [value] * kind.count)


@intrinsic
def zeros(typing: Any, array: Any, count: Any) -> Typed:
    """A tuple of `count` zero vectors of the array's type."""
    kind, number = LANES[array.dtype], literal(count)
    result = types.UniTuple(kind, number)
    none = ir.Constant(kind.vector, None)
    return result(array, count), lambda context, b, s, a: context.make_tuple(b, result, [none] * number)


@intrinsic
def add_scaled(typing: Any, sums: Any, points: Any, scalars: Any, i: Any) -> Typed:
    """sums[p C + c] + points[p] scalars[i + c] for every vector p of points and c < C = len(sums) / len(points)."""
    kind = points.dtype

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, scalars, a[2], a[3])
        return _products(context, b, sums, points, a, lambda c: splatted(b, kind, b.load(b.gep(start, [INT(c)]))))

    return sums(sums, points, scalars, types.intp), code


@intrinsic
def add_products(typing: Any, sums: Any, points: Any, values: Any, i: Any, stride: Any) -> Typed:
    """sums[p C + c] + points[p] v_c, v_c the vector at values[i + c stride], for every p and c < C as in `add_scaled`."""
    kind, step = points.dtype, literal(stride)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, values, a[2], a[3])
        return _products(context, b, sums, points, a, lambda c: _load(b, kind, b.gep(start, [INT(c * step)])))

    return sums(sums, points, values, types.intp, stride), code


@intrinsic
def fold(typing: Any, totals: Any, i: Any, sums: Any) -> Typed:
    """Add every vector of `sums`, its lanes folded in halves, to its own SPREAD float64 of `totals` from totals[i] on."""
    kind = sums.dtype

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        wide = ir.VectorType(ir.DoubleType(), SPREAD)
        for number in range(sums.count):
            x, lanes = b.extract_value(a[2], number), kind.count
            while lanes > SPREAD:
                lanes //= 2
                x = b.fadd(_part(b, x, 0, lanes), _part(b, x, lanes, lanes))
            if kind.element == types.float32:
                x = b.fpext(x, wide)
            place = b.gep(element_at(context, b, totals, a[0], a[1]), [INT(SPREAD * number)])
            pointer = b.bitcast(place, wide.as_pointer())
            b.store(b.fadd(b.load(pointer, align=8), x), pointer).align = 8
        return context.get_dummy_value()

    return types.void(totals, types.intp, sums), code


def literal(kind: Any) -> Any:
    """The value of an argument that must be known when the kernel is compiled."""
    if not isinstance(kind, types.Literal):
        raise RequireLiteralValue(kind)
    return kind.literal_value


def _products(context: Any, b: Any, sums: Any, points: Any, a: Any, factor: Callable[[int], Any]) -> Any:
    """Column by column, so that a factor is needed only while its column is summed."""
    columns = sums.count // points.count
    function, found = llvm_function(b, points.dtype, "fmuladd", 3), [None] * sums.count
    for c in range(columns):
        y = factor(c)
        for k in range(c, sums.count, columns):
            found[k] = b.call(function, [b.extract_value(a[1], k // columns), y, b.extract_value(a[0], k)])
    return context.make_tuple(b, sums, found)


def llvm_function(b: Any, kind: Lanes, name: str, arguments: int) -> Any:
    return cgutils.get_or_insert_function(b.module, ir.FunctionType(kind.vector, [kind.vector] * arguments), kind.mangled(name))


def element_at(context: Any, b: Any, kind: Any, array: Any, i: Any) -> Any:
    if kind.ndim != 1 or kind.layout != "C":
        raise TypingError(f"{kind}: vectors are read from flat contiguous arrays")
    return b.gep(context.make_array(kind)(context, b, array).data, [i])


def _load(b: Any, kind: Lanes, pointer: Any) -> Any:
    return b.load(b.bitcast(pointer, kind.vector.as_pointer()), align=kind.element.bitwidth // 8)


def splatted(b: Any, kind: Lanes, scalar: Any) -> Any:
    one = b.insert_element(ir.Constant(kind.vector, ir.Undefined), scalar, INT(0))
    return b.shuffle_vector(one, one, ir.Constant(ir.VectorType(INT, kind.count), None))


def _part(b: Any, x: Any, start: int, count: int) -> Any:
    return b.shuffle_vector(x, x, ir.Constant(ir.VectorType(INT, count), list(range(start, start + count))))
