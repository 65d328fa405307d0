"""Kernel sums: right ones are conformant, each planted fault is found by the checks that are about it."""

import json
import re
from math import exp
from pathlib import Path
from typing import Any
from unittest import SkipTest

import numpy as np
import pytest

from hardlab.conformance.checking import check_algorithm, checks, names_of_checks
from hardlab.conformance.kernel_sums import Sum
from hardlab.conformance.result import FAILED, Result, verdict
from hardlab.conformance.suffered import Suffered
from hardlab.kernels.call import Call
from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Conventions, Outcome
from hardlab.kernels.peers.kernel_sums import ours, sklearn
from instances.faults import BadInput
from tests.support import kernel_sums
from tests.support.calling import Caller

MODULE = "tests.support.kernel_sums"


@pytest.fixture
def file() -> str:
    return str(Path(__file__).parents[3] / "support" / "kernel_sums.py")


class Called:
    """A function of the module in this process, by the convention, as the worker calls it."""

    def __init__(self, name: str, **conventions: Any) -> None:
        self.name, self.seed_of_check = name, 0
        self.conventions = Conventions(convention="kde", **conventions)
        self.callee = Callee(f"{MODULE}:{name}", None, self.conventions)
        self.offer = self.callee.offer

    def call(self, call: Call) -> Outcome:
        return self.callee.call(call)

    def __call__(self, *given: Any) -> Outcome:
        raise AssertionError("kernel sums are no attention")

    promise = __call__


def found(name: str, only: str | None = None, quick: bool = True, seed: int = 3, **conventions: Any) -> list[Result]:
    """All results but those of timing, which take seconds."""
    suffered = Suffered(Called(name, **conventions), seed)  # type: ignore[arg-type]
    asked = checks(suffered, (16,), only, quick)
    return [result for check in asked if check.name != "timing" or only for result in check.results()]


def about(results: list[Result]) -> set[str]:
    return {result.name.partition("/")[0] for result in results if result.status in FAILED}


@pytest.mark.parametrize("quick", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["right", "without_weights", "pruned"])
def test_right_ones_are_conformant(name: str, quick: bool) -> None:
    results = found(name, quick=quick)
    assert [result for result in results if result.status in FAILED] == []
    assert verdict(results) == "conformant"
    skipped = {result.name for result in results if result.status == "skipped"}
    assert skipped == (set() if name == "pruned" else {"tolerances"})
    met = {word for result in results for word in result.needs}
    assert met == {"right": {"weights"}, "without_weights": set(), "pruned": {"weights", "tolerance"}}[name]


@pytest.mark.slow
def test_a_promise_is_used_up() -> None:
    """The check is no weaker than what is promised: pruning by a tenth more than asked for is found."""
    results = found("pruned", "tolerances/*", quick=False)
    ratios = [result.delivered / result.demanded for result in results if result.demanded and result.delivered]
    assert 0.3 < max(ratios) <= 0.91


def test_what_is_declined_is_no_fault() -> None:
    results = found("declining", "[st]*")
    assert about(results) == set()
    declined = [result for result in results if result.status == "declined"]
    assert declined
    assert declined[0].reason == "declined: NotImplementedError: no"
    assert any(result.status == "passed" for result in results if result.name.startswith("tolerances"))


FAULTS: dict[str, str] = {
    "drops_far_points": "shapes",
    "in_float32": "tolerances",
    "ignores_atol": "tolerances",
    "ignores_rtol": "tolerances",
    "atol_of_the_mean": "tolerances",
    "rtol_of_the_sum": "tolerances",
    "absolute_weights": "bandwidths",
    "ignores_weights": "bandwidths",
    "normalised_weights": "bandwidths",
    "right_around_1": "bandwidths",
    "of_sklearn": "decisions",
    "a_mean": "decisions",
    "floored": "shapes",
    "the_last_point_left_out": "shapes",
    "first_column_alone": "shapes",
    "expanded": "extremes",
    "a_column": "shapes",
    "not_a_number": "bandwidths",
    "not_deterministic": "determinism",
    "changes_its_input": "bandwidths",
    "raises": "shapes",
}
"""With a check that finds it."""


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_found(fault: str) -> None:
    name = FAULTS[fault]
    results = found(fault, "determinism" if name == "determinism" else f"{name}/*")
    assert about(results) == {name}, {result.name: result.reason for result in results}
    assert verdict(results) == ("crashed" if fault == "raises" else "inaccurate" if fault == "expanded" else "wrong")


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize("fault", ["drops_far_points", "absolute_weights", "in_float32", "expanded"])
def test_what_a_whole_check_says_of_faults(fault: str) -> None:
    blamed = {
        "drops_far_points": {"shapes", "bandwidths", "extremes", "decisions"},
        "absolute_weights": {"bandwidths", "extremes"},
        "in_float32": {"shapes", "bandwidths", "tolerances", "extremes"},
        "expanded": {"extremes"},
    }
    assert about(found(fault, quick=False)) == blamed[fault]


def test_a_fault_of_the_right_size_flips_verdicts() -> None:
    flipped = [result for result in found("a_mean", "decisions") if result.status == "wrong"]
    assert flipped
    assert "YES and 0 of" in flipped[0].reason  # what is too small flips a YES and no NO
    assert "NO rows are flipped: a relative error of" in flipped[0].reason
    assert all("rows are right" in result.reason for result in found("right", "decisions"))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_narrow_types_are_held_to_their_own_rounding(dtype: Any) -> None:
    results = found("right", dtype=dtype, quick=False)
    lost = [result for result in results if result.status in FAILED]
    assert lost == []


@pytest.mark.exhaustive
@pytest.mark.slow
def test_growth_is_said() -> None:
    said = [result.reason for result in found("right", "timing")]
    assert len(said) == 3
    assert all(re.match(r"(time grows as n\^|.* s at n = m = ).*; there row \d", text) for text in said)
    assert about(found("drops_far_points", "timing")) == {"timing"}


def test_sums_are_exact() -> None:
    given = Sum(np.array([[0.5], [40.0]]), np.array([[0.0], [1.0]]), 0.5, np.array([2.0, -1.0]))
    assert given.exact(0) == pytest.approx((exp(-1), 3 * exp(-1)), rel=1e-15)
    assert given.exact(1) == pytest.approx((-exp(-78 * 78), exp(-78 * 78)), rel=1e-15)
    rng = np.random.default_rng(0)
    X, Y, w = rng.normal(size=(9, 3)), rng.normal(size=(50, 3)), rng.normal(size=50)
    k = np.exp(-((X.astype(np.longdouble)[:, None] - Y) ** 2).sum(axis=2) / np.longdouble(0.3) ** 2)
    for i in range(9):
        S, A = Sum(X, Y, 0.3, w).exact(i)
        assert abs(S - float(k[i] @ w)) <= 1e-17 * A + 1e-16 * abs(S)
        assert pytest.approx(float(k[i] @ abs(w)), rel=1e-15) == A
        rough = float(np.exp(-(((X[i] - Y) / 0.3) ** 2).sum(axis=1)) @ w)
        assert abs(rough - S) <= Sum(X, Y, 0.3, w, far=True).allowed(i, "float64") <= 1e-12 * A


def test_names() -> None:
    names = names_of_checks(sums=True)
    assert names[:5] == ["shapes", "determinism", "bandwidths", "tolerances", "extremes"]
    assert "decisions/hamming-kde/worst/n=256/R0=1.05" in names
    assert "decisions/hamming-kde/worst/n=1024/R0=1.05" not in names
    assert "visibility" not in names


def test_another_signature_is_refused() -> None:
    with pytest.raises(
        BadInput, match=r"positional takes X, Y, h: a kernel sum is a function f\(X, Y, bandwidth\), and weights"
    ):
        Called("positional")


@pytest.mark.slow
def test_as_tests_have_it(file: str) -> None:
    """What the marker of pytest runs too."""
    asked = list(
        check_algorithm(f"{file}:drops_far_points", Conventions(convention="kde"), sizes=(16,), quick=True, only="[st]*")
    )
    assert [str(check) for check in asked] == ["shapes", "tolerances", "timing"]
    with pytest.raises(AssertionError, match=r"shapes/n=5,m=7,d=3 is wrong: row .*seed_of_check="):
        asked[0]()
    with pytest.raises(SkipTest, match="no error can be asked for: it has no rtol and atol"):
        asked[1]()


def test_ours_is_called_so() -> None:
    rng = np.random.default_rng(1)
    X, Y, w = rng.normal(size=(20, 2)), rng.normal(size=(30, 2)), rng.normal(size=30)
    A = kernel_sums.right(X, Y, 0.5, abs(w))
    assert (abs(ours(X, Y, 0.5, weights=w, rtol=1e-9) - kernel_sums.right(X, Y, 0.5, w)) <= 2e-9 * A).all()


@pytest.mark.peers
def test_that_of_scikit_learn() -> None:
    pytest.importorskip("sklearn")
    rng = np.random.default_rng(2)
    for d in (1, 2, 3):
        X, Y, w = rng.normal(size=(20, d)), rng.normal(size=(30, d)), rng.uniform(1, 2, 30)
        assert sklearn(X, Y, 0.5) == pytest.approx(kernel_sums.right(X, Y, 0.5), rel=1e-9)
        assert sklearn(X, Y, 0.5, weights=w) == pytest.approx(kernel_sums.right(X, Y, 0.5, w), rel=1e-9)
        assert sklearn(X, Y, 0.5, rtol=0.0, atol=1e-3) == pytest.approx(kernel_sums.right(X, Y, 0.5), abs=1e-3)
    with pytest.raises(NotImplementedError, match="positive weights alone"):
        sklearn(X, Y, 0.5, weights=-w)


# --------------------------------------------------------------------------------------------------------- the command line


@pytest.mark.slow
def test_on_the_command_line(call: Caller, file: str, tmp_path: Path) -> None:
    report, markdown = tmp_path / "R.html", tmp_path / "R.md"
    asked = ["check", "--kde", "--quick", "--seed-of-check", "3", "--sizes", "16", "--timeout", "20"]
    done = call(
        *asked, f"{file}:drops_far_points", "--only", "bandwidths", "--report", report, "--markdown", markdown, "--json"
    )
    assert done.code == 1
    record = done.json
    assert (record["verdict"], record["conventions"]["convention"]) == ("wrong", "kde")
    assert record["features"] == {"checked": ["weights"], "declined": []}
    assert record["not_offered"] == {"tolerance": "it has no rtol and atol"}
    assert "bandwidths/d=1/h=" in report.read_text()
    assert "is what rounding explains" in markdown.read_text()
    said = call(*asked, f"{file}:right", "--only", "shapes").out
    assert said.startswith("Conformant (only 'shapes')")
    assert "Checked with: weights of 1." in said
    assert "Left out, as it was quick: decisions above n = 64" in said
    stored = tmp_path / "R.json"
    stored.write_text(json.dumps(record))
    assert "bandwidths" in call("report", stored, "--markdown", "-").out


@pytest.mark.slow
def test_what_hangs_is_ended(call: Caller, file: str) -> None:
    done = call("check", "--kde", f"{file}:hangs", "--only", "shapes/*", "--timeout", "1", "--json")
    assert (done.code, done.json["verdict"]) == (1, "timeout")


def test_what_does_not_go_together(call: Caller, file: str) -> None:
    for options in (("--scale", "1/d"), ("--layout", "bhnd"), ("--convention", "sdpa")):
        assert "--kde says how a kernel sum is called" in call("check", "--kde", f"{file}:right", *options).refusal()
    assert "reads a file, of one head" in call("check", "--kde", "true {input} {output}").refusal()
    assert "kernel sums are checked in a process of ours" in call("check", "--convention", "kde", "--write", "x").refusal()
    assert "a kernel sum is a function" in call("check", "--kde", f"{file}:positional", "--quick").refusal()
    assert "matches no check" in call("check", "--kde", f"{file}:right", "--only", "visibility").refusal()
