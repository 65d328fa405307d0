"""The basic conformance checks: right kernels pass, each planted bug is found by name."""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from hardlab.conformance.arithmetic import bound, reference, representable
from hardlab.conformance.checking import BASIC, checked, checks
from hardlab.conformance.checks.definition import definition
from hardlab.conformance.checks.extremes import extremes
from hardlab.conformance.checks.fallback import SIZES, Measured, fallback, judged
from hardlab.conformance.checks.invariances import invariances
from hardlab.conformance.checks.planted import every_key, every_row, last_block
from hardlab.conformance.checks.shapes import determinism, shapes
from hardlab.conformance.comparing import STATUS
from hardlab.conformance.result import Result
from hardlab.conformance.suffered import PATIENCE, Suffered
from hardlab.kernels.kernel import Conventions, Dtype, Kernel, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import Declined
from instances.task import Attention
from tests.support import kernels
from tests.support.kernels import InProcess

Check = Callable[[Kernel], Iterator[Result]]


def found(check: Check, function: kernels.Function, **conventions: object) -> dict[str, str]:
    """The status of each result of a check of a float32 kernel."""
    kernel = InProcess(function, Conventions(**{"dtype": "float32", **conventions}))  # type: ignore[arg-type]
    return {result.name: result.status for result in check(kernel)}


@pytest.fixture(autouse=True)
def _up_to_4096_keys(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted fallbacks are at 4096 keys: beyond them is what the exhaustive tests see."""
    if request.node.get_closest_marker("exhaustive") is None:
        monkeypatch.setattr("hardlab.conformance.checks.fallback.SIZES", SIZES[:-1])


# Right kernels


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("check", BASIC, ids=lambda check: check.__name__)
def test_a_right_kernel_passes(check: Check, dtype: Dtype) -> None:
    results = list(check(InProcess(kernels.right, Conventions(dtype=dtype))))
    assert {result.name: result.reason for result in results if result.status not in ("passed", "skipped")} == {}
    assert sum(result.status == "passed" for result in results) >= len(results) - 3
    assert len({result.name for result in results}) == len(results)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("check", [check for check in BASIC if check.__name__ != "fallback"], ids=lambda check: check.__name__)
def test_the_reference_passes_in_sixteen_bits(check: Check, dtype: Dtype) -> None:
    def function(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        output = reference(Attention(Q, K, V, scale), dtype)
        return output.astype(Q.dtype)

    results = list(check(InProcess(function, Conventions(dtype=dtype))))
    assert {result.name: result.reason for result in results if result.status not in ("passed", "skipped")} == {}
    assert any(result.status == "passed" for result in results)


def by_logarithms(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    """Weights exp(score - logarithm of the mass), and no quotient."""
    S = (Q @ K.T) * Q.dtype.type(scale)
    peak = S.max(axis=1, keepdims=True)
    L = peak + np.log(np.exp(S - peak).sum(axis=1, keepdims=True))
    return np.exp(S - L) @ V  # type: ignore[no-any-return]


@pytest.mark.slow
@pytest.mark.parametrize("check", [definition, invariances, every_key, extremes], ids=lambda check: check.__name__)
def test_a_kernel_by_logarithms_passes(check: Check) -> None:
    assert set(found(check, by_logarithms).values()) <= {"passed", "skipped"}


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["1/d", "1/sqrt(d)", "1"])
def test_a_built_in_scale_passes(scale: str) -> None:
    def function(Q: Floats, K: Floats, V: Floats) -> Floats:
        d = Q.shape[1]
        return kernels.right(Q, K, V, {"1/d": 1 / d, "1/sqrt(d)": d**-0.5, "1": 1.0}[scale])  # type: ignore[no-any-return]

    for check in (definition, invariances, every_key, extremes):
        assert set(found(check, function, scale=scale).values()) <= {"passed", "skipped"}


# Planted bugs


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "bug", "named"),
    [
        (extremes, kernels.no_subtraction, "extremes/scores of 1000"),
        (definition, kernels.no_subtraction, "definition/B=16"),
        (definition, kernels.wrong_axis, "definition/B=0.1"),
        (invariances, kernels.wrong_axis, "invariances/row stochastic"),
        (last_block, kernels.dropped_block, "last_block/m=257"),
        (last_block, kernels.dropped_block, "last_block/m=1000"),
        (every_key, kernels.masked_key, "every_key/m=300"),
        (definition, kernels.rough_sums, "definition/B=1"),
        (every_row, kernels.next_row, "every_row/n=257"),
        (every_row, kernels.last_row_of_63, "every_row/n=319"),
        (definition, kernels.sixteen_columns, "definition/B=1"),
        (every_row, kernels.uninitialised, "every_row/n=513"),
        (shapes, kernels.mutating, "shapes/n=5,m=7,d=4,v=3"),
        (determinism, kernels.nondeterministic, "determinism/n=9,m=33"),
        (fallback, kernels.fallback_below_4096, "fallback/B=2"),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_planted_bug_is_found(check: Check, bug: kernels.Function, named: str) -> None:
    assert found(check, bug)[named] in ("wrong", "inaccurate")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dtype", "check", "bug", "named"),
    [
        ("bfloat16", extremes, kernels.no_subtraction, "extremes/scores of 1000"),
        ("float16", extremes, kernels.no_subtraction, "extremes/scores of 1000"),
        ("bfloat16", invariances, kernels.wrong_axis, "invariances/row stochastic"),
        ("float16", last_block, kernels.dropped_block, "last_block/m=257"),
        ("bfloat16", every_key, kernels.masked_key, "every_key/m=300"),
        ("bfloat16", every_row, kernels.next_row, "every_row/n=257"),
        ("bfloat16", fallback, kernels.negative_from_4096, "fallback/B=2"),
        ("float16", fallback, kernels.negative_from_4096, "fallback/B=2"),
    ],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_planted_bug_is_found_in_sixteen_bits(
    dtype: Dtype, check: Check, bug: kernels.Function, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hardlab.conformance.checks.fallback.SIZES", (1024, 2048, 4096))
    assert found(check, bug, dtype=dtype)[named] in ("wrong", "inaccurate")


def test_products_that_float16_loses_are_in_the_bound() -> None:
    """One key 2^11 times heavier than 4,000 others, V = 2^-14: their products with V are below 2^-24."""
    m = 4000
    Q, K, V = np.ones((1, 1)), np.zeros((m, 1)), np.full((m, 1), 2.0**-14)
    K[0] = representable(np.array([np.log(2.0**11)]), "float16")
    inputs = Attention(Q, K, V, 1.0)
    weights = representable(np.exp(Q @ K.T - K.max()), "float16")
    output = representable(weights * V.T, "float16").sum() / weights.sum()
    assert abs(output - V[0, 0]) > 1e-5
    assert abs(output - V[0, 0]) < float(bound(inputs, "float16")[0, 0])


def test_a_wrong_scale_is_found() -> None:
    assert found(definition, kernels.wrong_scale, scale="1/d")["definition/B=1"] == "inaccurate"


@pytest.mark.slow
def test_a_bug_out_of_a_checks_reach_is_not_found_by_it() -> None:
    for bug in (kernels.dropped_block, kernels.masked_key, kernels.next_row, kernels.fallback_below_4096):
        assert set(found(definition, bug).values()) <= {"passed", "skipped"}


def test_the_key_is_named() -> None:
    [result] = [x for x in every_key(InProcess(kernels.masked_key, Conventions(dtype="float32"))) if x.status == "wrong"]
    assert "on key 157" in result.reason


def test_a_seed_makes_a_sampler_deterministic() -> None:
    def sampler(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        some = np.random.permutation(len(K))[: max(1, len(K) // 2)]
        return kernels.right(Q, K[some], V[some], scale)  # type: ignore[no-any-return]

    assert set(found(determinism, sampler, seed=7).values()) == {"passed"}
    assert "wrong" in found(determinism, sampler).values()


def test_a_narrower_output_is_wrong() -> None:
    def narrow(Q: Floats, K: Floats, V: Floats, scale: float) -> object:
        return kernels.right(Q, K, V, scale).astype(np.float16)

    assert set(found(shapes, narrow).values()) == {"wrong"}


# Fallback


@pytest.mark.exhaustive
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_fallbacks_at_every_size(dtype: Dtype) -> None:
    assert set(found(fallback, kernels.right, dtype=dtype).values()) == {"passed"}
    assert set(found(fallback, kernels.fallback_below_4096, dtype=dtype).values()) == {"wrong"}


def test_an_approximation_at_all_sizes_is_no_fallback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hardlab.conformance.checks.fallback.SIZES", (512, 1024, 2048))
    assert set(found(fallback, kernels.third_of_the_keys).values()) == {"passed"}


def test_the_jump_is_judged_by_both_numbers() -> None:
    exact, rough = Measured(512, 1e-9, 1e-6, 1e9), Measured(1024, 1e-5, 1e-6, 1e9)
    assert judged("x", [exact, rough]).status == "wrong"
    assert judged("x", [exact, Measured(1024, 9e-7, 1e-6, 1e9)]).status == "passed"
    assert judged("x", [rough, Measured(2048, 1e-3, 1e-6, 1e9)]).status == "passed"
    assert judged("x", [rough, Measured(2048, np.inf, 1e-6, 1e9)]).status == "wrong"
    assert "1e-09 at n = 512 and 1e-05 at n = 1024" in judged("x", [exact, rough]).reason


# Failures


@pytest.mark.slow
@pytest.mark.parametrize(
    ("check", "kind"),
    [(check, "raised") for check in BASIC] + [(BASIC[0], kind) for kind in STATUS],
    ids=lambda x: getattr(x, "__name__", x),
)
def test_a_failure_is_a_result(check: Check, kind: str) -> None:
    class Failing(InProcess):
        def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
            return Failure(kind, "because")  # type: ignore[arg-type]

    results = list(check(Failing(kernels.right, Conventions(dtype="float32"))))
    assert {result.status for result in results} - {"skipped"} == {STATUS[kind]}  # type: ignore[index]
    assert all("because" in result.reason for result in results if result.status != "skipped")


class Late(InProcess):
    """Never answers in time."""

    calls = 0

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        self.calls += 1
        return Failure("timeout", "no answer in 60 s")

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float:
        return 1.0


def test_a_check_ends_at_the_first_call_that_is_late_and_eight_of_them_end_all() -> None:
    kernel = Late(kernels.right, Conventions(dtype="float32"))
    results = [[result.status for result in check.results()] for check in checks(Suffered(kernel), (16,))]
    late = [place for place, statuses in enumerate(results) if "timeout" in statuses]
    assert [results[place].count("timeout") for place in late] == [1] * PATIENCE
    assert all(set(statuses) == {"skipped"} for place, statuses in enumerate(results) if place not in late)
    assert len(results) > late[-1] + PATIENCE
    assert kernel.calls == PATIENCE


@pytest.mark.slow
def test_what_was_not_tried_is_not_said_to_have_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures that are expected of checks that eight timeouts left out; and two patterns for one failure."""
    monkeypatch.setattr(sys.modules["hardlab.conformance.checks.fallback"], "SIZES", (512, 1024))
    late = Late(kernels.right, Conventions(dtype="float32"))
    results = list(checked(checks(Suffered(late), (16,)), expected=[("decisions/*", "slow")]))
    assert not any(result.name.startswith("expected/") for result in results)
    wrong = InProcess(kernels.wrong_scale, Conventions(dtype="float32", scale="1/d"))
    expected = [("*", "all"), ("definition", "too"), ("definition/B=1", "and this")]
    assert not any(result.name.startswith("expected/") for result in checked(checks(Suffered(wrong), (16,)), expected=expected))
    unmet = list(checked(checks(Suffered(InProcess(kernels.right)), (16,)), expected=[("definition", "why")]))[-1]
    assert (unmet.name, unmet.status) == ("expected/definition", "wrong")


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (MemoryError, "passed", "sizes 512 to 1024, then memory"),
        (Declined, "passed", "then declined"),
        (ValueError, "crashed", "raised"),
    ],
)
def test_a_size_that_is_too_large_ends_the_sizes_and_a_crash_is_a_crash(error: type[Exception], status: str, said: str) -> None:
    def small_only(Q: Floats, K: Floats, V: Floats, scale: float) -> object:
        if len(K) > 1024:
            raise error("more than 1024 keys")
        return kernels.right(Q, K, V, scale)

    results = list(fallback(InProcess(small_only, Conventions(dtype="float32"))))
    assert {result.status for result in results} == {status}
    assert all(said in result.reason for result in results)


def test_a_kernel_may_decline() -> None:
    def declining(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        raise Declined("d = 3 is not a multiple of 8")

    assert set(found(extremes, declining).values()) == {"declined"}
