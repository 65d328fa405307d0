"""Decisions on inputs that come from reductions: what a precision earns, planted faults, counterexamples."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from hardlab.conformance import arithmetic
from hardlab.conformance.checks.decisions import decision, decisions, ends
from hardlab.conformance.checks.promises import promises
from hardlab.conformance.counterexample import Posed, repeated
from hardlab.conformance.ladder import MARGINS, SHAPES, Rung, ladder
from hardlab.conformance.result import Result, Status
from hardlab.kernels.kernel import Conventions, Dtype, Outcome
from hardlab.work.failure import Failure, FailureKind
from instances.coded import Floats
from instances.faults import BadInput
from instances.task import Attention
from instances.vectors import GapHamming
from tests.support.formulas import Formula, Toy, not_a_number, sampling_keys, softmax, statuses

SIZES = (16, 64)


@dataclass(frozen=True)
class Failing(Toy):
    """One whose calls come to nothing."""

    kind: FailureKind = "crashed"

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return Failure(self.kind, f"it {self.kind}")


def rounding(dtype: Dtype, everywhere: bool) -> Formula:
    """Weights rounded to the dtype after a sum in float32 or better; with `everywhere` the scores and scaled scores as well."""

    def rounded(X: Floats) -> Floats:
        return arithmetic.representable(X, dtype)

    def formula(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        scores = rounded(rounded(Q @ K.T) * scale) if everywhere else Q @ K.T * scale
        weights = rounded(np.exp(scores - scores.max(axis=1, keepdims=True)))
        return rounded((weights @ V) / weights.sum(axis=1, keepdims=True))

    return formula


def checked(formula: Formula, dtype: Dtype = "float64", sizes: Sequence[int] = SIZES, **how: str) -> list[Result]:
    return list(decisions(Toy(formula, Conventions(dtype=dtype, **how)), ladder(sizes)))  # type: ignore[arg-type]


# ------------------------------------------------------------------------------------------------ what precisions earn


@pytest.mark.slow
@pytest.mark.parametrize("n", [1024, pytest.param(4096, marks=pytest.mark.exhaustive)])
def test_float64_decides_every_rung(n: int) -> None:
    results = checked(softmax(), sizes=(16, n))
    assert statuses(results) == {"passed", "skipped"}
    for result in results:
        if result.status == "passed":
            assert result.delivered is not None
            assert result.demanded is not None
            assert result.delivered < 1e-9 * max(1, result.demanded)
            assert "moved the exact outputs" not in result.reason
    table = ends(results)
    assert {(end["construction"], end["R0"]) for end in table} >= {("T5", R0) for R0 in MARGINS}
    for end in table:
        assert (end["n"], end["fails"]) == (n, None)
        assert end["passed"] == end["rungs"]


@pytest.mark.slow
@pytest.mark.parametrize("scale", ["argument", "1/d", "1/sqrt(d)", "1"])
def test_float32_is_right_under_every_convention(scale: str) -> None:
    results = checked(softmax(np.float32), "float32", (16, 64), scale=scale)
    assert statuses(results) <= {"passed", "skipped", "beyond"}
    assert sum(result.status == "passed" for result in results) > 0.8 * len(results)


@pytest.mark.slow
@pytest.mark.parametrize("everywhere", [True, False])
@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_sixteen_bits_end_at_small_margins_and_are_not_wrong(dtype: Dtype, everywhere: bool) -> None:
    results = checked(rounding(dtype, everywhere), dtype)
    assert statuses(results) <= {"passed", "skipped", "beyond"}
    by_margin = {R0: [r for r in results if dict(r.axes)["R0"] == R0 and r.status != "skipped"] for R0 in MARGINS}
    lost = {R0: sum(r.status == "beyond" for r in found) for R0, found in by_margin.items()}
    assert lost[16.0] == 0
    assert lost[1.05] > 0
    if dtype == "bfloat16":
        assert sum(lost[R0] for R0 in (1.5, 2.0)) > 0
    table: dict[tuple[str, float], Any] = {(end["construction"], end["R0"]): end for end in ends(results)}
    assert table["T5", 16.0]["fails"] is None
    assert table["T5", 1.05]["fails"] is not None
    assert table["T5", 1.05]["B"] < table["T5", 16.0]["B"]


def test_ends_are_where_everything_below_passed() -> None:
    def result(n: float, B: float, status: Status) -> Result:
        axes = (("n", n), ("B", B), ("R0", 2.0), ("family", "worst"), ("construction", "T5"))
        return Result(f"{n:g}/{B:g}", status, "", axes=axes)

    found = [result(16, 1, "passed"), result(16, 5, "beyond"), result(64, 2, "passed"), result(64, 6, "passed")]
    (end,) = ends([*found, result(16, 0.5, "skipped"), result(16, 0.5, "declined")])
    assert (end["n"], end["B"], end["fails"], end["rungs"], end["passed"]) == (None, 2, "16/5", 4, 3)
    (end,) = ends([result(16, 5, "passed"), result(64, 1, "wrong")])
    assert (end["n"], end["B"]) == (16, None)
    assert ends([]) == []


def largest_keys(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    kept = np.argsort(-np.linalg.norm(K, axis=1), kind="stable")[:32]
    return softmax()(Q, K[kept], V[kept], scale)


def root_in_both(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    """The root of the scale in Q and in K, rounded to bfloat16: as careful as any."""
    q, k = (arithmetic.representable(X * scale**0.5, "bfloat16") for X in (Q, K))
    return rounding("bfloat16", everywhere=False)(q, k, V, 1.0)


def without_the_last_block(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    kept = slice(0, len(K) // 16 * 16)
    return softmax()(Q, K[kept], V[kept], scale)


def mean_of_values(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.tile(V.mean(axis=0), (len(Q), 1))


def shifted_rows(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.roll(softmax()(Q, K, V, scale), 1, axis=0)


def wrong_scale(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return softmax()(Q, K, V, scale / 2)


FAULTS = [sampling_keys, largest_keys, without_the_last_block, mean_of_values, shifted_rows, not_a_number, wrong_scale]


@pytest.mark.parametrize("rung", [Rung("T5", family, 256, 1.05) for family in ("random-ov", "planted-ov")], ids=str)
def test_a_careful_kernel_with_the_root_of_the_scale_in_both_is_not_accused(rung: Rung) -> None:
    assert decision(Toy(root_in_both, Conventions(dtype="bfloat16")), rung).status in ("passed", "beyond")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
def test_an_output_that_is_no_number_is_never_beyond_the_precision(dtype: Dtype) -> None:
    """In some rows only, on rungs that the precision does not keep. (In float16 a score may overflow, and then it may be.)"""

    def sometimes(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        output = softmax()(Q, K, V, scale)
        output[::3] = nan
        return output

    results = checked(sometimes, dtype, (16, 64))
    assert "wrong" in statuses(results)
    assert "beyond" not in {result.status for result in results if result.delivered == inf}


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float64", "float32", "bfloat16"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_wrong_and_its_counterexamples_hold(fault: Formula, dtype: Dtype) -> None:
    kernel = Toy(fault, Conventions(dtype=dtype))
    results = [decision(kernel, rung) for rung in ladder((128,), (16.0,), SHAPES[1:2])]
    wrong = [result for result in results if result.status == "wrong"]
    assert wrong
    for result in wrong[:: max(1, len(wrong) // 4)]:
        counterexample = json.loads(json.dumps(result.counterexample, allow_nan=False))
        assert len(json.dumps(counterexample)) < 2000
        blame = repeated(counterexample)
        assert blame.holds
        assert blame.margin == counterexample["margin"] > 0
        assert all(result.counterexample is None for result in results if result.status != "wrong")


def test_a_kernel_that_is_right_on_gaussian_inputs_is_wrong_here() -> None:
    rng = np.random.default_rng(5)
    Q, K, V = (rng.standard_normal((4096, 16)) for _ in range(3))
    apart = np.abs(sampling_keys(Q[:9] / 4, K, V, 0.1) - softmax()(Q[:9] / 4, K, V, 0.1)).max()
    assert apart < 0.5
    found = decision(Toy(sampling_keys), Rung("T5", "worst", 256, 16.0, (48, 4)))
    assert found.status == "wrong"
    assert "128 of 128 YES and 0 of 128 NO rows are wrong" in found.reason


def one_wrong() -> dict[str, Any]:
    found = decision(Toy(shifted_rows), Rung("T5", "worst", 16, 4.0, (48, 4)))
    assert found.counterexample is not None
    return found.counterexample


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"task": "0" * 64}, "another task"),
        ({"place": 99}, "counted rows"),
        ({"output": 0.0, "place": -1}, "counted rows"),
        ({"dtype": "int8"}, "dtype"),
        ({"rung": {}}, "no counterexample"),
        ({"rung": None}, "no counterexample"),
        ({"output": "many"}, "no counterexample"),
    ],
)
def test_what_is_no_counterexample_is_refused(change: dict[str, object], match: str) -> None:
    with pytest.raises(BadInput, match=match):
        repeated({**one_wrong(), **change})


@pytest.mark.parametrize(("part", "value"), [("R0", 10**400), ("shape", []), ("n", 10**6), ("family", "x")])
def test_a_counterexample_of_odd_numbers_is_refused(part: str, value: object) -> None:
    given = one_wrong()
    with pytest.raises(BadInput):
        repeated({**given, "rung": {**given["rung"], part: value}})


def test_a_counterexample_from_other_vectors_is_refused() -> None:
    given = one_wrong()
    with pytest.raises(BadInput, match="another task"):
        repeated({**given, "source": {**given["source"], "t": 3}})


def test_a_right_output_is_no_counterexample() -> None:
    given = one_wrong()
    with pytest.raises(BadInput, match="right side"):
        repeated({**given, "output": given["exact"]})


def test_rows_that_the_representation_pushed_over_are_beyond() -> None:
    """The exact answer to the rounded inputs is on the wrong side: nobody is to blame."""
    rung = Rung("T5", "worst", 64, 4.0, (48, 4))
    posed = Posed.of(rung, Conventions())
    Q = posed.task.inputs.queries(slice(None)).copy()
    Q[[0, 1]] = Q[[1, 0]]
    K, inputs = posed.task.inputs.keys(slice(None)), posed.task.inputs
    pushed = replace(posed, task=replace(posed.task, inputs=Attention(Q, K, inputs.V, inputs.scale)), _known={})
    outputs = softmax()(Q, K, inputs.V, inputs.scale)[:, 0]
    assert pushed.wrong(outputs).tolist() == [0, 1]
    blames = pushed.blames([0, 1], outputs[:2].tolist())
    assert not any(blame.holds for blame in blames)
    assert all(blame.margin < 0 for blame in blames)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("crashed", "crashed"),
        ("memory", "crashed"),
        ("raised", "crashed"),
        ("timeout", "timeout"),
        ("declined", "declined"),
        ("shape", "wrong"),
    ],
)
def test_calls_without_an_output(kind: FailureKind, status: str) -> None:
    kernel = Failing(softmax(), kind=kind, promised=1.0)
    found = decision(kernel, Rung("sink", "worst", 16, 4.0, (48, 4)))
    assert (found.status, found.reason) == (status, f"{kind}: it {kind}")
    assert ends([found]) == [] or status != "declined"
    assert statuses(list(promises(kernel, []))) == {status}


def test_instances_come_from_the_vectors_alone() -> None:
    source = Rung("T5", "random-sat", 64, 4.0).source
    assert isinstance(source, GapHamming)
    assert Rung("sink", "random-sat", 64, 16.0).source == source
