"""The record of a checked kernel: of plain types, what `hardlab check --json` prints and from which reports are drawn.

**A result** is `Result` with its `axes` as an object. **An end**, of a construction and an R0: the largest `n` and `B` (in
multiples of sqrt(ln n)) up to which all passed, null where already the least did not; how many of the `rungs` `passed`;
and `fails`, the first that did not. **A chain** has its `name`, the keys of its `edges`, and its `stages`, each a problem with
its size and other figures: `eps` of a gap, `B` and `margin` of a task, or why it is `declined`.

**The record**: the `target` as it was named and its `kind` ("kernel", "reduction", "solver"; a kernel where that is missing),
the `conventions` by which it is called (of a reduction its `source` and `target`), the `verdict`: one of kernels, or the worst
fault of a trial; `part` says which checks alone were run ("only 'decisions/*'" or "interrupted"), null if all were; `checks`
(results), `ends`, a chain of each construction, and how it was made: `seconds`, `versions`, `machine`, `command`.

**What it is conformant in**: `features` has those that were `checked`, and those that it `declined`; `not_offered` the others
with the reason. `meaning` says that it was taken for a causal kernel. **Why it is wrong**: `diagnosis`, faults by name with the
pieces of evidence that each explains. `noticed`: what the process of the kernel saw of its calls, with the number of the call.
`arrays` are those of the library that it takes; `calls` were made; `seed_of_check` draws them all; `left_out` is what a quick
check does not do.

Files may come from anywhere: who reads one takes it as `Stored`, which may lack any of this.
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

from hardlab.conformance.result import Status

Stored = Mapping[str, Any]
"""A record as a file holds it, or a part of one: any key may be missing, any value of another kind."""


class ResultRecord(TypedDict):
    name: str
    status: Status
    reason: str
    demanded: float | None
    delivered: float | None
    repeat: str
    axes: dict[str, float | str]
    counterexample: dict[str, Any] | None


class EndRecord(TypedDict):
    construction: str
    R0: float
    n: float | None
    B: float | None
    rungs: int
    passed: int
    fails: str | None


class ChainStageRecord(TypedDict):
    problem: str
    size: dict[str, int]
    eps: NotRequired[float]
    B: NotRequired[float]
    margin: NotRequired[float]
    declined: NotRequired[str]


class ChainRecord(TypedDict):
    name: str
    edges: list[str]
    stages: list[ChainStageRecord]


class ExplainedRecord(TypedDict):
    sentence: str
    pieces: int
    of: int
    checks: list[str]


class CheckRecord(TypedDict):
    target: str
    kind: str
    conventions: dict[str, Any]
    verdict: str
    part: str | None
    checks: list[ResultRecord]
    ends: list[EndRecord]
    chains: list[ChainRecord]
    seconds: float
    versions: dict[str, str]
    machine: str
    command: str
    meaning: str
    features: dict[str, list[str]]
    not_offered: dict[str, str]
    diagnosis: list[ExplainedRecord]
    noticed: dict[str, int]
    arrays: str
    calls: int
    seed_of_check: int
    left_out: str
