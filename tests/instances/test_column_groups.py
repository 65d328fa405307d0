"""Inner products of coded blocks from counts, column group by column group, against the rows themselves; distinct rows."""

import numpy as np
import pytest
from flint import arb, ctx

from instances.bits import BitMatrix
from instances.coded import Coded
from instances.column_groups import Groups, distinct

ZERO, ONE = ([-1.0, -1.0, 0.0, 2.0, 0.5, 0.5, 3.0], [1.0, 1.0, 0.0, 2.0, -0.5, -0.5, 0.0])
KEYS = ([0.0, 0.0, 1.0, 1.0, 2.0, 2.0, -1.0], [1.0, 1.0, 1.0, 3.0, 2.0, 2.0, 4.0])


@pytest.mark.parametrize("kernel", ["dot", "gaussian"])
@pytest.mark.parametrize("times", [1, 13])
def test_scores_of_counts(kernel: str, times: int) -> None:
    """Columns where queries, keys, both or neither have two values, in one word and across words."""
    rng = np.random.default_rng(0)
    order = rng.permutation(7 * times)
    values = [np.tile(x, times)[order] for x in (*(ZERO, ONE), *KEYS)]
    bits = [BitMatrix.of(rng.integers(0, 2, (n, 7 * times))) for n in (3, 9)]
    queries, keys = Coded(bits[0], values[0], values[1]), Coded(bits[1], values[2], values[3])
    groups = Groups(queries, keys, kernel)
    Q, K = queries.dense(slice(None)), keys.dense(slice(None))
    with ctx.workprec(200):
        for q in range(3):
            for these in (slice(0, 9), slice(2, 5), slice(8, 9)):
                counts = groups.counts(queries.bits, q, these)
                assert counts.shape == (these.stop - these.start, 3 * 5)
                assert counts.min() >= 0
                for row, k in zip(counts.tolist(), K[these], strict=True):
                    expected = (Q[q] * k).sum() if kernel == "dot" else -((Q[q] - k) ** 2).sum()
                    assert groups.score(row) == arb(float(expected))


def test_counts_are_few() -> None:
    """What does not matter is 0 for all: a side's bits where it has one value, both bits where one side has."""
    Q = Coded(BitMatrix.of(["111"] * 2), np.array([0.0, 1.0, 1.0]), np.array([1.0, 1.0, 1.0]))
    K = Coded(BitMatrix.of(["111"]), np.array([0.0, 0.0, 2.0]), np.array([1.0, 1.0, 2.0]))
    groups = Groups(Q, K, "dot")
    assert sorted(groups.counts(Q.bits, 1, slice(0, 1)).reshape(3, 3).tolist()) == [[0, 0, 0], [0, 0, 1], [1, 1, 1]]
    of_queries = Groups(K, Q, "dot").counts(K.bits, 0, slice(0, 2)).reshape(2, 3, 3)
    assert sorted(of_queries[1].tolist()) == [[0, 0, 0], [0, 1, 0], [1, 1, 1]]


@pytest.mark.parametrize("largest", [1, 7, 2**20, 2**30, 2**61 - 2, 2**62])
@pytest.mark.parametrize("columns", [1, 2, 4])
def test_distinct_rows(largest: int, columns: int) -> None:
    """Of small numbers and of such as do not fit into one code a row."""
    rng = np.random.default_rng(columns)
    few = np.unique(rng.integers(0, largest, (5, columns), endpoint=True), axis=0)
    often = np.arange(1, len(few) + 1)
    table = np.repeat(few, often, axis=0)[rng.permutation(int(often.sum()))]
    rows, counts = distinct(table)
    found = dict(zip(map(tuple, rows.tolist()), counts.tolist(), strict=True))
    assert found == dict(zip(map(tuple, few.tolist()), often.tolist(), strict=True))


def test_rows_that_one_code_would_take_for_the_same() -> None:
    for wide in (2**31 - 1, 2**31, 2**32, 2**40):
        table = np.array([[0, wide], [1, 0], [1, 0], [0, 0], [wide, wide]])
        rows, counts = distinct(table)
        assert sorted(zip(rows.tolist(), counts.tolist(), strict=True)) == [
            ([0, 0], 1),
            ([0, wide], 1),
            ([1, 0], 2),
            ([wide, wide], 1),
        ]


def test_codes_that_come_round() -> None:
    """(2^32, x) and (0, x) have the same code in 64 bits, or (2^62, x); with other weights (2, 0) and (0, 1) have."""
    small = [[a, b, c] for a in range(5) for b in range(2) for c in range(3)]
    for table in ([[2**32, 5], [0, 5], [0, 2**32 - 1]], [[2**62, 3], [0, 3], [0, 0]], small):
        rows, counts = distinct(np.array(table))
        assert sorted(rows.tolist()) == sorted(table)
        assert counts.tolist() == [1] * len(table)


def test_no_rows() -> None:
    rows, counts = distinct(np.zeros((0, 3), dtype=np.int64))
    assert (rows.shape, counts.shape) == ((0, 3), (0,))
    assert counts.dtype == np.int64
