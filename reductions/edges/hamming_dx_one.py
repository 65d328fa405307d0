"""Gap Hamming distance to one number: an entry of the gradient by X, for scores scale A1 X A2^T, at X = I.

Derived here, on `hamming-dq`, form `single`, with R0 = 4 n^2 (module `one_number`): A1 and A2 are its Q and K. The gradient
by X is dX = Q^T dQ, so its entry (c, probe), c one of the p columns that are B in every query, is B sum_i dQ_i[probe], and
with unit = scale B^4 and dO = -B

    dX[c, probe] = -unit sum_i Z/(S_i + Z):   YES: >= -unit (n - 1 + 1/(2n + 1));   NO: <= -unit (n - n/(2n + 1)).

Any error below about unit/4 is tolerated. This is the gradient of the loss 0.5 ||O - E||^2 of one layer too, with E = B in
the rows that ask: there O = 0, since the two dummies cancel, and dO = O - E = -B.

`causal`: two dummies, m data keys, then the n queries, each with an own key that is light for all (`hamming-causal`,
`data-first`). Rounding: see `hamming-dv-one`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.bits import Bools
from instances.gradients import Gradient, GradientTask
from instances.problem import Size
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors
from reductions.parts.one_number import OneNumber, bounds, pads, ratio
from reductions.parts.probed import check_rounding_back, given, probed, with_column
from reductions.reduction import Columns, Theorem


@dataclass(frozen=True)
class HammingDxOne(OneNumber):
    """One entry of the gradient by X decides, entries of Q, K, V and dO up to B; any error below about scale B^4/4 is
    tolerated.

    m + 2 keys. Errors: `Declined` where rounding would eat the margin.
    """

    key: ClassVar[str] = "hamming-dx-one"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[GradientTask]] = GradientTask
    theorem: ClassVar[Theorem] = Theorem(
        "one entry of the gradient by X of softmax attention with scores scale A1 X A2^T, entries up to B, and any error "
        "below about scale B^4/4 decides gap Hamming distance",
        "derived here; the problem is that of Alman and Song for gradients",
        "X stands between queries and keys. How the loss changes with one of its entries is a sum over all rows, and each row"
        " gives to it what its two dummies weigh: nearly all in rows without a near partner, next to nothing in a row that "
        "has one.",
    )

    def size(self, of: Size) -> Size:
        N = 2 + of["m"] + (of["n"] if self.causal else 0)
        return {"n": N if self.causal else of["n"], "m": N, "d": of["d"] + int(self.constants(of)["p"]) + 1, "rows": 1}

    def constants(self, of: Size) -> Mapping[str, float]:
        found = probed(of, of["m"], ratio(of), 2, pads=pads(of, 2) if self.causal else 0)
        unit = found["B"] ** 4 / (of["d"] + found["p"] + 1)
        return {**found, **bounds(of, found, unit, self.causal)}

    def apply(self, problem: GapHamming) -> GradientTask:
        constants, n, m = self.constants(problem.size), problem.A.n, problem.B.n
        check_rounding_back(constants["beta"], constants["R0"])
        of, B, size = MatchedVectors(problem.A.d, constants), constants["B"], self.size(problem.size)
        plus: Bools = np.array([True, False])
        queries, data = with_column(of.queries(problem.A), 0.0), with_column(of.data(problem.B), 0.0)
        dummies, V, ask = with_column(of.dummies(2), -B, B, plus), np.zeros((size["m"], 1)), np.arange(n)
        first = 0 if self.causal else m
        V[first : first + 2, 0] = B, -B
        Q, K = (queries,), (data, dummies)
        if self.causal:
            Q = with_column(of.fillers(2 + m), 0.0), queries  # type: ignore[assignment]
            K, ask = (dummies, data, with_column(of.light(n), 0.0)), ask + 2 + m  # type: ignore[assignment]
        inputs = Gradient(Q, K, V, 1 / (of.width + 1), self._mechanism, dO=given(size["n"], ask, -B), of="dX", column=of.width)
        return GradientTask(inputs, constants["low"], constants["high"], self._read(problem.size))

    def _place(self, of: Size) -> int:
        return of["d"]

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        pads = Columns(int(self.constants(problem.size)["p"]), "pads, the same in every row; the first of them is read")
        return *kept(problem.A.d), pads, Columns(1, "the probe: 0 in every query, a sign in the dummies")
