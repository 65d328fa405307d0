"""0/1 matrices as packed words.

Letters: n rows, d columns, W = ceil(d / 64) words a row. Bit c of a row is bit c % 64 of word c // 64;
the bits past d are zero.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from instances.arrays import array_from
from instances.faults import BadInput

Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]
Ints = NDArray[np.int64]

BLOCK = 4096
"""Rows that are unpacked at a time."""


@dataclass(frozen=True, eq=False)
class BitMatrix:
    """A 0/1 matrix with n rows and d columns; `words` is (n, W) uint64, read-only."""

    words: Words
    d: int

    def __post_init__(self) -> None:
        words = np.ascontiguousarray(self.words, dtype="<u8")
        if self.d < 0 or words.ndim != 2 or words.shape[1] != word_count(self.d):
            raise BadInput(f"words of shape {words.shape} do not hold rows of d = {self.d} bits: give (n, ceil(d/64))")
        if self.d % 64 and np.any(words[:, -1] >> np.uint64(self.d % 64)):
            raise BadInput(f"words have bits set past column d = {self.d}: clear them")
        owner = words if words.base is None else words.base
        if not isinstance(owner, np.ndarray) or owner.flags.writeable or not owner.flags.owndata:
            words = words.copy()  # nobody else may write to it
        words.setflags(write=False)
        object.__setattr__(self, "words", words)

    @classmethod
    def of(cls, rows: ArrayLike) -> Self:
        """Pack a 2-D array of 0s and 1s, or a list of strings such as `"0110"`. Errors: `BadInput`."""
        array = array_from(rows, "a 0/1 matrix")
        if array.dtype.kind == "U" and array.ndim == 1:
            if len(set(map(len, array.tolist()))) != 1:
                raise BadInput("strings of different lengths are no matrix: give rows of one length")
            array = np.array([["01".find(bit) for bit in row] for row in array.tolist()], dtype=np.int64)
        if array.ndim != 2:
            raise BadInput(f"a 0/1 matrix has two axes, this array has shape {array.shape}")
        if array.dtype.kind not in "bui" or np.any((array != 0) & (array != 1)):
            raise BadInput(f"a 0/1 matrix holds only the integers 0 and 1, this array of type {array.dtype} does not")
        return cls.build(array.shape[0], array.shape[1], lambda rows: array[rows] != 0)

    @classmethod
    def build(cls, n: int, d: int, block: Callable[[slice], Bools]) -> Self:
        """Pack `block(rows)`, a (len(rows), d) array, for successive slices, so that little is unpacked at a time."""
        words = np.zeros((n, word_count(d)), dtype="<u8")
        for start in range(0, n, BLOCK):
            rows = slice(start, min(start + BLOCK, n))
            packed = np.packbits(block(rows), axis=1, bitorder="little")
            words.view(np.uint8)[rows, : packed.shape[1]] = packed
        words.setflags(write=False)
        return cls(words, d)

    @classmethod
    def zeros(cls, n: int, d: int) -> Self:
        return cls(np.zeros((n, word_count(d)), dtype="<u8"), d)

    @property
    def n(self) -> int:
        return int(self.words.shape[0])

    def rows(self, rows: slice) -> "BitMatrix":
        """These rows as a matrix, a view of this one: nothing is copied. `rows` is a slice without a step."""
        return BitMatrix(self.words[rows], self.d)

    def bools(self, rows: slice = slice(None)) -> Bools:
        """The rows as a (len(rows), d) array of booleans."""
        return np.unpackbits(self.words[rows].view(np.uint8), axis=1, bitorder="little", count=self.d).astype(np.bool_)

    def widened(self, columns: int) -> "BitMatrix":
        """The matrix with `columns` further columns of zeros on the right."""
        words = np.zeros((self.n, word_count(self.d + columns)), dtype="<u8")
        words[:, : self.words.shape[1]] = self.words
        return BitMatrix(words, self.d + columns)

    @cached_property
    def weights(self) -> Ints:
        """The number of ones of each row."""
        return ones_of(self.words)

    def distances(self, row: Words) -> Ints:
        """The Hamming distance of every row to one packed row."""
        return ones_of(self.words ^ row)

    def products(self, row: Words) -> Ints:
        """The inner product of every row with one packed row."""
        return ones_of(self.words & row)

    @property
    def tiny(self) -> str:
        """The call that makes it again; empty where that is long."""
        if not self.n or self.n * (self.d + 4) > 200:
            return ""
        return f"BitMatrix.of({[''.join('01'[bit] for bit in row) for row in self.bools().astype(int).tolist()]})"

    def __repr__(self) -> str:
        return self.tiny or f"BitMatrix({self.n} x {self.d})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BitMatrix) and self.d == other.d and np.array_equal(self.words, other.words)

    def __hash__(self) -> int:
        return hash((self.d, self.words.tobytes()))

    def digest(self) -> bytes:
        return hashlib.sha256(f"bits {self.n} {self.d} ".encode() + self.words.tobytes()).digest()


def ones_of(words: Words) -> Ints:
    """The number of ones of each row of words."""
    counts: Ints = np.bitwise_count(words).sum(axis=1, dtype=np.int64)
    return counts


def word_count(d: int) -> int:
    """W, the 64-bit words that d bits take."""
    return -(-d // 64)


def packed_bytes(n: int, d: int) -> int:
    """Bytes of an n x d `BitMatrix` while it is built: the words and one unpacked block."""
    return 8 * n * word_count(d) + min(n, BLOCK) * d
