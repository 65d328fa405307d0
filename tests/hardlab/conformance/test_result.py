"""The verdict on a kernel."""

from itertools import combinations
from typing import get_args

from hardlab.conformance.result import Result, Status, verdict


def of(*statuses: Status) -> str:
    return verdict([Result(f"x/{i}", status, "") for i, status in enumerate(statuses)])


ORDER: tuple[Status, ...] = ("crashed", "timeout", "wrong", "inaccurate")


def test_the_first_of_the_failures_is_the_verdict() -> None:
    for one, other in combinations(ORDER, 2):
        assert of(other, one) == of(one, other) == of("passed", other, "beyond", one) == one
    for status in get_args(Status):
        assert of(status) == {"passed": "conformant", "beyond": "conformant", "skipped": "declined"}.get(status, status)
    assert of() == "declined"
    assert of("declined", "skipped", "beyond") == "conformant"
    assert of("declined", "passed") == "conformant"
