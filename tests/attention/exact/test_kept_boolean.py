"""Bit counts: the bound, the parts that memory allows, and what rows see, on both sides of each condition."""

from typing import Any

import numpy as np
import pytest

import attention.exact.boolean as module
from attention.exact.boolean import NOTHING, Boolean, _needed, _seeing, few_sums
from attention.exact.boolean_sums import boolean_sums
from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.coarse import coarse
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper


def block(seed: int, n: int, d: int, one: float = 1.0, zero: float = 0.0) -> Coded:
    bits = np.random.default_rng(seed).integers(0, 2, (n, d))
    return Coded(BitMatrix.of(bits), np.full(d, zero), np.full(d, one))


def drawn(
    d: int = 5, v: int = 2, scale: float = 0.5, largest: float = 1.0, sees: Visibility | None = None, m: int = 40
) -> Attention:
    queries, keys = (block(1, 7, d), block(2, 6, d)), (block(3, m, d), block(4, 3, d), block(5, 9, d))
    mechanism = Mechanism() if sees is None else Mechanism(sees=sees)
    return Attention(queries, keys, largest * dyadic(6, (m + 12, v)), scale, mechanism)


@pytest.mark.parametrize("how", ["as it is", "coarse"])
def test_rounding(how: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "coarse":
        coarse(monkeypatch, module)
    found = {}
    tasks = {
        "usual": drawn(), "wide": drawn(d=130), "65": drawn(d=65), "63": drawn(d=63), "64": drawn(d=64),
        "cold": drawn(scale=-9.0),
        "causal": drawn(sees=Visibility(right=0)), "many": drawn(m=900), "sound": drawn(largest=2.0**490),
        "unsound": drawn(largest=2.0**499), "large": drawn(largest=2.0**495),
    }  # fmt: skip
    for name, of in tasks.items():
        for by in (Boolean(), Boolean(keys=10), Boolean(rows=3), Boolean(4, 5)):
            found[f"{name} {by}"] = by._rounding(of), by.logsumexp_error(of), by.promise(of).absolute, by.promise(of).relative
    kept_numbers(found)


@pytest.mark.parametrize(("scale", "proved"), [(0.999, True), (1.001, False)])
def test_scores_up_to_2_to_40_are_sound(scale: float, proved: bool) -> None:
    """Of entries that do not vary, which no table has to hold."""
    one = Coded(BitMatrix.of([[0]]), np.ones(1), np.ones(1))
    assert np.isfinite(Boolean()._rounding(Attention((one,), (one,), np.ones((1, 1)), scale * 2.0**40)).a) == proved


def many_rows() -> Attention:
    return Attention((block(1, 700, 9),), (block(2, 500, 9),), dyadic(6, (500, 2)), 0.5)


def test_parts_that_memory_allows(kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Any] = {"cut": [Boolean(*x).cut for x in ((0, 0), (1, 0), (0, 1))]}
    for name, of in (("few", drawn()), ("many", drawn(d=130, m=5000)), ("columns", drawn(v=30, m=900)), ("rows", many_rows())):
        whole = _needed(of, of.n, of.m)
        found[name] = whole, _needed(of, 64, 128)
        for budget in (whole - 1, whole, whole // 3, 10**9):
            monkeypatch.setattr(module, "MEMORY_BUDGET", budget)
            for by in (Boolean(), Boolean(3, 0)):
                parts = by.parts(of)
                found[f"{name} {budget} {by}"] = [(x.start, x.stop) for x in (*parts.rows, *parts.keys)]
    kept_numbers(found)
    monkeypatch.setattr(module, "MEMORY_BUDGET", 100)
    with pytest.raises(Declined, match="words and sums of boolean attention"):
        Boolean(3, 3)(drawn())


def test_what_is_declined() -> None:
    of = drawn()
    for mechanism in (Mechanism(bias=Bias(np.ones((13, 52)))), Mechanism(sees=Visibility(keep=np.arange(52) % 2 == 0))):
        with pytest.raises(Declined, match="boolean sums over intervals of keys"):
            Boolean().promise(Attention(of.Q, of.K, of.V, 0.5, mechanism))
    Boolean().promise(Attention(of.Q, of.K, of.V, 0.5, Mechanism(sees=Visibility(left=3))))


def test_no_rows() -> None:
    of = drawn()
    none = Coded(BitMatrix.zeros(0, 5), np.zeros(5), np.ones(5))
    assert [part.shape for part in Boolean().sums(Attention((none,), of.K, of.V, 0.5))] == [(0,), (0,), (0, 2)]


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("sees", [
    Visibility(right=0), Visibility(left=9, right=0), Visibility(left=2, right=44), Visibility(left=0, right=0),
    Visibility(right=0, corner="bottom-right"), Visibility(left=3, right=3, corner="bottom-right"),
])  # fmt: skip
def test_rows_that_see_intervals(sees: Visibility, small: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that rows see whole, in part, and not at all; a block that does not vary among them; by NumPy and compiled."""
    if not small:
        monkeypatch.setattr(module, "SMALL", 0)
    keys = (block(3, 20, 5), block(4, 9, 5, 1.0, 1.0), block(5, 23, 5))
    of = Attention((block(1, 7, 5), block(2, 6, 5)), keys, dyadic(6, (52, 2)), 0.5, Mechanism(sees=sees))
    assert of.seen is not None
    shown = (of.seen.start[:, None] <= np.arange(52)) & (np.arange(52) < of.seen.stop[:, None])
    weights = np.exp(0.5 * of.queries(slice(None)) @ of.keys(slice(None)).T) * shown
    found = Boolean().summed(of)
    with np.errstate(invalid="ignore", divide="ignore"):
        expected, logs = weights @ of.V / weights.sum(axis=1, keepdims=True), np.log(weights.sum(axis=1))
    assert np.allclose(found.T, expected, rtol=1e-12, atol=1e-13, equal_nan=True)
    assert np.allclose(found.logsumexp, logs, rtol=1e-12, atol=1e-13)


def test_the_rows_that_see_a_block() -> None:
    spans = np.array([[0, 0], [0, 5], [2, 8], [5, 9], [9, 9]])
    for (start, stop), rows, inner in (
        ((0, 4), (1, 3), [[0, 4], [2, 4]]), ((5, 8), (2, 4), None), ((5, 9), (2, 4), [[0, 3], [0, 4]]), ((9, 12), (0, 0), None),
        ((3, 5), (1, 3), None),
    ):  # fmt: skip
        part, found = _seeing(spans, start, stop)
        assert (part.start, part.stop) == rows
        assert (None if found is None else found.tolist()) == inner
    assert NOTHING < -1e299


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize("m", [1, 63, 64, 65, 129, 512, 513])
def test_spans_of_tiles(m: int, either: bool) -> None:
    """Spans that begin and end at tiles, and beside them; high counts late and early."""
    rng = np.random.default_rng(m)
    A, B = (rng.integers(0, 2**63, (n, 2), dtype=np.uint64) for n in (9, m))
    A[:3], B[: m // 2] = 0, 0
    y = rng.normal(size=(m, 3))
    for start in (0, m // 3, min(64, m - 1)):
        spans = np.array([(start, min(m, start + width)) for width in (0, 1, 2, 63, 64, 65, 128, m, m)])
        for x in (0.5, 20.0):
            few, compiled = few_sums(A, B, either, x, y, spans), boolean_sums(A, B, either, x, y, None, spans)
            scaled = [sums * np.exp2(16 * x * (peaks - few[1]))[:, None] for sums, peaks in (few, compiled)]
            np.testing.assert_allclose(scaled[1], scaled[0], rtol=1e-9, atol=1e-12)
