"""Jumps of the error between sizes: how large, and what is said of them."""

import pytest

from hardlab.conformance.checks.fallback import Measured, judged
from hardlab.conformance.result import Result
from hardlab.work.failure import Failure


def sizes(*errors: float, explained: float = 1e-6, steps: float = 1e9) -> list[Measured]:
    return [Measured(2**k, error, explained, steps) for k, error in enumerate(errors, 9)]


@pytest.mark.parametrize(
    ("measured", "status"),
    [
        (sizes(1e-6, 1e-6, 1e-6), "passed"), (sizes(1e-9, 1e-6), "passed"), (sizes(1e-6, 0.999e-3), "passed"),
        (sizes(1e-6, 1.001e-3), "wrong"), (sizes(1.001e-3, 1e-6), "wrong"), (sizes(1e-6, 1e-4, 1e-2), "passed"),
        (sizes(1e-6, 1e-4, 1e-2, 11.0), "wrong"), (sizes(1e-6, 25.1e-6, steps=100.0), "wrong"),
        (sizes(1e-6, 24.9e-6, steps=100.0), "passed"), (sizes(float("inf"), float("inf")), "passed"),
        (sizes(1e-6, float("inf")), "wrong"), (sizes(1e-12, 1.1e-6), "wrong"), (sizes(1e-12, 1.1e-10), "passed"),
    ],
)  # fmt: skip
def test_jumps_of_the_error(measured: list[Measured], status: str) -> None:
    """A thousandfold, or a quarter of what there is between rounding and the range; not within what rounding explains."""
    assert judged("x", measured).status == status


def test_what_is_said_of_the_largest_jump() -> None:
    found = judged("x", sizes(1e-6, 1e-4, 0.2, 1.0), Failure("declined", "too large"))
    assert found == Result(
        "x", "wrong",
        "error 0.0001 at n = 1024 and 0.2 at n = 2048, the same distribution: 2e+03 times, "
        "sizes 512 to 4096, then declined: too large",
    )  # fmt: skip
    found = judged("x", sizes(1e-6, 2e-6, 5e-6))
    assert found.reason == "error 2e-06 at n = 1024 and 5e-06 at n = 2048: 2.5 times at most, sizes 512 to 2048"


def test_what_stays_as_it_is_has_no_jump() -> None:
    for errors in ((float("inf"), float("inf")), (1e-9, 1e-7)):
        assert ": 1 times at most, sizes 512 to 1024" in judged("x", sizes(*errors)).reason
