"""2^x of vectors inside numba kernels, as module `exp2` has it."""

from typing import Any

from llvmlite import ir
from numba.core import types

from attention.exp2 import LOWEST, MANTISSA, exp2_coefficients
from attention.lanes import Lanes, Typed, intrinsic, llvm_function


@intrinsic
def exp2_less(typing: Any, x: Any, y: Any) -> Typed:
    """2^max(x - y, lowest) lane by lane for x <= y, `lowest` the least exponent of the type; within EXP2_ULPS roundoffs."""

    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        lowest = _same(x, LOWEST[str(x.element)])
        z = b.fsub(a[0], a[1])
        return _exp2(b, x, b.select(b.fcmp_ordered(">", z, lowest), z, lowest))

    return x(x, y), code


@intrinsic
def exp2_each(typing: Any, exponents: Any) -> Typed:
    """2^x for every vector x of the tuple, within EXP2_ULPS roundoffs where |x| <= 126 (float32) or 1022."""
    return _each(exponents, rough=False)


@intrinsic
def exp2_rough(typing: Any, exponents: Any) -> Typed:
    """2^x for every float64 vector x of the tuple, off by less than ROUGH of it where |x| <= 1022."""
    return _each(exponents, rough=True)


def _each(exponents: Any, rough: bool) -> Typed:
    def code(context: Any, b: Any, s: Any, a: Any) -> Any:
        found = [_exp2(b, exponents.dtype, b.extract_value(a[0], k), rough) for k in range(exponents.count)]
        return context.make_tuple(b, exponents, found)

    return exponents(exponents), code


def _exp2(b: Any, kind: Lanes, z: Any, rough: bool = False) -> Any:
    """2^z: 2^k with k the nearest integer to z, which goes to the exponent, times P(z - k), |z - k| <= 1/2.

    Adding 1.5 2^p, p the bits of the mantissa, leaves k in the last bits; subtracting it gives k as a float, exactly.
    """
    name = str(kind.element)
    mantissa, word = MANTISSA[name], 32 if kind.element == types.float32 else 64
    integer = ir.VectorType(ir.IntType(word), kind.count)
    magic, bits = _same(kind, 1.5 * 2.0**mantissa), ir.Constant(integer, [mantissa] * kind.count)
    k = b.fadd(z, magic)
    rest = b.fsub(z, b.fsub(k, magic))
    *coefficients, last = exp2_coefficients(name, rough)
    value, function = _same(kind, last), llvm_function(b, kind, "fmuladd", 3)
    for p in reversed(coefficients):
        value = b.call(function, [value, rest, _same(kind, p)])
    return b.bitcast(b.add(b.bitcast(value, integer), b.shl(b.bitcast(k, integer), bits)), kind.vector)


def _same(kind: Lanes, value: float) -> Any:
    return ir.Constant(kind.vector, [value] * kind.count)
