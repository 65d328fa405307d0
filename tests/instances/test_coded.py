"""Coded and plain matrices, each function against a plain one; what is taken for a real matrix, and what of it is shared."""

import hashlib
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from instances import coded
from instances.bits import BitMatrix
from instances.coded import Coded, Floats, Rows
from instances.faults import BadInput

SIZES = (3, 1, 4)
"""The rows of the blocks."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coded, "BLOCK", 3)


def blocks(d: int = 5, sizes: tuple[int, ...] = SIZES) -> tuple[tuple[Coded, ...], Floats]:
    """Blocks one below the other, and the entries that they stand for, one by one."""
    rng = np.random.default_rng(7)
    found, rows = [], []
    for n in sizes:
        bits, zero, one = rng.integers(0, 2, (n, d)), rng.normal(size=d), rng.normal(size=d)
        found.append(Coded(BitMatrix.of(bits), zero, one))
        rows += [[float((one if bits[i, c] else zero)[c]) for c in range(d)] for i in range(n)]
    return tuple(found), np.array(rows)


def both() -> list[tuple[Rows, Floats]]:
    """The same values as blocks and as an array."""
    of, values = blocks()
    return [(of, values), (values, values)]


def test_rows_and_columns() -> None:
    for matrix, values in both():
        assert (coded.row_count(matrix), coded.column_count(matrix)) == (8, 5)
        for start in range(9):
            for stop in range(9):
                assert np.array_equal(coded.dense(matrix, slice(start, stop)), values[start:stop])
        assert np.array_equal(coded.dense(matrix, slice(-2, None)), values[-2:])
        assert coded.dense(matrix, slice(5, 2)).shape == (0, 5)
        for c in range(5):
            assert np.array_equal(coded.column_of(matrix, c), values[:, c])
        for rows in ([0], [7], [2, 3], [0, 2, 4, 7], [3], list(range(8))):
            some = coded.chosen(matrix, rows)
            assert isinstance(some, tuple) == isinstance(matrix, tuple)
            assert np.array_equal(coded.dense(some, slice(None)), values[rows])
    assert coded.column_count(both()[0][0][:1]) == 5
    assert [block.bits.n for block in coded.chosen(both()[0][0], [0, 2, 7])] == [2, 1]


def test_rows_between_are_views() -> None:
    of, values = blocks()
    for start in range(8):
        for stop in range(start + 1, 9):
            part = coded.between(of, slice(start, stop))
            assert np.array_equal(coded.dense(part, slice(None)), values[start:stop])
            met = [n for n, first in zip(SIZES, (0, 3, 4), strict=True) if max(first, start) < min(first + n, stop)]
            assert len(part) == len(met)
            assert all(any(np.shares_memory(a.bits.words, b.bits.words) for b in of) for a in part)


def arrays_of(matrix: Rows) -> list[NDArray[Any]]:
    if not isinstance(matrix, tuple):
        return [matrix]
    return [array for block in matrix for array in (block.zero, block.one, block.bits.words)]


def test_copies_share_nothing() -> None:
    for matrix, values in both():
        copy = coded.copied(matrix)
        assert isinstance(copy, tuple) == isinstance(matrix, tuple)
        assert np.array_equal(coded.dense(copy, slice(None)), values)
        for a, b in zip(arrays_of(matrix), arrays_of(copy), strict=True):
            assert not np.shares_memory(a, b)
            assert b.dtype != np.float64 or not b.flags.writeable


def test_parts_of_a_coded_matrix() -> None:
    bits = BitMatrix.of(["100", "010"])
    assert repr(Coded(bits, np.zeros(3), np.ones(3))) == "Coded(2 x 3)"
    for zero, one, name in (
        (np.zeros(2), np.ones(3), "zero"),
        (np.zeros(3), np.ones(4), "one"),
        (np.zeros((1, 3)), np.ones(3), "zero"),
    ):
        with pytest.raises(BadInput, match=f"{name} has shape"):
            Coded(bits, zero, one)
    with pytest.raises(BadInput, match="one holds NaN"):
        Coded(bits, np.zeros(3), np.array([1.0, nan, 1.0]))


def test_extremes() -> None:
    """Of tall, flat, narrow and wide matrices, and of none."""
    rng = np.random.default_rng(1)
    for n, d in ((0, 3), (1, 1), (5, 1), (64, 1), (200, 1), (70, 3), (129, 3), (66, 40), (7, 64), (7, 65), (3, 0), (0, 0)):
        X = rng.normal(size=(n, d))
        for values in (X, X - 9.0, X + 9.0):
            columns = [[float(values[i, c]) for i in range(n)] for c in range(d)]
            least, most = coded.column_extremes(values)
            assert least.tolist() == [min(column, default=inf) for column in columns]
            assert most.tolist() == [max(column, default=-inf) for column in columns]
            assert coded.column_bounds(values).tolist() == [max(map(abs, column), default=0.0) for column in columns]
            assert coded.largest_entry(values) == max((abs(x) for column in columns for x in column), default=0.0)
            wide, rest = coded.strips(values)
            assert np.array_equal(np.concatenate([wide.reshape(-1), rest.reshape(-1)]), values.reshape(-1))
    assert np.isnan(coded.largest_entry(np.array([1.0, nan])))


def test_bounds_of_blocks_are_of_both_values() -> None:
    """Also of values that no bit chooses."""
    bits = BitMatrix.of(["0000"])
    one = Coded(bits, np.array([0.5, -3.0, 0.0, -2.0]), np.array([-2.0, 1.0, 0.0, 0.25]))
    two = Coded(bits, np.array([7.0, 0.0, 0.0, -0.125]), np.array([0.0, 0.0, -0.25, 0.0]))
    assert coded.column_bounds((one, two)).tolist() == [7.0, 3.0, 0.25, 2.0]


@pytest.mark.parametrize(
    ("n", "d", "whole", "each"),
    [
        *((200, 1, 192, 64), (64, 1, 64, 64), (63, 1, 0, 64), (100, 2, 96, 32), (100, 3, 88, 22)),
        *((5, 63, 4, 2), (5, 64, 5, 1), (5, 65, 5, 1), (65, 0, 64, 64)),
    ],
)
def test_rows_beside_one_another(n: int, d: int, whole: int, each: int) -> None:
    """64 numbers or a few more."""
    assert coded.wide_rows(n, d) == (whole, each)
    wide, rest = coded.strips(np.zeros((n, d)))
    assert wide.shape == (whole // each, each * d)
    assert rest.shape == (n - whole, d)


def test_digests() -> None:
    """SHA-256 of little-endian values with their shape; 0 and -0 are one number."""
    for matrix, values in both():
        expected = hashlib.sha256(b"real 8 5 " + b"".join(np.float64(x).tobytes() for x in values.flat))
        assert coded.matrix_digest(matrix) == expected.digest()
    minus = np.array([[-0.0, 1.0]])
    assert coded.matrix_digest(minus) == coded.matrix_digest(np.array([[0.0, 1.0]]))
    for array, name, said in (
        (np.array([[1.5, -2.0]]), "x", b"x f (1, 2) " + np.array([1.5, -2.0]).tobytes()),
        (np.array([-0.0]), "x", b"x f (1,) " + bytes(8)),
        (np.array([1.5], dtype=np.float32), "y", b"y f (1,) " + np.array([1.5]).tobytes()),
        (np.array([3, -1], dtype=np.int32), "n", b"n i (2,) " + np.array([3, -1]).tobytes()),
        (np.array([True, False]), "b", b"b u (2,) " + bytes([1, 0])),
    ):
        assert coded.array_digest(name, array) == hashlib.sha256(said).digest()


def frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array


def test_what_is_shared_and_what_is_copied() -> None:
    """Only what nobody can write to is taken as it is, unless a view is asked for; the caller's array stays as it was."""
    cases: list[tuple[Any, bool, bool, bool]] = [
        (np.ones((2, 2)), True, False, False),
        (frozen(np.ones((2, 2))), True, True, True),
        (frozen(np.ones((3, 2))[:2]), True, False, False),  # whose base can be written to
        (frozen(np.ones((2, 2), dtype=np.int64)), True, False, False),
        (frozen(np.array([[1.0, 2.0], [3.0, 4.0]], order="F")), True, False, False),
        (np.ones((2, 2)), False, False, True),
        (frozen(np.ones((3, 2))[:2]), False, True, True),
        (np.ones((2, 3)).T, False, False, False),
        (frozen(np.ones((2, 3)).T), False, False, False),
        (np.ones((2, 2), dtype=np.float32), False, False, False),
        (frozen(np.ones((2, 2), dtype=np.int8)), False, False, False),
    ]
    for given, copy, same, shares in cases:
        for taken in (coded.finite(given, "X", copy), coded.real_matrix(given, "X", copy)):
            writeable, case = given.flags.writeable, (given.dtype, given.flags, copy)
            assert isinstance(taken, np.ndarray)
            assert np.array_equal(taken, given), case
            assert (taken is given) == same, case
            assert np.shares_memory(taken, given) == shares, case
            assert given.flags.writeable == writeable, case
            assert taken.dtype == np.float64
            assert taken.flags.c_contiguous
            assert not taken.flags.writeable, case


def test_copies_unless_asked_otherwise() -> None:
    given = np.ones((2, 2))
    matrix = coded.real_matrix(given, "X")
    assert isinstance(matrix, np.ndarray)
    assert not np.shares_memory(matrix, given)
    assert not np.shares_memory(coded.finite(given, "X"), given)
    assert given.flags.writeable


def test_what_is_taken_for_real_numbers() -> None:
    good: list[Any] = [[1, 2], [0.5], [], [1e300, -1e300], 3.0]
    good += [np.array([x], dtype=kind) for x, kind in ((255, "u1"), (1.5, "f2"), (2**62, "i8"), (2**63, "u8"))]
    for values in good:
        assert np.array_equal(coded.finite(values, "X"), np.array(values, dtype=np.float64))
    wrong: list[Any] = [[True], [1j], ["1"], np.array([1.0], dtype=np.longdouble), [None]]
    for values in wrong:
        with pytest.raises(BadInput, match="X has the type"):
            coded.finite(values, "X")
    for values in ([nan], [1.0, inf], [-inf, 1.0], [inf, -inf], [[1e300, 1.0], [2.0, nan]]):
        with pytest.raises(BadInput, match="X holds NaN or an infinity"):
            coded.finite(values, "X")


@pytest.mark.parametrize("rows", [coded.SUMMED // 8, coded.SUMMED // 2, coded.SUMMED // 2 + 1])
@pytest.mark.parametrize("other", [nan, inf, -inf])
def test_what_is_not_finite_is_seen_wherever_it_is(rows: int, other: float) -> None:
    X = np.full((rows, 4), -1e300)  # whose squares overflow
    assert np.array_equal(coded.finite(X, "X"), X)
    for place in {0, X.size // 2, X.size - 2, X.size - 1}:
        bad = X.copy()
        bad.flat[place] = other
        with pytest.raises(BadInput, match="X holds NaN or an infinity"):
            coded.finite(bad, "X")
        bad = np.zeros_like(X)
        bad.flat[place] = other
        with pytest.raises(BadInput, match="X holds NaN or an infinity"):
            coded.finite(bad, "X")


def test_what_is_taken_for_a_matrix() -> None:
    for shape in ((2,), (1, 2, 1), ()):
        with pytest.raises(BadInput, match="two axes"):
            coded.real_matrix(np.ones(shape), "X")
    of, _ = blocks()
    assert coded.real_matrix(of, "X") is of
    for bad in ((*of, *blocks(4)[0]), ()):
        with pytest.raises(BadInput, match="give one width"):
            coded.real_matrix(bad, "X")
