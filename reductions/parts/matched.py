"""The vectors of the matched normaliser, which `hamming-attention` derives: queries, data keys, dummies, keys of a query's own.

With the constants of `matched`, lam = beta/d~, and r columns of a code c with entries +-1,

    queries B (2a - 1, 1_p, c), data keys B (2b - 1, -eta 1_p, 0_r), dummies B (0_d, eta 1_p, 0_r), scale 1/d~, d~ = d + p + r,

so a data key has the exponent lam (d - 2H - p eta) and a dummy lam p eta. A query's own key B (0_d, eta 1_p, c) has for it the
exponent lam (p eta + r), and lam (p eta + r - 2D) for a query whose code is at distance D: with r in the constants it is that,
and not a dummy's, that lies halfway between those of the data. V is B on data keys and -B on the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log, sqrt, tanh

import numpy as np

from instances.bits import BitMatrix, Bools, Ints
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.problem import Size
from reductions.parts.room import ROOM


def matched(of: Size, m: int, R0: float, M: int, code: int = 0, pads: int = 0) -> dict[str, float]:
    """p, M, eta, beta, B and Gamma for rows that see at most m data keys, and the same M dummies or one key of their own.

    `code` is r; p is at least `pads`.
    """
    d, t, t2 = of["d"], of["t"], of["t2"]
    logs = log(m) + log(R0)
    twice_p_eta = (d - t - t2 - code) + (0.5 * log(m) - log(M)) * 2 * (t2 - t) / logs
    p = max(ceil(abs(d - t - t2) / 2) + 1, ceil(abs(twice_p_eta) / 2), pads)
    beta = (d + p + code) * logs / (2 * (t2 - t))
    B = sqrt(beta)
    gamma = B * (sqrt(R0) - 1) / (sqrt(R0) + 1)
    return {"p": p, "M": M, "eta": twice_p_eta / (2 * p), "beta": beta, "B": B, "Gamma": gamma}


def with_thresholds(found: Mapping[str, float]) -> dict[str, float]:
    """The constants with low and high, which are -Gamma and Gamma with room for rounding."""
    high = (1 - ROOM) * found["Gamma"]
    return {**found, "low": -high, "high": high}


def check_rounding(beta: float, R0: float, exponents: float | None = None) -> None:
    """Errors: `Declined` where exponents up to `exponents` (beta unless given), rounded, would eat the room."""
    if 8 * (beta if exponents is None else exponents) * 2.0**-53 > ROOM * tanh(log(R0) / 4):
        raise Declined(f"beta = {beta:.3g} with R0 = {R0}: rounding would eat the margin; raise R0")


def values(B: float, *parts: tuple[int, float]) -> Floats:
    """V: so many keys of the value B times each number, one part after the other."""
    found: Floats = np.repeat([[B * value] for _, value in parts], [count for count, _ in parts], axis=0)
    return found


@dataclass(frozen=True)
class MatchedVectors:
    """The vectors for rows of d bits with these constants, as coded blocks of d~ columns."""

    d: int
    constants: Mapping[str, float]
    code: int = 0

    @property
    def data_value(self) -> float:
        return self.constants["B"]

    @property
    def dummy_value(self) -> float:
        return -self.constants["B"]

    @property
    def scale(self) -> float:
        return 1 / self.width

    @property
    def width(self) -> int:
        """d~."""
        return self.d + int(self.constants["p"]) + self.code

    def queries(self, bits: BitMatrix, code: Bools | None = None) -> Coded:
        """For the rows of A; `code` has a row of r bits for each."""
        B = self.constants["B"]
        return self._coded(self._with(bits, code), (-B, B), (B, B), (-B, B))

    def data(self, bits: BitMatrix) -> Coded:
        """For the rows of B."""
        B, eta = self.constants["B"], self.constants["eta"]
        return self._coded(self._with(bits, None), (-B, B), (-B * eta,) * 2, (0.0, 0.0))

    def dummies(self, count: int) -> Coded:
        B, eta = self.constants["B"], self.constants["eta"]
        return self._coded(BitMatrix.zeros(count, self.width), (0.0, 0.0), (B * eta,) * 2, (0.0, 0.0))

    def own(self, code: Bools) -> Coded:
        """The key of each query that is in balance with its data."""
        B, eta = self.constants["B"], self.constants["eta"]
        return self._coded(self._with(BitMatrix.zeros(len(code), self.d), code), (0.0, 0.0), (B * eta,) * 2, (-B, B))

    def light(self, count: int) -> Coded:
        """Keys B (0_d, -1_p) that are equally light for every query."""
        return self._coded(BitMatrix.zeros(count, self.width), (0.0, 0.0), (-self.constants["B"],) * 2, (0.0, 0.0))

    def heavy(self, count: int) -> Coded:
        """Keys B (0_d, 1_p) that are equally heavy for every query."""
        return self._coded(BitMatrix.zeros(count, self.width), (0.0, 0.0), (self.constants["B"],) * 2, (0.0, 0.0))

    def fillers(self, count: int) -> Coded:
        """Rows of zeros, for places whose answers are not read."""
        return self._coded(BitMatrix.zeros(count, self.width), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0))

    def _coded(self, bits: BitMatrix, *values: tuple[float, float]) -> Coded:
        parts = (self.d, self.width - self.d - self.code, self.code)
        zero, one = (np.concatenate([np.full(n, x[k]) for n, x in zip(parts, values, strict=True)]) for k in (0, 1))
        return Coded(bits, zero, one)

    def _with(self, bits: BitMatrix, code: Bools | None) -> BitMatrix:
        """The bits, then zeros for the pads, then those of the code."""
        if code is None or not self.code:
            return bits.widened(self.width - self.d)
        pads = self.width - self.d - self.code

        def block(rows: slice) -> Bools:
            return np.hstack([bits.bools(rows), np.zeros((rows.stop - rows.start, pads), dtype=np.bool_), code[rows]])

        return BitMatrix.build(bits.n, self.width, block)


def ordered(rows: BitMatrix, order: Ints) -> BitMatrix:
    """The rows in this order, the last one for numbers beyond."""
    return BitMatrix(rows.words[np.minimum(order, rows.n - 1)], rows.d)


def address(n: int, D: int) -> Bools:
    """(n, D ceil(log2 n)): the bits of 0, 1, ..., n - 1, each D times; two of the rows are at distance D at least."""
    bits = (np.arange(n)[:, None] >> np.arange((n - 1).bit_length())) & 1
    return np.repeat(bits, D, axis=1).astype(np.bool_)
