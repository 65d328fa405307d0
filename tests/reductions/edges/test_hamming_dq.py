"""dQ decides: every law, the numbers of a second implementation, the error tolerated to the last, and faults, each caught."""

from typing import Any

import numpy as np
import pytest

from attention import Backward
from instances.bits import BitMatrix
from instances.faults import BadInput
from instances.law import LawBroken
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions import laws
from reductions.edges.hamming_dq import HammingDq
from solvers.laws import agrees_with_exhaustion, answers_every_row
from solvers.threshold import Threshold
from tests.reductions.test_laws import Faulty as FaultyEdge
from tests.reductions.test_laws import constants_of, hammings
from tests.support.differentiated import Faulty, seen
from tests.support.fixtures import fixture, floats
from tests.support.gradient_edges import NO, YES, Off, as_planted, entries, given, planted

FORMS = ("pairs", "single")
EDGES = [HammingDq(form=form, shift=s, causal=causal) for form in FORMS for s in (0, 1, -1) for causal in (False, True)]  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_every_law(edge: HammingDq) -> None:
    counts = laws.laws(edge, hammings()[:: 12 if edge.causal or edge.shift else 4] + hammings()[-6:])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


@pytest.mark.parametrize(("name", "edge", "sign"), [("e_q1", HammingDq(form="single"), -1), ("e_q2", HammingDq(), 1)])
def test_the_arrays_and_entries_of_the_second_implementation(name: str, edge: HammingDq, sign: int) -> None:
    problem, inputs, expected = given(name)
    task = edge.apply(problem)
    of = task.inputs
    for mine, theirs in ((of.queries(slice(None)), "Q"), (of.keys(slice(None)), "K"), (of.V, "V"), (sign * of.dO, "dO")):
        assert np.allclose(mine, floats(inputs[theirs]), rtol=1e-14, atol=0), theirs
    assert of.scale == pytest.approx(float(inputs["constants"]["scale"]))
    unit = edge.constants(problem.size)["unit"]
    assert unit == pytest.approx(float(inputs["unit"]), rel=1e-14)
    assert of.column == inputs["probe_column"]
    assert entries(task) == pytest.approx(sign * floats(expected["dQ_at_probe"]), rel=1e-12)
    assert [float(task.output(i)) for i in range(4)] == pytest.approx(sign * floats(expected["dQ_at_probe"]), rel=1e-12)
    bounds = sorted(sign * unit * float(expected[key]) for key in ("low", "high"))
    assert (task.low, task.high) == pytest.approx(bounds, rel=1e-5)
    assert ["YES" if task.reaches((i,)) else "NO" for i in range(4)] == expected["decision"]


@pytest.mark.parametrize(("form", "shift"), [("single", 1), ("single", -1), ("pairs", 1), ("pairs", -1)])
def test_the_shift_trap_of_the_second_implementation(form: Any, shift: int) -> None:
    """A dropped delta is off by one unit in every row, one way or the other."""
    problem, _, _ = given("e_q1")
    _, faults = fixture("faults_e_backward")
    expected = faults["faults"][f"{'Q1' if form == 'single' else 'Q2'} shift trap, unit scale B^3/4"][f"s={shift}"]
    edge, sign = HammingDq(form=form, shift=shift), -1 if form == "single" else 1
    task, unit = edge.apply(problem), edge.constants(problem.size)["unit"]
    for mine, theirs in ((task.inputs.keys(slice(None)), "K"), (task.inputs.V, "V")):
        assert np.allclose(mine, floats(expected[theirs]), rtol=1e-14, atol=0)
    assert sign * entries(task) / unit == pytest.approx(floats(expected["values_right"]), rel=1e-12)
    wrong = sign * entries(task, Faulty("delta dropped")) / unit
    assert wrong == pytest.approx(floats(expected["values_delta_dropped"]), rel=1e-9)


def test_the_triangular_layout_of_the_second_implementation() -> None:
    """The first head, and what masks of the backward pass that are one off, or two, make of it."""
    inputs, expected = fixture("e_q2_triangular")
    problem = GapHamming(BitMatrix.of(inputs["A"]), BitMatrix.of(inputs["B"]), 1, 2)
    for R0 in (3, 16):
        edge, said = HammingDq(R0=float(R0), causal=True), expected[f"R0={R0}"]
        task, unit = edge.apply(problem), edge.constants(problem.size)["unit"]
        assert task.counted[:4] == inputs["instances"][f"R0={R0}"]["read_rows"]
        assert entries(task)[:4] / unit == pytest.approx(floats(said["values"]), rel=1e-10)
        n = task.inputs.n
        place = np.arange(n) % (n // 2)
        head = np.arange(n) // (n // 2)
        same = head[:, None] == head
        wrongs = {
            "strict": place < place[:, None],
            "one too wide": place <= place[:, None] + 1,
            "two too narrow": place <= place[:, None] - 2,
            "no mask": np.ones((n, n), dtype=np.bool_),
            "transposed": place >= place[:, None],
        }
        for name, mask in wrongs.items():
            found = entries(task, Faulty("mask of the backward pass", same & mask))[:4] / unit
            assert found == pytest.approx(floats(said["backward_mask"][name]["values"]), rel=1e-8, abs=1e-12), name


@pytest.mark.parametrize("R0", [1.05, 2.0, 16.0])
@pytest.mark.parametrize("form", FORMS)
def test_worst_rows_are_at_the_thresholds(form: Any, R0: float) -> None:
    """One key at t and the rest at d; all keys at t2."""
    edge = HammingDq(R0, form)
    yes, no = YES, NO
    constants, root = edge.constants(yes.size), R0**0.5
    least = (root - 1) / (root + 1) if form == "pairs" else -1 / (root + 1)
    most = -(root - 1) / (root + 1) if form == "pairs" else -root / (root + 1)
    assert float(edge.apply(no).output(0)) == pytest.approx(constants["unit"] * most, rel=1e-12)
    reached = float(edge.apply(yes).output(0))
    assert constants["unit"] * least <= reached * (1 + 1e-12 * np.sign(reached))
    assert edge.apply(yes).additive.value == pytest.approx(constants["unit"] * (least - most) / 2, rel=1e-5)


@pytest.mark.parametrize("edge", EDGES[::2], ids=lambda edge: edge.spelled)
def test_the_error_stated_is_tolerated(edge: HammingDq) -> None:
    for problem in hammings()[-4:]:
        task = edge.apply(problem)
        right = Threshold(Backward()).solve(task)
        assert Threshold(Off(0.99 * task.additive.value, task)).solve(task).verdict is right.verdict


def test_it_is_decided() -> None:
    for edge in EDGES[:4]:
        agrees_with_exhaustion(Threshold(Backward()), [edge.apply(problem) for problem in hammings()[-40:]])


CAUGHT = [
    ("delta dropped", HammingDq(shift=1)),
    ("delta dropped", HammingDq(shift=-1)),
    ("delta dropped", HammingDq(form="single", shift=1)),
    ("delta dropped", HammingDq(form="single", shift=-1, causal=True)),
    ("scale dropped", HammingDq(form="single")),
    ("row dropped", HammingDq()),
    ("exchanged", HammingDq()),
    ("exchanged", HammingDq(form="single")),
    ("mask dropped", HammingDq(causal=True)),
    ("mask dropped", HammingDq(form="single", causal=True)),
    ("mask of the backward pass", HammingDq(causal=True)),
]


@pytest.mark.parametrize(("fault", "edge"), CAUGHT, ids=lambda value: getattr(value, "spelled", value))
def test_a_wrong_gradient_is_caught(fault: str, edge: HammingDq) -> None:
    tasks = [edge.apply(problem) for problem in (*as_planted(), *hammings()[-6:])]
    answers_every_row(Faulty(), tasks)
    with pytest.raises(LawBroken) as broken:
        answers_every_row(Faulty(fault), tasks)
    assert "vacuous" not in str(broken.value)


def test_what_balanced_forms_do_not_see() -> None:
    """A dropped delta without the shift; a factor, where the sign decides."""
    for fault, edge in (
        ("delta dropped", HammingDq()),
        ("delta dropped", HammingDq(form="single")),
        ("scale dropped", HammingDq()),
    ):
        answers_every_row(Faulty(fault), [edge.apply(problem) for problem in as_planted()])


def test_a_mask_one_token_off_hides_half_a_pair() -> None:
    """Strict: no YES row falls once R0 >= 4, but some do below; one more: the other way round."""
    for R0, name in ((16.0, "wide"), (1.5, "strict")):
        tasks = [HammingDq(R0, causal=True).apply(problem) for problem in as_planted()]
        n = tasks[0].inputs.n
        place = np.arange(n)
        shown = place <= place[:, None] + 1 if name == "wide" else place < place[:, None]
        mask = shown & seen_in_heads(n)
        with pytest.raises(LawBroken):
            answers_every_row(Faulty("mask of the backward pass", mask), tasks)
    right = seen(HammingDq(causal=True).apply(planted(0)).inputs)
    assert np.array_equal(right, (np.arange(n) <= np.arange(n)[:, None]) & seen_in_heads(n))


def seen_in_heads(n: int) -> Any:
    head = np.arange(n) // (n // 2)
    return head[:, None] == head


def test_a_law_catches_wrong_constants() -> None:
    reduction = HammingDq()
    for fault in (
        constants_of(HammingDq(), eta=1.01),
        FaultyEdge(reduction, {"back": lambda p, w: (w[0] + 1, 0)}),
        FaultyEdge(HammingDq(causal=True), {"apply": HammingDq().apply}),
    ):
        with pytest.raises(LawBroken) as broken:
            laws.laws(fault, hammings()[-6:])  # type: ignore[arg-type]
        assert "vacuous" not in str(broken.value)


def test_rows_of_the_causal_form_see_what_they_should() -> None:
    task = HammingDq(causal=True).apply(planted(0))
    assert task.inputs.mechanism.sees == Visibility(right=0, heads=(1, 2, 2))
    assert task.size == HammingDq(causal=True).size(planted(0).size)


@pytest.mark.parametrize(("given", "said"), [({"R0": 1.0}, "R0"), ({"form": "triples"}, "form"), ({"shift": 2}, "shift")])
def test_what_it_does_not_take_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        HammingDq(**given)
