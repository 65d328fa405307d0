"""Two ways in which a row of attention says whether it sees a near key: a matched normaliser, and a sink.

**Visibility** (derived here). Let every row see the same dummy keys, all M of them, and of the data keys any set of at most s
keys; let the constants be those of s data keys. Then, with "some key" read as "some key that the row sees",

    YES (it sees a key with H <= t): output >= high;   NO (all keys that it sees have H >= t2, or it sees none): output <= low.

Proof. The two bounds on the mass S of the data are sums over the keys that are seen, of which there are at most s; the mass Z
of the dummies is the same for all rows. So the proofs in `hamming_attention` (matched: M dummies of any number, V = +-B) and
`hamming_sink` (one dummy, V in {0, 1}) stand as they are.
Where rows see a part of the keys the promise is asked of every pair: a key with t < H < t2 that a row sees, its near key being
hidden, may put the row between the thresholds. The verdict stands: the near pair is seen elsewhere, and is YES there; and
without any near pair all are at least t2.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log, sqrt, tanh
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from instances.bits import BitMatrix
from instances.coded import Coded, Floats, own
from instances.faults import BadInput, Declined
from instances.problem import Size
from reductions.parts.room import ROOM, checked_ratio

Constants = Mapping[str, float]


class Coder(NamedTuple):
    """The two values of each of the d~ columns, the first d of which take the bits of a vector."""

    zero: Floats
    one: Floats

    def __call__(self, bits: BitMatrix) -> Coded:
        return Coded(bits.widened(len(self.zero) - bits.d), self.zero, self.one)


class Kinds(NamedTuple):
    """What the rows of Q, K and V are: `shown` and `hidden` are the values of the data keys and of the dummies."""

    query: Coder
    key: Coder
    dummy: Floats
    heavy: Floats
    """The key that weighs more than all others, for every query: see `Form.constants`."""
    scale: float
    shown: float
    hidden: float

    def dummies(self, count: int) -> Coded:
        return repeated(self.dummy, count)


def repeated(row: Floats, count: int) -> Coded:
    """The same row, count times."""
    return Coded(BitMatrix.zeros(count, len(row)), row, row)


@dataclass(frozen=True)
class Form(ABC):
    """One of the two ways. Errors: `BadInput` unless 1.001 <= R0 < infinity."""

    R0: float

    pads: ClassVar[str]
    """What its further columns are."""

    def __post_init__(self) -> None:
        checked_ratio(self.R0)

    @abstractmethod
    def constants(self, of: Size, s: int, M: int = 1, heavy: bool = False) -> dict[str, float]:
        """What `kinds` needs, and the thresholds `low` and `high`, where rows see at most s data keys and M dummies.

        With `heavy` the heavy key weighs so much, whatever the vectors are, that a row which sees one answers at least high
        where its value is `shown`, and at most low where it is `hidden`.
        """

    @abstractmethod
    def kinds(self, of: Size, constants: Constants) -> Kinds:
        """The rows for vectors of d bits. Errors: `Declined` where rounding would eat the margin."""

    @abstractmethod
    def columns(self, constants: Constants) -> int:
        """d~ - d."""


class Matched(Form):
    """Dummies that weigh the geometric mean of the bounds on S, V = +-B: the sign decides (`hamming-attention`)."""

    pads = "pads, the same in every row"

    def constants(self, of: Size, s: int, M: int = 1, heavy: bool = False) -> dict[str, float]:
        d, t, t2 = of["d"], of["t"], of["t2"]
        logs = log(s) + log(self.R0)
        twice_p_eta = (d - t - t2) + (0.5 * log(s) - log(M)) * 2 * (t2 - t) / logs
        p = max(ceil(abs(d - t - t2) / 2) + 1, ceil(abs(twice_p_eta) / 2))
        if heavy:  # T = e^(lam p) against sqrt(R0) times the largest S and Z there can be, lam = ln(s R0)/(2 (t2 - t))
            more = [d - twice_p_eta / 2 + (log(self.R0) / 2 + log(s)) * 2 * (t2 - t) / logs]
            more += [twice_p_eta / 2 + (log(self.R0) / 2 + log(M)) * 2 * (t2 - t) / logs]
            p = max(p, *(ceil(x + ROOM) for x in more))
        beta = (d + p) * logs / (2 * (t2 - t))
        B = sqrt(beta)
        gamma = B * (sqrt(self.R0) - 1) / (sqrt(self.R0) + 1)
        high = (1 - ROOM) * gamma
        found = {"p": p, "M": M, "eta": twice_p_eta / (2 * p), "beta": beta, "B": B, "Gamma": gamma}
        return {**found, "low": -high, "high": high}

    def kinds(self, of: Size, constants: Constants) -> Kinds:
        d, B, eta, p = of["d"], constants["B"], constants["eta"], int(constants["p"])
        if 8 * constants["beta"] * 2.0**-53 > ROOM * tanh(log(self.R0) / 4):
            raise Declined(f"beta = {constants['beta']:.3g} with R0 = {self.R0}: rounding would eat the margin; raise R0")

        def entries(data: float, rest: float) -> Floats:
            return own(np.concatenate([np.full(d, data), B * rest * np.ones(p)]))

        query, key = (Coder(entries(-B, rest), entries(B, rest)) for rest in (1.0, -eta))
        return Kinds(query, key, entries(0.0, eta), entries(0.0, 1.0), 1 / (d + p), B, -B)

    def columns(self, constants: Constants) -> int:
        return int(constants["p"])


class Sink(Form):
    """One dummy that weighs what a key at distance t would, V in {0, 1} (`hamming-sink`); Q and K hold halves of integers."""

    pads = "what the sink weighs"

    def constants(self, of: Size, s: int, M: int = 1, heavy: bool = False) -> dict[str, float]:
        lam = 2 * (log(s) + log(self.R0)) / (of["t2"] - of["t"])
        low, high = (1 + ROOM) / (self.R0 + 1), (1 - ROOM) / 2
        B = max(1.0, abs(of["d"] - 2 * of["t"]), 2 * _heaviest(of) if heavy else 0) / 2
        return {"lam": lam, "B": B, "low": low, "high": high}

    def kinds(self, of: Size, constants: Constants) -> Kinds:
        half = np.full(of["d"], 0.5)

        def halves(last: float) -> Coder:
            return Coder(own(np.append(-half, last)), own(np.append(half, last)))

        sink, heavy = (own(np.append(0 * half, x)) for x in ((of["d"] - 2 * of["t"]) / 2, _heaviest(of)))
        return Kinds(halves(0.5), halves(0.0), sink, heavy, constants["lam"], 1.0, 0.0)

    def columns(self, constants: Constants) -> int:
        return 1


def _heaviest(of: Size) -> float:
    """The x for which e^(lam x/2) = R0 s e^(lam d/4), R0 times the largest S there can be, which is more than the sink has."""
    return of["d"] / 2 + of["t2"] - of["t"]


FORMS: Mapping[str, type[Form]] = {"matched": Matched, "sink": Sink}


@dataclass(frozen=True)
class InForm:
    """The parameters that edges share where rows see a part of the keys. Errors: `BadInput` for other forms, and as `Form`."""

    R0: float = 16.0
    form: Literal["matched", "sink"] = "matched"

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.form not in FORMS:
            raise BadInput(f"form = {self.form!r}: the form is matched or sink")

    @property
    def formed(self) -> Form:
        return FORMS[self.form](self.R0)
