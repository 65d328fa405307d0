"""Attention and its gradients from their definitions in balls, for claims about masks, windows and gradients derived here.

Letters: vectors a_i, b_j in {0,1}^d with promises t < t2, R > 1, r = sqrt R; lam the weight of a unit of inner product, M
dummies; p pads with eta. All entries of Q, K and V are in units of B and exponents are lam <q_i, k_j>: B^2 = lam dt at the
scale 1/dt, so that outputs are in units of B, columns of dQ and dK in units of scale B^3, and columns of dV in units of B.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from flint import arb

from hardlab.claims.numbers import ball
from instances.exact import sign

Vector = Sequence[arb | int]
Sees = Sequence[str]
"""A row of 0/1 for each query: which keys it sees."""

LARGEST = 12
"""Rows of a case, at most."""


@dataclass(frozen=True)
class Instance:
    """Two lists of 0/1 strings, the promises t < t2 and R."""

    A: Sequence[str]
    B: Sequence[str]
    t: int
    t2: int
    R: Fraction

    @classmethod
    def of(cls, case: Mapping[str, Any]) -> "Instance":
        """Errors: ValueError for what is none."""
        found = cls(case["A"], case["B"], case["t"], case["t2"], Fraction(str(case["R"])))
        if not found.A or not found.B:
            raise ValueError("A and B must hold at least one vector each")
        lengths = {len(row) for row in (*found.A, *found.B)}
        if len(lengths) != 1 or not found.d or any(set(row) - {"0", "1"} for row in (*found.A, *found.B)):
            raise ValueError("A and B must hold 0/1 strings of one length, at least one each")
        return found

    @property
    def d(self) -> int:
        return len(self.A[0])

    @property
    def why_outside(self) -> str:
        """Why it is outside of all statements here, or nothing."""
        if not 0 <= self.t < self.t2 <= self.d:
            return "not 0 <= t < t2 <= d"
        if not Fraction(10001, 10000) <= self.R <= 10**6 or max(len(self.A), len(self.B)) > LARGEST or self.d > 64:
            return "R <= 1, or too large to check here"
        return ""

    @property
    def why_no_promise(self) -> str:
        """The same, or that some pair is neither near nor far."""
        return self.why_outside or ("" if all(map(self.kept, self.distances)) else "the promise is broken")

    @property
    def distances(self) -> list[list[int]]:
        return [[sum(x != y for x, y in zip(a, b, strict=True)) for b in self.B] for a in self.A]

    @property
    def r(self) -> arb:
        return ball(self.R).sqrt()

    def kept(self, pairs: Sequence[int]) -> bool:
        """Whether all these distances are at most t or at least t2."""
        return all(h <= self.t or h >= self.t2 for h in pairs)

    def lam(self, keys: int) -> arb:
        """ln(m R)/(2(t2 - t)), m the keys that a row sees at most."""
        return (keys * ball(self.R)).log() / (2 * (self.t2 - self.t))

    def pads(self, keys: int, M: int, code: int = 0) -> arb:
        """p eta: half of d - t - t2 - code + (ln(m)/2 - ln M)/lam, at which the dummies weigh sqrt(S_yes S_no)."""
        return (self.d - self.t - self.t2 - code + (arb(keys).log() / 2 - arb(M).log()) / self.lam(keys)) / 2


def least_p(p_eta: arb) -> int:
    """A p with |eta| < 1."""
    return int(float(abs(p_eta).upper())) + 1


def nothing(value: Callable[[], arb]) -> bool:
    """Whether it is 0 to a hundred binary places."""
    return sign(lambda: arb(2) ** -100 - abs(value())) > 0


def signs(row: str) -> list[int]:
    """2a - 1."""
    return [2 * int(bit) - 1 for bit in row]


def weights(queries: Sequence[Vector], keys: Sequence[Vector], lam: arb, sees: Sees) -> list[list[arb]]:
    """P: of each query over the keys that it sees, 0 where it does not; a query that sees none has zeros."""
    found = []
    for query, row in zip(queries, sees, strict=True):
        masses = [_mass(query, key, lam) if bit == "1" else arb(0) for key, bit in zip(keys, row, strict=True)]
        total = sum(masses, arb(0))
        found.append([mass / total if "1" in row else mass for mass in masses])
    return found


def _mass(query: Vector, key: Vector, lam: arb) -> arb:
    return (lam * sum((x * y for x, y in zip(query, key, strict=True)), arb(0))).exp()


def outputs(P: Sequence[Sequence[arb]], values: Sequence[int]) -> list[arb]:
    """P V for one column."""
    return [sum((p * v for p, v in zip(row, values, strict=True)), arb(0)) for row in P]


def slopes(P: Sequence[Sequence[arb]], values: Sequence[arb | int], delta: bool = True) -> list[list[arb]]:
    """dS = P (f - delta_i) for dO = 1 and f = V; without delta where a kernel forgets it."""
    means = [sum((p * v for p, v in zip(row, values, strict=True)), arb(0)) for row in P]
    return [[p * (v - mean * delta) for p, v in zip(row, values, strict=True)] for row, mean in zip(P, means, strict=True)]


def all_seen(queries: Sequence[Any], keys: Sequence[Any]) -> list[str]:
    return ["1" * len(keys)] * len(queries)


def drawn(seed: int, count: int, more: Callable[[int], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Vectors that keep the promise, for the most part with YES rows and NO rows."""
    rng = np.random.default_rng(seed)
    for k in range(count):
        n, m, d = int(rng.integers(1, 5)), int(rng.integers(1, 4)), int(rng.integers(3, 8))
        t = int(rng.integers(0, d - 1))
        A, B = (["".join(map(str, rng.integers(0, 2, d))) for _ in range(of)] for of in (n, m))
        yield {"A": A, "B": B, "t": t, "t2": t + 1, **more(k)}
