"""The compiled kernels of attention against numpy, by the definitions, and on processors without AVX-512."""

import os
import subprocess
import sys
from itertools import combinations_with_replacement
from math import log2
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from flint import arb, ctx

from attention.columns import WIDTHS, Columns, kernel_width
from attention.exact.boolean_sums import boolean_sums
from attention.exact.exponentials import TILE, exponentiate, fused_sums
from attention.exp2 import EXP2_COEFFICIENTS, EXP2_ULPS, exp2_each
from attention.extents import deviations, extents, largest_norm
from attention.lanes import aligned, load, store
from attention.polynomial.monomials import key_sums, monomials, query_sums, quotients, rank
from attention.sums import zeros
from instances.bits import BitMatrix
from instances.coded import Floats

E = log2(np.e)


def plain_columns(V: Floats) -> Columns:
    return Columns(V, np.zeros(V.shape[1]), np.ones(V.shape[1]))


def features(X: Floats, g: int) -> Floats:
    """Every monomial of degree <= g of every row, in the kernels' order: graded, children by their last variable."""
    d, found, last = X.shape[1], [np.ones(len(X))], [0]
    low = 0
    for _ in range(g):
        high = len(found)
        for p in range(low, high):
            for v in range(last[p], d):
                found.append(found[p] * X[:, v])
                last.append(v)
        low = high
    return np.stack(found, axis=1)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "d", "g", "v", "lowest"), [
    (1, 1, 1, 0, 1), (2, 1, 6, 1, 1), (777, 3, 4, 4, 1), (1030, 5, 3, 1, 2), (600, 1, 6, 8, 3), (65, 4, 1, 17, 1),
    (900, 2, 5, 9, 5), (513, 7, 2, 30, 1),
])  # fmt: skip
def test_monomial_sums(n: int, d: int, g: int, v: int, lowest: int, dtype: Any) -> None:
    rng = np.random.default_rng(n)
    X, V = rng.uniform(-1, 1, (n, d)), rng.normal(size=(n, v))
    centre, factor = rng.normal(size=d), rng.uniform(0.5, 1, d)
    columns, m = Columns(V, rng.normal(size=v), np.exp2(rng.integers(-3, 3, v).astype(float))), monomials(d, g)
    F = features((X - centre) * factor, g)
    assert F.shape[1] == rank(d, g) == len(m.last)
    y = np.zeros((n, columns.count))
    y[:, :v], y[:, v] = (V - columns.mean) / columns.unit, 1
    expected = F.T @ y
    expected[: m.starts[lowest]] = 0
    unit = 1e-6 if dtype is np.float32 else 1e-14
    size = np.abs(F).T @ np.abs(y) + 1
    assert (np.abs(key_sums(X, centre, factor, columns, m, lowest, dtype) - expected) <= 60 * unit * size).all()

    coefficients, sums = rng.normal(size=(len(m.last), columns.count)), np.ones((n, columns.count))
    query_sums(X - centre, factor, coefficients, columns, m, lowest, dtype, sums)
    coefficients[: m.starts[lowest]] = 0
    size = np.abs(F) @ np.abs(coefficients) + 1
    assert (np.abs(sums - 1 - F @ coefficients) <= 60 * unit * size).all()


def test_monomials_of_degree_three_in_two_variables() -> None:
    m = monomials(2, 3)
    exponents = [tuple(c.count(v) for v in (0, 1)) for k in range(4) for c in combinations_with_replacement((0, 1), k)]
    assert exponents == [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3)]
    assert m.multiplicity.tolist() == [1, 1, 1, 1, 2, 1, 1, 3, 3, 1]
    assert m.degree.tolist() == [0, 1, 1, 2, 2, 2, 3, 3, 3, 3]


@pytest.mark.parametrize("columns", range(1, 60))
def test_kernel_widths_waste_little(columns: int) -> None:
    w = kernel_width(columns)
    assert w in WIDTHS
    assert -(-columns // w) * w <= 1.5 * columns + 3


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("n", "m", "d", "v"), [
    (1, 1, 1, 1), (3, 5, 2, 0), (1001, 3 * TILE + 7, 8, 8), (130, TILE, 3, 1), (10, 17, 16, 17), (257, 2 * TILE - 1, 40, 33),
])  # fmt: skip
def test_fused_sums(n: int, m: int, d: int, v: int, dtype: Any, bounded: bool) -> None:
    rng = np.random.default_rng(n)
    Q, K, V = rng.normal(size=(n, d)), rng.normal(size=(m, d)), rng.normal(size=(m, v))
    factor = (0.3 if bounded else 8) * E / d
    sums = fused_sums(Q, K, factor, plain_columns(V), dtype, bounded)
    scores = factor * Q @ K.T
    weights = np.exp2(scores - scores.max(axis=1, keepdims=True))
    expected = weights @ V / weights.sum(axis=1, keepdims=True)
    tolerance = 1e-4 if dtype is np.float32 else 1e-13
    assert np.abs(sums[:, :v] / sums[:, v : v + 1] - expected).max(initial=0) < tolerance * (1 + np.abs(scores).max())
    assert (sums[:, v + 1 :] == 0).all()


def test_padding_does_not_raise_the_peak() -> None:
    """All scores far below 0: zeros in place of missing keys would put the peak at 0 and every weight under it."""
    sums = fused_sums(
        np.ones((1, 1)), np.full((3, 1), -5000.0), 1.0, plain_columns(np.array([[1.0], [2.0], [6.0]])), np.float64, False
    )
    assert sums[0, 0] / sums[0, 1] == 3.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exponentiate(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.normal(0, 40, (5, 64)).astype(dtype) for _ in range(2))
    peak, factor, mass = np.full(5, -np.inf, dtype), np.empty(5), np.empty(5)
    block = first.copy()
    exponentiate(block, peak, factor, mass)
    assert (peak == first.max(axis=1)).all()
    assert (factor == 0).all()
    assert np.allclose(block, np.exp2(np.maximum(first - peak[:, None], -126.0)), rtol=1e-5, atol=1e-37)
    before = peak.copy()
    exponentiate(second.copy(), peak, factor, mass)
    assert (peak == np.maximum(before, second.max(axis=1))).all()
    assert np.allclose(factor, np.exp2(before.astype(float) - peak), rtol=1e-15)
    assert np.allclose(mass, np.exp2((second - peak[:, None]).astype(float)).sum(axis=1), rtol=1e-5)


@numba.njit
def powers_of_two(x: Any, result: Any, lanes: int) -> None:
    for j in range(0, len(x), lanes):
        store(result, j, exp2_each((load(x, j),))[0])


@pytest.mark.parametrize(("dtype", "reach"), [(np.float32, 125), (np.float64, 1021)])
def test_powers_of_two_are_within_their_roundoffs(dtype: Any, reach: int) -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(-reach, reach, 2000), rng.uniform(-2, 2, 2000), np.arange(-48, 48) / 2]).astype(dtype)
    result = np.empty_like(x)
    powers_of_two(x, result, 16 if dtype is np.float32 else 8)
    u = float(np.finfo(dtype).eps) / 2
    with ctx.workprec(160):
        worst = max(abs(arb(float(r)) / arb(2) ** arb(float(z)) - 1) for z, r in zip(x, result, strict=True))
        assert worst < arb(EXP2_ULPS * u)
        assert worst > arb(u / 4)


def test_the_polynomial_of_the_powers_of_two_is_as_good_as_stated() -> None:
    for element, u in (("float32", 2.0**-24), ("float64", 2.0**-53)):
        (coefficients,) = [found for kind, found in EXP2_COEFFICIENTS.items() if str(kind) == element]
        with ctx.workprec(160):
            for i in range(-200, 201):
                x = arb(i) / 400
                value = sum((arb(p) * x**k for k, p in enumerate(coefficients)), arb(0))
                assert abs(value / arb(2) ** x - 1) < 3.5 * u


def test_vectors_are_read_from_contiguous_arrays_only() -> None:
    @numba.njit
    def total(x: Any) -> Any:
        return zeros(x, 2)[0], load(x, 0)

    with pytest.raises(numba.TypingError, match="flat contiguous"):
        total(np.zeros(64)[::2])
    with pytest.raises(numba.TypingError, match="flat contiguous"):
        total(np.zeros((8, 8)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint64])
def test_aligned(dtype: Any) -> None:
    for shape in ((1,), (3, 64), (7, 128)):
        array = aligned(shape, dtype)
        assert (array.shape, array.dtype, array.ctypes.data % 64) == (shape, np.dtype(dtype), 0)


@pytest.mark.parametrize(("n", "d"), [(1, 1), (7, 3), (1000, 8)])
def test_extents(n: int, d: int) -> None:
    rng = np.random.default_rng(n)
    X, centre, unit = rng.normal(size=(n, d)), rng.normal(size=d), rng.uniform(1, 2, d)
    assert np.allclose(extents(X), [X.min(axis=0), X.max(axis=0), X.mean(axis=0)], rtol=1e-12, atol=1e-15)
    assert np.isclose(largest_norm(X, centre, unit), np.linalg.norm((X - centre) * unit, axis=1).max(), rtol=1e-12)
    y = (X - centre) / unit
    assert np.allclose(deviations(X, centre, unit), [y.mean(axis=0), np.abs(y).mean(axis=0)], rtol=1e-12, atol=1e-15)


def test_quotients() -> None:
    sums = np.array([[2.0, 4.0, 8.0, 0.0], [1.0, -1.0, 2.0, 0.0]])
    constants = np.array([1.0, 0.0, 2.0, 7.0])
    assert quotients(sums, 0 * constants, np.array([1.0, 2.0]), np.array([10.0, 0.0])).tolist() == [[10.25, 1.0], [10.5, -1.0]]
    assert quotients(sums, constants, np.array([1.0, 2.0]), np.zeros(2)).tolist() == [[0.3, 0.8], [0.5, -0.5]]


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize(("n", "m", "d", "C", "x", "density"), [
    (5, 3, 10, 2, 0.6, 0.5), (33, 1000, 130, 2, 5.3, 0.5), (33, 1100, 130, 2, 5.3, 0.05), (7, 600, 300, 5, 1.0, 0.5),
    (3, 513, 640, 10, 26.0, 0.3), (9, 513, 255, 31, 2.3, 0.5), (2, 2000, 64, 1, 20.0, 0.9), (1, 1, 1, 1, 1.0, 1.0),
])  # fmt: skip
def test_boolean_sums(n: int, m: int, d: int, C: int, x: float, density: float, either: bool) -> None:
    rng = np.random.default_rng(d)
    a, b, y = rng.random((n, d)) < density, np.sort(rng.random((m, d)) < density, axis=0), rng.normal(size=(m, C))
    y[:, -1] = 1
    sums, peaks = boolean_sums(BitMatrix.of(a).words, BitMatrix.of(b).words, either, x, y)
    k = (a[:, None] ^ b[None]).sum(axis=2) if either else a.astype(int) @ b.T.astype(int)
    weights = np.exp2(x * (k - k.max(axis=1, keepdims=True)))
    expected = weights @ y
    shifted = sums * np.exp2(x * (16 * peaks - k.max(axis=1)))[:, None]
    assert (peaks == k.max(axis=1) // 16).all()
    assert np.abs(shifted - expected).max() < 1e-11 * np.abs(weights @ np.abs(y)).max()


@pytest.mark.parametrize("processor", ["haswell", "generic"])
def test_kernels_without_avx512(processor: str, tmp_path: Path) -> None:
    """In a process of its own, compiled for a lesser processor: no abort, the same answers."""
    code = """
import numba, numpy as np
from attention import Boolean, Logspace, Polynomial, Softmax
from instances.families import make
from instances.task import Attention
from reductions.edges.hamming_attention import HammingAttention
rng = np.random.default_rng(0)
for d, B in ((3, 0.5), (2, 20.0), (150, 1.0)):
    Q, K, V = rng.uniform(-B, B, (300, d)), rng.uniform(-B, B, (700, d)), rng.uniform(0.1, 1, (700, 3))
    inputs = Attention(Q, K, V, 1 / d)
    A = np.exp(Q @ K.T / d)
    exact = A @ V / A.sum(axis=1, keepdims=True)
    print(numba.config.CPU_NAME, np.abs(Softmax()(inputs) - exact).max() < 1e-12, end=" ")
    print(np.abs(Softmax("float32")(inputs) - exact).max() < 1e-3, end=" ")
    print(np.abs(Logspace()(inputs) - np.log(exact)).max() < 1e-11, end=" ")
    print(np.abs(Polynomial()(inputs) - exact).max() < 1e-6 if d == 3 else True)
for d in (100, 300):
    task = HammingAttention().apply(make("planted-hamming", n=40, m=600, d=d, t=d // 8, t2=d // 4, seed=1))
    print(np.abs(Boolean()(task.inputs) - Softmax()(task.inputs)).max() < 1e-9)
"""
    environment = {**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    if processor == "haswell":
        environment["NUMBA_CPU_FEATURES"] = "+avx2,+fma,+popcnt,+bmi2"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    expected = f"{processor} True True True True\n" * 3 + "True\n" * 2
    assert (process.returncode, process.stderr, process.stdout) == (0, "", expected)
