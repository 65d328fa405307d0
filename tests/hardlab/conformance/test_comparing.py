"""One call held against numbers: which is the worst, what is said of it, and when a demand tells nothing."""

from dataclasses import dataclass, field
from itertools import pairwise
from math import inf, nan, sqrt
from typing import Any, get_args

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.conformance.arithmetic import bound, reference, representable
from hardlab.conformance.comparing import (
    STATUS,
    allowance,
    ask,
    compared,
    demand,
    drawn,
    exact,
    failed,
    held,
    matching,
    measured,
    signs,
    useful,
    usual_scale,
    worst,
)  # fmt: skip
from hardlab.conformance.result import Result, Status
from hardlab.kernels.kernel import Conventions, Dtype
from hardlab.work.failure import Failure, FailureKind
from instances.coded import Floats
from instances.task import Attention
from tests.support import kernels
from tests.support.kernels import InProcess


def results(output: Any, expected: Any, allowed: Any, **more: Any) -> Result:
    """What is said of these rows."""
    first, second, third = (np.array(given, dtype=float) for given in (output, expected, allowed))
    return compared("x/y", first, second, third, **more)


def test_the_worst_is_the_one_that_is_furthest_beyond_what_is_allowed_of_it() -> None:
    """Not the largest error."""
    found = results([[5.0, 1.0], [0.5, 7.0]], [[1.0, 1.0], [1.0, 7.0]], [[3.0, 1.0], [0.25, 1.0]])
    assert found == Result(
        "x/y", "inaccurate",
        "row 1, column 0: 0.5, expected 1: delivered 0.5, demanded 0.25; 2 of 2 rows outside", 0.25, 0.5,
    )  # fmt: skip
    found = results([[5.0, 1.0], [0.5, 7.0]], [[1.0, 1.0], [1.0, 7.0]], [[3.0, 1.0], [0.5, 1.0]], outside="wrong")
    assert found == Result(
        "x/y", "wrong", "row 0, column 0: 5, expected 1: delivered 4, demanded 3; 1 of 2 rows outside", 3.0, 4.0
    )


def test_an_error_may_be_what_is_allowed() -> None:
    assert results([[1.5]], [[1.0]], [[0.5]]).status == "passed"
    found = results([[1.5]], [[1.0]], [[np.nextafter(0.5, 0)]])
    assert found.status == "inaccurate"
    assert results([[1.25]], [[1.0]], [[0.5]]) == Result(
        "x/y", "passed", "row 0, column 0: 1.25, expected 1: delivered 0.25, demanded 0.5", 0.5, 0.25
    )


def test_places_are_said() -> None:
    found = results([[1.0], [2.0]], [[1.0], [1.0]], [[0.5], [0.5]], place=lambda row: f" (which is {10 * row})")
    assert found.reason.startswith("row 1, column 0 (which is 10): 2, expected 1")


@pytest.mark.parametrize("odd", [nan, inf, -inf])
def test_what_is_no_number_is_wrong_whatever_else_is_off(odd: float) -> None:
    found = results([[9.0, 1.0], [1.0, odd]], [[1.0, 1.0], [1.0, 1.0]], [[0.1, 0.1], [0.1, 0.2]], outside="beyond")
    assert found == Result("x/y", "wrong", f"row 1, column 1: {odd}, expected 1", 0.2, None)


def test_another_shape_is_wrong() -> None:
    found = compared("x", np.zeros((2, 3)), np.zeros((3, 2)), np.ones((3, 2)))
    assert found == Result("x", "wrong", "the output has shape (2, 3), not (3, 2)")


@pytest.mark.parametrize(
    ("V", "allowed", "told"),
    [
        ([[0.0], [4.0]], 1.0, True), ([[0.0], [4.0]], 1.01, False), ([[4.0], [8.0]], 1.01, False), ([[4.0], [4.0]], 1.0, True),
        ([[-4.0], [-4.0]], 1.0, True), ([[4.0], [4.0]], 1.01, False), ([[0.0, 0.0], [4.0, 3.9]], 1.0, False),
        ([[0.0, 0.0], [4.0, 4.0]], 1.0, True), ([[0.0], [0.0]], 0.0, True),
    ],
)  # fmt: skip
def test_a_demand_is_useful_up_to_a_quarter_of_the_range_of_each_column(V: Any, allowed: float, told: bool) -> None:
    values = np.array(V)
    inputs = Attention(np.ones((1, 2)), np.ones((len(values), 2)), values, 1.0)
    assert useful(inputs, np.full((1, values.shape[1]), allowed)) == told


@dataclass(frozen=True)
class Promising(InProcess):
    """A kernel that promises something, and remembers what it was asked about."""

    promised: Any = None
    asked: list[tuple[Floats, Floats, Floats, float]] = field(default_factory=list)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Any:
        self.asked.append((Q, K, V, scale))
        return self.promised


def inputs_of(n: int = 4, m: int = 6, size: float = 1.0) -> Attention:
    random = np.random.default_rng((n, m))
    Q, K = (random.normal(size=(k, 3)) * size for k in (n, m))
    return Attention(Q, K, random.normal(size=(m, 2)), 0.5)


@pytest.mark.parametrize("dtype", get_args(Dtype))
def test_what_is_allowed_is_the_bound_or_the_promise(dtype: Dtype) -> None:
    inputs = inputs_of()
    of = bound(inputs, dtype)
    between = float(np.median(of))
    for promised, expected in ((None, of), (0.0, of), (9.0, np.full((4, 2), 9.0)), (between, np.maximum(of, between))):
        np.testing.assert_array_equal(allowance(Promising(kernels.right, Conventions(dtype=dtype), promised), inputs), expected)
    np.testing.assert_array_equal(
        allowance(Promising(kernels.right, Conventions(dtype=dtype), Failure("raised", "x")), inputs), of
    )
    kernel = Promising(kernels.right, Conventions(dtype=dtype), None)
    allowance(kernel, inputs)
    [(Q, K, V, scale)] = kernel.asked
    assert (Q == inputs.Q).all()
    assert (K == inputs.K).all()
    assert (V == inputs.V).all()
    assert scale == inputs.scale


@pytest.mark.parametrize("dtype", get_args(Dtype))
def test_a_demand_is_twice_the_error_of_the_reference_where_that_is_more(dtype: Dtype) -> None:
    inputs = inputs_of()
    kernel = InProcess(kernels.right, Conventions(dtype=dtype))
    of, given = bound(inputs, dtype), reference(inputs, dtype)
    np.testing.assert_array_equal(demand(kernel, inputs, given), of)
    np.testing.assert_allclose(demand(kernel, inputs, given - 7.0), np.maximum(of, 14.0))
    np.testing.assert_allclose(demand(kernel, inputs, given + 7.0), np.maximum(of, 14.0))


def test_a_reference_that_overflows_demands_nothing_more() -> None:
    inputs = inputs_of(size=300.0)
    assert not np.isfinite(reference(inputs, "float16")).all()
    found = demand(InProcess(kernels.right, Conventions(dtype="float16")), inputs, np.zeros((4, 2)))
    assert not np.isnan(found).any()


def test_what_is_measured() -> None:
    inputs = inputs_of()
    expected = exact(inputs, range(4))
    np.testing.assert_array_equal(expected, [certified_row(inputs, i) for i in range(4)])
    assert exact(inputs, []).shape == (0, 2)
    assert exact(inputs, [2, 0]).tolist() == [expected[2].tolist(), expected[0].tolist()]
    right = InProcess(kernels.right)
    range_ = float(np.ptp(inputs.V, axis=0).min())

    def at(allowed: float, kernel: InProcess = right, **more: Any) -> Result:
        return measured(kernel, "x", inputs, expected, np.full((4, 2), allowed), **more)

    assert at(1e-9).status == "passed"
    assert at(range_ / 4 * 0.999).status == "passed"
    skipped = at(range_ / 4 * 1.001)
    assert skipped.status == "skipped"
    assert skipped.reason == "no float64 kernel can be held to anything here: its rounding reaches the range of V"
    off = InProcess(lambda Q, K, V, scale: kernels.right(Q, K, V, scale) + 100 * range_)
    assert at(range_, off).status == "inaccurate"
    assert at(range_, off, outside="beyond").status == "beyond"
    calls = []

    def counted(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        calls.append(scale)
        raise RuntimeError("nothing")

    assert at(inf, InProcess(counted)) == Result("x", "skipped", skipped.reason)
    assert not calls
    assert at(1.0, InProcess(counted)) == Result("x", "crashed", "raised: RuntimeError: nothing")
    assert calls == [0.5]
    one = np.full((4, 2), 1e-9)
    one[3, 1] = inf
    assert measured(right, "x", inputs, expected, one).status == "skipped"


KINDS: dict[FailureKind, Status] = {
    "crashed": "crashed", "timeout": "timeout", "memory": "crashed", "raised": "crashed", "declined": "declined",
    "shape": "wrong", "mutated": "wrong",
}  # fmt: skip


@pytest.mark.parametrize("kind", get_args(FailureKind))
def test_what_a_failure_comes_to(kind: FailureKind) -> None:
    assert STATUS[kind] == KINDS[kind]
    assert failed("a/b", Failure(kind, "why")) == Result("a/b", KINDS[kind], f"{kind}: why")


ORDER: tuple[Status, ...] = ("passed", "declined", "beyond", "inaccurate", "wrong", "timeout", "crashed")


def test_the_worst_of_results_is_by_status_and_then_by_ratio() -> None:
    assert worst([Result("a", "skipped", ""), Result("b", "passed", "")]).name == "b"
    for better, worse in pairwise(ORDER):
        both = [Result("better", better, "", 1.0, 9.0), Result("worse", worse, "", 1.0, 1.0)]
        assert worst(both).name == worst(both[::-1]).name == "worse"
    ratios = [Result("low", "passed", "", 1.0, 0.5), Result("high", "passed", "", 0.1, 0.4), Result("none", "passed", "")]
    assert worst(ratios).name == worst(ratios[::-1]).name == "high"
    assert worst([Result("a", "passed", "", None, 1.0), Result("b", "passed", "", 1.0, 1e-3)]).name == "b"


def test_numbers_are_drawn_by_the_seed_of_the_check() -> None:
    kernel = InProcess(kernels.right)
    assert drawn(kernel, 3, 4).integers(0, 2**60) == np.random.default_rng((0, 3, 4)).integers(0, 2**60)
    other = InProcess(kernels.right)
    object.__setattr__(other, "seed_of_check", 7)
    assert drawn(other, 3).integers(0, 2**60) == np.random.default_rng((7, 3)).integers(0, 2**60)
    found = signs(np.random.default_rng(0), 30, 20)
    assert found.shape == (30, 20)
    assert sorted(np.unique(found)) == [-1.0, 1.0]
    assert 200 < (found > 0).sum() < 400


@pytest.mark.parametrize(("scale", "expected"), [("argument", 1 / 16), ("1/d", 1 / 16), ("1/sqrt(d)", 0.25), ("1", 1.0)])
def test_a_match_scores_the_square(scale: Any, expected: float) -> None:
    assert usual_scale(Conventions(scale=scale), 16) == expected
    function = kernels.right if scale == "argument" else lambda Q, K, V: kernels.right(Q, K, V, expected)
    kernel = InProcess(function, Conventions(scale=scale, dtype="float32"))
    keys = signs(np.random.default_rng(1), 5, 16)
    inputs = matching(kernel, keys, [3, 0, 3], np.eye(5) / 3, 4.0)
    assert inputs.scale == expected
    scores = expected * inputs.queries(slice(0, 3)) @ inputs.keys(slice(0, 5)).T
    np.testing.assert_allclose(scores, 16.0 * keys[[3, 0, 3]] @ keys.T / 16, rtol=1e-6)
    assert (representable(np.eye(5) / 3, "float32") == inputs.V).all()
    outcome = ask(kernel, inputs)
    assert not isinstance(outcome, Failure)
    np.testing.assert_allclose(outcome.output, exact(inputs, range(3)), rtol=1e-4)


@pytest.mark.parametrize("dtype", get_args(Dtype))
def test_what_is_held_is_rounded(dtype: Dtype) -> None:
    X = np.full((2, 3), sqrt(2))
    inputs = held(X, 2 * X, 3 * X, 0.3, dtype)
    for found, wanted in ((inputs.Q, X), (inputs.K, 2 * X), (inputs.V, 3 * X)):
        assert np.array_equal(np.asarray(found), representable(wanted, dtype))
    assert inputs.scale == 0.3
