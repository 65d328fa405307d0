"""What a check found, and the verdict on a kernel.

| status | meaning |
|---|---|
| passed | what the check demands holds |
| declined | the kernel said that it does not take such inputs |
| beyond | the output is wrong, and so may be that of any kernel in this precision: the precision ends here, not the kernel |
| inaccurate | the error is larger than the kernel's precision explains |
| wrong | a decision, an invariance or a promise is broken |
| crashed, timeout | the process ended, took too much memory, raised; or did not answer in time |
| skipped | the check does not apply, with the reason |
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["passed", "declined", "beyond", "inaccurate", "wrong", "crashed", "timeout", "skipped"]
Verdict = Literal["conformant", "declined", "inaccurate", "wrong", "crashed", "timeout"]

FAILED: tuple[Status, ...] = ("crashed", "timeout", "wrong", "inaccurate")
"""What speaks against a kernel; the first of these that occurs is the verdict."""


@dataclass(frozen=True)
class Result:
    """What a check found. `demanded` and `delivered` are errors (additive, of the worst output), None where there are none.

    `name` is that of the check, or begins with it and a slash; `axes` the place on the ladder of decisions (n, B as a
    multiple of sqrt(ln n), R0, family), empty elsewhere; `counterexample` an object that `hardlab replay` takes, or None.
    `needs` are the features that the call needed; `evidence` is what a diagnosis is made of, in no record.
    """

    name: str
    status: Status
    reason: str
    demanded: float | None = None
    delivered: float | None = None
    repeat: str = ""
    axes: tuple[tuple[str, float | str], ...] = ()
    counterexample: dict[str, Any] | None = None
    needs: tuple[str, ...] = ()
    evidence: tuple[Any, ...] = field(default=(), compare=False, repr=False)


def verdict(results: Sequence[Result]) -> Verdict:
    """The verdict on a kernel from all its checks: the worst status; declined where nothing passed and nothing failed."""
    found = {result.status for result in results}
    for status in FAILED:
        if status in found:
            return status  # type: ignore[return-value]
    return "conformant" if found & {"passed", "beyond"} else "declined"
