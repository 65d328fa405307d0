"""Three lists of vectors to tensor attention, with one dummy pair of keys (derived here).

Let C = ln(m l R0), s = (C/g)^(1/3), scale 1. A row of zeros in K1 and in K2 alone would make m + l + 1 pairs of weight 1; the
table "data with data 0, dummy with dummy 0, mixed -C" has rank 2, so two more columns (g each) leave one dummy pair:

    Q = -s (a, 1, 1);   K1: data s (b, 1, 0), dummy s (0, 0, 1);   K2: data s (c, 0, 1), dummy s (0, 1, 0);

V1, V2 are 1 on data and 0 on the dummy. Data pairs have the exponent -(C/g) sum_c a_c b_c c_c, mixed ones -C, the dummy pair 0.
With S the mass of the data and E = (m + l)/(m l R0) that of the m + l mixed pairs, row i answers S/(S + 1 + E):

    YES (a product 0): S >= 1, output >= 1/(2 + E);   NO (all >= g): S <= m l e^-C = 1/R0, output <= 1/(R0 + 1).

`matched`: the dummy pair weighs Z = 1/sqrt(R0), the geometric mean of the two bounds on S, by columns that are 1 in it alone,
with exponent -ln(R0)/2. Output S/(S + Z + E), r = sqrt(R0):

    YES: output >= 1/(1 + 1/r + E);   NO: output <= 1/(1 + r), since S/(S + Z) grows with S and S <= Z/r.

Only the cube root is rounded: exponents are off relatively by some 7u, which the room of 2^-20 covers. With scale 1/d entries
are (d C/g)^(1/3): of order (log n)^(2/3) for d = Theta(log n), and (log n)^(1/3) where the gap g is a constant share of d.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cbrt, ceil, log, sqrt
from typing import ClassVar

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import BadInput
from instances.problem import Size, Witness
from instances.tensor import TensorAttention, TensorTask
from instances.triples import ThreeOrthogonalVectors
from reductions.parts.columns import kept
from reductions.parts.nearest_key import most_orthogonal_triple
from reductions.parts.room import ROOM
from reductions.reduction import Columns, Reduction, Theorem


@dataclass(frozen=True)
class ThreeOvTensor(Reduction[ThreeOrthogonalVectors, TensorTask]):
    """Rows with an orthogonal pair of partners answer >= 1/(2 + E), all others <= 1/(R0 + 1), E = (m + l)/(m l R0).

    B = (ln(m l R0)/g)^(1/3), scale 1. `gap`: it is said that no product is between 0 and g (`covers`). `matched`: the dummy
    pair weighs 1/sqrt(R0), and the thresholds are 1/(1 + 1/r + E) and 1/(1 + r), r = sqrt(R0): more error is tolerated.
    `names`: V1 has a column more for each bit of the numbers of the keys of B, 1 where it is set: the output of a row with
    one witness tells its j, so that one sees who confuses K1 with K2. Errors: `BadInput` unless 3 <= R0 < infinity and gap >=
    1.
    """

    R0: float = 16.0
    gap: int = 1
    matched: bool = False
    names: bool = False

    key: ClassVar[str] = "3ov-tensor"
    theorem: ClassVar[Theorem] = Theorem(
        "tensor attention with entries up to B = ln(m l R0)^(1/3), scale 1, and error below (1/(2 + E) - 1/(R0 + 1))/2 decides "
        "3-OV, E = (m + l)/(m l R0)",
        "derived here; the problem is that of Alman and Song, How to Capture Higher-order Correlations?, 2310.04064",
        "A pair of keys loses a factor e to the power of C for every column that is 1 in both and in the query. One pair of "
        "dummies weighs always 1, and a dummy with a key of the data next to nothing: the answer is the share of the data, "
        "about a half where some pair lost nothing.",
    )

    def __post_init__(self) -> None:
        if not 3 <= self.R0 < float("inf"):
            raise BadInput(f"R0 = {self.R0}: the ratio of YES to NO mass must be finite and at least 3")
        if self.gap < 1:
            raise BadInput(f"gap = {self.gap}: the least product of a row that is NO must be at least 1")

    def size(self, of: Size) -> Size:
        d = of["d"] + 2 * self.gap + self._pins(of)
        return {"n": of["n"], "m": of["m"] + 1, "l": of["l"] + 1, "d": d, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        C = log(of["m"]) + log(of["l"]) + log(self.R0)
        E = (1 / of["m"] + 1 / of["l"]) / self.R0
        r = sqrt(self.R0)
        low, high = (1 / (1 + r), 1 / (1 + 1 / r + E)) if self.matched else (1 / (self.R0 + 1), 1 / (2 + E))
        return {"C": C, "B": cbrt(C / self.gap), "E": E, "low": (1 + ROOM) * low, "high": (1 - ROOM) * high}

    def covers(self, problem: ThreeOrthogonalVectors) -> bool:
        """Whether no product is between 0 and the gap."""
        pairs = (a & b for a in problem.A.words for b in problem.B.words)
        return self.gap == 1 or not any(((of > 0) & (of < self.gap)).any() for of in map(problem.products, pairs))

    def apply(self, problem: ThreeOrthogonalVectors) -> TensorTask:
        constants, d, g = self.constants(problem.size), problem.A.d, self.gap
        s, pins = constants["B"], self._pins(problem.size)
        of_pin = g * log(self.R0) / (2 * constants["C"]) / pins if pins else 0.0
        ones, none, pin = np.full(g, s), np.zeros(g), np.full(pins, s)

        def coded(rows: BitMatrix, one: float, more: Sequence[Floats]) -> Coded:
            return Coded(
                rows.widened(2 * g + pins), np.concatenate([np.zeros(d), *more]), np.concatenate([np.full(d, one), *more])
            )

        dummy = BitMatrix.zeros(1, d)
        Q = (coded(problem.A, -s, (-ones, -ones, -pin)),)
        K1 = (coded(problem.B, s, (ones, none, 0 * pin)), coded(dummy, 0.0, (none, ones, of_pin * pin)))
        K2 = (coded(problem.C, s, (none, ones, 0 * pin)), coded(dummy, 0.0, (ones, none, pin)))
        V1, V2 = self._values(problem.B.n), np.ones((problem.C.n + 1, self._values(problem.B.n).shape[1]))
        V2[-1] = 0
        inputs = TensorAttention(Q, K1, V1, 1.0, K2=K2, V2=V2)
        return TensorTask(inputs, constants["low"], constants["high"], problem.A.n)

    def _values(self, m: int) -> Floats:
        """V1: 1 for each of m keys of the data, and the bits of its number, the lowest first; the dummy has zeros."""
        bits = (m - 1).bit_length() if self.names else 0
        numbers = np.arange(m)[:, None] >> np.arange(bits) & 1
        return np.vstack([np.hstack([np.ones((m, 1)), numbers]), np.zeros((1, 1 + bits))])

    def _pins(self, of: Size) -> int:
        """The columns of the dummy pair alone: so many that no entry in them is larger than s."""
        return ceil(self.gap * log(self.R0) / (2 * self.constants(of)["C"])) if self.matched else 0

    def legend(self, problem: ThreeOrthogonalVectors) -> Sequence[Columns]:
        mixed = (Columns(self.gap, "a key of B, dummy of C"), Columns(self.gap, "dummy of B, a key of C"))
        pins = self._pins(problem.size)
        return kept(problem.A.d) + mixed + ((Columns(pins, "the dummy pair"),) if pins else ())

    def forth(self, problem: ThreeOrthogonalVectors, witness: Witness) -> Witness:
        return witness[:1]

    def back(self, problem: ThreeOrthogonalVectors, witness: Witness) -> Witness:
        return most_orthogonal_triple(problem, witness)
