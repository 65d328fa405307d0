"""Gap Hamming distance to dK, the gradient of softmax attention by the keys: an entry for each row decides it.

Derived here, as `hamming-dv`: row i has a key of its own, kappa_i. dK = scale dS^T Q with dS_ij = P_ij (f_ij - delta_i), and
the probe column (parts/probed.py) is B in every query and 0 in every key: dK_j[probe] = scale B sum_i dS_ij. Own keys have
V = B, data V = 0, and one more key, the ballast, V = -B; dO = -B in the rows that ask. The ballast B (0_d, eta' 1_p, 0), with
p eta' = p eta + r, has for every row the mass that a row's own key has for it, and the two have Z/2 each (M = 2): their f
cancel. The own keys of the others weigh l <= leak Z/2, so |delta_i| = B^2 l/D, D = S + Z + l, and with unit = scale B^3/2

    -dK[kappa_i, probe]/unit = Z/D (1 - l/D) + (what the other rows give, between 0 and leak):

    YES: dK >= -unit (1/(r0 + 1) + leak);   NO: dK <= -unit (1 - leak) r0/(r0 + 1).

(NO: Z (S + Z)/(S + Z + l)^2 with S = Z/r0 is r0/(r0 + 1) times 1/(1 + l/(S + Z))^2, at least 1 - 2 l/(S + Z) >= 1 - leak.)

`causal`: the ballast, m data keys, then the n queries, each at the position of its own key. `heads`: the rows are dealt out
to query heads that share the keys: dK is the sum of theirs. `square` (not with `causal` or `heads`): as many queries as keys,
those that ask nothing 0, and key i is the own key of row i + 1 (the last that of row 0), so that dS in place of dS^T gives
every row the answer of its neighbour; where a query stands at the position of its own key, that mistake is not seen.

Rounding: see `hamming-attention`; the reduction declines where 16 u beta > 2^-20 tanh(ln(R0)/4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, sqrt
from typing import ClassVar

import numpy as np

from instances.bits import Ints
from instances.faults import BadInput
from instances.gradients import Gradient, GradientTask
from instances.problem import Size
from instances.vectors import GapHamming
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, address
from reductions.parts.private import PrivateKeys
from reductions.parts.probed import apart, check_rounding_back, given, probed, with_column, with_room
from reductions.reduction import Columns, Theorem


@dataclass(frozen=True)
class HammingDk(PrivateKeys):
    """n entries of one column of dK decide n rows, entries of Q, K, V and dO up to B; any error below about
    scale B^3 (sqrt R0 - 1)/(4 (sqrt R0 + 1)) is tolerated.

    m + n + 1 keys. Errors: `BadInput` unless 1.001 <= R0 < infinity and heads >= 1, and for more than one of `causal`,
    `heads` and `square`; `Declined` where rounding would eat the margin.
    """

    square: bool = False

    key: ClassVar[str] = "hamming-dk"
    source: ClassVar[type[GapHamming]] = GapHamming
    target: ClassVar[type[GradientTask]] = GradientTask
    theorem: ClassVar[Theorem] = Theorem(
        "dK of softmax attention with entries up to B and any error below about scale B^3 (sqrt R0 - 1)/(4 (sqrt R0 + 1)) "
        "decides gap Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "dK says, for each key, how much the loss would change if all rows gave it more weight. Each row has a dummy key of "
        "its own, with its number in code, and one more dummy of the opposite value balances it for all rows: what is left is"
        " the weight of the row’s own key, which says how much is left to the data.",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.square and (self.causal or self.heads > 1):
            raise BadInput(f"square = true with causal = {self.causal}, heads = {self.heads}: leave one of them out")

    def size(self, of: Size) -> Size:
        constants, N = self.constants(of), of["m"] + of["n"] + 1
        rows = N if self.causal or self.square else self.heads * -(-of["n"] // self.heads)
        return {"n": rows, "m": N, "d": of["d"] + int(constants["p"] + constants["r"]) + 1, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        code, root = apart(of, self.R0), sqrt(self.R0)
        r, leak = int(code["r"]), code["leak"]
        fewest = probed(of, of["m"], self.R0, 2, r)
        found = probed(of, of["m"], self.R0, 2, r, ceil(abs(fewest["p"] * fewest["eta"] + r)))
        unit = found["B"] ** 3 / (of["d"] + found["p"] + r + 1) / 2
        thresholds = with_room(-unit * (1 - leak) * root / (root + 1), -unit * (1 / (root + 1) + leak))
        N = of["m"] + of["n"] + 1
        return {**found, **code, "unit": unit, **thresholds, **({"pairs": N * (N + 1) // 2} if self.causal else {})}

    def apply(self, problem: GapHamming) -> GradientTask:
        constants, n, m = self.constants(problem.size), problem.A.n, problem.B.n
        check_rounding_back(constants["beta"], self.R0)
        B, p, r = constants["B"], constants["p"], int(constants["r"])
        code = address(n, int(constants["D"]))
        of, rows = MatchedVectors(problem.A.d, constants, r), self.size(problem.size)["n"]
        ballast = MatchedVectors(problem.A.d, {**constants, "eta": constants["eta"] + r / p}, r).dummies(1)
        data, own, V = of.data(problem.B), of.own(code[self._rows(problem.size)]), {"data": 0.0, "own": 1.0, "ballast": -1.0}
        queries, ask = with_column(of.queries(problem.A, code), B), np.arange(n)
        order = ["own", "data", "ballast"] if self.square else ["data", "own", "ballast"]
        Q = queries, with_column(of.fillers(rows - n), 0.0)
        if self.causal:
            order, ask, Q = ["ballast", "data", "own"], ask + m + 1, Q[::-1]
        blocks = {"data": data, "own": own, "ballast": ballast}
        K = tuple(with_column(blocks[name], 0.0) for name in order)
        values = np.repeat([[B * V[name]] for name in order], [blocks[name].bits.n for name in order], axis=0)
        inputs = Gradient(
            tuple(block for block in Q if block.bits.n), K, values,
            1 / (of.width + 1), self._mechanism, dO=given(rows, ask, -B), of="dK", column=of.width,
        )  # fmt: skip
        return GradientTask(inputs, constants["low"], constants["high"], self._read(problem.size))

    def _read(self, of: Size) -> Ints:
        first = 0 if self.square else of["m"] + self.causal
        return first + np.arange(of["n"])

    def _rows(self, of: Size) -> Ints:
        return np.roll(np.arange(of["n"]), -1) if self.square else np.arange(of["n"])

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        constants = self.constants(problem.size)
        pads = Columns(int(constants["p"]), "pads, the same in every row")
        code = [Columns(int(constants["r"]), "the number of the row, in code")] if constants["r"] else []
        return *kept(problem.A.d), pads, *code, Columns(1, "the probe: B in every query, 0 in every key")
