"""The compiled kernels against numpy, by the definitions, and on a processor without AVX-512."""

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

from instances.bits import Ints, Words
from instances.compiling import KEPT, SAID
from instances.faults import BadInput
from solvers import popcount
from solvers.popcount import NO_DISTANCE, ROWS, SMALL, first_orthogonal, first_within, nearest
from solvers.registers import BLOCK
from tests.support.places import ROOT

WIDTHS = (0, 1, 2, 3, 5, 8, 9, 20)
SHAPES = ((1, 1), (1, 700), (700, 1), (3, BLOCK - 1), (4, BLOCK), (5, BLOCK + 1), (130, 2 * BLOCK + 77))


def random_words(n: int, W: int, seed: int) -> Words:
    return np.random.default_rng(seed).integers(0, 2**64, (n, W), dtype=np.uint64)


def distances(A: Words, B: Words) -> Ints:
    """H(A_i, B_j) for all i and j."""
    every: Ints = np.bitwise_count(A[:, None] ^ B[None]).sum(axis=2, dtype=np.int64)
    return every


def nearest_reference(A: Words, B: Words, rows: int = 64) -> Ints:
    """min_j H(A_i, B_j), `rows` rows of A at a time."""
    return np.concatenate([distances(A[i : i + rows], B).min(axis=1) for i in range(0, len(A), rows)])


def agree(A: Words, B: Words) -> None:
    """Assert that `nearest` gives the least distances and partners that attain them."""
    least, partner = nearest(A, B)
    np.testing.assert_array_equal(least, nearest_reference(A, B))
    np.testing.assert_array_equal(least, np.bitwise_count(A ^ B[partner]).sum(axis=1))


@pytest.mark.slow
@pytest.mark.parametrize("W", WIDTHS)
@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_nearest_on_random_rows(n: int, m: int, W: int) -> None:
    agree(random_words(n, W, seed=n), random_words(m, W, seed=m + 1))


@pytest.mark.parametrize("W", WIDTHS[1:])
def test_nearest_at_every_distance(W: int) -> None:
    """Rows whose first r bits are ones, for all r: distances 0 ... 64 W, and a carry into every plane."""
    bits = np.tri(64 * W + 1, 64 * W, -1, dtype=np.uint8)
    steps = np.packbits(bits, axis=1, bitorder="little").view(np.uint64)
    agree(steps, steps[:1])
    agree(steps[:1], steps[-1:])
    agree(steps, steps[::-1][: 2 * W])


def test_nearest_with_several_tables_a_thread() -> None:
    rows = 3 * ROWS * numba.get_num_threads() + 1
    agree(random_words(rows, 1, seed=0), random_words(SMALL // rows + 1, 1, seed=1))


@pytest.mark.parametrize("W", WIDTHS)
def test_empty_lists(W: int) -> None:
    none, some = random_words(0, W, seed=0), random_words(3, W, seed=1)
    least, partner = nearest(some, none)
    assert least.tolist() == [NO_DISTANCE] * 3
    assert partner.tolist() == [-1] * 3
    for A, B in ((none, some), (none, none)):
        assert [len(answer) for answer in nearest(A, B)] == [0, 0]
    for A, B in ((none, some), (some, none), (none, none)):
        assert first_within(A, B, 64 * W) is None
        assert first_orthogonal(A, B) is None


@pytest.mark.parametrize("W", WIDTHS[1:])
@pytest.mark.parametrize("m", [1, BLOCK, BLOCK + 1, 3 * BLOCK - 1])
def test_a_pair_planted_in_the_last_row_and_column(m: int, W: int) -> None:
    A, B = random_words(67, W, seed=2), random_words(m, W, seed=3)
    A[-1] = B[-1]
    B[-1, -1] ^= np.uint64(1 << 63)
    least, partner = nearest(A, B)
    assert (least[-1], partner[-1]) == (1, m - 1)
    assert first_within(A, B, 1) == (66, m - 1)
    assert first_within(A, B, 0) is None


@pytest.mark.parametrize("W", WIDTHS)
def test_ties(W: int) -> None:
    A, row = random_words(9, W, seed=4), random_words(1, W, seed=5)
    agree(A, np.repeat(row, 2 * BLOCK + 5, axis=0))
    agree(np.repeat(row, 9, axis=0), np.repeat(row, BLOCK + 5, axis=0))


@pytest.mark.parametrize("W", WIDTHS)
def test_a_row_that_ends_early_keeps_its_promise(W: int) -> None:
    A, B = random_words(100, W, seed=6), random_words(2000, W, seed=7)
    A[::3] = B[np.random.default_rng(8).integers(0, 2000, len(A[::3]))]
    every = distances(A, B)
    for stop in (0, int(np.median(every.min(axis=1))), 32 * W, 64 * W, 10**6):
        least, partner = nearest(A, B, stop=stop)
        np.testing.assert_array_equal(least, every[np.arange(100), partner])
        assert np.all((least <= stop) | (least == every.min(axis=1)))


@pytest.mark.parametrize("W", WIDTHS)
def test_first_within_finds_a_pair_if_there_is_one(W: int) -> None:
    A, B = random_words(100, W, seed=9), random_words(1300, W, seed=10)
    every = distances(A, B)
    for t in (-1, 0, int(every.min()) - 1, int(every.min()), int(np.median(every)), 64 * W, 10**6):
        pair = first_within(A, B, t)
        assert (pair is None) == (every.min() > t)
        assert pair is None or every[pair] <= t


@pytest.mark.parametrize("W", WIDTHS[1:])
@pytest.mark.parametrize("m", [1, BLOCK, BLOCK + 1, 3 * BLOCK - 1])
def test_the_only_orthogonal_pair(m: int, W: int) -> None:
    """Every bit in turn is the only one that two rows share, but for one pair that shares none."""
    A = np.zeros((64 * W, W), dtype=np.uint64)
    B = np.full((m, W), 2**64 - 1, dtype=np.uint64)
    for c in range(64 * W):
        A[c, c // 64] = np.uint64(1 << (c % 64))
    assert first_orthogonal(A, B) is None
    for c in (0, 20, 63, 64 * W - 1):
        B[-1] = ~A[c]
        assert first_orthogonal(A, B) == (c, m - 1)


@pytest.mark.parametrize("density", [0.5, 0.9])
def test_first_orthogonal_finds_a_pair_if_there_is_one(density: float) -> None:
    generator = np.random.default_rng(11)
    answers = set()
    for _ in range(30):
        A, B = (np.packbits(generator.random((20, 64)) < density / 4, axis=1).view(np.uint64) for _ in range(2))
        pair = first_orthogonal(A, B)
        exists = bool(np.any((A[:, None] & B[None]).max(axis=2) == 0))
        assert (pair is not None) == exists
        assert pair is None or not np.any(A[pair[0]] & B[pair[1]])
        answers.add(exists)
    assert any(answers)


def test_rows_without_columns_are_equal_and_orthogonal() -> None:
    A, B = random_words(4, 0, seed=0), random_words(5, 0, seed=0)
    least, partner = nearest(A, B)
    assert least.tolist() == [0] * 4
    assert np.all((partner >= 0) & (partner < 5))
    for pair in (first_within(A, B, 0), first_orthogonal(A, B)):
        assert pair is not None
        assert pair[0] in range(4)
        assert pair[1] in range(5)


def test_a_pair_ends_the_search_of_all_rows() -> None:
    A, B = np.zeros((3 * ROWS, 2), dtype=np.uint64), np.zeros((1, 2), dtype=np.uint64)
    least, partner = popcount._search(A, B, 0, threads=1, distance=True, single=True)
    assert (least[0], partner[0]) == (0, 0)
    assert np.all(partner[ROWS:] == -1)


def test_inputs_may_be_read_only_or_strided_and_stay_as_they_are() -> None:
    A, B = random_words(50, 4, seed=12), random_words(60, 4, seed=13)
    least = nearest_reference(A[::2, :3], B[::3, :3])
    kept = A.copy(), B.copy()
    A.setflags(write=False)
    np.testing.assert_array_equal(nearest(A[::2, :3], B[::3, :3])[0], least)
    np.testing.assert_array_equal((A, B[:50]), (kept[0], kept[1][:50]))
    agree(A, A)


def test_the_number_of_threads_changes_nothing_and_is_restored() -> None:
    A, B = random_words(3000, 1, seed=14), random_words(3001, 1, seed=15)
    assert A.size * len(B) > SMALL
    before = numba.get_num_threads()
    expected = nearest(A, B)
    for threads in (1, 2, 10**6):
        np.testing.assert_array_equal(nearest(A, B, threads=threads), expected)
        assert numba.get_num_threads() == before
    with pytest.raises(ValueError, match="number of threads"):
        nearest(A, B, threads=0)
    assert numba.get_num_threads() == before


def test_rows_of_different_widths_are_refused() -> None:
    A, B = random_words(3, 1, seed=0), random_words(3, 2, seed=0)
    for ask in (lambda: nearest(A, B), lambda: first_within(A, B, 1), lambda: first_orthogonal(A, B)):
        with pytest.raises(BadInput, match="W = 1 words, rows of B have 2"):
            ask()


# Planted faults: `agree` and the planted pairs notice a wrong last block.

exact_columns = popcount._columns


def filled_up_with_zeros(B: Words) -> Words:
    return exact_columns(np.concatenate([B, np.zeros((-len(B) % BLOCK, B.shape[1]), dtype=np.uint64)]))


def without_the_last_row(B: Words) -> Words:
    return exact_columns(B[:-1])


def test_rows_of_zeros_that_win_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    A, B = np.zeros((5, 2), dtype=np.uint64), random_words(BLOCK + 1, 2, seed=16) | np.uint64(1)
    agree(A, B)
    assert first_orthogonal(B, B) is None
    monkeypatch.setattr(popcount, "_columns", filled_up_with_zeros)
    with pytest.raises(AssertionError):
        agree(A, B)
    pair = first_orthogonal(B, B)
    assert pair is not None
    assert pair[1] >= len(B)


def test_a_row_that_is_left_out_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    A, B = random_words(5, 2, seed=17), random_words(BLOCK + 1, 2, seed=18)
    A[0] = B[-1]
    agree(A, B)
    monkeypatch.setattr(popcount, "_columns", without_the_last_row)
    with pytest.raises(AssertionError):
        agree(A, B)


IN_A_PROCESS_OF_ITS_OWN = """
import numpy as np
from solvers.popcount import _kernel, first_orthogonal, nearest
words = np.random.default_rng(0).integers(0, 2**64, (600, 3), dtype=np.uint64)
A, B = words[:40], words[40:]
least, partner = nearest(A, B)
every = np.bitwise_count(A[:, None] ^ B[None]).sum(axis=2)
assert (least == every.min(axis=1)).all() and (least == every[np.arange(40), partner]).all()
assert first_orthogonal(A, B) is None and first_orthogonal(A, np.append(B, ~A[7:8], axis=0)) == (7, 560)
kernel = _kernel(8, True).kernel
print(kernel.targetctx.codegen().magic_tuple()[1], len(kernel.stats.cache_hits))
"""


@pytest.mark.exhaustive
@pytest.mark.slow
def test_any_processor_will_do_and_the_second_process_finds_the_kernels_compiled(tmp_path: Path) -> None:
    plain = {"NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    for hits in (0, 1):
        process = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS_OF_ITS_OWN],
            cwd=ROOT,
            env=os.environ | plain,
            capture_output=True,
            text=True,
        )
        assert process.stderr in (("", f"{SAID}; {KEPT}\n") if not hits else ("",))
        assert (process.returncode, process.stdout) == (0, f"generic {hits}\n")


@pytest.mark.parametrize(("n", "m"), [(0, 3), (3, 0), (0, 0)])
@pytest.mark.parametrize("words", [0, 1, 2])
def test_a_side_without_rows_has_no_pair(n: int, m: int, words: int) -> None:
    A, B = np.zeros((n, words), np.uint64), np.zeros((m, words), np.uint64)
    assert first_orthogonal(A, B) is None
    for t in (-1, 0, 64 * words, 64 * words + 63, 1000):  # at any distance there might be
        assert first_within(A, B, t) is None
