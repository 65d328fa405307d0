"""Sums of products inside numba kernels, kept in registers: tuples of vectors, one for each column and each vector of points.

An intrinsic takes the tuple and gives the next one, unrolled when it is compiled. Every product with a sum is a `fmuladd`:
fused where the processor does so, two roundings elsewhere.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types

from attention.columns import SPREAD
from attention.lanes import INT, LANES, Typed, element_at, intrinsic, literal, llvm_function, load_at, part_of, splatted


@intrinsic
def zeros(typing: Any, array: Any, count: Any) -> Typed:
    """A tuple of `count` zero vectors of the array's type."""
    kind, number = LANES[array.dtype], literal(count)
    result = types.UniTuple(kind, number)
    none = ir.Constant(kind.vector, None)
    return result(array, count), lambda context, b, s, a: context.make_tuple(b, result, [none] * number)


@intrinsic
def zeros_each(typing: Any, array: Any, width: Any, points: Any) -> Typed:
    """A tuple of zero vectors, `points` for each item of the tuple `width`, whose type a kernel is compiled for."""
    kind, number = LANES[array.dtype], width.count * literal(points)
    result = types.UniTuple(kind, number)
    none = ir.Constant(kind.vector, None)
    return result(array, width, points), lambda context, b, s, a: context.make_tuple(b, result, [none] * number)


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
        return _products(context, b, sums, points, a, lambda c: load_at(b, kind, b.gep(start, [INT(c * step)])))

    return sums(sums, points, values, types.intp, stride), code


@intrinsic
def combined(typing: Any, vectors: Any, scalars: Any, i: Any, points: Any) -> Typed:
    """The tuple of sum_c vectors[c points + p] scalars[i + c] for each p < points, c < len(vectors) / points."""
    kind, number = vectors.dtype, literal(points)
    result = types.UniTuple(kind, number)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        start = element_at(context, b, scalars, a[1], a[2])
        function, found = llvm_function(b, kind, "fmuladd", 3), [ir.Constant(kind.vector, None)] * number
        for c in range(vectors.count // number):
            y = splatted(b, kind, b.load(b.gep(start, [INT(c)])))
            for p in range(number):
                found[p] = b.call(function, [b.extract_value(a[0], c * number + p), y, found[p]])
        return context.make_tuple(b, result, found)

    return result(vectors, scalars, types.intp, points), code


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
                x = b.fadd(part_of(b, x, 0, lanes), part_of(b, x, lanes, lanes))
            if kind.element == types.float32:
                x = b.fpext(x, wide)
            place = b.gep(element_at(context, b, totals, a[0], a[1]), [INT(SPREAD * number)])
            pointer = b.bitcast(place, wide.as_pointer())
            b.store(b.fadd(b.load(pointer, align=8), x), pointer).align = 8
        return context.get_dummy_value()

    return types.void(totals, types.intp, sums), code


@intrinsic
def add_wide(typing: Any, totals: Any, i: Any, x: Any) -> Typed:
    """Add every lane of the vector to its own float64 of `totals` from totals[i] on."""
    wide = ir.VectorType(ir.DoubleType(), x.count)

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        pointer = b.bitcast(element_at(context, b, totals, a[0], a[1]), wide.as_pointer())
        more = b.fpext(a[2], wide) if x.element == types.float32 else a[2]
        b.store(b.fadd(b.load(pointer, align=8), more), pointer).align = 8
        return context.get_dummy_value()

    return types.void(totals, types.intp, x), code


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


def _products(context: Any, b: Any, sums: Any, points: Any, a: Any, factor: Callable[[int], Any]) -> Any:
    """Column by column, so that a factor is needed only while its column is summed."""
    columns = sums.count // points.count
    function, found = llvm_function(b, points.dtype, "fmuladd", 3), [None] * sums.count
    for c in range(columns):
        y = factor(c)
        for k in range(c, sums.count, columns):
            found[k] = b.call(function, [b.extract_value(a[1], k // columns), y, b.extract_value(a[0], k)])
    return context.make_tuple(b, sums, found)
