"""Attention from its definition in ball arithmetic: the reference that everything else is measured against.

For coded Q and K an exponent depends only on a few popcounts, so a row is evaluated from the histogram of those
counts: one exponential for each class of keys, whatever m is. Every number is exact or a ball that contains it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf

import numpy as np
from flint import arb, arb_mat, ctx

from instances.bits import BitMatrix, Ints, ones_of
from instances.coded import Coded, Floats, Rows, dense, row_count
from instances.locks import lock
from instances.mechanism import SOFTMAX, Mechanism

MAX_BITS = 1 << 14

PLAIN_BLOCK = 1024
"""Rows of a plain K that are turned into balls at a time."""

MAX_KEPT = 1 << 22
"""Entries of a plain K that are kept as balls, of 48 bytes each."""


_ONE_AT_A_TIME = lock()


@contextmanager
def precision(bits: int | None = None) -> Iterator[None]:
    """While this lasts flint works with so many bits, or with as many as before, for this thread alone.

    flint has one working precision for all threads: what depends on it (and what is kept under it) is computed in here.
    """
    with _ONE_AT_A_TIME, ctx.workprec(ctx.prec if bits is None else bits):
        yield


def sign(value: Callable[[], arb]) -> int:
    """The sign of what `value` computes, at the first working precision where its ball excludes 0.

    0 where none up to MAX_BITS does: the value is 0, or nearer to it than about 2^-MAX_BITS of its terms.
    Errors: `ArithmeticError` for NaN, which has no sign.
    """
    bits = 64
    while bits <= MAX_BITS:
        with precision(bits):
            ball = value()
        if ball > 0 or ball < 0:
            return 1 if ball > 0 else -1
        if ball == 0:
            return 0
        bits *= 4
    if ball.is_nan():
        raise ArithmeticError("a sign was asked of what is no number at any precision")
    return 0


def logarithm(value: arb) -> arb:
    """ln value, minus infinity at exactly 0."""
    return arb(-inf) if value == 0 else value.log()


class ExactAttention:
    """Rows of D^-1 exp(scale Q K^T) V as balls, or of another mechanism; O(m W) popcounts a row where Q and K are coded.

    The working precision is that of `precision`, which other threads wait for.
    """

    def __init__(self, Q: Rows, K: Rows, V: Floats, scale: float, mechanism: Mechanism = SOFTMAX) -> None:
        self._Q, self._K, self._V, self._scale, self._mechanism = Q, K, V, scale, mechanism
        values, kinds = np.unique(V, axis=0, return_inverse=True)
        self._values: Floats = values
        self._kinds: Ints = kinds.reshape(-1)
        self._weights: dict[tuple[int, ...], arb] = {}
        self._groups: dict[tuple[int, int], _Groups] = {}
        self._blocks: dict[int, arb_mat] = {}

    def row(self, i: int) -> list[arb]:
        """The v outputs of row i as balls, which are right at any working precision."""
        total = arb(0)
        sums = [arb(0)] * self._V.shape[1]
        for weight, kind, count in self._classes(i):
            mass = weight * count
            total += mass
            sums = [s + mass * arb(float(v)) for s, v in zip(sums, self._values[kind], strict=True)]
        return [s / total for s in sums] if self._mechanism.normalised else sums

    def _classes(self, i: int) -> list[tuple[arb, int, int]]:
        """(w_ij, index of V_j among the distinct rows of V, number of such keys j), for the keys that row i sees."""
        if not (isinstance(self._Q, tuple) and isinstance(self._K, tuple)):
            return self._plain_classes(i)
        block, q = _locate(self._Q, i)
        found, offset = [], 0
        seen = self._mechanism.seen(i, row_count(self._K))
        for number, keys in enumerate(self._K):
            m = keys.bits.n
            these = slice(max(seen.start - offset, 0), min(seen.stop - offset, m))
            if these.start >= these.stop:
                offset += m
                continue
            groups = self._groups.get((block, number))
            if groups is None:
                groups = self._groups[block, number] = _Groups(self._Q[block], keys, self._mechanism.kernel)
            counts = groups.counts(self._Q[block].bits, q, these)
            kinds = self._kinds[offset : offset + m, None][these]
            rows, frequency = _distinct(np.concatenate([counts, kinds], axis=1))
            for (*key, kind), count in zip(rows.tolist(), frequency.tolist(), strict=True):
                label = (ctx.prec, block, number, *key)
                if label not in self._weights:
                    self._weights[label] = (groups.score(key) * arb(self._scale)).exp()
                found.append((self._weights[label], kind, count))
            offset += m
        return found

    def _plain_classes(self, i: int) -> list[tuple[arb, int, int]]:
        row = dense(self._Q, slice(i, i + 1))[0].tolist()
        q, scale = arb_mat([[x] for x in row]), arb(self._scale)
        found = []
        seen = self._mechanism.seen(i, row_count(self._K))
        for number in range(seen.start // PLAIN_BLOCK, -(-seen.stop // PLAIN_BLOCK)):
            keys, start = self._plain_keys(number), PLAIN_BLOCK * number
            scores = keys * q if self._mechanism.kernel == "dot" else None
            for j in range(max(seen.start - start, 0), min(seen.stop - start, keys.nrows())):
                score = scores[j, 0] if scores is not None else _minus_distance(keys, j, row)
                found.append(((score * scale).exp(), int(self._kinds[start + j]), 1))
        return found

    def _plain_keys(self, number: int) -> arb_mat:
        """A block of rows of K as exact balls; kept for the next row while all of K is small."""
        if number in self._blocks:
            return self._blocks[number]
        rows = slice(PLAIN_BLOCK * number, PLAIN_BLOCK * (number + 1))
        block = arb_mat(dense(self._K, rows).tolist())
        if row_count(self._K) * block.ncols() <= MAX_KEPT:
            self._blocks[number] = block
        return block


class _Groups:
    """The columns of a pair of coded blocks, grouped by their four values (zq, oq, zk, ok).

    In a group of c columns, with n11 columns where both bits are set and wq, wk set bits a side, the score is
    f(zq, zk) (c - wq - wk + n11) + f(zq, ok) (wk - n11) + f(oq, zk) (wq - n11) + f(oq, ok) n11,
    where f(q, k) = q k, or -(q - k)^2 for the gaussian kernel.
    """

    def __init__(self, queries: Coded, keys: Coded, kernel: str) -> None:
        self._f: Callable[[arb, arb], arb] = _product if kernel == "dot" else _minus_square
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
        columns = []
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


def _product(q: arb, k: arb) -> arb:
    return q * k


def _minus_square(q: arb, k: arb) -> arb:
    return -((q - k) ** 2)


def _minus_distance(keys: arb_mat, j: int, row: list[float]) -> arb:
    """-||q - k_j||^2."""
    return sum((_minus_square(arb(x), keys[j, c]) for c, x in enumerate(row)), arb(0))


def _locate(blocks: tuple[Coded, ...], i: int) -> tuple[int, int]:
    """The block that holds row i, and the row's number in it."""
    for number, block in enumerate(blocks):
        if i < block.bits.n:
            return number, i
        i -= block.bits.n
    raise IndexError(i)


def _distinct(table: Ints) -> tuple[Ints, Ints]:
    """The distinct rows of a table of non-negative ints, with how often each occurs."""
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
