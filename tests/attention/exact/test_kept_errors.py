"""Bounds of gradients and networks, and the forms of bit counts, are what they were: of inputs of all sizes."""

from re import findall
from typing import Any

import numpy as np
import pytest

import attention.exact.backward as of_definition
import attention.exact.gradients as of_blocks
import attention.exact.layers as of_layers
from attention.exact.backward import errors, weighted_columns
from attention.exact.counted import Form
from attention.exact.gradients import _Bounds, beforehand
from attention.exact.layers import errors as of_network
from attention.exact.streaming import BLOCK, ROW_BLOCK
from attention.rounding import Rounding
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import Declined
from instances.network import Network
from instances.task import Attention
from tests.support.coarse import coarse, with_rounding
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper

SIZES = (0.0, 1e-290, 1e-3, 2.0, 60.0, 1e13, 1e100, 1e152)


def drawn(seed: int, Q: float, K: float, V: float, scale: float = -0.375, n: int = 5, m: int = 6) -> Attention:
    """Columns of different sizes."""
    X = [dyadic(seed + k, (rows, 4)) * [1, 2, 0.5, 4] for k, rows in enumerate((n, m, m))]
    return Attention(Q * X[0], K * X[1], V * X[2][:, :3], scale)


def cases() -> dict[str, tuple[Attention, float]]:
    """Each of the factors of what is flushed alone, all of them, and more rows than one of the other."""
    found = {f"{size}": (drawn(1, size, 1.0, 1.0), 1.0) for size in SIZES}
    for size in (1e-290, 1e90, 1e140, 1e153):
        found |= {
            f"K {size}": (drawn(2, 1 / size, size, 1.0), 1.0),
            f"V {size}": (drawn(3, 1.0, 1.0, size), 1.0),
            f"dO {size}": (drawn(4, 1.0, 1.0, 1.0), size),
            f"scale {size}": (drawn(5, 1.0, 1 / size, 1.0, size), 1.0),
        }
    found["one row"], found["one key"] = (drawn(6, 1.0, 1.0, 1.0, n=1), 1.0), (drawn(7, 1.0, 1.0, 1.0, m=1), 1.0)
    found["no rows"], found["many rows"] = (drawn(8, 1.0, 1.0, 1.0, n=0), 1.0), (drawn(9, 1.0, 1.0, 1.0, n=1100), 1.0)
    found["many keys"] = drawn(9, 1.0, 1.0, 1.0, m=1100), 1.0
    found["some rows"], found["some keys"] = (drawn(9, 1.0, 1.0, 1.0, n=600), 1.0), (drawn(9, 1.0, 1.0, 1.0, m=600), 1.0)
    return found


def test_gradients_by_the_definition(kept_numbers: NumbersKeeper) -> None:
    kept_numbers({name: errors(of, size * dyadic(11, of.shape)) for name, (of, size) in cases().items()})


TOP = float(np.finfo(np.float64).max) / 64


@pytest.mark.parametrize("near", [0.99, 1.01])
@pytest.mark.parametrize("which", ["A", "rows", "columns", "sums", "down", "flushed"])
def test_nothing_is_proved_near_overflow(which: str, near: float) -> None:
    """Of one row, one key and one column but for sums of many rows; each of what may be too large alone."""
    q, k, v, dO, n = {
        "A": (1e-150, 1e-150, TOP, 1.0, 1), "rows": (1e-200, 1e200, TOP / 1e200, 1.0, 1),
        "columns": (1e200, 1e-200, TOP / 1e200, 1.0, 1), "sums": (1e-150, 1e-150, 1e-150, TOP / 1024, 1024),
        "down": (1e4, 1e4, TOP / 1e8, 1.0, 1), "flushed": (1e-150, 1e-150, 2e306, 2e306, 1),
    }[which]  # fmt: skip
    V, slopes = (
        (np.array([[v]]), np.full((n, 1), near * dO)) if which == "sums" else (np.array([[near * v]]), np.full((n, 1), dO))
    )
    if which == "flushed":
        V, slopes = np.array([[v, 0.0]]), np.array([[0.0, dO if near > 1 else 1e-50]])
    found = errors(Attention(np.full((n, 1), q), np.full((1, 1), k), V, 1.0), slopes)
    assert all((np.isfinite(part) == (near < 1)).all() for part in found)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_by_blocks(dtype: type[np.floating[Any]], kept_numbers: NumbersKeeper) -> None:
    found: dict[str, Any] = {}
    for name, (of, size) in cases().items():
        with np.errstate(over="ignore"):
            dO = size * dyadic(11, of.shape)
            one = _Bounds.of(of, dO, dtype, np.abs(dO) @ np.abs(of.V).max(axis=0))
        found[name] = one, None if one is None else one.errors(2.0, 3.0)
    kept_numbers(found)


def test_gradients_before_they_are_asked_for(kept_numbers: NumbersKeeper) -> None:
    kept_numbers({name: beforehand(of) for name, (of, _) in cases().items()})


def test_columns_weighted_by_many_rows(kept_numbers: NumbersKeeper) -> None:
    of = drawn(3, 1.0, 1.0, 1.0, n=2 * ROW_BLOCK + 3)
    kept_numbers({"sums": weighted_columns(of, np.abs(dyadic(1, (of.n,))))})


def network(size: float, residual: bool) -> Network:
    """Of two layers of three heads, which leave two columns alone."""
    WQ, WK, WV = (size * dyadic(k, (2, 3, 4, 2)) for k in range(3))
    WO = size * dyadic(3, (2, 3, 2, 4)) * [1, 0, 2, 0]
    return Network.of(dyadic(4, (5, 4)), 0.5, [WQ, WK, WV, WO], residual=residual, column=0)


def test_gradients_in_coarse_arithmetic(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """For weights that are off by as much as is allowed, and by more."""
    coarse(monkeypatch, of_definition, of_blocks)
    found: dict[str, Any] = {}
    for name in ("2.0", "one row", "one key", "many rows", "many keys", "some rows", "some keys", "dO 1e+140"):
        of, size = cases()[name]
        dO = size * dyadic(11, of.shape)
        for a in (0.0, 0.01, 0.1, 0.12, 0.2, 1.0, 1.01, 299.0, 301.0):
            with_rounding(monkeypatch, of_definition, a=a)
            with_rounding(monkeypatch, of_blocks, a=a, largest=4.0)
            bounds = [_Bounds.of(of, dO, dtype, np.abs(dO) @ np.abs(of.V).max(axis=0)) for dtype in (np.float64, np.float32)]
            found[f"{name} {a}"] = errors(of, dO), bounds, [one.errors(2.0, 3.0) for one in bounds if one], beforehand(of)
    of, _ = cases()["2.0"]
    for u in (0.1 / (BLOCK + 15) * x for x in (0.999, 1.001)):
        with_rounding(monkeypatch, of_blocks, a=0.01, u=u, largest=4.0)
        found[f"{u}"] = _Bounds.of(of, dyadic(11, of.shape), np.float64, np.ones(of.n))
    kept_numbers(found)


def test_networks_in_coarse_arithmetic(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    coarse(monkeypatch, of_layers)
    kept_numbers(
        {f"{size} {residual}": of_network(network(size, residual)) for size in (1e-3, 0.25) for residual in (True, False)}
    )


def test_networks_of_coarse_heads(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is proved of a head, for the sizes that it is asked for, counts."""
    coarse(monkeypatch, of_layers)

    def of_bounds(of: Any, *_: Any) -> Rounding:
        return Rounding(1e-2 * float(of.q.sum() + 2 * of.k.sum()), 0.5, 2.0**-12, 2.0**-20, of.m, of.largest, 5.0)

    monkeypatch.setattr(Rounding, "of_bounds", of_bounds)
    kept_numbers(
        {f"{size} {residual}": of_network(network(size, residual)) for size in (0.01, 0.1) for residual in (True, False)}
    )


@pytest.mark.parametrize("residual", [True, False])
def test_networks(residual: bool, kept_numbers: NumbersKeeper) -> None:
    found = {}
    for size in (0.0, 1e-170, 0.25, 1.0, 8.0, 1e3):
        with np.errstate(over="ignore", invalid="ignore"):
            found[f"{size}"] = of_network(network(size, residual))
    kept_numbers(found)


@pytest.mark.parametrize("scale", [1.0, -0.5])
def test_forms_of_bit_counts(scale: float, kept_numbers: NumbersKeeper) -> None:
    """Codes for which one of the forms, or the other, or none will do."""
    bits, found = BitMatrix.of(np.zeros((2, 4), np.int64)), dict[str, Any]()
    codes = [(0.0, 1.0), (-1.0, 1.0), (3.0, 2.0), (0.5, 0.5), (0.0, 40.0)]
    for number, (q, k) in enumerate((q, k) for q in codes for k in codes):
        zero, one = np.array([q[0], q[1], q[0], q[0]]), np.array([q[1], q[0], q[1], q[0]])
        queries, keys = Coded(bits, zero, one), Coded(bits, np.full(4, k[0]), np.full(4, k[1]))
        try:
            found[f"{number}"] = Form.of(queries, keys, scale)
        except Declined as refused:
            found[f"{number}"] = [float(x) for x in findall(r"\d+(?:\.\d+)?", str(refused))]
            continue
        found[f"{number} both"] = [Form._of(queries, keys, scale, either) for either in (False, True)]
    kept_numbers(found)
