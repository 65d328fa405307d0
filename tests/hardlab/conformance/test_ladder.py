"""The ladder of inputs from reductions: rows at the thresholds, promises kept, scales that change nothing."""

from math import log, sqrt

import numpy as np
import pytest

from hardlab.conformance.checks.decisions import decision
from hardlab.conformance.ladder import LEMMA_MARGIN, MARGINS, SHAPES, Rung, ladder, rounded, worst
from hardlab.kernels.kernel import Conventions
from instances.faults import Declined
from instances.task import Attention, AttentionTask
from tests.support.formulas import Toy, softmax

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


def test_the_least_worst_rows() -> None:
    """Each limit met: two rows, a gap of 1, t = 0, and 2 t2 = d + t."""
    problem = worst(2, 4, 2)
    assert (problem.t, problem.t2, problem.A.n) == (0, 2, 2)
    assert [sorted(problem.B.distances(row)) for row in problem.A.words] == [[0, 4], [2, 2]]
    assert (worst(2, 5, 1).t, worst(2, 5, 1).t2) == (1, 2)


@pytest.mark.parametrize(("n", "d", "gap"), [(1, 48, 4), (16, 4, 3), (16, 8, 0), (16, 2, 2), (16, 4, 4)])
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


@pytest.mark.slow
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


def test_what_is_left_out_of_large_ones() -> None:
    """Above n = 256 the last shape, above 1024 all but one, and families of formulas and vectors."""
    rungs = list(ladder((256, 257, 1024, 1025)))
    for n, shapes, families in (
        (256, set(SHAPES), True),
        (257, set(SHAPES[:3]), True),
        (1024, set(SHAPES[:3]), True),
        (1025, set(SHAPES[1:2]), False),
    ):
        of = [rung for rung in rungs if rung.n == n]
        assert {rung.shape for rung in of if rung.family == "worst"} == shapes
        assert any(rung.family != "worst" for rung in of) is families


@pytest.mark.parametrize("scale", ["1", "1/d", "1/sqrt(d)"])
def test_queries_take_what_a_built_in_scale_lacks(scale: str) -> None:
    """Of rows that are not coded, as of those of a reduction."""
    rng = np.random.default_rng(0)
    Q, K, V = rng.normal(size=(3, 4)), rng.normal(size=(5, 4)), rng.uniform(size=(5, 1))
    conventions = Conventions(scale)  # type: ignore[arg-type]
    given = rounded(AttentionTask(Attention(Q, K, V, 0.3), 0.1, 0.9, 3), conventions).inputs
    assert given.scale == conventions.built_in(4)
    assert np.allclose(np.asarray(given.Q) * given.scale, 0.3 * Q, rtol=1e-6)
    assert np.allclose(np.asarray(given.K), K, rtol=1e-6)
