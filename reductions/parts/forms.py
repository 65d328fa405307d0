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
from math import ceil, log
from typing import ClassVar, Literal, Protocol

from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import BadInput
from instances.problem import Size
from reductions.parts.matched import MatchedVectors, check_rounding, matched, with_thresholds
from reductions.parts.room import ROOM, checked_ratio
from reductions.parts.sink import SinkVectors, sink_constants

Constants = Mapping[str, float]


class Vectors(Protocol):
    """What makes the rows of Q and K, and the values of the data keys and of the dummies."""

    @property
    def data_value(self) -> float: ...
    @property
    def dummy_value(self) -> float: ...
    @property
    def scale(self) -> float: ...
    def queries(self, bits: BitMatrix) -> Coded: ...
    def data(self, bits: BitMatrix) -> Coded: ...
    def dummies(self, count: int) -> Coded: ...


@dataclass(frozen=True)
class Form(ABC):
    """One of the two ways. Errors: `BadInput` unless 1.001 <= R0 < infinity."""

    R0: float

    pads: ClassVar[str]
    """What its further columns are."""

    def __post_init__(self) -> None:
        checked_ratio(self.R0)

    @abstractmethod
    def constants(self, of: Size, s: int, heavy: bool = False) -> dict[str, float]:
        """What `vectors` needs, and the thresholds `low` and `high`, where rows see at most s data keys and one dummy.

        With `heavy` the heavy key weighs so much, whatever the vectors are, that a row which sees one answers at least high
        where its value is that of a data key, and at most low where it is that of a dummy.
        """

    @abstractmethod
    def vectors(self, of: Size, constants: Constants) -> Vectors:
        """The rows for vectors of d bits. Errors: `Declined` where rounding would eat the margin."""

    @abstractmethod
    def heavy(self, of: Size, constants: Constants, count: int) -> Coded:
        """Keys that weigh more than all others, the same for every query, with constants that are `heavy`."""

    @abstractmethod
    def columns(self, constants: Constants) -> int:
        """d~ - d."""


class Matched(Form):
    """Dummies that weigh the geometric mean of the bounds on S, V = +-B: the sign decides (`hamming-attention`)."""

    pads = "pads, the same in every row"

    def constants(self, of: Size, s: int, heavy: bool = False) -> dict[str, float]:
        found = matched(of, s, self.R0, 1)
        if heavy:  # T = e^(lam p) against sqrt(R0) times the largest S there can be; Z is less, as 2 p eta < d + ln(s)/lam
            lam, p_eta = (log(s) + log(self.R0)) / (2 * (of["t2"] - of["t"])), found["p"] * found["eta"]
            least = of["d"] - p_eta + (log(s) + log(self.R0) / 2) / lam
            found = matched(of, s, self.R0, 1, pads=ceil(least + ROOM))
        return with_thresholds(found)

    def vectors(self, of: Size, constants: Constants) -> MatchedVectors:
        check_rounding(constants["beta"], self.R0)
        return MatchedVectors(of["d"], constants)

    def heavy(self, of: Size, constants: Constants, count: int) -> Coded:
        return self.vectors(of, constants).heavy(count)

    def columns(self, constants: Constants) -> int:
        return int(constants["p"])


class Sink(Form):
    """One dummy that weighs what a key at distance t would, V in {0, 1} (`hamming-sink`); Q and K hold halves of integers."""

    pads = "what the sink weighs"

    def constants(self, of: Size, s: int, heavy: bool = False) -> dict[str, float]:
        found = sink_constants(of, s, self.R0)
        if heavy:
            found["B"] = max(found["B"], of["d"] / 2 + of["t2"] - of["t"])
        return found

    def vectors(self, of: Size, constants: Constants) -> SinkVectors:
        return SinkVectors(of["d"], of["t"], constants)

    def heavy(self, of: Size, constants: Constants, count: int) -> Coded:
        """Their mass is e^(lam d/4 + lam (t2 - t)/2) = R0 s e^(lam d/4): R0 times the largest S, and more than the sink has."""
        return self.vectors(of, constants).at(of["t"] - of["t2"], count)

    def columns(self, constants: Constants) -> int:
        return 1


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


def part(block: Coded, rows: slice) -> Coded:
    """These rows of a block, which share what it holds."""
    return Coded(block.bits.rows(rows), block.zero, block.one)
