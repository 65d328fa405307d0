"""Tasks in parts of rows and keys: what is merged is the whole, wherever parts are computed; wrong merges are caught."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import attention.exact.partial
from attention import Boolean, Softmax
from attention.exact.parts import Parts
from attention.laws import keeps_its_promise, merges_its_parts
from instances.bits import BitMatrix
from instances.coded import dense
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions import HammingAttention
from tests.attention.exact.test_boolean import inputs
from tests.support.mappers import Doubling, Losing


def task(seed: int = 0) -> Attention:
    """Two blocks of queries and three of keys, scores so flat that every key counts."""
    return inputs(seed, (-1.0, 1.0, -1.0, 1.0), 40, 0.05)


def reduced(seed: int = 0) -> Attention:
    """What a reduction makes: data and dummies, whose scores differ by hundreds of powers of two."""
    rng = np.random.default_rng(seed)
    A, B = (BitMatrix.of(rng.random((n, 40)) < 0.5) for n in (7, 90))
    return HammingAttention().apply(GapHamming(A, B, 4, 6)).inputs


CUTS = [(0, 1), (0, 100), (3, 0), (1, 599), (4, 250), (8, 609), (100, 10_000)]


@pytest.mark.parametrize(("rows", "keys"), CUTS)
def test_parts_are_the_whole(rows: int, keys: int) -> None:
    of = task()
    cut = Boolean(rows, keys)
    assert cut.promise(of).relative < 1e-8
    assert np.abs(cut(of) - Boolean()(of)).max() <= 2 * cut.promise(of).relative * np.abs(of.V).max()


@pytest.mark.parametrize(("rows", "keys"), [(0, 0), (0, 150), (3, 600)])
def test_sums_of_parts_are_those_over_all_keys(rows: int, keys: int) -> None:
    found = merges_its_parts(Boolean(rows, keys), [task()])
    assert found["checked"] == 8 * 3
    assert found["telling"] == -(-609 // (keys or 609))
    assert keeps_its_promise(Boolean(rows, keys), [task(1), reduced()])["checked"] == 8 * 2 + 7


def test_every_pair_lies_in_one_part() -> None:
    of = task()
    for rows, keys in CUTS:
        parts = Parts(of, rows, keys)
        Q, K, V = (np.full(shape, np.nan) for shape in ((8, 40), (609, 40), (609, 2)))
        seen = np.zeros((8, 609), int)
        for number, part in enumerate(parts):
            down, right = divmod(number, len(parts.keys))
            seen[parts.rows[down], parts.keys[right]] += 1
            Q[parts.rows[down]], K[parts.keys[right]] = dense(part.Q, slice(None)), dense(part.K, slice(None))
            V[parts.keys[right]] = part.values
        assert (seen == 1).all()
        assert np.array_equal(Q, dense(of.Q, slice(None)))
        assert np.array_equal(K, dense(of.K, slice(None)))
        assert np.array_equal(V, of.V)


def test_order_and_repetition_change_no_bit() -> None:
    for of in (task(), reduced()):
        cut = Boolean(3, 100)
        assert np.array_equal(replace(cut, where=Doubling())(of), cut(of))


def test_a_part_that_never_comes_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="block 1 of 7 never came back"):
        Boolean(keys=100, where=Losing())(task())


SEES = {
    "causal": Visibility(right=0),
    "the last keys": Visibility(left=40, right=0, corner="bottom-right"),
    "packed, one without keys": Visibility(queries=np.array([0, 3, 5, 8]), keys=np.array([0, 250, 250, 609])),
}


@pytest.mark.parametrize("sees", SEES)
def test_rows_that_see_intervals(sees: str) -> None:
    of = replace(task(), mechanism=Mechanism(sees=SEES[sees]))
    for rows, keys in CUTS:
        np.testing.assert_allclose(Boolean(rows, keys)(of), Softmax()(of), rtol=1e-9, atol=1e-9)
    assert keeps_its_promise(Boolean(2, 100), [of])["checked"] == 2 * (8 - len(of.blind))


Merge = Callable[[Any, Any], Any]
right = attention.exact.partial.merged
FAULTS: dict[str, Merge] = {
    "the scale is forgotten": lambda one, other: (one[0], one[1] + other[1], one[2] + other[2]),
    "the second is not rescaled": lambda one, other: (
        np.maximum(one[0], other[0]), one[1] * np.exp2(one[0] - np.maximum(one[0], other[0])) + other[1], one[2] + other[2]
    ),
    "a part is dropped": lambda one, other: one,
    "the first is dropped": lambda one, other: other,
    "a part is counted twice": lambda one, other: right(right(one, other), other),
    "the masses are not added": lambda one, other: (*right(one, other)[:1], one[1], right(one, other)[2]),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_wrong_merges_are_caught(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attention.exact.partial, "merged", FAULTS[fault])
    with pytest.raises(LawBroken, match="are not those over all keys"):
        merges_its_parts(Boolean(keys=100), [task()])


def test_a_part_that_counts_twice_everywhere_shows_in_the_sums_alone() -> None:
    """Two equal parts: the quotient is right if one is dropped, or one counts twice; the law is not deceived."""
    of = task()
    assert isinstance(of.K, tuple)
    half = replace(of, K=of.K[:1] * 2, V=np.vstack([of.V[:600]] * 2))

    class Dropping(Boolean):
        def sums(self, inputs: Attention) -> Any:
            return Boolean().sums(replace(inputs, K=inputs.K[:1], V=inputs.V[:600]))

    assert keeps_its_promise(Dropping(keys=600), [half])
    with pytest.raises(LawBroken, match="are not those over all keys"):
        merges_its_parts(Dropping(keys=600), [half])


def test_a_part_that_nobody_would_miss_makes_the_law_vacuous() -> None:
    with pytest.raises(LawBroken, match=r"it would not show if part \d+ of \d+ were lost"):
        merges_its_parts(Boolean(keys=1), [reduced()])


def test_the_promise_grows_with_the_parts() -> None:
    of = task()
    whole, some, single = (Boolean(keys=keys).promise(of).relative for keys in (0, 10, 1))
    assert whole < some < single < 1e-8
    assert Boolean(keys=609).promise(of) == Boolean().promise(of)


@pytest.mark.slow
def test_what_does_not_fit_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Into parts that fit half of the budget; a cut that is asked for stands, and is declined where its parts do not fit."""
    rng = np.random.default_rng(0)
    A, B = (BitMatrix.of(rng.random((n, 40)) < 0.5) for n in (600, 3000))
    of = HammingAttention().apply(GapHamming(A, B, 4, 6)).inputs
    whole, promise = Boolean()(of), Boolean().promise(of)
    monkeypatch.setattr("attention.exact.boolean.MEMORY_BUDGET", 400_000)
    found = Boolean().parts(of)
    assert (found.rows[0].stop, found.keys[0].stop, len(found)) == (512, 512, 12)
    assert np.abs(Boolean()(of) - whole).max() <= 2 * Boolean().promise(of).relative * np.abs(of.V).max()
    assert Boolean().promise(of).relative > promise.relative
    assert len(Boolean(600, 5).parts(of)) == 611
    with pytest.raises(Declined, match="words and sums of boolean attention"):
        Boolean(600, 3000)(of)
    monkeypatch.setattr("attention.exact.boolean.MEMORY_BUDGET", 50_000)
    with pytest.raises(Declined, match="words and sums of boolean attention"):
        Boolean()(of)


def test_bad_cuts() -> None:
    for cut in ((-1, 0), (0, -5)):
        with pytest.raises(BadInput, match="a part has at least one row and one key, 0 for all"):
            Boolean(*cut)
