"""Linear codes over F_q, exact: systematic form, membership, subcodes that vanish on positions, minimum distance.

Letters: a code has length L and dimension k; I is its information set, k positions on which a codeword can have any
values and has each exactly once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from instances.faults import BadInput, Declined
from reductions.codes.field import Elements, Field

MAX_WORDS = 2**22
"""The most codewords that are enumerated."""


def reduced(field: Field, matrix: Elements, first: Sequence[int] = ()) -> tuple[Elements, tuple[int, ...]]:
    """The reduced row echelon form without zero rows, and its pivots, looking for pivots in the columns `first` first."""
    rows = matrix.copy()
    pivots: list[int] = []
    for column in [*first, *(c for c in range(matrix.shape[1]) if c not in set(first))]:
        done = len(pivots)
        candidates = np.flatnonzero(rows[done:, column])
        if not len(candidates):
            continue
        rows[[done, done + candidates[0]]] = rows[[done + candidates[0], done]]
        rows[done] = field.times(rows[done], field.inverses[rows[done, column]])
        factors = rows[:, column].copy()
        factors[done] = 0
        rows = field.minus(rows, field.times(factors[:, None], rows[done]))
        pivots.append(column)
    return rows[: len(pivots)], tuple(pivots)


def kernel(field: Field, matrix: Elements) -> Elements:
    """A basis, as rows, of the vectors v with matrix v = 0."""
    rows, pivots = reduced(field, matrix)
    free = [c for c in range(matrix.shape[1]) if c not in pivots]
    basis = np.zeros((len(free), matrix.shape[1]), dtype=np.uint8)
    basis[np.arange(len(free)), free] = 1
    basis[:, list(pivots)] = field.negatives[rows[:, free].T]
    return basis


@dataclass(frozen=True, eq=False)
class LinearCode:
    """A code by its generator in systematic form: (k, L), the identity on the columns `information`, I.

    Errors: `BadInput` where the generator is not so.
    """

    field: Field
    generator: Elements
    information: tuple[int, ...]

    def __post_init__(self) -> None:
        on_I = self.generator[:, list(self.information)]
        if len(self.information) != len(self.generator) or not np.array_equal(on_I, np.eye(len(on_I))):
            raise BadInput("the generator is not the identity on its information set: use LinearCode.spanned")

    @classmethod
    def spanned(cls, field: Field, rows: Elements) -> "LinearCode":
        """The span of any rows; I is the first set of positions that will do. Errors: `BadInput` for the zero code."""
        generator, pivots = reduced(field, rows)
        if not pivots:
            raise BadInput("these rows span only the zero word: give a nonzero one")
        return cls(field, generator, pivots)

    @property
    def k(self) -> int:
        return int(self.generator.shape[0])

    @property
    def L(self) -> int:
        return int(self.generator.shape[1])

    def encoded(self, symbols: Elements) -> Elements:
        """The codewords (..., L) that have the symbols (..., k) on I."""
        return self.field.matmul(symbols, self.generator)

    def contains(self, words: Elements) -> bool:
        """Whether every word (..., L) is a codeword."""
        return np.array_equal(self.encoded(words[..., list(self.information)]), words)

    def squared(self) -> "LinearCode":
        """The span of all coordinatewise products of two codewords."""
        products = self.field.times(self.generator[:, None], self.generator)
        return LinearCode.spanned(self.field, products[np.triu_indices(self.k)])

    def vanishing(self, positions: Sequence[int]) -> tuple[Elements, tuple[int, ...]]:
        """A basis of the subcode that is 0 on these positions, and one position for each word, the identity there."""
        rows, pivots = reduced(self.field, self.generator, positions)
        kept = [i for i, pivot in enumerate(pivots) if pivot not in set(positions)]
        return rows[kept], tuple(pivots[i] for i in kept)

    def words(self) -> Elements:
        """All q^k codewords; the base-q digits of a row's index, least first, are its symbols on I.

        Errors: `Declined` for more than `MAX_WORDS`.
        """
        return span(self.field, self.generator)

    @cached_property
    def minimum_distance(self) -> int:
        """The least weight of a nonzero codeword, exact, by enumeration. Errors: `Declined` as `words`."""
        return int(np.count_nonzero(self.words()[1:], axis=1).min())


def span(field: Field, basis: Elements) -> Elements:
    """All q^k linear combinations of k rows, by the base-q digits of their index. Errors: `Declined` beyond `MAX_WORDS`."""
    k, L = basis.shape
    if field.q**k > MAX_WORDS:
        raise Declined(f"{field.q}^{k} codewords are more than the {MAX_WORDS} that are enumerated: take a smaller code")
    words = np.zeros((1, L), dtype=np.uint8)
    for row in basis:
        multiples = field.times(np.arange(field.q)[:, None], row)
        words = field.plus(multiples[:, None], words[None]).reshape(-1, L)
    return words
