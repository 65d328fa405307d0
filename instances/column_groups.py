"""What the inner products of two coded blocks depend on: a few popcounts for each group of columns with the same values."""

from collections.abc import Callable

import numpy as np
from flint import arb

from instances.bits import BitMatrix, Ints, ones_of
from instances.coded import Coded

FEW = 1 << 12
"""So many codes of rows beside as many as there are rows are counted in a table and not sorted."""


class Groups:
    """The columns of a pair of coded blocks, grouped by their four values (zq, oq, zk, ok).

    In a group of c columns, with n11 columns where both bits are set and wq, wk set bits a side, the score is
    f(zq, zk) (c - wq - wk + n11) + f(zq, ok) (wk - n11) + f(oq, zk) (wq - n11) + f(oq, ok) n11,
    where f(q, k) = q k, or -(q - k)^2 for the gaussian kernel.
    """

    def __init__(self, queries: Coded, keys: Coded, kernel: str) -> None:
        self._f: Callable[[arb, arb], arb] = product if kernel == "dot" else minus_square
        columns = list(zip(*(x.tolist() for x in (queries.zero, queries.one, keys.zero, keys.one)), strict=True))
        of = {values: group for group, values in enumerate(sorted(set(columns)))}
        member = np.fromiter(map(of.__getitem__, columns), dtype=np.int64, count=len(columns))
        groups = len(of)
        self._values = np.array(list(of)).reshape(groups, 4).T
        self._columns = np.bincount(member, minlength=groups)
        self._masks = BitMatrix.of(member == np.arange(groups)[:, None]).words
        self._keys = keys.bits
        self._key_weights = [keys.bits.products(mask) for mask in self._masks]
        zq, oq, zk, ok = self._values
        self._uses = np.stack([(zq != oq) & (zk != ok), zq != oq, zk != ok], axis=1).tolist()

    def counts(self, queries: BitMatrix, q: int, these: slice) -> Ints:
        """(keys, 3 groups) array: n11, wq, wk of each group for query q and these keys; 0 where they do not matter."""
        row, words = queries.words[q], self._keys.words[these]
        found = np.zeros((len(words), 3 * len(self._masks)), dtype=np.int64)
        for g, mask in enumerate(self._masks):
            n11, wq, wk = self._uses[g]
            if n11:
                found[:, 3 * g] = ones_of(words & row & mask)
            if wq:
                found[:, 3 * g + 1] = np.bitwise_count(row & mask).sum()
            if wk:
                found[:, 3 * g + 2] = self._key_weights[g][these]
        return found

    def score(self, key: list[int]) -> arb:
        """The inner product, or minus the squared distance, that belongs to one row of `counts`."""
        total = arb(0)
        for g in range(self._values.shape[1]):
            n11, wq, wk = key[3 * g : 3 * g + 3]
            zq, oq, zk, ok = (arb(float(x)) for x in self._values[:, g])
            c = int(self._columns[g])
            f = self._f
            total += f(zq, zk) * (c - wq - wk + n11) + f(zq, ok) * (wk - n11) + f(oq, zk) * (wq - n11) + f(oq, ok) * n11
        return total


def product(q: arb, k: arb) -> arb:
    return q * k


def minus_square(q: arb, k: arb) -> arb:
    return -((q - k) ** 2)


def distinct(table: Ints) -> tuple[Ints, Ints]:
    """The distinct rows of a table of non-negative ints, which may have no row, with how often each occurs."""
    if not len(table):
        return table, np.zeros(0, dtype=np.int64)
    weights, span = [0] * table.shape[1], 1
    for place, largest in reversed(list(enumerate(table.max(axis=0).tolist()))):
        weights[place], span = span, span * (largest + 1)
    if span >= 2**62:  # too many for one code a row
        rows, counts = np.unique(table, axis=0, return_counts=True)
        return rows, counts
    codes = table @ np.array(weights, dtype=np.int64)
    if span > len(table) + FEW:
        _, first, counts = np.unique(codes, return_index=True, return_counts=True)
        return table[first], counts
    often, one = np.bincount(codes, minlength=span), np.zeros(span, dtype=np.int64)
    one[codes] = np.arange(len(codes))
    there = np.flatnonzero(often)
    return table[one[there]], often[there]
