"""Gap Hamming distance to dV, the gradient of softmax attention by the values: an entry for each row decides it.

Derived here, on `hamming-attention` with the vectors of `hamming-causal`, layout `private`. With its letters, r0 = sqrt R0:
row i has a key of its own, kappa_i, that is its only dummy, of the mass Z; the own keys of all other rows weigh at most leak
Z for it (parts/probed.py), S is the mass of its data, S >= r0 Z where some H <= t and S <= Z/r0 where all H >= t2. dV = P^T
dO, so with dO = -B, and whatever V is (0 here),

    dV[kappa_i] = -B (P_{i kappa_i} + sum_{i' != i} P_{i' kappa_i}),   P_{i kappa_i} = Z/(S + Z + l),  0 <= l <= leak Z.

The other rows give kappa_i at most e^{-2 D lam} each, leak in all. So

    YES: >= -B (1/(r0 + 1) + leak);   NO: <= -B/(1 + 1/r0 + leak).

All rows add up in one dV, and each is read where the others hardly are: n rows decide at once, with an error of nearly
B (r0 - 1)/(2 (r0 + 1)), where one row's part is B at most.

`causal`: m data keys, then the n queries, each at the position of its own key; a row sees all data and the own keys up to its
own. The bounds hold, as it sees fewer keys. `heads`: the rows are dealt out to query heads that share the keys: dV is the sum
of theirs.

Rounding: see `hamming-attention`; the reduction declines where 16 u beta > 2^-20 tanh(ln(R0)/4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from instances.bits import Ints
from instances.gradients import Gradient, GradientTask
from instances.problem import Size
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, address, matched
from reductions.parts.private import PrivateKeys
from reductions.parts.probed import apart, check_rounding_back, given, with_room
from reductions.reduction import Columns, Theorem


@dataclass(frozen=True)
class HammingDv(PrivateKeys):
    """n entries of dV decide n rows, entries of Q, K and dO up to B; any error below about B (sqrt R0 - 1)/(2 (sqrt R0 + 1)) is
    tolerated.

    m + n keys. Errors: `BadInput` unless 1.001 <= R0 < infinity and heads >= 1, and for `heads` with `causal`; `Declined` where
    rounding would eat the margin.
    """

    key: ClassVar[str] = "hamming-dv"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[GradientTask]] = GradientTask
    theorem: ClassVar[Theorem] = Theorem(
        "dV of softmax attention with entries up to B and any error below about B (sqrt R0 - 1)/(2 (sqrt R0 + 1)) decides gap "
        "Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "dV adds up, for each key, the weights that all rows give to it. So each row gets a dummy key of its own, with the "
        "row’s number in code: others give it next to nothing, and what its row gives to it says how much is left to the "
        "data.",
    )

    def size(self, of: Size) -> Size:
        constants, N = self.constants(of), of["m"] + of["n"]
        rows = N if self.causal else self.heads * -(-of["n"] // self.heads)
        return {"n": rows, "m": N, "d": of["d"] + int(constants["p"] + constants["r"]), "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        code, root = apart(of, self.R0), sqrt(self.R0)
        found = matched(of, of["m"], self.R0, 1, int(code["r"]))
        B, leak, N = found["B"], code["leak"], of["m"] + of["n"]
        thresholds = with_room(-B / (1 + 1 / root + leak), -B * (1 / (root + 1) + leak))
        del found["Gamma"]
        return {**found, **code, "unit": B, **thresholds, **({"pairs": N * (N + 1) // 2} if self.causal else {})}

    def apply(self, problem: GapHamming) -> GradientTask:
        constants, n, m = self.constants(problem.size), problem.A.n, problem.B.n
        check_rounding_back(constants["beta"], self.R0)
        code = address(n, int(constants["D"]))
        of, rows = MatchedVectors(problem.A.d, constants, int(constants["r"])), self.size(problem.size)["n"]
        queries, ask = of.queries(problem.A, code), np.arange(n) + (m if self.causal else 0)
        Q = tuple(x for x in ((of.fillers(m), queries) if self.causal else (queries, of.fillers(rows - n))) if x.bits.n)
        K, dO = (of.data(problem.B), of.own(code)), given(rows, ask, -constants["B"])
        inputs = Gradient(Q, K, np.zeros((m + n, 1)), 1 / of.width, self._mechanism, dO=dO, of="dV", column=0)
        return GradientTask(inputs, constants["low"], constants["high"], self._read(problem.size))

    def _read(self, of: Size) -> Ints:
        return of["m"] + np.arange(of["n"])

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        constants = self.constants(problem.size)
        pads = Columns(int(constants["p"]), "pads, the same in every row")
        code = [Columns(int(constants["r"]), "the number of the row, in code")] if constants["r"] else []
        return *kept(problem.A.d), pads, *code
