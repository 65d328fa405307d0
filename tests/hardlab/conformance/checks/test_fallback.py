"""Jumps of the error between sizes: how large, and what is said of them."""

from typing import Any

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.conformance.checks import fallback
from hardlab.conformance.checks.fallback import Measured, judged
from hardlab.conformance.comparing import demand
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Conventions, Dtype
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.task import Attention
from tests.support import kernels
from tests.support.kernels import InProcess


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


def measured_of(dtype: Dtype, off: Any = 0.0, rows: slice = slice(None)) -> tuple[Measured, Any, Floats]:
    """What is measured at 32 rows, the inputs that were asked, and the exact outputs of all rows."""
    asked: list[Any] = []

    def function(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        asked.append(Attention(Q.astype(float), K.astype(float), V.astype(float), scale))
        output: Floats = kernels.right(Q, K, V, scale)
        output[rows] += off
        return output

    [found], failure = fallback._sizes(InProcess(function, Conventions(dtype=dtype)), 2.0)
    assert failure is None
    [inputs] = asked
    return found, inputs, np.array([certified_row(inputs, i) for i in range(32)])


@pytest.fixture
def _one_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fallback, "SIZES", (32,))


ROWS = [0, 6, 12, 18, 24, 31]
"""Those that are looked at."""


@pytest.mark.usefixtures("_one_size")
@pytest.mark.parametrize(("dtype", "u"), [("float32", 2.0**-24), ("float64", 2.0**-53)])
def test_what_is_measured_at_a_size(dtype: Dtype, u: float) -> None:
    """The worst error of the sampled rows, at least a rounding of the largest output; and how many of these V reaches over."""
    found, inputs, exact = measured_of(dtype)
    least = u * np.abs(exact[ROWS]).max()
    assert found.size == 32
    assert found.steps == pytest.approx((inputs.V.max() - inputs.V.min()) / least)
    assert least <= found.error <= found.explained
    assert found.rounding
    some = Attention(np.asarray(inputs.Q)[ROWS], inputs.K, inputs.V, inputs.scale)
    explained = demand(InProcess(kernels.right, Conventions(dtype=dtype)), some, exact[ROWS])
    assert found.explained == pytest.approx(float(explained.max()))
    for row in range(32):
        wrong, _, _ = measured_of(dtype, 0.25, slice(row, row + 1))
        assert wrong.error == pytest.approx(0.25, rel=1e-5) if row in ROWS else wrong.error == found.error
    assert measured_of(dtype, np.nan, slice(6, 7))[0].error == np.inf
    assert not measured_of(dtype, np.inf, slice(31, 32))[0].rounding


@pytest.mark.usefixtures("_one_size")
def test_each_row_has_a_key_of_its_own() -> None:
    _, inputs, _ = measured_of("float64")
    scores = inputs.scale * np.asarray(inputs.Q) @ np.asarray(inputs.K).T
    matches = np.isclose(scores, 4.0)
    assert matches.any(axis=1).all()
    assert np.asarray(inputs.Q).shape == np.asarray(inputs.K).shape == (32, 16)
    assert set(np.unique(inputs.V[:, 0])) == {-1.0, 1.0}
    assert 0.5 <= inputs.V[:, 1].min() < 0.7 < 1.3 < inputs.V[:, 1].max() <= 1.5


def test_sizes_that_end() -> None:
    """A size that is too large ends them, unless it is among the first two; any other failure is the result."""

    def results(at: int, kind: Any) -> list[Result]:
        class Fails(InProcess):
            def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Any:
                return Failure(kind, "why") if len(Q) >= at else super().__call__(Q, K, V, scale)

        return list(fallback.fallback(Fails(kernels.right)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fallback, "SIZES", (16, 32, 64))
        for kind in ("declined", "timeout", "memory"):
            assert [one.status for one in results(64, kind)] == ["passed", "passed"]
            assert results(64, kind)[0].reason.endswith(f"sizes 16 to 32, then {kind}: why")
            assert {one.reason for one in results(32, kind)} == {f"{kind}: why"}
        assert {one.status for one in results(64, "raised")} == {"crashed"}
        assert [one.name for one in results(99, "raised")] == ["fallback/B=2", "fallback/B=1"]
        assert [one.status for one in results(99, "raised")] == ["passed", "passed"]
