"""Gap Hamming distance to one number: the entry of dV at the one dummy key that all rows share.

Derived here, on `hamming-attention` with M = 1 and R0 = 4 n^2 (module `one_number`). dV = P^T dO, so with dO = -B the dummy
gets -B sum_i Z/(S_i + Z), whatever V is (0 here):

    YES: >= -B (n - 1 + 1/(2n + 1));   NO: <= -B (n - n/(2n + 1)).

One YES row takes nearly B away, and all that NO rows may lack is B/2: any error below about B/4 is tolerated. Entries grow, as
R0 does, by a constant factor only: beta = d~ ln(4 m n^2)/(2 (t2 - t)).

`causal`: the dummy, m data keys, then the n queries, each with an own key that is light for all (`hamming-causal`,
`data-first`).

Rounding: a row's part changes by x (1 - x) times the change of ln(S/Z), x = Z/(S + Z), and x (1 - x) <= 1/(2n) in NO rows and
in YES rows: together as much as one row elsewhere. The reduction declines where 16 u beta > 2^-20 tanh(ln(R0)/4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from instances.gradients import Gradient, GradientTask
from instances.problem import Size
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, matched
from reductions.parts.one_number import OneNumber, bounds, pads, ratio
from reductions.parts.probed import check_rounding_back, given
from reductions.reduction import Columns, Theorem


@dataclass(frozen=True)
class HammingDvOne(OneNumber):
    """One entry of dV decides, entries of Q, K and dO up to B; any error below about B/4 is tolerated.

    m + 1 keys. Errors: `Declined` where rounding would eat the margin.
    """

    key: ClassVar[str] = "hamming-dv-one"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[GradientTask]] = GradientTask
    theorem: ClassVar[Theorem] = Theorem(
        "one entry of dV of softmax attention with entries up to B and any error below about B/4 decides gap Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "The gradient at the dummy key adds up what all rows give to it: nearly all of their weight in rows without a near "
        "partner, and next to nothing in a row that has one. The sum of n such numbers is n, or less by one.",
    )

    def size(self, of: Size) -> Size:
        N = 1 + of["m"] + (of["n"] if self.causal else 0)
        return {"n": N if self.causal else of["n"], "m": N, "d": of["d"] + int(self.constants(of)["p"]), "rows": 1}

    def constants(self, of: Size) -> Mapping[str, float]:
        found = matched(of, of["m"], ratio(of), 1, pads=pads(of, 1) if self.causal else 0)
        del found["Gamma"]
        return {**found, **bounds(of, found, found["B"], self.causal)}

    def apply(self, problem: GapHamming) -> GradientTask:
        constants, n, m = self.constants(problem.size), problem.A.n, problem.B.n
        check_rounding_back(constants["beta"], constants["R0"])
        of = MatchedVectors(problem.A.d, constants)
        Q, K, ask = (of.queries(problem.A),), (of.data(problem.B), of.dummies(1)), np.arange(n)
        if self.causal:
            Q, K, ask = (of.fillers(1 + m), *Q), (*K[::-1], of.light(n)), ask + 1 + m  # type: ignore[assignment]
        size = self.size(problem.size)
        inputs = Gradient(
            Q, K, np.zeros((size["m"], 1)), 1 / of.width, self._mechanism,
            dO=given(size["n"], ask, -constants["B"]), of="dV", column=0,
        )  # fmt: skip
        return GradientTask(inputs, constants["low"], constants["high"], self._read(problem.size))

    def _place(self, of: Size) -> int:
        return 0 if self.causal else of["m"]

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        return *kept(problem.A.d), Columns(int(self.constants(problem.size)["p"]), "pads, the same in every row")
