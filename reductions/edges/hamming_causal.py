"""Gap Hamming distance to causal self-attention: row i sees the keys 0..i, and every position has a query and a key.

Derived here, on `hamming-attention`: with its letters, M = 1, r0 = sqrt R0, lam = ln(m R0)/(2 (t2 - t)). Its proof needs of a
row only that it sees the dummy, of mass Z, and at most m data keys; "some key" is then "some key that the row sees". Layouts:

* `triangular` (n = m =: k, the shorter list is filled up with its last row): position 0 has the dummy, position 1 + i the query
  a_i and the key b_i. One head has the lists so, the other reversed: row i sees b_0..b_i in the first and b_i..b_{k-1} in the
  second, so every two rows meet, in (k + 1)(k + 2) pairs. No row sees another key: Gamma as in `hamming-attention`, with m = k.
* `data-first`: the dummy, the m data keys, then the n queries, each with an own key B (0_d, -1_p) of value 0. Row i sees all
  data and i + 1 own keys, of mass e_i Z in all, e_i <= e := n e^{-lam p (1 + eta)}. The output is B (S - Z)/(S + Z + e_i Z):

      YES: >= B (r0 - 1)/(r0 + 1 + e);   NO: <= -B (r0 - 1)/(r0 (1 + e) + 1).

  p is at least ln(n/eps)/lam - p eta, so that e <= eps.
* `private`: the m data keys, then the n queries, and the own key of query i is its dummy (module `matched`), with a code of
  distance D = ceil((t2 - t) ln(n/eps)/ln(m R0)): each bit of i, D times. The other own keys that row i sees weigh at most
  leak Z, leak = n e^{-2 D lam} <= eps, all of value -B:

      YES: >= B (r0 - 1 - leak)/(r0 + 1 + leak);   NO: <= -B (r0 - 1)/(r0 + 1).

Proof of the bounds: S >= r0 Z or S <= Z/r0, and each output increases with S. eps = 2^-8, in `private` at most (r0 - 1)/16.

With form=sink the first two layouts have the vectors of `hamming-sink` (module `sink`), V in {0, 1}. The own keys of
`data-first` weigh what a data key at distance c = t + kappa (t2 - t) would, e = n/(m R0)^kappa with the least kappa >= 1 for
which e <= min(1/4, (R0 - 1)/4); e = 0 in `triangular`:

    YES: >= 1/(2 + e);   NO: <= 1/(R0 + 1).

Every YES row of the source is >= high somewhere, and every row > low sees a key nearer than t2. That every row of the task is
<= low or >= high needs the promise pair by pair (H <= t or H >= t2, as all reductions here give it): in `triangular` a row may
see in one head a pair between the two, and only in the other the near one. Thresholds have the room of `hamming-attention`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from typing import Any, ClassVar, Literal

import numpy as np

from instances.bits import Ints
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.problem import Size, Witness
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.columns import kept
from reductions.parts.matched import MatchedVectors, address, check_rounding, matched, ordered, with_thresholds
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import ROOM, checked_ratio
from reductions.parts.sink import SinkVectors, sink_constants
from reductions.reduction import Columns, Reduction, Theorem

LAYOUTS = ("triangular", "data-first", "private")

EPS = 2.0**-8


@dataclass(frozen=True)
class HammingCausal(Reduction[GapHamming, AttentionTask]):
    """Causal softmax self-attention, entries up to B, decides by the sign: any error below Gamma, about 0.6 B, is tolerated.

    2 (k + 1) rows, k = max(n, m), in two heads for the layout `triangular`; 1 + m + n for `data-first`, m + n for `private`.
    In the form `sink` rows answer >= 1/(2 + e) or <= 1/(R0 + 1). Errors: `BadInput` for other layouts and forms, for the form
    `sink` of `private`, and unless 1.001 <= R0 < infinity; `Declined` as `hamming-attention`.
    """

    R0: float = 16.0
    layout: Literal["triangular", "data-first", "private"] = "triangular"
    form: Literal["matched", "sink"] = "matched"

    key: ClassVar[str] = "hamming-causal"
    theorem: ClassVar[Theorem] = Theorem(
        "causal self-attention with entries up to B and any error below Gamma = B (sqrt R0 - 1)/(sqrt R0 + 1) decides gap "
        "Hamming distance, on max(n, m) + 1 tokens in two heads",
        "derived here, after Alman and Song, Lemma 4.7",
        "Each token asks for one row and shows another, and sees the tokens before it. In a second head the order is reversed, "
        "so every two rows meet in one of the two. The first token is the dummy that all the others are weighed against.",
    )

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.layout not in LAYOUTS:
            raise BadInput(f"layout = {self.layout!r}: it is one of {', '.join(LAYOUTS)}")
        if self.form not in ("matched", "sink") or (self.form == "sink" and self.layout == "private"):
            raise BadInput(f"form = {self.form!r}, layout = {self.layout!r}: the form is matched, or sink but for private")

    def size(self, of: Size) -> Size:
        constants, N = self.constants(of), self._positions(of)
        rows = 2 * of["n"] if self.layout == "triangular" else of["n"]
        width = of["d"] + int(constants.get("p", 1)) + int(constants.get("r", 0))
        return {"n": N, "m": N, "d": width, "rows": rows}

    def _positions(self, of: Size) -> int:
        """All of them, those of both heads in `triangular`."""
        if self.layout == "triangular":
            return 2 * (max(of["n"], of["m"]) + 1)
        return of["m"] + of["n"] + (self.layout == "data-first")

    def constants(self, of: Size) -> Mapping[str, float]:
        N = self._positions(of)
        heads = 2 if self.layout == "triangular" else 1
        found = self._sink(of) if self.form == "sink" else getattr(self, f"_{self.layout.replace('-', '_')}")(of)
        return {**found, "pairs": heads * (N // heads) * (N // heads + 1) // 2}

    def _triangular(self, of: Size) -> dict[str, float]:
        return with_thresholds(matched(of, max(of["n"], of["m"]), self.R0, 1))

    def _data_first(self, of: Size) -> dict[str, float]:
        logs, root = log(of["m"]) + log(self.R0), sqrt(self.R0)
        lam = logs / (2 * (of["t2"] - of["t"]))
        p_eta = ((of["d"] - of["t"] - of["t2"]) + log(of["m"]) / (2 * lam)) / 2
        found = matched(of, of["m"], self.R0, 1, pads=ceil((log(of["n"]) - log(EPS)) / lam - p_eta))
        e = exp(log(of["n"]) - lam * found["p"] * (1 + found["eta"]))
        no, yes = -(root - 1) / (root * (1 + e) + 1), (root - 1) / (root + 1 + e)
        return {**found, "e": e, **_thresholds(found["B"] * no, found["B"] * yes)}

    def _private(self, of: Size) -> dict[str, float]:
        logs, root = log(of["m"]) + log(self.R0), sqrt(self.R0)
        D = ceil((of["t2"] - of["t"]) * (log(of["n"]) - log(min(EPS, (root - 1) / 16))) / logs)
        r = D * (of["n"] - 1).bit_length()
        found = matched(of, of["m"], self.R0, 1, code=r)
        leak = exp(log(of["n"]) - D * logs / (of["t2"] - of["t"]))
        yes = found["B"] * (root - 1 - leak) / (root + 1 + leak)
        return {**found, "D": D, "r": r, "leak": leak, **_thresholds(-found["Gamma"], yes)}

    def _sink(self, of: Size) -> dict[str, float]:
        if self.layout == "triangular":
            return sink_constants(of, max(of["n"], of["m"]), self.R0)
        found, logs = sink_constants(of, of["m"], self.R0), log(of["m"]) + log(self.R0)
        kappa = max(1, ceil((log(of["n"]) - log(min(1.0, self.R0 - 1) / 4)) / logs))
        c, e = of["t"] + kappa * (of["t2"] - of["t"]), exp(log(of["n"]) - kappa * logs)
        B = max(found["B"], abs(of["d"] - 2 * c) / 2)
        return {**found, "B": B, "c": c, "e": e, "high": (1 - ROOM) / (2 + e)}

    def apply(self, problem: GapHamming) -> AttentionTask:
        constants, read = self.constants(problem.size), self._read(problem)
        n, m, k, d = problem.A.n, problem.B.n, max(problem.A.n, problem.B.n), problem.A.d
        r, sees = int(constants.get("r", 0)), Visibility.causal()
        of: Any = SinkVectors(d, problem.t, constants) if self.form == "sink" else MatchedVectors(d, constants, r)
        if self.form == "matched":
            check_rounding(constants["beta"], self.R0)
        data, dummy = of.data_value, of.dummy_value
        if self.layout == "triangular":
            orders = np.arange(k), np.arange(k)[::-1]
            Q = tuple(x for order in orders for x in (of.fillers(1), of.queries(ordered(problem.A, order))))
            K = tuple(x for order in orders for x in (of.dummies(1), of.data(ordered(problem.B, order))))
            V, sees = np.repeat([dummy, data] * 2, [1, k] * 2), Visibility(right=0, heads=(1, 2, 2))
        elif self.layout == "data-first":
            Q = of.fillers(1 + m), of.queries(problem.A)
            K = of.dummies(1), of.data(problem.B), of.light(n)
            V = np.repeat([dummy, data, 0.0], [1, m, n])
        else:
            code = address(n, int(constants["D"]))
            Q = of.fillers(m), of.queries(problem.A, code)
            K = of.data(problem.B), of.own(code)
            V = np.repeat([data, dummy], [m, n])
        inputs = Attention(Q, K, V[:, None], of.scale, Mechanism(sees=sees))
        return AttentionTask(inputs, constants["low"], constants["high"], len(read), read=read)

    def legend(self, problem: GapHamming) -> Sequence[Columns]:
        constants = self.constants(problem.size)
        pads = (
            Columns(int(constants["p"]), "pads, the same in every row")
            if "p" in constants
            else Columns(1, "what the sink weighs")
        )
        code = [Columns(int(constants["r"]), "the number of the row, in code")] if constants.get("r") else []
        return *kept(problem.A.d), pads, *code

    def covers(self, problem: GapHamming) -> bool:
        return problem.promised_pair_by_pair()

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        """The row of a_i in which it sees b_j: of the first head where j <= i."""
        (i, j), read = witness, self._read(problem)
        n = problem.A.n
        if self.layout != "triangular" or j <= i:
            return (int(read[i]),)
        return (int(read[2 * n - 1 - i]),)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        n = problem.A.n
        place = int(np.searchsorted(self._read(problem), witness[0]))
        return nearest_pair(problem, (place if place < n else 2 * n - 1 - place,))

    def _read(self, problem: GapHamming) -> Ints:
        """The rows of a_0..a_{n-1}, in `triangular` followed by those of a_{n-1}..a_0 in the second head."""
        n, m = problem.A.n, problem.B.n
        if self.layout != "triangular":
            return np.arange(n) + m + (self.layout == "data-first")
        k = max(n, m)
        return np.concatenate([1 + np.arange(n), k + 2 + np.arange(k - n, k)])


def _thresholds(no: float, yes: float) -> dict[str, float]:
    """With room for rounding."""
    return {"low": (1 - ROOM) * no, "high": (1 - ROOM) * yes}
