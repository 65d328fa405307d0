"""Decisions on inputs that come from reductions: what a precision earns, planted faults, promises, counterexamples."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import inf, isfinite, log, nan, sqrt
from typing import Any

import numpy as np
import pytest

from hardlab.conformance import arithmetic
from hardlab.conformance.checks.decisions import decision, decisions, ends
from hardlab.conformance.checks.promises import promises, sampled
from hardlab.conformance.counterexample import Posed, repeated
from hardlab.conformance.ladder import LEMMA_MARGIN, MARGINS, SHAPES, Rung, ladder, rounded, worst
from hardlab.conformance.result import Result, Status
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Outcome
from hardlab.work.failure import Failure, FailureKind
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import Attention
from instances.vectors import GapHamming

Formula = Callable[[Floats, Floats, Floats, float], Floats]
SIZES = (16, 64)
DEFAULT = Conventions()


@dataclass(frozen=True)
class Toy:
    """A kernel in this process."""

    formula: Formula
    conventions: Conventions = DEFAULT
    promised: float | None = None
    name: str = "toy"

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return Answer(np.asarray(self.formula(Q, K, V, scale), dtype=np.float64), self.conventions.dtype, 0.0)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | None:
        return self.promised


@dataclass(frozen=True)
class Failing(Toy):
    """One whose calls come to nothing."""

    kind: FailureKind = "crashed"

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return Failure(self.kind, f"it {self.kind}")


def softmax(type_: type[np.floating] = np.float64) -> Formula:
    def formula(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        scores = (Q.astype(type_) @ K.astype(type_).T) * type_(scale)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (weights @ V.astype(type_)) / weights.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

    return formula


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


def statuses(results: Sequence[Result]) -> set[str]:
    return {result.status for result in results}


# ------------------------------------------------------------------------------------------------ the instances


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [2, 16, 65])
def test_worst_rows_are_at_the_thresholds(n: int, shape: tuple[int, int]) -> None:
    problem = worst(n, *shape)
    distances = np.array([problem.B.distances(row) for row in problem.A.words])
    assert problem.t2 - problem.t == shape[1]
    for row in distances[::2]:
        assert sorted(row) == [problem.t, *[shape[0]] * (n - 1)]
    assert (distances[1::2] == problem.t2).all()


@pytest.mark.parametrize(("n", "d", "gap"), [(1, 48, 4), (16, 4, 3), (16, 8, 0)])
def test_shapes_without_worst_rows_are_declined(n: int, d: int, gap: int) -> None:
    with pytest.raises(Declined, match="no worst rows"):
        worst(n, d, gap)


def test_every_rung_has_both_kinds_of_row_and_keeps_its_promise() -> None:
    """Truth is that of all distances; the exact outputs of the task agree, on its own side of each threshold."""
    names = []
    for rung in ladder((16,)):
        names.append(rung.name)
        assert 0 < rung.truth.sum() < len(rung.truth)
        assert rung.source.promised()
        try:
            task = rung.task("float64")
        except Declined:
            continue
        assert task.rows == len(rung.truth)
        assert [task.reaches((i,)) for i in task.counted] == rung.truth.tolist()
        assert [task.accepts((i,)) for i in task.counted] == rung.truth.tolist()
    assert len(set(names)) == len(names)


def test_the_ladder_has_three_axes() -> None:
    axes = [dict(rung.axes) for rung in ladder()]
    assert {axis["n"] for axis in axes} >= {16, 64, 256, 1024, 4096}
    assert {axis["R0"] for axis in axes} == {*MARGINS, LEMMA_MARGIN}
    spreads = {round(float(axis["B"]), 1) for axis in axes if axis["construction"] == "T5" and axis["family"] == "worst"}
    assert min(spreads) < 2
    assert max(spreads) > 10
    assert [rung.n for rung in ladder((32,), (2.0,), ((24, 2),)) if rung.family == "worst"] == [32] * 3


def test_B_is_the_one_of_the_construction() -> None:
    from reductions.edges.hamming_attention import HammingAttention

    rung = Rung("T5", "worst", 64, 4.0, (48, 4))
    B = HammingAttention(4.0).constants(rung.source.size)["B"]
    assert rung.relative_B() == pytest.approx(B / sqrt(log(64)), rel=1e-12)


@pytest.mark.parametrize("scale", ["1", "1/d", "1/sqrt(d)"])
def test_a_built_in_scale_changes_no_output(scale: str) -> None:
    task = Rung("T5", "planted-ov", 16, 4.0).task("float64")
    given = rounded(task, Conventions(scale))  # type: ignore[arg-type]
    assert given.inputs.scale == Conventions(scale).built_in(task.inputs.d)  # type: ignore[arg-type]
    for row in task.counted:
        assert float(given.output(row)) == pytest.approx(float(task.output(row)), abs=1e-9)


def test_thresholds_that_the_dtype_does_not_hold_are_skipped() -> None:
    rung = Rung("lemma-4.7", "worst", 16, LEMMA_MARGIN, (192, 1))
    found = decision(Toy(softmax()), rung)
    assert found.status == "skipped"
    assert "10^-" in found.reason


# ------------------------------------------------------------------------------------------------ what precisions earn


def test_float64_decides_every_rung_up_to_4096() -> None:
    results = checked(softmax(), sizes=(16, 4096))
    assert statuses(results) == {"passed", "skipped"}
    for result in results:
        if result.status == "passed":
            assert result.delivered is not None
            assert result.demanded is not None
            assert result.delivered < 1e-9 * max(1, result.demanded)
    table = ends(results)
    assert {(end["construction"], end["R0"]) for end in table} >= {("T5", R0) for R0 in MARGINS}
    for end in table:
        assert (end["n"], end["fails"]) == (4096, None)
        assert end["passed"] == end["rungs"]


@pytest.mark.parametrize("scale", ["argument", "1/d", "1/sqrt(d)", "1"])
def test_float32_is_right_under_every_convention(scale: str) -> None:
    results = checked(softmax(np.float32), "float32", (16, 64), scale=scale)
    assert statuses(results) <= {"passed", "skipped", "beyond"}
    assert sum(result.status == "passed" for result in results) > 0.8 * len(results)


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


# ------------------------------------------------------------------------------------------------ planted faults


def sampling_keys(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    """Right where softmax is flat: 64 keys stand for all."""
    kept = np.random.default_rng(0).permutation(len(K))[:64]
    return softmax()(Q, K[kept], V[kept], scale)


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


def not_a_number(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.full((len(Q), V.shape[1]), nan)


def wrong_scale(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return softmax()(Q, K, V, scale / 2)


FAULTS = [sampling_keys, largest_keys, without_the_last_block, mean_of_values, shifted_rows, not_a_number, wrong_scale]


@pytest.mark.parametrize("rung", [Rung("T5", family, 256, 1.05) for family in ("random-ov", "planted-ov")], ids=str)
def test_a_careful_kernel_with_the_root_of_the_scale_in_both_is_not_accused(rung: Rung) -> None:
    assert decision(Toy(root_in_both, Conventions(dtype="bfloat16")), rung).status in ("passed", "beyond")


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


# ------------------------------------------------------------------------------------------------ promises


def test_a_promise_kept() -> None:
    results = list(promises(Toy(softmax(), promised=1e-9)))
    assert statuses(results) == {"passed"}
    assert {result.name.split("/")[1] for result in results} == {"gaussian", "T5", "sink", "lemma-4.7"}
    assert all(result.delivered is not None and result.delivered <= 1e-9 for result in results)


@pytest.mark.parametrize("promised", [1e-18, nan, -1.0])
def test_a_promise_broken(promised: float) -> None:
    assert "wrong" in statuses(list(promises(Toy(softmax(np.float32), promised=promised))))


def test_a_promise_that_only_reductions_break() -> None:
    """Right to 0.5 where softmax is flat."""
    results = list(promises(Toy(sampling_keys, promised=1.5)))
    assert {result.status for result in results if "gaussian/n=64" in result.name} == {"passed"}
    assert "wrong" in {result.status for result in results if "worst" in result.name}


def test_an_output_that_is_no_number_breaks_every_promise() -> None:
    results = list(promises(Toy(not_a_number, promised=1e300)))
    assert statuses(results) == {"wrong"}
    assert not any(isfinite(result.delivered or 0) for result in results)


@pytest.mark.parametrize("promised", [None, inf])
def test_no_promise_is_not_checked(promised: float | None) -> None:
    assert statuses(list(promises(Toy(not_a_number, promised=promised), list(sampled())[:2]))) == {"skipped"}
