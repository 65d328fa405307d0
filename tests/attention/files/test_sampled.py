"""Rows measured in extended precision: which they are, against sums of balls; the bound and the bytes written down again."""

from collections.abc import Callable
from math import expm1, inf
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flint import ctx

from attention.files import sampled
from attention.files.npy import NpyMatrix
from attention.files.sampled import held_by, measured
from attention.files.stored import Stored
from attention.files.tiles import bounds_over
from attention.laws import BITS
from attention.measured import CHUNK, Measured, reference_bound, sampled_rows
from attention.rounding import Bounds
from instances.coded import Floats
from instances.mechanism import Mechanism
from instances.seen import Seen
from instances.task import Attention

EPS = float(np.finfo(np.longdouble).eps)


def stored(folder: Path, n: int = 6, m: int = 11, d: int = 3, v: int = 2, **options: Any) -> tuple[Stored, list[Floats]]:
    rng = np.random.default_rng(0)
    arrays: list[Floats] = [rng.normal(size=shape) for shape in ((n, d), (m, d), (m, v))]
    for name, array in zip("QKV", arrays, strict=True):
        np.save(folder / f"{name}.npy", array)
    Q, K, V = (NpyMatrix.of(folder / f"{name}.npy") for name in "QKV")
    return Stored(Q, K, V, 1.5, 2**30, **options), arrays


def right(arrays: list[Floats], word: str = "softmax") -> Floats:
    Q, K, V = arrays
    inputs = Attention(Q, K, V, 1.5, Mechanism.of(word))
    blind = set(inputs.blind.tolist())
    with ctx.workprec(BITS):
        rows = [
            [np.nan] * arrays[2].shape[1] if i in blind else [float(x) for x in inputs.exact.row(i)] for i in range(inputs.n)
        ]
    return np.array(rows)


def test_rows_are_from_the_first_to_the_last() -> None:
    assert sampled_rows(9, 3) == [0, 4, 8]
    assert sampled_rows(10, 4) == [0, 3, 6, 9]
    assert sampled_rows(100, 2) == [0, 99]
    assert sampled_rows(7, 1) == [0]
    assert sampled_rows(7, 0) == []
    for n in (1, 2, 5):
        for count in (n, n + 1, 1000):
            assert sampled_rows(n, count) == list(range(n))


@pytest.mark.parametrize("block", [1, 2, 5, 11, 100])
@pytest.mark.parametrize("chunk", [1, 3, 5, 8192])
def test_the_error_is_that_of_the_output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int, chunk: int) -> None:
    """A thousandth more in one entry is measured as that, whatever blocks and chunks of keys are."""
    monkeypatch.setattr(sampled, "CHUNK", chunk)
    inputs, arrays = stored(tmp_path, block=block)
    output = right(arrays)
    found = measured(inputs, [0, 2, 5], output[[0, 2, 5]])
    assert found.rows == (0, 2, 5)
    assert found.error <= 4e-16
    assert found.bound == reference_bound(bounds_over(inputs)) < 1e-12
    for row, column, sign in ((0, 0, 1), (1, 1, -1), (2, 0, -1)):
        other = output[[0, 2, 5]]
        other[row, column] += sign * 1e-3
        assert measured(inputs, [0, 2, 5], other).error == pytest.approx(1e-3, rel=1e-9)


@pytest.mark.parametrize("word", ["softmax[causal=top-left]", "softmax[causal=bottom-right]", "softmax[left=3,right=1]"])
@pytest.mark.parametrize("chunk", [1, 3, 8192])
def test_rows_that_see_intervals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, word: str, chunk: int) -> None:
    """Rows that see no key are left out, with their outputs; keys that a row does not see are not read."""
    monkeypatch.setattr(sampled, "CHUNK", chunk)
    inputs, arrays = stored(tmp_path, n=11, m=6, block=4)
    seen, output, rows = Mechanism.of(word).over(11, 6), right(arrays, word), [0, 4, 5, 7, 10]
    read: list[tuple[int, int]] = []
    monkeypatch.setattr(NpyMatrix, "read", _telling(NpyMatrix.read, inputs.K.path, read))
    found = measured(inputs, rows, output[rows], seen)
    seeing = [i for i in rows if i not in seen.blind]
    assert found.rows == tuple(seeing)
    assert found.error <= 4e-16
    assert read[: len(_expected(seen, seeing, chunk))] == _expected(seen, seeing, chunk)
    wrong = output[rows]
    wrong[-1, 1] += 0.5 if rows[-1] in seeing else np.nan
    assert measured(inputs, rows, wrong, seen).error == (pytest.approx(0.5) if rows[-1] in seeing else found.error)


def _telling(function: Callable[..., Any], path: str, read: list[tuple[int, int]]) -> Callable[..., Any]:
    """The same, noting down what is read of this file."""

    def told(matrix: NpyMatrix, start: int, stop: int) -> Any:
        if matrix.path == path:
            read.append((start, stop))
        return function(matrix, start, stop)

    return told


def _expected(seen: Seen, rows: list[int], chunk: int) -> list[tuple[int, int]]:
    """The chunks of keys of each of these rows."""
    found = []
    for i in rows:
        keys = list(range(int(seen.start[i]), int(seen.stop[i])))
        found += [(keys[k], keys[k : k + chunk][-1] + 1) for k in range(0, len(keys), chunk)]
    return found


def test_no_row_that_sees_a_key(tmp_path: Path) -> None:
    inputs, arrays = stored(tmp_path, n=11, m=6)
    seen, output = Mechanism.of("softmax[causal=bottom-right]").over(11, 6), right(arrays)
    assert seen.blind.tolist() == [0, 1, 2, 3, 4]
    assert measured(inputs, [0, 4], output[[0, 4]], seen) == Measured((), (), 0.0)
    assert measured(inputs, [], output[:0]) == Measured((), (), 0.0)
    assert measured(inputs, [4, 5], output[[4, 5]], seen).rows == (5,)


@pytest.mark.parametrize("other", [np.nan, np.inf, -np.inf])
def test_an_output_that_is_no_number_is_off_by_infinity(tmp_path: Path, other: float) -> None:
    inputs, arrays = stored(tmp_path)
    output = right(arrays)
    output[3, 1] = other
    assert measured(inputs, [0, 3], output[[0, 3]]).error == inf
    assert measured(inputs, [0, 2], output[[0, 2]]).error < 1e-15


def test_no_column_of_values(tmp_path: Path) -> None:
    inputs, arrays = stored(tmp_path, m=1, v=1)
    assert measured(inputs, [0, 5], np.repeat(arrays[2], 2, axis=0)).error == 0.0


@pytest.mark.parametrize(("rows", "workers", "d", "v"), [(0, 1, 3, 2), (1, 1, 3, 2), (5, 1, 3, 2), (5, 3, 7, 4)])
def test_bytes_that_are_held(tmp_path: Path, rows: int, workers: int, d: int, v: int) -> None:
    """Scores, their differences and weights of a chunk; a query; sums of two parts, four of each worker, with peak and mass."""
    inputs, _ = stored(tmp_path, d=d, v=v, workers=workers)
    numbers = 3 * 8192 + d + sum(v + 2 for _ in range(4 * workers + 2))
    assert held_by(rows, inputs) == rows * numbers * np.dtype(np.longdouble).itemsize
    assert CHUNK == 8192


def test_scores_that_are_far_apart(tmp_path: Path) -> None:
    """By more than the exponents of extended precision: the largest is the one that is subtracted."""
    for name, array in (("Q", [[1.0]]), ("K", [[-2e4], [2e4], [0.0]]), ("V", [[1.0], [2.0], [4.0]])):
        np.save(tmp_path / f"{name}.npy", np.array(array))
    Q, K, V = (NpyMatrix.of(tmp_path / f"{name}.npy") for name in "QKV")
    for block in (1, 3):
        assert measured(Stored(Q, K, V, 1.5, 2**30, block=block), [0], np.array([[2.0]])).error == 0.0


def bounds(S: float, d: int = 3, m: int = 11, largest: float = 2.0, **options: Any) -> Bounds:
    """Of columns the first of which has it all."""
    return Bounds(d, m, 1.0, np.array([S, 0.0]), np.array([1.0, 0.0]), largest, (inf, inf), **options)


@pytest.mark.parametrize("S", [0.0, 1.0, 50.0])
@pytest.mark.parametrize(
    ("m", "rows", "chunks"), [(11, None, 1), (8192, None, 1), (8193, None, 2), (99999, 20, 1), (9, 16385, 3)]
)
@pytest.mark.parametrize("blocks", [1, 4])
def test_the_bound_of_the_reference(S: float, m: int, rows: int | None, chunks: int, blocks: int) -> None:
    for d, largest in ((3, 2.0), (40, 0.25), (10**18, 1.0)):
        u, of = np.longdouble(EPS) / 2, bounds(S, d, m, largest, rows=rows, blocks=blocks)
        s = (d + 6) * u / (1 - (d + 6) * u) * S
        c = chunks + blocks
        terms = 13 * (c + 1) + 8192 + 16
        a = s + 4 * u * (S + s) + 8 * u + terms * u / (1 - terms * u)
        expected = float((np.expm1(2 * a) + 4 * u) * largest)
        assert expected < reference_bound(of) == pytest.approx(expected, rel=1e-8, abs=0)


def test_the_bound_where_scores_are_huge() -> None:
    """There is none above a = 300."""
    slope = (3 + 6) * EPS / 2 + 4 * EPS / 2
    assert reference_bound(bounds(299.9 / slope)) == pytest.approx(expm1(2 * 299.9) * 2, rel=1e-3)
    assert reference_bound(bounds(300.1 / slope)) == inf
