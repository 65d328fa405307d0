"""Where a few long rows decide the cost: what is foreseen of thresholds, what a sample tells, and what is said of it."""

import warnings
from math import inf
from typing import Any

import numpy as np
import pytest

from attention import Auto, Polynomial, attend
from attention.auto import predicted_seconds
from attention.costs import polynomial_seconds, softmax_seconds
from attention.exp_polynomial import minimax
from attention.mixed.long_rows import few_long_rows, long_rows_may_decide
from attention.mixed.split import Split
from attention.mixed.thresholds import Thresholds
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention


def short(d: int) -> Attention:
    """Of small entries; the scale is 0.4."""
    rng = np.random.default_rng(0)
    return Attention(rng.uniform(-0.5, 0.5, (9, d)), rng.uniform(-0.5, 0.5, (14, d)), rng.uniform(-1, 1, (14, 2)), 0.4)


@pytest.mark.parametrize(("M", "error"), [(0.1, 1e-6), (0.5, 1e-9), (1.0, 1e-6), (3.0, 1e-3)])
def test_degrees_are_foreseen(M: float, error: float) -> None:
    """Within one of the least whose eta keeps the error."""
    V = np.array([[0.0], [2.0], [1.0]])
    inputs = Attention(np.ones((1, 1)), np.ones((3, 1)), V, 1.0)
    least = next(g for g in range(1, 25) if 2 * np.tanh(np.arctanh(minimax(M, g).eta) / 2) <= error)
    assert abs(Thresholds(inputs, error, np.ones(1), np.ones(1)).degree(np.array(M)) - least) <= 1


def test_no_degree_is_foreseen_where_there_is_none() -> None:
    known = Thresholds(short(2), 1e-300, np.ones(1), np.ones(1))
    assert known.degree(np.array([11.0, 12.5])).tolist() == [0, 0]
    assert known.foreseen(10**6, 10**6) == inf


def test_what_is_foreseen_of_a_sample() -> None:
    """Sorting, a polynomial for what is short, and the definition for the part of all rows that is long."""
    inputs = short(3)
    queries, keys = np.array([90.0, *7 * [1.0]]), np.array([0.5, 0.5, 0.5, 0.5])
    known = Thresholds(inputs, 1e-6, queries, keys)
    g, n, m = int(known.degree(np.array(0.4 * 1.0 * 0.5))), 10**5, 10**4
    assert int(known.degree(np.array(0.4 * 90.0 * 0.5))) == 0
    expected = 1e-3 + (n + m) * (1e-7 + 2e-9 * 5) + softmax_seconds(n // 8, m, 3, 2, "float64")
    assert known.foreseen(n, m) == pytest.approx(expected + polynomial_seconds(n * 7 // 8, m, 3, 2, 3, g, 1), rel=1e-12)
    assert Thresholds(inputs, 1e-6, 100 * queries, keys).foreseen(n, m) == inf


def few_long(n: int, far: float, keys: bool = False) -> Attention:
    """Twelve rows among n are so much longer than others."""
    rng = np.random.default_rng(1)
    Q, K, V = (rng.uniform(-0.5, 0.5, (n, 8)) for _ in range(3))
    (K if keys else Q)[5:17] *= far
    return Attention(Q, K, V, 0.125)


@pytest.mark.parametrize("keys", [False, True])
def test_a_sample_tells_where_long_rows_may_decide(keys: bool) -> None:
    inputs = few_long(20_000, 8.0, keys)
    assert long_rows_may_decide(inputs, 1e-6, 1.0)
    assert not long_rows_may_decide(inputs, 1e-6, 0.01)
    assert not long_rows_may_decide(
        few_long(20_000, 1.0), 1e-6, Polynomial(1e-6).plan(few_long(20_000, 1.0)).seconds(20_000, 20_000, 8)
    )


@pytest.mark.parametrize("case", ["queries in bits", "keys in bits", "no rows", "causal"])
def test_where_nobody_looks_for_long_rows(case: str) -> None:
    bits = (Coded(BitMatrix.of(np.eye(5, dtype=np.bool_)), np.zeros(5), np.ones(5)),)
    X, V = np.ones((0 if case == "no rows" else 5, 5)), np.ones((5, 1))
    Q, K = bits if case == "queries in bits" else X, bits if case == "keys in bits" else np.ones((5, 5))
    inputs = Attention(Q, K, V, 1e-3, Mechanism.of("softmax[causal=top-left]" if case == "causal" else "softmax"))
    assert not long_rows_may_decide(inputs, 1e-3, 1e9)
    assert long_rows_may_decide(Attention(np.ones((5, 5)), np.ones((5, 5)), V, 1e-3), 1e-3, 1e9)


def test_the_choice_of_auto_where_a_polynomial_of_all_would_do() -> None:
    inputs = few_long(60_000, 20.0, keys=True)
    assert Auto().choice(inputs) == Split()
    assert predicted_seconds(Polynomial(), inputs) > 2 * predicted_seconds(Split(), inputs)
    for far in (1.0, 10.0):  # long queries alone moments leave out
        assert Auto().choice(few_long(60_000, far)) == Polynomial()


def test_it_says_once_that_few_rows_decide_the_cost() -> None:
    """Of a named polynomial, in the reason where it declines; not where it takes a moment anyway."""
    inputs = few_long(60_000, 10.0)
    seconds = Split().plan(inputs).seconds(8, 8)
    said = few_long_rows(inputs, 1e-6, 12 * seconds, "this")
    rows = len(Split().plan(inputs).exact)
    assert said == (
        f"{rows} of 60,000 rows of Q and 0 of 60,000 of K are long and decide what it costs: split, or auto, "
        f"should take {seconds:.2g} s, 12 times less than this"
    )
    assert few_long_rows(inputs, 1e-6, 3.9 * seconds, "this") == ""
    assert few_long_rows(inputs, 1e-6, 0.04, "this") == ""
    assert few_long_rows(few_long(100, 1e4), 1e-300, 9.0, "this") == ""


def attended(inputs: Attention, algorithm: Any = "auto") -> str:
    return attend(inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V, scale=0.125, algorithm=algorithm).algorithm


def test_the_reason_of_a_named_polynomial_says_so_too() -> None:
    inputs = few_long(20_000, 60.0, keys=True)
    with pytest.raises(
        Declined,
        match=r"nor by moments; 0 of 20,000 rows of Q and \d+ of 20,000 of K are long .* \d+ times less than the definition$",
    ):
        attended(inputs, "polynomial")
    for algorithm in (Polynomial(), Polynomial(certificate="range")):
        with pytest.raises(Declined) as told:
            attended(inputs, algorithm)
        assert "are long" not in str(told.value)
    assert attended(inputs) == "split"


def test_auto_does_not_look_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = few_long(60_000, 1.0)
    monkeypatch.setattr(Split, "plan", lambda self, inputs: pytest.fail("nothing tells that rows are long"))
    assert attended(inputs) == attended(inputs, "polynomial") == "polynomial"


@pytest.mark.slow
def test_a_warning_names_the_line_that_asked() -> None:
    inputs = few_long(60_000, 20.0, keys=True)
    with pytest.warns(UserWarning, match=r"^polynomial: 0 of 60,000 rows of Q and \d+ of 60,000 of K are long") as told:
        attend(inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V, scale=0.125, algorithm="polynomial")
    assert [warning.filename for warning in told] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert attended(inputs, Polynomial()) == "polynomial"
        assert attended(inputs) == "split"
