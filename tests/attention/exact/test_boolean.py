"""Attention of coded Q and K from bit counts: both forms of a score, stacks of blocks, and what is declined."""

import numpy as np
import pytest

import attention.exact.boolean as module
from attention import Boolean, Softmax
from attention.exact.boolean import few_sums
from attention.exact.boolean_sums import boolean_sums
from attention.exact.counted import Form
from attention.laws import keeps_its_promise
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import Declined
from instances.task import Attention


def block(rng: np.random.Generator, n: int, d: int, zero: float, one: float, same: int = 0) -> Coded:
    """n random rows; the last `same` columns take the value `one` whatever the bit is."""
    low, high = np.full(d, zero), np.full(d, one)
    low[d - same :] = one
    return Coded(BitMatrix.of(rng.random((n, d)) < 0.5), low, high)


def inputs(seed: int, values: tuple[float, float, float, float], d: int, scale: float, columns: int = 2) -> Attention:
    """Two blocks of queries and three of keys (one of them constant) with entries q0, q1 and k0, k1."""
    rng, (q0, q1, k0, k1) = np.random.default_rng(seed), values
    queries = block(rng, 5, d, q0, q1), block(rng, 3, d, q0, q1, same=d // 3)
    keys = block(rng, 600, d, k0, k1), block(rng, 7, d, k0, k1, same=d // 2), block(rng, 2, d, k1, k1)
    return Attention(queries, keys, rng.normal(size=(609, columns)), scale)


@pytest.mark.parametrize("scale", [0.05, -0.05, 0.5, 0.0])
@pytest.mark.parametrize("d", [3, 64, 130, 300])
@pytest.mark.parametrize("values", [(-1.0, 1.0, -1.0, 1.0), (0.0, 1.0, 0.0, 1.0), (0.0, 2.0, 1.0, 0.0), (1.0, -1.0, -0.5, 0.5)])
def test_every_form_and_sign(values: tuple[float, float, float, float], d: int, scale: float) -> None:
    given = inputs(d, values, d, scale)
    promise = Boolean().promise(given)
    assert promise.relative < 1e-8
    assert np.abs(Boolean()(given) - Softmax()(given)).max() < 1e-9


def test_the_promise_in_ball_arithmetic() -> None:
    tasks = [inputs(1, (-1.0, 1.0, -1.0, 1.0), 70, 0.3, 1), inputs(2, (0.0, 1.0, 0.0, 1.0), 9, -2.0, 11)]
    assert keeps_its_promise(Boolean(), tasks)["checked"] == 8 * 12


def test_the_form_is_the_one_in_which_keys_alone_do_not_count() -> None:
    rng = np.random.default_rng(0)
    for values, either in (((-2.0, 2.0, -1.0, 1.0), True), ((0.0, 2.0, 0.0, 1.0), False)):
        form = Form.of(block(rng, 2, 9, *values[:2]), block(rng, 2, 9, *values[2:]), 0.5)
        assert (form.either, form.spread) == (either, 0.0)


def test_keys_that_count_alone_go_to_the_values() -> None:
    """Queries 1 and 2: neither form is rid of the keys' own part."""
    given = inputs(4, (1.0, 2.0, 0.0, 1.0), 40, 0.7)
    assert Form.of(given.Q[0], given.K[0], 0.7).spread > 10
    assert np.abs(Boolean()(given) - Softmax()(given)).max() < 1e-9


def test_columns_of_different_weight_are_declined() -> None:
    rng = np.random.default_rng(0)
    keys = block(rng, 4, 6, 0.0, 1.0)
    uneven = Coded(keys.bits, keys.zero, np.array([1.0, 1.0, 1.0, 2.0, 1.0, 1.0]))
    given = Attention((block(rng, 3, 6, 0.0, 1.0),), (uneven,), np.ones((4, 1)), 1.0)
    with pytest.raises(Declined, match=r"by 1\.4427 powers of two in one column and by 2\.88539 in another"):
        Boolean().promise(given)


def test_steps_and_spreads_beyond_the_tables_are_declined() -> None:
    with pytest.raises(Declined, match=r"at most 26\.7 and 300"):
        Boolean()(inputs(0, (0.0, 5.0, 0.0, 5.0), 5, 1.0))
    with pytest.raises(Declined, match=r"at most 26\.7 and 300"):
        Boolean()(inputs(0, (10.0, 11.0, 0.0, 1.0), 300, 1.0))


def test_plain_arrays_are_declined() -> None:
    with pytest.raises(Declined, match="must be coded"):
        Boolean()(Attention(np.ones((1, 1)), np.ones((1, 1)), np.ones((1, 1)), 1.0))


@pytest.mark.parametrize("either", [False, True])
@pytest.mark.parametrize("W", [1, 3])
def test_few_sums_are_those_of_compiled_code(either: bool, W: int) -> None:
    rng = np.random.default_rng(W)
    A, B = (rng.integers(0, 2**63, (n, W), dtype=np.uint64) for n in (5, 700))
    y = rng.normal(size=(700, 3))
    for x in (0.01, 1.0, 26.0):
        few, compiled = few_sums(A, B, either, x, y), boolean_sums(A, B, either, x, y)
        scaled = [sums * np.exp2(16 * x * (peaks - few[1]))[:, None] for sums, peaks in (few, compiled)]
        np.testing.assert_allclose(scaled[0], scaled[1], rtol=1e-9)


@pytest.mark.parametrize(("more", "keys"), [(-1, 512), (0, 1024), (1, 1024)])
def test_parts_are_doubled_while_they_fit_half_of_the_budget(more: int, keys: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a tile of 512 rows and keys; in bytes 8 for each number of a row, and two sums of every row with its values."""
    rng = np.random.default_rng(4)
    given = Attention((block(rng, 3, 70, 0.0, 1.0),), (block(rng, 6000, 70, 0.0, 1.0),), np.ones((6000, 3)), 0.5)
    fits, whole = (8 * rows * (4 * 2 + 3 * 3 + 8) + 16 * 3 * (3 + 2) for rows in (1024 + 1024, 3 + 6000))
    monkeypatch.setattr(module, "MEMORY_BUDGET", 2 * (fits + more))
    parts = Boolean().parts(given)
    assert [rows.stop for rows in parts.rows] == [3]
    assert parts.keys[0] == slice(0, keys)
    for budget, cut in ((whole, False), (whole - 1, True)):
        monkeypatch.setattr(module, "MEMORY_BUDGET", budget)
        assert (len(Boolean().parts(given).keys) > 1) == cut
