"""Gap Hamming distance to dQ, the gradient of softmax attention by the queries: one column of dQ decides, each row for itself.

Derived here, on `hamming-attention` (module `matched`: S is the mass of a row's data, Z that of its dummies, r0 = sqrt R0, and
S >= r0 Z where some H <= t, S <= Z/r0 where all H >= t2). A probe column (module `probed`) is 0 in Q and x in K. With
f = <dO, V>, dQ_i[probe] = scale Cov_{P_i}(f_i, x) = scale (E f x - E f E x).

* `pairs`: each data key twice, with (V, x) = (B, B) and (-B, -B); two dummies with (-B, B) and (B, -B); dO = B. In every pair f
  and x cancel, E f = E x = 0, and data have f x = B^3, dummies -B^3, so with unit = scale B^3

      dQ_i[probe] = unit (S - Z)/(S + Z):   YES: >= unit (r0 - 1)/(r0 + 1);   NO: <= -unit (r0 - 1)/(r0 + 1).

  S sums over 2m keys and Z over 2 dummies: both are doubled, the constants are those of m keys and M = 1.
* `single`: the m data keys with V = x = 0; two dummies of mass Z/2 with (B, B), (-B, -B) (M = 2); dO = -B. Again E f = E x = 0:

      dQ_i[probe] = -unit Z/(S + Z):   YES: >= -unit/(r0 + 1);   NO: <= -unit r0/(r0 + 1).

Both tolerate an error of (r0 - 1)/(r0 + 1) unit, or half of it: a constant part of the most that dQ can be.

`shift` = s, 1 or -1, has (V + s B)/2 for V and (x + B)/2 for x. A covariance does not see shifts: every entry is a quarter, and
so is `unit`. But a gradient that forgets delta (dS = P f) is off by s unit then: every row answers alike.

`causal`: self-attention in the layout `triangular` of `hamming-causal`, two heads of 2 + k or 2 + 2k positions, k = max(n, m):
the two dummies, then the rows, in the order of the lists and reversed; in `pairs` two positions a row, of which the second
asks. Row i sees the keys of the rows 0..i or i..k-1, pairs as a whole. The bounds are those for m = k. dO = 0 where nothing is
asked. As there, that no entry is between low and high needs the promise pair by pair.

Rounding: see `hamming-attention`; f and x are +-B exactly, or 0, and what cancels does up to 2 u B^2 (the scores of a pair are
equal). The reduction declines where 16 u beta > 2^-20 tanh(ln(R0)/4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Literal

import numpy as np

from instances.bits import BitMatrix, Bools, Ints
from instances.coded import Coded, Floats
from instances.faults import BadInput
from instances.gradients import Gradient, GradientTask
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import Size, Witness
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, ordered
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.probed import check_rounding_back, given, probed, with_column, with_room
from reductions.parts.room import checked_ratio
from reductions.reduction import Columns, Reduction, Theorem

SIGNS = np.array([1.0, -1.0])


@dataclass(frozen=True)
class HammingDq(Reduction[GapHamming, GradientTask]):
    """One column of dQ decides, entries of Q, K, V and dO up to B: in `pairs` by its sign, any error below
    scale B^3 (sqrt R0 - 1)/(sqrt R0 + 1) is tolerated; in `single` half of that.

    2m + 2 keys, or m + 2. Errors: `BadInput` for another form, another shift than -1, 0, 1, and unless 1.001 <= R0 < infinity;
    `Declined` where rounding would eat the margin.
    """

    R0: float = 16.0
    form: Literal["pairs", "single"] = "pairs"
    shift: int = 0
    causal: bool = False

    key: ClassVar[str] = "hamming-dq"
    theorem: ClassVar[Theorem] = Theorem(
        "dQ of softmax attention with entries up to B and any error below scale B^3 (sqrt R0 - 1)/(sqrt R0 + 1) decides gap "
        "Hamming distance",
        "derived here, after Alman and Song, Lemma 4.7",
        "dQ is the covariance, under a row’s weights, of what dO asks of the values with the columns of the keys. Every key "
        "comes in two copies of opposite signs, so means cancel and only the product of the two signs is left: + on the data, "
        "- on the dummies. The sign of dQ says which of the two weigh more.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.form not in ("pairs", "single"):
            raise BadInput(f"form = {self.form!r}: it is pairs or single")
        if self.shift not in (-1, 0, 1):
            raise BadInput(f"shift = {self.shift}: it is -1, 0 or 1")

    @property
    def _tokens(self) -> int:
        """Keys for a row of B."""
        return 2 if self.form == "pairs" else 1

    def size(self, of: Size) -> Size:
        width, k = of["d"] + int(self.constants(of)["p"]) + 1, max(of["n"], of["m"])
        if self.causal:
            N = 2 * (2 + self._tokens * k)
            return {"n": N, "m": N, "d": width, "rows": 2 * of["n"]}
        return {"n": of["n"], "m": self._tokens * of["m"] + 2, "d": width, "rows": of["n"]}

    def constants(self, of: Size) -> Mapping[str, float]:
        seen = max(of["n"], of["m"]) if self.causal else of["m"]
        found, root = probed(of, seen, self.R0, 3 - self._tokens), sqrt(self.R0)
        unit = found["B"] ** 3 / (of["d"] + found["p"] + 1) / (4 if self.shift else 1)
        if self.form == "pairs":
            thresholds = with_room(-unit * (root - 1) / (root + 1), unit * (root - 1) / (root + 1))
        else:
            thresholds = with_room(-unit * root / (root + 1), -unit / (root + 1))
        half = 2 + self._tokens * seen
        return {**found, "unit": unit, **thresholds, **({"pairs": half * (half + 1)} if self.causal else {})}

    def apply(self, problem: GapHamming) -> GradientTask:
        constants = self.constants(problem.size)
        check_rounding_back(constants["beta"], self.R0)
        B, k = constants["B"], max(problem.A.n, problem.B.n)
        of, read = MatchedVectors(problem.A.d, constants), self._read(problem)
        asked = B if self.form == "pairs" else -B
        if self.causal:
            orders = (np.arange(k), np.arange(k)[::-1])
            of_queries = [index for order in orders for index in (np.zeros(2, np.int64), np.repeat(order, self._tokens))]
            queries = of.queries(ordered(problem.A, np.concatenate(of_queries)))
            parts = [part for order in orders for part in (self._dummies(of), self._data(of, ordered(problem.B, order)))]
        else:
            queries, parts = of.queries(problem.A), [self._data(of, problem.B), self._dummies(of)]
        Q = (with_column(queries, 0.0),)
        K, V = tuple(keys for keys, _ in parts), np.concatenate([values for _, values in parts])
        mechanism = Mechanism(sees=Visibility(right=0, heads=(1, 2, 2))) if self.causal else SOFTMAX
        dO = given(queries.bits.n, read, asked)
        inputs = Gradient(Q, K, V, 1 / (of.width + 1), mechanism, dO=dO, of="dQ", column=of.width)
        return GradientTask(inputs, constants["low"], constants["high"], read)

    def _data(self, of: MatchedVectors, rows: BitMatrix) -> tuple[Coded, Floats]:
        """The keys of rows of B and their values."""
        B = of.constants["B"]
        keys = of.data(ordered(rows, np.repeat(np.arange(rows.n), self._tokens)))
        if self.form == "single":
            return with_column(keys, self._probe(B, 0)), self._values(B, np.zeros(rows.n))
        return self._signed(keys, B), self._values(B, np.tile(SIGNS, rows.n))

    def _dummies(self, of: MatchedVectors) -> tuple[Coded, Floats]:
        B = of.constants["B"]
        return self._signed(of.dummies(2), B), self._values(B, SIGNS if self.form == "single" else -SIGNS)

    def _signed(self, keys: Coded, B: float) -> Coded:
        """Keys whose probes are +, -, +, ..."""
        plus: Bools = np.arange(keys.bits.n) % 2 == 0
        return with_column(keys, self._probe(B, -1), self._probe(B, 1), plus)

    def _probe(self, B: float, x: float) -> float:
        return B * ((x + 1) / 2 if self.shift else x)

    def _values(self, B: float, f: Floats) -> Floats:
        values: Floats = B * ((f + self.shift) / 2 if self.shift else f)
        return values[:, None]

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        pads = Columns(int(self.constants(problem.size)["p"]), "pads, the same in every row")
        return *kept(problem.A.d), pads, Columns(1, "the probe: 0 in every query, a sign in every key")

    def covers(self, problem: GapHamming) -> bool:
        return problem.promised_pair_by_pair()

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        """The row of a_i in which it sees b_j: of the first head where j <= i."""
        (i, j), n, read = witness, problem.A.n, self._read(problem)
        return (int(read[i if not self.causal or j <= i else 2 * n - 1 - i]),)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        n, place = problem.A.n, int(np.searchsorted(self._read(problem), witness[0]))
        return nearest_pair(problem, (place if place < n else 2 * n - 1 - place,))

    def _read(self, problem: GapHamming) -> Ints:
        """The rows of a_0..a_{n-1}, where causal followed by those of a_{n-1}..a_0 in the second head."""
        n, k, w = problem.A.n, max(problem.A.n, problem.B.n), self._tokens
        if not self.causal:
            return np.arange(n)
        places: Ints = np.concatenate([np.arange(n), np.arange(k - n, k)])
        read: Ints = 1 + w + w * places + np.repeat([0, 2 + w * k], n)
        return read
