"""Three lists of vectors to networks of attention: the third list on the heads (derived here; after 2603.11332, whose layers
are not these).

L layers of H heads take LH rows of C at a time, each head (l, h) one vector c; where C is longer, the answer is a disjunction
of ceil(l/(LH)) networks. Tokens, N = n + m + 1 of them, are (a_i, 0 | 0, 1 | 0), (0, b_j | 1, 0 | 0) and one of zeros; the
columns are those of a, of b, flag_b, flag_a and the accumulator. With R0 = 8LH, C0 = ln(max(n, m) R0) and W_K = diag(c) in
the columns of b, a head gives

    scores -C0 (<a of the query, b o c of the key> + flag_a flag_a),   values flag_b, written into the accumulator,

all other weights being the same in all heads. So for a row a_i a head is u = S/(S + 1 + E), with S = sum_j e^{-C0 <a_i, b_j,
c>} of the b-tokens, 1 of the token of zeros, E = n e^{-C0} <= 1/R0 of the a-tokens, all but S of value 0.

*With a residual stream* no score reads what is written, so after L layers the accumulator of a_i is the sum of the LH numbers
u:

    YES (a product 0 in some head): u >= 1/(2 + E), all u >= 0;   NO: each u <= 1/(R0 + 1), the sum <= LH/(R0 + 1) < 1/8.

*Without* (`residual=false`) one more head a layer copies the tokens: each has a code of r = ceil(log2 N) bits +-1, queries
and keys sqrt(g) code, the value is the token. Two codes differ in a bit, so the copy is a mean in which others than the token
itself have the share y = (N - 1) e^{-g} at most as long as codes are off by x <= 1/(4r): with entries in [-1, 1] a score of
the token with itself is at least g r (1 - x)^2, with another at most g (r - 1 - (1 - x)^2), a difference of at least g (2 - 2
(r + 1) x) >= g. All columns but the accumulator are means of their own, hence off by at most x_l <= 2ly after l layers (of a
range of 2), the scores by 2 C0 (d + 1) x_l, a head by e^{4 C0 (d + 1) x_l} - 1 + x_l, and the accumulator, of range lH, by
lHy a copy more. Together, with z = L^2 H (3 + 9 C0 (d + 1)) y,

    the accumulator is off by at most z,   if 8 C0 (d + 1) L y <= 1/8 and 8 L r y <= 1;

y = 2^-6/(L^2 H (3 + 9 C0 (d + 1))), which is so small, makes z = 2^-6, by which both thresholds are moved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import ClassVar

import numpy as np

from instances.anyof import AnyOf
from instances.coded import Floats
from instances.faults import BadInput
from instances.network import Network, TransformerTask
from instances.problem import Problem, Size, Witness
from instances.triples import ThreeOrthogonalVectors
from reductions.parts.room import ROOM
from reductions.reduction import Reduction, Theorem

COPIED = 2.0**-6
"""By how much copying heads may move the accumulator."""


@dataclass(frozen=True)
class ThreeOvTransformer(Reduction[ThreeOrthogonalVectors, AnyOf]):
    """After the last layer rows with an orthogonal pair of partners have >= 1/(2 + E), all others <= LH/(8LH + 1) < 1/8.

    `layers` L and `heads` H (0 for as many as one network needs for all of C); without `residual` a head more a layer copies
    the tokens, and both thresholds are 2^-6 nearer. Entries of the weights are at most sqrt(ln(8 max(n, m) LH)), those of
    copying heads aside. Errors: `BadInput` unless L >= 1 and H >= 0.
    """

    layers: int = 1
    heads: int = 0
    residual: bool = True

    key: ClassVar[str] = "3ov-transformer"
    target: ClassVar[type[Problem]] = TransformerTask
    disjunction: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "a network of L layers of H heads with entries up to sqrt(ln(8 max(n, m) LH)), width 2d + 3 and a constant error "
        "decides 3-OV with LH vectors in the third list",
        "derived here, after 2603.11332",
        "Each head has a vector of C in its keys: for a token of A the tokens of B that are orthogonal to it under that vector "
        "keep their weight, against one token of zeros. What they weigh is added up in a column that no head reads, layer "
        "after layer: it stays below 1/8 unless some head found a triple.",
    )

    def __post_init__(self) -> None:
        if self.layers < 1 or self.heads < 0:
            said = f"layers = {self.layers}, heads = {self.heads}"
            raise BadInput(f"{said}: give at least one layer, and at least one head or 0 for as many as are needed")

    def _heads(self, of: Size) -> int:
        """H: the heads of a layer that have a vector."""
        return self.heads or -(-of["l"] // self.layers)

    def size(self, of: Size) -> Size:
        H, N = self._heads(of), of["n"] + of["m"] + 1
        d = 2 * of["d"] + 3 + (0 if self.residual else _bits(N))
        count, heads = -(-of["l"] // (self.layers * H)), H + (not self.residual)
        return {"count": count, "n": N, "d": d, "layers": self.layers, "heads": heads, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        LH = self.layers * self._heads(of)
        R0 = 8.0 * LH
        C0 = log(max(of["n"], of["m"])) + log(R0)
        E = of["n"] / max(of["n"], of["m"]) / R0
        low, high, more = LH / (R0 + 1), 1 / (2 + E), {}
        if not self.residual:
            share = COPIED / (self.layers * LH * (3 + 9 * C0 * (of["d"] + 1)))
            more = {"g": log(of["n"] + of["m"]) - log(share)}
            low, high = low + COPIED, high - COPIED
        return {"R0": R0, "C0": C0, "B": sqrt(C0), "E": E, **more, "low": (1 + ROOM) * low, "high": (1 - ROOM) * high}

    def apply(self, problem: ThreeOrthogonalVectors) -> AnyOf:
        constants, size = self.constants(problem.size), self.size(problem.size)
        C = problem.C.bools().astype(np.float64)

        def member(i: int) -> TransformerTask:
            vectors = C[self._vectors(problem, i)].reshape(self.layers, -1, problem.A.d)
            inputs = self._network(problem, vectors, constants)
            return TransformerTask(inputs, constants["low"], constants["high"], problem.A.n)

        return AnyOf(TransformerTask, size["count"], member)

    def _vectors(self, problem: ThreeOrthogonalVectors, i: int) -> list[int]:
        """The rows of C in member i, layer by layer; its last row again where there are no more."""
        LH = self.layers * self._heads(problem.size)
        return [min(k, problem.C.n - 1) for k in range(i * LH, (i + 1) * LH)]

    def _network(self, problem: ThreeOrthogonalVectors, vectors: Floats, constants: Mapping[str, float]) -> Network:
        d, n, m = problem.A.d, problem.A.n, problem.B.n
        flag_b, flag_a, sum_, code = 2 * d, 2 * d + 1, 2 * d + 2, 2 * d + 3
        width, bits = self.size(problem.size)["d"], 0 if self.residual else _bits(n + m + 1)
        X = np.zeros((n + m + 1, width))
        X[:n, :d], X[:n, flag_a] = problem.A.bools(), 1
        X[n : n + m, d : 2 * d], X[n : n + m, flag_b] = problem.B.bools(), 1
        X[:, code:] = 2 * (np.arange(n + m + 1)[:, None] >> np.arange(bits) & 1) - 1
        L, H = vectors.shape[:2]
        more, s = int(not self.residual), constants["B"]
        k, v = max(d + 1, bits), width if more else 1
        WQ, WK = (np.zeros((L, H + more, width, k)) for _ in range(2))
        WV, WO = np.zeros((L, H + more, width, v)), np.zeros((L, H + more, v, width))
        columns = np.arange(d)
        WQ[:, :H, columns, columns], WQ[:, :H, flag_a, d] = -s, -s
        WK[:, :H, d + columns, columns], WK[:, :H, flag_a, d] = s * vectors, s
        WV[:, :H, flag_b, 0], WO[:, :H, 0, sum_] = 1, 1
        if more:
            copying = np.arange(bits)
            WQ[:, H, code + copying, copying] = WK[:, H, code + copying, copying] = sqrt(constants["g"])
            WV[:, H], WO[:, H] = np.eye(width), np.eye(width)
        return Network.of(X, 1.0, (WQ, WK, WV, WO), residual=self.residual, column=sum_)

    def forth(self, problem: ThreeOrthogonalVectors, witness: Witness) -> Witness:
        i, _, k = witness
        return k // (self.layers * self._heads(problem.size)), i

    def back(self, problem: ThreeOrthogonalVectors, witness: Witness) -> Witness:
        """The first (j, k) with the least product, k among the vectors of the member: a scan of both lists."""
        which, i = witness
        there, row = self._vectors(problem, which), problem.A.words[i]
        found = [(int(values.min()), j, there[int(values.argmin())]) for j in range(problem.B.n)
                 for values in (problem.products(row & problem.B.words[j])[there],)]  # fmt: skip
        _, j, k = min(found)
        return i, j, k


def _bits(tokens: int) -> int:
    """The bits of a code of so many words."""
    return max(1, (tokens - 1).bit_length())
