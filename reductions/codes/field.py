"""Finite fields F_q as tables, exact, for every prime power q up to 64.

Letters: q = p^e. The element with the number c_0 + c_1 p + ... + c_(e-1) p^(e-1), 0 <= c_i < p, is sum_i c_i z^i for
a root z of the Conway polynomial of F_q (that of FLINT), so 0 and 1 are the numbers 0 and 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from flint import fq_default_ctx
from numpy.typing import ArrayLike, NDArray

from instances.faults import BadInput

Elements = NDArray[np.uint8]
"""Elements by their numbers, in an array of any shape."""

LARGEST_FIELD = 64
"""The largest q."""
_PRIMES = tuple(p for p in range(2, LARGEST_FIELD + 1) if all(p % i for i in range(2, p)))
FIELDS = tuple(sorted(p**e for p in _PRIMES for e in range(1, 7) if p**e <= LARGEST_FIELD))
"""Every q, ascending."""


@dataclass(frozen=True, eq=False)
class Field:
    """F_q with its tables: `sums[a, b]` = a + b and `products[a, b]` = a b, (q, q) and read-only. Made by `field`."""

    p: int
    e: int
    sums: Elements
    products: Elements

    @property
    def q(self) -> int:
        return int(self.p**self.e)

    @cached_property
    def negatives(self) -> Elements:
        """-a for each a."""
        negatives: Elements = np.argmin(self.sums, axis=1).astype(np.uint8)
        return negatives

    @cached_property
    def inverses(self) -> Elements:
        """1/a for each a > 0; 0 for a = 0."""
        inverses: Elements = np.argmax(self.products == 1, axis=1).astype(np.uint8)
        return inverses

    def plus(self, a: ArrayLike, b: ArrayLike) -> Elements:
        return _looked_up(self.sums, a, b)

    def minus(self, a: ArrayLike, b: ArrayLike) -> Elements:
        return _looked_up(self.sums, a, self.negatives[np.asarray(b)])

    def times(self, a: ArrayLike, b: ArrayLike) -> Elements:
        return _looked_up(self.products, a, b)

    def matmul(self, A: Elements, B: Elements) -> Elements:
        """The matrix product of an (..., k) and a (k, m) array."""
        total = np.zeros((*A.shape[:-1], B.shape[1]), dtype=np.uint8)
        for j in range(B.shape[0]):
            total = self.plus(total, self.times(A[..., j, None], B[j]))
        return total

    @property
    def most_multipliers(self) -> int:
        """e (p-1), the most elements, repetitions counted, of which no nonempty subset sums to 0 (Olson 1969)."""
        return most_multipliers(self.q)

    def zero_sum_free(self, T: int) -> tuple[int, ...]:
        """T elements, p-1 copies of each of 1, z, z^2, ... in turn. Errors: `BadInput` unless T <= e (p-1)."""
        if not 0 <= T <= self.most_multipliers:
            raise BadInput(
                f"T = {T} over F_{self.q}: at most e (p-1) = {self.most_multipliers} elements are free of zero sums; lower T"
            )
        return tuple(self.p ** (t // (self.p - 1)) for t in range(T))

    def subset_sums(self, elements: Sequence[int]) -> frozenset[int]:
        """The sums of the nonempty subsets."""
        found: set[int] = set()
        for element in elements:
            found |= {int(self.sums[element, other]) for other in found} | {element}
        return frozenset(found)


@cache
def field(q: int) -> Field:
    """F_q. Errors: `BadInput` unless q is a prime power, 2 <= q <= `LARGEST_FIELD`."""
    p, e = prime_power(q)
    modulus = [int(c) for c in fq_default_ctx(p, e).modulus().coeffs()]
    powers = p ** np.arange(e, dtype=np.int64)
    digits = np.arange(q, dtype=np.int64)[:, None] // powers % p
    sums = (digits[:, None] + digits) % p
    products = np.zeros((q, q, 2 * e - 1), dtype=np.int64)
    for i in range(e):
        for j in range(e):
            products[:, :, i + j] += digits[:, None, i] * digits[None, :, j]
    for high in range(2 * e - 2, e - 1, -1):
        for i in range(e):
            products[:, :, high - e + i] -= products[:, :, high] * modulus[i]
    tables = [(table @ powers).astype(np.uint8) for table in (sums, products[:, :, :e] % p)]
    for table in tables:
        table.setflags(write=False)
    return Field(p, e, *tables)


def most_multipliers(q: int) -> int:
    """e (p-1) for q = p^e. Errors: `BadInput` as `field`."""
    p, e = prime_power(q)
    return e * (p - 1)


def prime_power(q: int) -> tuple[int, int]:
    """(p, e) with q = p^e. Errors: `BadInput` unless q is a prime power, 2 <= q <= `LARGEST_FIELD`."""
    if q in FIELDS:
        p = next(p for p in _PRIMES if q % p == 0)
        return p, next(e for e in range(1, 7) if p**e == q)
    raise BadInput(f"q = {q}: a field has a prime power of elements, here from 2 to {LARGEST_FIELD}; give such a q")


def _looked_up(table: Elements, a: ArrayLike, b: ArrayLike) -> Elements:
    found: Elements = table[np.asarray(a), np.asarray(b)]
    return found
