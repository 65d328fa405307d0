"""Wrong rows: when a kernel is to blame, which rows are compared, and objects that describe none."""

from dataclasses import replace
from functools import cache
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from attention.exact.certified import certified_row
from hardlab.conformance import arithmetic
from hardlab.conformance.counterexample import KIND, Blame, Posed, _presentations, repeated, spread
from hardlab.conformance.ladder import LARGEST_N, Rung
from hardlab.kernels.kernel import Conventions, Dtype
from instances.faults import BadInput

WORST = Rung("T5", "worst", 16, 1.5, (48, 4))


@cache
def posed(dtype: Dtype = "float32", n: int = 16) -> Posed:
    return Posed.of(replace(WORST, n=n), Conventions(dtype=dtype))


@pytest.mark.parametrize(
    ("bound", "reference", "finite", "margin", "holds"),
    [
        (0.5, 9.0, True, 1.0, True), (1.0, 9.0, True, 1.0, False), (9.0, 0.49, True, 1.0, True), (9.0, 0.5, True, 1.0, False),
        (9.0, 9.0, False, 1.0, True), (inf, 9.0, False, 1.0, False), (inf, 0.1, False, 1.0, True), (inf, inf, True, 1.0, False),
        (0.1, 0.1, True, -1.0, False), (9.0, 9.0, True, 1.0, False),
    ],
)  # fmt: skip
def test_who_is_to_blame(bound: float, reference: float, finite: bool, margin: float, holds: bool) -> None:
    assert Blame(0, margin, bound, reference, finite).holds is holds


@pytest.mark.parametrize(
    ("count", "most", "chosen"),
    [(10, 4, [0, 3, 6, 9]), (3, 4, [0, 1, 2]), (4, 4, [0, 1, 2, 3]), (1, 4, [0]), (0, 4, []), (9, 2, [0, 8]), (5, 1, [0])],
)
def test_places_are_spread_evenly(count: int, most: int, chosen: list[int]) -> None:
    found = spread(100 + np.arange(count), most)
    assert found == [100 + place for place in chosen]
    assert all(type(place) is int for place in found)


def test_sides_and_margins() -> None:
    of = posed()
    assert 0 < of.truth.sum() < of.task.rows
    assert of.midpoint == (of.task.low + of.task.high) / 2
    for place in range(of.task.rows):
        exact = certified_row(of.task.inputs, of.task.counted[place])[0]
        assert of.exact(place) == exact
        assert (exact > of.midpoint) == of.truth[place]
        assert of.margin(place) == pytest.approx(abs(exact - of.midpoint))
        assert of.error(place, exact + 0.25) == pytest.approx(0.25)
        assert of.error(place, nan) == of.error(place, inf) == inf
    outputs = np.where(of.truth, of.midpoint + 1, of.midpoint - 1)
    assert of.wrong(outputs).tolist() == []
    outputs[[2, 5, 7]] = nan, of.midpoint, 2 * of.midpoint - outputs[7]
    assert of.wrong(outputs).tolist() == [2, 5, 7]


def test_small_tasks_are_compared_in_all_rows_and_larger_ones_in_some() -> None:
    assert posed(n=64).sample == list(range(64))
    large = Posed.of(Rung("T5", "random-ov", 256, 1.5), Conventions(dtype="float32"))
    assert large.task.rows > 64
    yes, no = np.flatnonzero(large.truth), np.flatnonzero(~large.truth)
    for kind in (yes, no):
        chosen = [place for place in large.sample if place in kind]
        assert len(chosen) == min(4, len(kind))
        assert not chosen or (chosen[0], chosen[-1]) == (kind[0], kind[-1])
    assert large.sample == sorted(large.sample[: min(4, len(yes))]) + sorted(large.sample[min(4, len(yes)) :])


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_the_precision_could_do(dtype: Dtype) -> None:
    """The bound of the row; the largest error of the reference over it and the sample, in all presentations."""
    of = posed(dtype)
    places, outputs = [3, 0], [of.midpoint, nan]
    found = of.blames(places, outputs)
    inputs = of.task.inputs
    bounds = arithmetic.bound(inputs, dtype)[of.task.counted[: of.task.rows], 0]
    runs = [arithmetic.reference(same, dtype)[:, 0] for same in _presentations(inputs, dtype)]
    exact = np.array([of.exact(place) for place in range(of.task.rows)])
    errors = np.abs(np.array(runs)[:, list(of.task.counted)] - exact)
    for place, output, blame in zip(places, outputs, found, strict=True):
        assert (blame.place, blame.finite) == (place, output == output)
        assert blame.margin == of.margin(place)
        assert blame.bound == pytest.approx(bounds[place])
        assert blame.reference == pytest.approx(errors.max())


@pytest.mark.parametrize("scale", [0.125, -0.25])
def test_presentations_are_of_the_same_scores(scale: float) -> None:
    inputs = replace_scale(scale)
    scores = scale * np.asarray(inputs.Q) @ np.asarray(inputs.K).T
    found = list(_presentations(inputs, "float16"))
    assert len(found) == 1 + 3 * 5
    assert found[0] is inputs
    steps = [0.0, *(step * 2.0**-11 for step in (0.0, 0.5, -0.5, 1.0, -1.0) for _ in range(3))]
    for same, step in zip(found, steps, strict=True):
        given = same.scale * np.asarray(same.Q) @ np.asarray(same.K).T
        np.testing.assert_allclose(given, scores * (1 + step), rtol=1e-13, atol=1e-15)
        assert same.V is inputs.V or (same.V == inputs.V).all()
    roots = found[3]
    np.testing.assert_array_equal(np.abs(np.asarray(roots.Q)), np.abs(np.asarray(inputs.Q)) * np.sqrt(abs(scale)))
    assert {same.scale for same in found[1:]} == {1.0}


def replace_scale(scale: float) -> Any:
    random = np.random.default_rng(1)
    return type(posed().task.inputs)(random.normal(size=(3, 4)), random.normal(size=(5, 4)), random.normal(size=(5, 1)), scale)


def record(place: int = 3, output: float | None = None, **others: Any) -> dict[str, Any]:
    of = posed()
    output = 2 * of.midpoint - of.exact(place) if output is None else output
    [blame] = of.blames([place], [output])
    return {**of.counterexample(blame, output), **others}


def test_an_object_that_anybody_can_ask_again() -> None:
    of, given = posed(), record()
    assert given["kind"] == KIND
    assert given["rung"] == {"construction": "T5", "family": "worst", "n": 16, "R0": 1.5, "shape": [48, 4], "seed": 0}
    assert (given["dtype"], given["scale"], given["task"]) == ("float32", "argument", of.task.identity)
    assert (given["place"], given["row"], given["low"], given["high"]) == (3, of.task.counted[3], of.task.low, of.task.high)
    assert given["truth"] == ("YES" if of.truth[3] else "NO")
    source = of.rung.source
    assert given["distance"] == min(int((one != other).sum()) for one in source.A.bools()[3:4] for other in source.B.bools())
    assert given["source"] == {"d": 48, "t": source.t, "t2": source.t2}
    [blame] = of.blames([3], [given["output"]])
    assert repeated(given) == blame
    assert record(output=nan)["output"] == "nan"
    assert repeated(record(output=nan)).finite is False


RUNG: dict[str, Any] = {"construction": "T5", "family": "worst", "n": 16, "R0": 1.5, "shape": [48, 4], "seed": 0}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rung": {}}, "this is no counterexample of a decision: KeyError"),
        ({"scale": "half"}, "scale = 'half'"),
        ({"place": "x"}, "no counterexample of a decision: ValueError"),
        ({"place": inf}, "no counterexample of a decision: OverflowError"),
        ({"rung": {**RUNG, "construction": "T6"}}, "there is no construction 'T6' on a family 'worst'"),
        ({"rung": {**RUNG, "family": "best"}}, "there is no construction 'T5' on a family 'best'"),
        ({"rung": {**RUNG, "n": 1}}, f"n = 1: a counterexample has 2 <= n <= {LARGEST_N}"),
        ({"rung": {**RUNG, "n": LARGEST_N + 1}}, f"n = {LARGEST_N + 1}: a counterexample has"),
        ({"rung": {**RUNG, "shape": [48]}}, "no counterexample of a decision: IndexError"),
        ({"task": "0"}, "has another task than the one of the counterexample"),
        ({"source": {"d": 48}}, "has another task than the one of the counterexample"),
        ({"place": -1}, "place = -1: the task has 16 counted rows"),
        ({"place": 16}, "place = 16: the task has 16 counted rows"),
    ],
)
def test_objects_that_describe_none(change: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput) as caught:
        repeated(record() | change)
    assert said in str(caught.value)


def test_an_output_that_is_right_is_none() -> None:
    for place in (0, 15):
        with pytest.raises(BadInput, match="is on the right side of"):
            repeated(record(place, posed().exact(place)))
