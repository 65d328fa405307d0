"""What the inner products of two coded blocks depend on: a few popcounts for each group of columns with the same values."""

from collections.abc import Callable

import numpy as np
from flint import arb

from instances.bits import BitMatrix, Ints, ones_of
from instances.coded import Coded


class Groups:
    """The columns of a pair of coded blocks, grouped by their four values (zq, oq, zk, ok).

    In a group of c columns, with n11 columns where both bits are set and wq, wk set bits a side, the score is
    f(zq, zk) (c - wq - wk + n11) + f(zq, ok) (wk - n11) + f(oq, zk) (wq - n11) + f(oq, ok) n11,
    where f(q, k) = q k, or -(q - k)^2 for the gaussian kernel.
    """

    def __init__(self, queries: Coded, keys: Coded, kernel: str) -> None:
        self._f: Callable[[arb, arb], arb] = product if kernel == "dot" else minus_square
        table = np.stack([queries.zero, queries.one, keys.zero, keys.one])
        self._values, member = np.unique(table, axis=1, return_inverse=True)
        member = member.reshape(-1)
        groups = self._values.shape[1]
        self._columns = np.bincount(member, minlength=groups)
        self._masks = [BitMatrix.of((member == g)[None, :]).words[0] for g in range(groups)]
        self._keys = keys.bits
        self._key_weights = [keys.bits.products(mask) for mask in self._masks]
        zq, oq, zk, ok = self._values
        self._uses = np.stack([(zq != oq) & (zk != ok), zq != oq, zk != ok])

    def counts(self, queries: BitMatrix, q: int, these: slice) -> Ints:
        """(keys, 3 groups) array: n11, wq, wk of each group for query q and these keys; 0 where they do not matter."""
        row, words = queries.words[q], self._keys.words[these]
        columns: list[Ints] = []
        for g, mask in enumerate(self._masks):
            n11, wq, wk = self._uses[:, g]
            zeros = np.zeros(len(words), dtype=np.int64)
            columns.append(ones_of(words & row & mask) if n11 else zeros)
            columns.append(zeros + int(np.bitwise_count(row & mask).sum()) if wq else zeros)
            columns.append(self._key_weights[g][these] if wk else zeros)
        return np.stack(columns, axis=1)

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
    codes, span = np.zeros(len(table), dtype=np.int64), 1
    for column in table.T:
        values = int(column.max()) + 1
        span *= values
        if span >= 2**62:  # too many for one code a row
            rows, counts = np.unique(table, axis=0, return_counts=True)
            return rows, counts
        codes = codes * values + column
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    return table[first], counts
