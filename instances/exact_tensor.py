"""Tensor attention from its definition in ball arithmetic: the reference for everything that computes it.

For coded Q, K1 and K2 an exponent depends only on a few popcounts, so a row is evaluated from the histogram of those counts:
one exponential for each class of pairs of keys. Pairs are looked at a tile at a time: nothing m1 x m2 is held.
"""

from collections.abc import Iterator

import numpy as np
from flint import arb, arb_mat

from instances.bits import BitMatrix, Ints, Words, ones_of
from instances.coded import Coded, Floats, Rows, dense, row_count
from instances.column_groups import distinct
from instances.exact import ExactAttention, located

TILE = 1 << 20
"""Words, or balls, of pairs of keys that are looked at together."""

Class = tuple[arb, int, int, int]
"""A weight, the kinds of value of the first and of the second key, and how many pairs have these."""


class ExactTensor(ExactAttention):
    """Rows of tensor attention as balls; O(m1 m2 W) popcounts a row where Q, K1 and K2 are coded, else O(m1 m2 d) balls."""

    def __init__(self, Q: Rows, K1: Rows, K2: Rows, V1: Floats, V2: Floats, scale: float) -> None:
        super().__init__(Q, K1, V1, scale)
        self._K2, self._V2 = K2, V2
        self._values2, kinds = np.unique(V2, axis=0, return_inverse=True)
        self._kinds2: Ints = kinds.reshape(-1)

    def row(self, i: int) -> list[arb]:
        """The v outputs of row i."""
        total, sums = arb(0), [arb(0)] * self._V.shape[1]
        for weight, kind1, kind2, count in self.pairs(i):
            mass = weight * count
            total += mass
            for c, (x, y) in enumerate(zip(self.values[kind1].tolist(), self._values2[kind2].tolist(), strict=True)):
                sums[c] += mass * arb(x) * arb(y)
        return [s / total for s in sums]

    def pairs(self, i: int) -> Iterator[Class]:
        """The classes of all pairs of keys, some more than once."""
        if isinstance(self._Q, tuple) and isinstance(self._K, tuple) and isinstance(self._K2, tuple):
            block, q = located(self._Q, i)
            first = 0
            for keys1 in self._K:
                second = 0
                for keys2 in self._K2:
                    yield from self._counted(self._Q[block], q, keys1, keys2, first, second)
                    second += keys2.bits.n
                first += keys1.bits.n
        else:
            yield from self._plain(i)

    def _counted(self, queries: Coded, q: int, keys1: Coded, keys2: Coded, first: int, second: int) -> Iterator[Class]:
        of = _Columns(queries, q, keys1, keys2)
        m2, rows = keys2.bits.n, max(1, TILE // (keys2.bits.n * max(1, keys2.bits.words.shape[1])))
        kinds2 = self._kinds2[second : second + m2]
        for start in range(0, keys1.bits.n, rows):
            these = slice(start, min(start + rows, keys1.bits.n))
            kinds1 = self._kinds[first + these.start : first + these.stop]
            ends = [np.repeat(kinds1, m2), np.tile(kinds2, len(kinds1))]
            table = np.stack([*of.counts(keys1.bits.words[these], keys2.bits.words), *ends], axis=1)
            weights: dict[tuple[int, ...], arb] = {}
            for (*key, kind1, kind2), count in zip(*(x.tolist() for x in distinct(table)), strict=True):
                label = tuple(key)
                if label not in weights:
                    weights[label] = (of.score(key) * arb(self._scale)).exp()
                yield weights[label], kind1, kind2, count

    def _plain(self, i: int) -> Iterator[Class]:
        q = [arb(x) for x in dense(self._Q, slice(i, i + 1))[0].tolist()]
        m1, m2, d = row_count(self._K), row_count(self._K2), len(q)
        columns = max(1, min(m2, TILE // 64 // d))
        rows = max(1, TILE // 64 // max(d, columns))
        for start in range(0, m1, rows):
            keys1 = dense(self._K, slice(start, min(start + rows, m1))).tolist()
            left = arb_mat([[x * arb(k) for x, k in zip(q, row, strict=True)] for row in keys1])
            for begin in range(0, m2, columns):
                right = arb_mat(dense(self._K2, slice(begin, min(begin + columns, m2))).T.tolist())
                scores = left * right
                for j in range(scores.nrows()):
                    for k in range(scores.ncols()):
                        weight = (scores[j, k] * arb(self._scale)).exp()
                        yield weight, int(self._kinds[start + j]), int(self._kinds2[begin + k]), 1


class _Columns:
    """The columns of a query and of two coded blocks of keys, grouped by their values (q, z1, o1, z2, o2).

    In a group of c columns, with w1 and w2 set bits a side and n11 columns where both are set, q_c k1_c k2_c adds up to
    q (z1 z2 c + (o1 - z1) z2 w1 + z1 (o2 - z2) w2 + (o1 - z1) (o2 - z2) n11).
    """

    def __init__(self, queries: Coded, q: int, keys1: Coded, keys2: Coded) -> None:
        values = np.where(queries.bits.bools(slice(q, q + 1))[0], queries.one, queries.zero)
        columns = list(zip(*(x.tolist() for x in (values, keys1.zero, keys1.one, keys2.zero, keys2.one)), strict=True))
        groups = sorted(set(columns))
        member = np.array([groups.index(values) for values in columns])
        masks = BitMatrix.of(member == np.arange(len(groups))[:, None]).words
        self._constant = arb(0)
        self._terms: list[tuple[arb, str, Words]] = []
        for (x, z1, o1, z2, o2), mask in zip(groups, masks, strict=True):
            self._constant += arb(x) * arb(z1) * arb(z2) * int(ones_of(mask[None])[0])
            for word, there, factor in (
                ("w1", x and o1 != z1 and z2, (arb(o1) - arb(z1)) * arb(z2)),
                ("w2", x and o2 != z2 and z1, arb(z1) * (arb(o2) - arb(z2))),
                ("n11", x and o1 != z1 and o2 != z2, (arb(o1) - arb(z1)) * (arb(o2) - arb(z2))),
            ):
                if there:
                    self._terms.append((arb(x) * factor, word, mask))

    def counts(self, keys1: Words, keys2: Words) -> list[Ints]:
        """For each term the number it counts of each pair, the pairs of the first key of `keys1` first."""
        found = []
        for _, word, mask in self._terms:
            if word == "w1":
                found.append(np.repeat(ones_of(keys1 & mask), len(keys2)))
            elif word == "w2":
                found.append(np.tile(ones_of(keys2 & mask), len(keys1)))
            else:
                both = np.bitwise_count((keys1 & mask)[:, None, :] & keys2[None, :, :])
                found.append(both.sum(axis=2, dtype=np.int64).reshape(-1))
        return found

    def score(self, counts: list[int]) -> arb:
        """sum_c q_c k1_c k2_c of the pairs with these counts."""
        return sum((factor * count for (factor, _, _), count in zip(self._terms, counts, strict=True)), self._constant)
