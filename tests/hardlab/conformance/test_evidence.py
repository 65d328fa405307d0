"""What a kernel gave, held against the definition, written down once more: which rows are computed, what is allowed of them."""

from dataclasses import replace
from math import inf, nan, sqrt
from typing import Any

import numpy as np
import pytest

from attention.options import Options
from hardlab.conformance import evidence as module
from hardlab.conformance.arithmetic import bound_of_rows
from hardlab.conformance.case import Case
from hardlab.conformance.evidence import CLOSE, JUDGED, Evidence, close, evidence, held_gradients, useful
from hardlab.conformance.planting import Planted, Shape, planted
from hardlab.kernels.kernel import Answer, Conventions, Dtype
from instances.coded import Floats

SUMS: dict[Dtype, float] = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-24, "bfloat16": 2.0**-24}
UNITS: dict[Dtype, float] = {"float64": 2.0**-53, "float32": 2.0**-24, "float16": 2.0**-11, "bfloat16": 2.0**-8}
SMALL = Case("x", Shape(2, 2, 1, 5, 9, 16, 4), "spread", (1, 2))


def judged(case: Case, made: Planted, output: Floats, dtype: Dtype = "float32") -> Evidence:
    """What is found of this output, and of nothing else."""
    [found] = evidence(case, made, Answer(output, dtype, 0.0), dtype)
    assert found.part == "output"
    return found


@pytest.mark.parametrize("dtype", UNITS)
def test_what_is_always_allowed(dtype: Dtype) -> None:
    """2 (m + 32) roundings of sums and five of the dtype, of the least value; and the bound itself is never less."""
    made = SMALL.planted(Conventions(dtype=dtype))
    right = made.reading.output()
    least = (2 * (9 + 32) * SUMS[dtype] + 5 * UNITS[dtype]) * np.abs(made.call.V).min()
    np.testing.assert_allclose(judged(SMALL, made, right, dtype).allowed, least, rtol=1e-12)
    far = judged(SMALL, made, right + 1e3, dtype)
    assert (far.allowed >= least).all()
    assert far.wrong.all()


@pytest.mark.parametrize("dtype", UNITS)
def test_the_bound_of_rows_that_need_more(dtype: Dtype) -> None:
    made = SMALL.planted(Conventions(dtype=dtype))
    output = made.reading.output()
    output[1, 1, 3, 2] += 1.0
    output[0, 1, 0, 0] = nan
    found = judged(SMALL, made, output, dtype)
    call = made.call
    for batch, head, row in ((1, 1, 3), (0, 1, 0)):
        Q, K, V, scale = call.Q[batch, head][[row]], call.K[batch, 0], call.V[batch, 0], call.scale
        allowed = bound_of_rows(Q, K, V, scale, dtype) + bound_of_rows(Q, K, V, scale, "float64")
        np.testing.assert_allclose(found.allowed[batch, head, [row]], allowed, rtol=1e-12)
    assert np.argwhere(found.wrong).tolist() == [[0, 1, 0, 0], [1, 1, 3, 2]]
    assert np.argwhere(found.rows).tolist() == [[0, 1, 0], [1, 1, 3]]
    assert found.place == (0, 1, 0, 0)
    assert found.said == f"output[0, 1, 0, 0] is nan, expected {found.expected[0, 1, 0, 0]:.6g}"
    assert found.reading is made.reading


def test_rows_that_see_no_key_are_not_looked_at() -> None:
    case = replace(SMALL, shape=Shape(1, 1, 1, 6, 3, 16, 4), causal="bottom-right")
    made = case.planted(Conventions(dtype="float32"))
    output = made.reading.output()
    output[0, 0, :3] = 1e9
    found = judged(case, made, output)
    assert np.isinf(found.allowed[0, 0, :3]).all()
    assert np.isfinite(found.allowed[0, 0, 3:]).all()
    assert not found.wrong.any()
    assert close(output, made.reading, "float32")
    output[0, 0, 3, 1] += 0.5
    assert not close(output, made.reading, "float32")
    assert judged(case, made, output).place == (0, 0, 3, 1)


SIZES = (((2, 4, 4, 256, 256), True), ((2, 4, 2, 256, 257), False), ((1, 1, 1, 1024, 512), True), ((1, 1, 1, 1025, 512), False))


@pytest.mark.parametrize(("size", "whole"), SIZES)
def test_calls_of_more_pairs_are_computed_in_part(size: tuple[int, int, int, int, int], whole: bool) -> None:
    case = Case("x", Shape(*size, 8, 8), "gaussian", (4,))
    made = case.planted(Conventions(dtype="float32"))
    found = judged(case, made, np.zeros((size[0], size[1], size[3], 8)))
    assert np.isfinite(found.expected).all() == whole
    assert found.wrong.any()


def sampled(monkeypatch: pytest.MonkeyPatch, made: Planted, output: Floats) -> Evidence:
    """The same where every call is too large to be computed whole."""
    monkeypatch.setattr(module, "WHOLE", 0)
    case = Case("x", Shape(*made.call.sizes), "spread", (0,))
    return judged(case, made, output)


def computed(found: Evidence) -> list[list[int]]:
    """The rows that are computed, of each head."""
    b, H = found.given.shape[:2]
    return [np.flatnonzero(np.isfinite(found.expected[x, h]).all(axis=1)).tolist() for x in range(b) for h in range(H)]


def by_values(made: Planted) -> Floats:
    """The value of the key that each row is near, among those that it sees."""
    b, H, G, n, _, _, v = made.call.sizes
    output = np.zeros((b, H, n, v))
    for x, h, i in np.ndindex(b, H, n):
        sees = made.reading.sees(x, h, np.array([i]))[0]
        key = made.asked[x, h, i] if sees[made.asked[x, h, i]] else made.stay[x, h, i]
        output[x, h, i] = made.call.V[x, h // (H // G), key]
    return output


MASKED = Options("top-left", (3, None))


@pytest.mark.parametrize("n", [511, 512, 513, 1030])
def test_rows_that_are_far_from_the_value_of_a_key_are_computed(n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever they stand, at the ends of blocks too; what is near counts as near and is not computed."""
    made = planted(Shape(1, 2, 1, n, n, 8, 4), "outside", np.random.default_rng(n), "float32", MASKED)
    output, rows = by_values(made), [0, 510, n - 2, n - 1]
    output[0, 1, rows, 2] += 0.5
    output[0, 1, 7] += 0.2
    found = sampled(monkeypatch, made, output)
    first, second = computed(found)
    assert second == sorted(set(rows))
    assert len(first) == 4
    assert found.near == 2 * n - len(set(rows))
    reading = made.reading
    np.testing.assert_array_equal(found.expected[0, 1, second], reading.rows(0, 1, np.array(second)))
    given = (reading.Q[0, 1][second], reading.K[0, 0], reading.V[0, 0], reading.scale)
    sees = reading.sees(0, 1, np.array(second))
    np.testing.assert_allclose(
        found.allowed[0, 1, second], bound_of_rows(*given, "float32", sees) + bound_of_rows(*given, "float64", sees), rtol=1e-12
    )
    others = np.setdiff1d(np.arange(n), second)
    assert np.isinf(found.allowed[0, 1, others]).all()
    assert useful(found)


def test_the_furthest_rows_are_computed_and_what_is_no_number_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted(Shape(1, 1, 1, 300, 300, 8, 4), "spread", np.random.default_rng(0), "float32")
    output = by_values(made)
    output[0, 0, :, 1] += 1.0 + np.arange(300) / 300
    output[0, 0, 5, 0] = nan
    output[0, 0, 9, 3] = -inf
    [rows] = computed(sampled(monkeypatch, made, output))
    assert rows == [5, 9, *range(300 - (JUDGED - 2), 300)]
    assert sampled(monkeypatch, made, output).near == 0


def test_a_row_is_near_up_to_the_limit_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    made = planted(Shape(1, 1, 1, 40, 40, 8, 4), "spread", np.random.default_rng(0), "float32")
    made.call.V[:] = made.reading.V[:] = 1.0
    output = by_values(made)
    output[0, 0, 3:5, 0] = 0.65, np.nextafter(0.65, 0)
    assert 1 - output[0, 0, 3, 0] == CLOSE < 1 - output[0, 0, 4, 0]
    found = sampled(monkeypatch, made, output)
    assert computed(found) == [[4]]
    assert found.near == 39


def test_large_calls_leave_out_rows_that_see_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    options = Options("bottom-right")
    made = planted(Shape(1, 1, 1, 30, 20, 64, 4), "spread", np.random.default_rng(0), "float32", options)
    output = made.reading.output()
    output[0, 0, :10] = 1e6
    found = sampled(monkeypatch, made, output)
    assert found.near == 20
    assert not found.wrong.any()
    [rows] = computed(found)
    assert len(rows) == 4
    assert min(rows) >= 10
    output[0, 0, 10:13] += 1.0
    assert computed(sampled(monkeypatch, made, output)) == [[10, 11, 12]]
    nothing = planted(
        Shape(1, 1, 1, 3, 20, 8, 4), "spread", np.random.default_rng(0), "float32", Options(keep=np.zeros((1, 20), bool))
    )
    found = sampled(monkeypatch, nothing, np.ones((1, 1, 3, 4)))
    assert (computed(found), found.near) == ([[]], 0)
    assert not useful(found)


def of_numbers(allowed: Any, expected: Any, given: Any = None, near: int = 0) -> Evidence:
    """Evidence of these rows of one head."""
    made = SMALL.planted(Conventions(dtype="float32"))
    bound, right = (np.array(x, dtype=float)[None, None] for x in (allowed, expected))
    output = right if given is None else np.array(given, dtype=float)[None, None]
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(output - right) <= bound) & np.isfinite(bound)
    return Evidence(SMALL, made, "dK", output, right, bound, wrong, near)


@pytest.mark.parametrize(
    ("allowed", "expected", "told"),
    [
        ([[0.25, 0.25]], [[1.0, -1.0]], False),
        ([[0.2499, 0.2499]], [[0.5, -1.0]], True),
        ([[0.1, 0.1, 9.0]], [[1.0, 1.0, 1.0]], True),
        ([[0.1, 9.0, 9.0]], [[1.0, 1.0, 1.0]], False),
        ([[0.1, 0.3]], [[1.0, 1.0]], True),
        ([[0.1, 0.5]], [[1.0, 1.0]], False),
        ([[0.3, inf]], [[1.0, 100.0]], False),
        ([[0.2, inf]], [[1.0, 100.0]], True),
        ([[inf, inf]], [[1.0, 1.0]], False),
        ([[0.0]], [[0.0]], False),
    ],
)
def test_what_is_allowed_tells_something(allowed: Any, expected: Any, told: bool) -> None:
    """Half of what is judged must be allowed less than a quarter of the largest value that is judged."""
    assert useful(of_numbers(allowed, expected)) == told
    assert useful(of_numbers(allowed, expected, near=1))


def test_the_place_is_the_entry_that_is_furthest_out() -> None:
    """By its error over what is allowed of it: not by the error alone, and not one that is right."""
    found = of_numbers([[1.0, 0.5], [0.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[3.0, -2.0], [0.0, 3.9]])
    assert found.place == (0, 0, 0, 1)
    assert found.said == "dK[0, 0, 0, 1] is -2, expected 0"
    found = of_numbers([[1.0, 0.5], [0.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[3.0, -2.0], [1e-9, -3.9]])
    assert found.place == (0, 0, 1, 0)
    found = of_numbers([[1.0, 0.5], [1.0, 4.0]], [[0.0, 0.0], [0.0, 0.0]], [[3.0, -2.0], [inf, -3.9]])
    assert found.place == (0, 0, 1, 0)
    assert found.rows.tolist() == [[[True, True]]]


def test_what_overflows_in_the_dtype_allows_nothing_more() -> None:
    """Entries at which the definition is not finite in that dtype do not count, and the floor is left."""
    made = replace(SMALL, gradients=True).planted(Conventions(dtype="float16"))
    assert made.reading.dO is not None
    reading = replace(made.reading, dO=made.reading.dO * 3e4, V=made.reading.V * 1e2)
    (_, dQ), (_, dK), (_, dV) = held_gradients(reading, "float16")
    of_Q, of_K, of_V = (float(np.abs(size).max()) for size in reading.gradients(absolute=True))
    floor = 4 * 2.0**-11 + 8 * 14 * sqrt(16 + 2) * 2.0**-24
    assert dQ == pytest.approx(floor * of_Q)
    assert dK == pytest.approx(floor * of_K)
    assert floor * of_V < dV < inf


@pytest.mark.parametrize(("off", "wrong"), [(0.5, 0), (-0.5, 0), (0.50001, 1), (-0.50001, 1)])
def test_an_error_may_be_all_that_is_allowed(off: float, wrong: int, monkeypatch: pytest.MonkeyPatch) -> None:
    case = replace(SMALL, gradients=True)
    made = case.planted(Conventions(dtype="float32"))
    zeros = [np.zeros(X.shape) for X in made.call.operands[:3]]
    monkeypatch.setattr(module, "held_gradients", lambda reading, dtype: [(X, 0.5) for X in zeros])
    given = [X.copy() for X in zeros]
    given[2][1, 0, 4, 3] = off
    found = evidence(case, made, Answer(made.reading.output(), "float32", 0.0, (given[0], given[1], given[2])), "float32")
    assert [int(one.wrong.sum()) for one in found] == [0, 0, 0, wrong]
    assert [one.part for one in found] == ["output", "dQ", "dK", "dV"]
    assert (found[3].allowed == 0.5).all()
