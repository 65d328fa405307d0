"""Vectors of numbers: powers of two within their roundoffs, and processors without AVX-512."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from flint import arb, ctx

from attention.exp2 import EXP2_ULPS, ROUGH, exp2, exp2_coefficients
from attention.exp2_lanes import exp2_each, exp2_rough
from attention.lanes import load, store
from attention.sums import zeros
from attention.turning import TILE, padded, turn
from instances.compiling import KEPT, SAID
from tests.support.places import ROOT


@numba.njit
def powers_of_two(x: Any, result: Any, lanes: int) -> None:
    for j in range(0, len(x), lanes):
        store(result, j, exp2_each((load(x, j),))[0])


@numba.njit
def rough_powers_of_two(x: Any, result: Any) -> None:
    for j in range(0, len(x), 8):
        store(result, j, exp2_rough((load(x, j),))[0])


def test_rough_powers_of_two_are_off_by_less_than_they_may() -> None:
    rng = np.random.default_rng(2)
    x = np.concatenate([rng.uniform(-1022, 1022, 2000), rng.uniform(-1, 1, 2000), np.arange(-48, 48) / 2])
    result = np.empty_like(x)
    rough_powers_of_two(x, result)
    with ctx.workprec(160):
        worst = max(abs(arb(float(r)) / arb(2) ** arb(float(z)) - 1) for z, r in zip(x, result, strict=True))
        assert ROUGH / 2 < worst < ROUGH


@pytest.mark.parametrize("by", ["compiled code", "NumPy"])
@pytest.mark.parametrize(("dtype", "reach"), [(np.float32, 125), (np.float64, 1021)])
def test_powers_of_two_are_within_their_roundoffs(dtype: Any, reach: int, by: str) -> None:
    rng = np.random.default_rng(1)
    x = np.concatenate([rng.uniform(-reach, reach, 2000), rng.uniform(-2, 2, 2000), np.arange(-48, 48) / 2]).astype(dtype)
    result = np.empty_like(x)
    if by == "NumPy":
        result[:] = exp2(x)
    else:
        powers_of_two(x, result, 16 if dtype is np.float32 else 8)
    u = float(np.finfo(dtype).eps) / 2
    with ctx.workprec(160):
        worst = max(abs(arb(float(r)) / arb(2) ** arb(float(z)) - 1) for z, r in zip(x, result, strict=True))
        assert worst < arb(EXP2_ULPS * u)
        assert worst > arb(u / 4)


def test_powers_far_below_are_the_least() -> None:
    for dtype, lowest in ((np.float32, -126), (np.float64, -1022)):
        found = exp2(np.array([-np.inf, -1e6, np.nan, lowest], dtype))
        assert (found == found[-1]).all()
        assert abs(found[-1] / 2.0**lowest - 1) < EXP2_ULPS * np.finfo(dtype).eps


def test_the_polynomial_of_the_powers_of_two_is_as_good_as_stated() -> None:
    for element, rough, off in (
        ("float32", False, 3.5 * 2.0**-24),
        ("float64", False, 3.5 * 2.0**-53),
        ("float64", True, ROUGH),
    ):
        coefficients = exp2_coefficients(element, rough)
        with ctx.workprec(160):
            for i in range(-200, 201):
                x = arb(i) / 400
                value = sum((arb(p) * x**k for k, p in enumerate(coefficients)), arb(0))
                assert abs(value / arb(2) ** x - 1) < off


def test_vectors_are_read_from_contiguous_arrays_only() -> None:
    @numba.njit
    def total(x: Any) -> Any:
        return zeros(x, 2)[0], load(x, 0)

    with pytest.raises(numba.TypingError, match="flat contiguous"):
        total(np.zeros(64)[::2])
    with pytest.raises(numba.TypingError, match="flat contiguous"):
        total(np.zeros((8, 8)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("d", [1, 7, 8, 9, 16, 19])
def test_rows_are_turned_into_columns(d: int, dtype: Any) -> None:
    """Whole tiles by vectors, and one by one what is left: at the end of rows, of a block, of the array."""
    rng = np.random.default_rng(d)
    X, centre, factor, apart = rng.normal(size=(203, d)), rng.normal(size=d), rng.normal(size=d), 64
    expected = ((X - centre) * factor).astype(dtype).T
    for first in (0, d // 2):
        for start, count in ((0, 64), (130, 64), (139, 64), (198, 5), (194, 9), (7, 0)):
            x = np.full(((d - first) // TILE + 1) * TILE * apart, np.nan, dtype)
            turn(X.reshape(-1), d, start, count, first, d - first, padded(centre), padded(factor), x, apart)
            found = x.reshape(-1, apart)[: d - first, :count]
            assert np.array_equal(found, expected[first:, start : start + count])


def sources() -> str:
    """A hash of all that is compiled."""
    files = sorted((ROOT / "attention").rglob("*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


@pytest.mark.slow
@pytest.mark.parametrize("processor", ["haswell", pytest.param("generic", marks=pytest.mark.exhaustive)])
def test_kernels_without_avx512(processor: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    """In a process of its own, compiled for a lesser processor: no abort, the same answers.

    What is compiled is kept while the sources of `attention` are what they are.
    """
    kept: pytest.Cache | None = getattr(pytestconfig, "cache", None)
    compiled = kept.mkdir(f"{processor}-{sources()}") if kept else tmp_path
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
    environment = {**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(compiled)}
    if processor == "haswell":
        environment["NUMBA_CPU_FEATURES"] = "+avx2,+fma,+popcnt,+bmi2"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    expected = f"{processor} True True True True\n" * 3 + "True\n" * 2
    assert process.stderr in ("", f"{SAID}; {KEPT}\n")
    assert (process.returncode, process.stdout) == (0, expected)
