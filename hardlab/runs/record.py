"""The records of runs and of searches: of plain types, what `--json` prints and databases of sweeps keep.

**A stage** is a problem on the way (`problem`, its short name), with the letters of its `size`, the `constants` of the edge
that led there, and the `seconds` that it took. For a page also the `theorem` of the edge, and a `picture`: what is drawn.

**The accuracy** is that of the task decided last (of a disjunction, of the deciding member). `promise`: what the algorithm
promised before it ran, null where nothing, with the `failure` probability and the `source`: "proved" (ours), "plug-in" or
"user" (`--trust`). `demanded`: the additive error that the task tolerates, its logarithm to base 10, and the relative error.
`delivered`: the largest additive error of the `rows` that were measured, those of the witness, of the largest and of the
smallest answer among them; null where none were; `value` null where no float holds it, both where it is not finite. `answers`,
for a picture: what was `given` for these `rows` (all, or a sample, `of` so many), with low, high and, where there is a promise,
the bands up to which an answer is `no` and from which it is `yes`, in the algorithm's terms; `sides` says of each row on which
side of low and high it was answered ("yes", "no", "between", or "none" for what is no number). `exact` are some exact outputs,
and `wrong` the rows among those that were answered on the other side, or by no number.

**Own** is what the algorithm answered by itself, whatever the lab found, null for a solver and where nothing ran: its `verdict`
by its answers against `low` and `high` as they stand, and of the `rows` that were compared with their exact sides (`sampled`:
not all `of` those answered) how many are `right`, `wrong` (`missed` are YES rows answered NO, `no_number` no number, the others
NO rows answered YES) and `between`. `truth` is what the exact sides say. `tried` rows were evaluated exactly to find a witness
to which the answers do not point, else 0. `mistakes` are the first wrong rows, with the numbers of the `members` that
they are of; `exact` is null where it would take long.

**A hop** of the `route`, the way back of a YES: the `witness` of the `problem`, and what it `says`. Of attention also the `key`
of the data that weighs most in the row. Of a formula also the literals that each number of the next hop's witness `assigns`,
where they do, by the source's numbers of the variables.

**A run**: `verdict` yes, no or unknown, with its `reason`; `fault` where an UNKNOWN is somebody's fault and not a weak promise,
`claimed` where a NO rests on somebody's word; the `witness` of a YES, and as the literals of a `model` where the instance is a
formula. `oracle` is CaDiCaL's verdict, `agrees` whether both are the same, null where one of them is unknown or it was not
asked. `chain` as it is spelled, its `stages`; `algorithm` is the key of what decided (an algorithm or a solver).
`engine` and `members` say where a disjunction was decided, and how many members of how many were visited; of a task that was
cut, `parts` how many there were, and of how many rows and keys at most. `instance` is the identity; `seed` is there on the
command line, null without a family that takes one. `decide_seconds` is without the oracle, and where members are decided one
after the other without the comparison of rows with their exact sides.

**A search**: the `pair` of rows and its `distance`, both null for a fault (`reason`); every distance is `at_least` so much.
`asked` are the thresholds t with their answers, and by whom. `minimum` is the least distance of all pairs, and `holds` whether
the guarantee does, null where the oracle was not asked. `claimed`: the guarantee rests on somebody's claim.
"""

from typing import Any, NotRequired, TypedDict


class StageRecord(TypedDict):
    problem: str
    size: dict[str, int]
    constants: dict[str, float]
    seconds: float
    picture: NotRequired[dict[str, Any]]
    theorem: NotRequired[dict[str, str] | None]


class EngineRecord(TypedDict):
    backend: str
    workers: int | None


class MembersRecord(TypedDict):
    count: int
    visited: int


class PartsRecord(TypedDict):
    count: int
    rows: int
    keys: int


class PromiseRecord(TypedDict):
    absolute: float | None
    relative: float | None
    failure: float
    source: str | None


class DemandedRecord(TypedDict):
    value: float
    log10: float
    relative: float


class DeliveredRecord(TypedDict):
    value: float | None
    log10: float | None
    rows: int


class AnswersRecord(TypedDict):
    of: int
    rows: list[int]
    given: list[float]
    low: float
    high: float
    no: float | None
    yes: float | None
    logarithmic: bool
    sides: list[str]
    exact: NotRequired[dict[str, float]]
    wrong: NotRequired[list[int]]


class AccuracyRecord(TypedDict):
    promise: PromiseRecord
    demanded: DemandedRecord
    delivered: DeliveredRecord | None
    answers: AnswersRecord | None


class MistakeRecord(TypedDict):
    members: list[int]
    row: int
    side: str
    given: float
    exact: float


class OwnRecord(TypedDict):
    verdict: str
    truth: str
    low: float
    high: float
    of: int
    rows: int
    right: int
    wrong: int
    between: int
    missed: int
    no_number: int
    sampled: bool
    tried: int
    mistakes: list[MistakeRecord]


class HopRecord(TypedDict):
    problem: str
    witness: list[int]
    says: str
    key: NotRequired[int]
    assigns: NotRequired[list[list[int]]]


class DecidedRecord(TypedDict):
    """A run without what says where and how it was made."""

    verdict: str
    reason: str
    fault: bool
    claimed: bool
    model: list[int] | None
    witness: list[int] | None
    oracle: str | None
    agrees: bool | None
    chain: str
    stages: list[StageRecord]
    algorithm: str
    engine: EngineRecord
    members: MembersRecord | None
    parts: NotRequired[PartsRecord]
    promise: PromiseRecord | None
    demanded: DemandedRecord | None
    delivered: DeliveredRecord | None
    own: OwnRecord | None
    route: list[HopRecord] | None
    decide_seconds: float
    seconds: float
    instance: str


class RunRecord(DecidedRecord):
    answers: NotRequired[AnswersRecord | None]
    versions: dict[str, str]
    seed: NotRequired[int | None]


class AskedRecord(TypedDict):
    t: int
    yes: bool
    by: str


class BegunRecord(TypedDict):
    """What a search has from its beginning on."""

    pair: list[int] | None
    distance: int | None
    at_least: int | None
    eps: float
    asked: list[AskedRecord]
    minimum: int | None
    holds: bool | None
    chain: str
    algorithm: str
    size: dict[str, int]


class SearchRecord(BegunRecord, total=False):
    """All but `claimed` and `seed` are there when it has ended."""

    claimed: bool
    reason: str
    seconds: float
    versions: dict[str, str]
    instance: str
    seed: int | None
