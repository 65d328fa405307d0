"""ALiBi: every law on all tiny instances, the numbers of a second implementation, and wrong slopes caught."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import AttentionTask
from instances.vectors import GapHamming
from reductions.edges.hamming_alibi import HammingAlibi
from reductions.edges.hamming_causal import HammingCausal
from tests.reductions.test_laws import Faulty
from tests.support.fixtures import fixture
from tests.support.hammings import (
    assert_every_law,
    assert_pairs_are_priced,
    caught,
    decisions,
    off,
    outputs,
    planted,
    seeing,
    tiny_hammings,
)

EDGES = [HammingAlibi(), HammingAlibi(slope=8.0), HammingAlibi(R0=1.05), HammingAlibi(slope=2.0**-8)]
STEEP = HammingAlibi(slope=8.0)


def sloping(task: AttentionTask, change: Callable[[Floats], Floats]) -> AttentionTask:
    """What a kernel with other slopes makes of the task."""
    slopes = task.inputs.mechanism.bias.slopes
    assert slopes is not None
    return seeing(task, task.inputs.mechanism.sees, Bias(None, change(slopes)))


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
@pytest.mark.exhaustive
def test_every_law_on_all_tiny_instances(edge: HammingAlibi) -> None:
    assert_every_law(edge)
    assert_pairs_are_priced(edge)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
def test_answers_are_those_without_a_bias(edge: HammingAlibi) -> None:
    problem = planted(np.random.default_rng(1), 60, 4, 10, lambda i: (3 * i) % 7 if i % 2 else None, 6, 7)
    with_bias, without = edge.apply(problem), HammingCausal(R0=edge.R0).apply(problem)
    assert outputs(with_bias) == pytest.approx(outputs(without), rel=1e-11)
    for rows in (with_bias.inputs.queries(slice(None)), with_bias.inputs.keys(slice(None))):
        assert np.abs(rows).max() <= edge.constants(problem.size)["B"] * (1 + 1e-12)


SLOPES: dict[str, Callable[[Floats], Floats]] = {
    "right": lambda slopes: slopes,
    "ignored": lambda slopes: 0 * slopes,
    "slope/2": lambda slopes: slopes / 2,
    "slope*2": lambda slopes: slopes * 2,
    "sign reversed": lambda slopes: -slopes,
}


@pytest.mark.parametrize("name", list(SLOPES))
def test_the_numbers_of_a_second_implementation(name: str) -> None:
    """Its only head is our first one; it has one column against the bias, so its B is another, by which answers are divided."""
    held, expected = fixture("d3_bias")
    of = held["alibi"]
    problem = GapHamming(BitMatrix.of(of["A"]), BitMatrix.of(of["B"]), 1, 2)
    edge = HammingAlibi(slope=float(of["slope"]))
    task = sloping(edge.apply(problem), SLOPES[name])
    right = [float(x) / float(of["constants"]["B"]) for x in expected["alibi"]["by_slope"][name]["values"]]
    assert list(task.counted)[:6] == of["read_rows"]
    assert outputs(task)[:6] / task.inputs.V.max() == pytest.approx(right, rel=1e-12)


@pytest.mark.parametrize("name", [*SLOPES][1:])
@pytest.mark.slow
def test_a_law_catches_a_wrong_slope(name: str) -> None:
    """Steep ones, as there are few positions; keys at t2 are among them."""
    fault = Faulty(STEEP, {"apply": lambda problem: sloping(STEEP.apply(problem), SLOPES[name])})
    assert caught(fault, tiny_hammings()[::5])


def test_a_law_catches_the_slope_of_another_head() -> None:
    fault = Faulty(STEEP, {"apply": lambda problem: sloping(STEEP.apply(problem), lambda slopes: slopes[::-1])})
    assert caught(fault, tiny_hammings()[::5])


def test_a_near_key_is_lost_where_the_derivation_says() -> None:
    """(1 - f) s j > ln(R0)/2 for the only near key, at distance t, the others being far away; f > 1 needs a key at t2."""
    n, edge = 12, HammingAlibi()
    for j in (1, 3, 5, 7, 9, 11):
        near, far, row = "1" * 4 + "0" * 16, "1" * 20, n - 1
        A = ["0" * 20] * n
        problem = GapHamming(BitMatrix.of(A), BitMatrix.of([near if k == j else far for k in range(n)]), 4, 8)
        task = edge.apply(problem)
        assert decisions(task)[row]
        lost = not decisions(sloping(task, lambda slopes: 0 * slopes))[row]
        assert lost == ((j + 1) * edge.slope > np.log(16) / 2)
    no = GapHamming(BitMatrix.of(A), BitMatrix.of([*["1" * 20] * (n - 1), "1" * 8 + "0" * 12]), 4, 8)
    task = edge.apply(no)
    assert not any(decisions(task))
    assert any(decisions(sloping(task, lambda slopes: 3 * slopes)))


@pytest.mark.parametrize(
    "fault",
    [
        *(off(HammingAlibi(), letter, factor) for letter, factor in (("high", 1.01), ("scale", 0.9), ("V", -1.0))),
        Faulty(STEEP, {"back": lambda p, w: (0, 0)}),
        Faulty(STEEP, {"forth": lambda p, w: (w[0] + 1,)}),
        Faulty(STEEP, {"size": lambda of: {**STEEP.size(of), "d": of["d"]}}),
    ],
    ids=["threshold", "scale", "sign", "back", "forth", "size"],
)
@pytest.mark.slow
def test_a_law_catches_a_wrong_construction(fault: Any) -> None:
    assert caught(fault, tiny_hammings()[::5])


def test_what_it_declines_and_refuses() -> None:
    for wrong, said in (
        ({"slope": 0.0}, "positive and finite"),
        ({"slope": float("nan")}, "positive"),
        ({"R0": 1.0}, "R0 = 1"),
    ):
        with pytest.raises(BadInput, match=said):
            HammingAlibi(**wrong)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        HammingAlibi(slope=1e12).apply(tiny_hammings()[0])
