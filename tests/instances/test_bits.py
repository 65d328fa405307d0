"""A matrix of bits is read-only whoever else holds its words, and its checks hold at their limits."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from instances.bits import BLOCK, BitMatrix, Bools, Words, packed_bytes
from instances.faults import BadInput

START = [3, 5]


def others_buffer(folder: Path) -> tuple[Words, Callable[[], None]]:
    """An array that cannot be written, over bytes that can."""
    buffer = bytearray(np.array(START, "<u8").tobytes())
    words: Words = np.ndarray((2, 1), "<u8", buffer)
    words.setflags(write=False)
    return words, lambda: buffer.__setitem__(0, 9)


def others_array(folder: Path) -> tuple[Words, Callable[[], None]]:
    """A view that cannot be written, of an array that can."""
    owner = np.array(START, "<u8")
    words = owner.reshape(2, 1)
    words.setflags(write=False)
    return words, lambda: owner.__setitem__(0, 9)


def own_array(folder: Path) -> tuple[Words, Callable[[], None]]:
    """An array that can be written."""
    words = np.array(START, "<u8").reshape(2, 1).copy()
    return words, lambda: words.__setitem__(0, 9)


def others_file(folder: Path) -> tuple[Words, Callable[[], None]]:
    """A view of a mapped file that cannot be written through it."""
    np.array(START, "<u8").tofile(folder / "words")
    mapped = np.memmap(folder / "words", "<u8", "r", shape=(2, 1))

    def change() -> None:
        writable = np.memmap(folder / "words", "<u8", "r+", shape=(2, 1))
        writable[0] = 9
        writable.flush()

    return np.asarray(mapped), change


def mapped_file(folder: Path) -> tuple[Words, Callable[[], None]]:
    """A mapped file that can be written, as NumPy gives it: of a type of its own."""
    np.array(START, "<u8").tofile(folder / "words")
    mapped = np.memmap(folder / "words", "<u8", "r+", shape=(2, 1))
    return mapped, lambda: mapped.__setitem__(0, 9)


@pytest.mark.parametrize("words_of", [others_buffer, others_array, own_array, others_file, mapped_file])
def test_nobody_else_writes_to_the_words(words_of: Callable[[Path], tuple[Words, Callable[[], None]]], tmp_path: Path) -> None:
    words, change = words_of(tmp_path)
    matrix = BitMatrix(words, 64)
    change()
    assert matrix.words.ravel().tolist() == START
    assert not matrix.words.flags.writeable


def test_what_nobody_writes_to_is_not_copied() -> None:
    owner = np.array([[3], [5]], "<u8")
    owner.setflags(write=False)
    matrix = BitMatrix(owner, 64)
    assert matrix.words is owner
    assert np.shares_memory(matrix.rows(slice(1, 2)).words, owner)


@pytest.mark.parametrize(
    ("shape", "d"), [((1, 0), -1), ((1, 0), -64), ((1,), 1), ((1, 1, 1), 1), ((2, 2), 64), ((2, 1), 65), ((2, 1), 0)]
)
def test_words_of_another_shape(shape: tuple[int, ...], d: int) -> None:
    with pytest.raises(BadInput, match="do not hold rows of d ="):
        BitMatrix(np.zeros(shape, "<u8"), d)


def test_bits_past_the_last_column() -> None:
    """In the last word, where it is not full; a full one, no word and no row have none."""
    for d in (1, 63, 65, 127):
        words = np.zeros((2, -(-d // 64)), "<u8")
        words[1, -1] = np.uint64(1) << np.uint64(d % 64 - 1)
        assert BitMatrix(words, d).weights.tolist() == [0, 1]
        words[1, -1] = np.uint64(1) << np.uint64(d % 64)
        with pytest.raises(BadInput, match=f"bits set past column d = {d}"):
            BitMatrix(words, d)
    assert BitMatrix(np.full((1, 1), 2**64 - 1, "<u8"), 64).weights.tolist() == [64]
    assert BitMatrix(np.zeros((3, 0), "<u8"), 0).n == 3
    assert BitMatrix(np.zeros((0, 1), "<u8"), 3).n == 0


@pytest.mark.parametrize("rows", [[[0, 2]], [[0, -1]], ["02"], [[0.0, 1.0]], [0, 1], ["01", "0"], [], "01"])
def test_what_is_no_matrix_of_bits(rows: object) -> None:
    with pytest.raises(BadInput, match=r"strings of different lengths|0/1 matrix"):
        BitMatrix.of(rows)  # type: ignore[arg-type]


def test_the_memory_of_building() -> None:
    """Eight bytes for every 64 columns of a row that begin, and a byte for each bit of a block of rows."""
    for n, d in ((1, 1), (3, 64), (3, 65), (BLOCK, 7), (BLOCK + 1, 130)):
        assert packed_bytes(n, d) == n * ((d + 63) // 64) * 8 + (n if n < BLOCK else BLOCK) * d


def test_what_is_written_out() -> None:
    """Rows of at most 200 characters, with their quotation marks, commas and spaces; never a matrix without rows."""
    assert repr(BitMatrix.of(["0110"])) == "BitMatrix.of(['0110'])"
    assert repr(BitMatrix.zeros(0, 3)) == "BitMatrix(0 x 3)"
    assert BitMatrix.zeros(2, 96).tiny
    assert not BitMatrix.zeros(2, 97).tiny
    assert not BitMatrix.zeros(1, 197).tiny


def test_blocks_are_asked_for_one_after_the_other() -> None:
    asked = []

    def block(rows: slice) -> Bools:
        asked.append((rows.start, rows.stop))
        bits: Bools = np.arange(rows.start, rows.stop)[:, None] % 2 == np.arange(2)
        return bits

    matrix = BitMatrix.build(2 * BLOCK + 1, 2, block)
    assert asked == [(0, BLOCK), (BLOCK, 2 * BLOCK), (2 * BLOCK, 2 * BLOCK + 1)]
    assert matrix.words.ravel().tolist() == [1, 2] * BLOCK + [1]


def test_further_columns_are_zeros() -> None:
    rows = np.arange(2 * 66).reshape(2, 66) % 3 == 0
    for columns in (0, 1, 62, 63, 200):
        wider = BitMatrix.of(rows).widened(columns)
        assert (wider.d, wider.bools().tolist()) == (66 + columns, np.pad(rows, ((0, 0), (0, columns))).tolist())


def test_distances_and_products() -> None:
    A, row = BitMatrix.of(["0011", "0110", "1111"]), BitMatrix.of(["0101"]).words[0]
    assert (A.distances(row).tolist(), A.products(row).tolist(), A.weights.tolist()) == ([2, 2, 2], [1, 1, 2], [2, 2, 4])


def test_what_is_equal() -> None:
    """The columns count, also those of zeros, and every bit; whatever is no matrix is another."""
    of = BitMatrix.of(["0110"])
    others = [BitMatrix.of(["0111"]), of.widened(1), BitMatrix.of(["0110", "0110"])]
    assert of == BitMatrix.of(["0110"])
    assert hash(of) == hash(BitMatrix.of(["0110"]))
    assert of.digest() == BitMatrix.of(["0110"]).digest()
    for other in others:
        assert of != other
        assert of.digest() != other.digest()
    assert of != "0110"
