"""Reductions to a single number: the sum of what all rows give to it tells whether one of them is YES.

Each row gives unit Z/(S + Z + E): with R0 = 4 n^2, sqrt R0 = 2n, and E <= e Z for what a row sees beside its data (S) and
dummies (Z),

    a NO row at least unit/(1 + 1/(2n) + e), a YES row at most unit/(2n + 1), no row more than unit.

So the sum is at most unit (n - 1 + 1/(2n + 1)) where some row is YES, and at least unit n/(1 + 1/(2n) + e) where none is,
which for e = 0 is unit (n - n/(2n + 1)). The distance of the two is unit n/(2n + 1), or for e <= 1/(16 n) at most unit/16
less: a constant part of what one row gives, and about 1/(2n) of the number itself. With dO negated YES is above.
"""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, exp, log

import numpy as np

from instances.bits import Ints
from instances.gradients import GradientTask
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import Size, Witness
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.probed import with_room
from reductions.reduction import Reduction


@dataclass(frozen=True)
class OneNumber(Reduction[GapHamming, GradientTask]):
    """A witness of the target is the place of the number, which says that some row is YES and not which: the way back looks
    at all pairs. `causal`: the dummies, the data keys, then the queries, each with an own key B (0_d, -1_p) that is light for
    all.
    """

    causal: bool = False

    @property
    def _mechanism(self) -> Mechanism:
        return Mechanism(sees=Visibility.causal()) if self.causal else SOFTMAX

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        return (int(self._place(problem.size)),)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        """The nearest of all pairs, the first such."""
        pairs = [nearest_pair(problem, (i,)) for i in range(problem.A.n)]
        return min(pairs, key=lambda pair: problem.distance(*pair))

    @abstractmethod
    def _place(self, of: Size) -> int:
        """The row of the gradient that is read."""

    def _read(self, of: Size) -> Ints:
        return np.array([self._place(of)])


def ratio(of: Size) -> float:
    """R0."""
    return 4.0 * of["n"] ** 2


def pads(of: Size, M: int) -> int:
    """The fewest with which the own keys of a causal row weigh at most Z/(16 n): p >= ln(16 n^2/M)/lam - p eta."""
    gap = of["t2"] - of["t"]
    lam = (log(of["m"]) + log(ratio(of))) / (2 * gap)
    p_eta = ((of["d"] - of["t"] - of["t2"]) + (0.5 * log(of["m"]) - log(M)) / lam) / 2
    return ceil((log(16 * of["n"] ** 2) - log(M)) / lam - p_eta)


def bounds(of: Size, found: Mapping[str, float], unit: float, causal: bool) -> Mapping[str, float]:
    """The thresholds; where `causal` also e and how many pairs a head has."""
    n, M = of["n"], int(found["M"])
    lam = (log(of["m"]) + log(ratio(of))) / (2 * (of["t2"] - of["t"]))
    e = exp(log(n / M) - lam * found["p"] * (1 + found["eta"])) if causal else 0.0
    thresholds = with_room(-unit * n / (1 + 1 / (2 * n) + e), -unit * (n - 1 + 1 / (2 * n + 1)))
    N = M + of["m"] + n
    return {"R0": ratio(of), "unit": unit, **thresholds, **({"e": e, "pairs": N * (N + 1) // 2} if causal else {})}
