"""Additive bias: every law on all tiny instances, the numbers of a second implementation, and wrong biases caught."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.mechanism import Mechanism
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.edges import hamming_bias
from reductions.edges.hamming_bias import HammingBias
from tests.reductions.test_laws import Faulty
from tests.support.fixtures import fixture
from tests.support.hammings import assert_every_law, caught, decisions, off, outputs, planted, says, tiny_hammings

EDGES = [HammingBias(), HammingBias(kind="mask"), HammingBias(R0=1.05, kind="mask"), HammingBias(R0=1e6)]
MASK = HammingBias(kind="mask")


def biased(task: AttentionTask, change: Callable[[Floats], Floats]) -> AttentionTask:
    """What a kernel with another bias makes of the task."""
    of = task.inputs
    assert of.mechanism.bias.added is not None
    bias = change(np.broadcast_to(of.mechanism.bias.added, (of.n, of.m)).copy())
    return replace(task, inputs=Attention(of.Q, of.K, of.V, of.scale, Mechanism(bias=Bias(bias))))


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
@pytest.mark.exhaustive
def test_every_law_on_all_tiny_instances(edge: HammingBias) -> None:
    assert_every_law(edge)


def test_the_numbers_of_a_second_implementation() -> None:
    """Entries, biases, thresholds and answers."""
    held, expected = fixture("d3_bias")
    problem = GapHamming(BitMatrix.of(held["A"]), BitMatrix.of(held["B"]), 1, 2)
    edge, of = HammingBias(), held["no_pads"]
    constants, task = edge.constants(problem.size), edge.apply(problem)
    for letter in ("lam", "B"):
        assert constants[letter] == pytest.approx(float(of[letter]), rel=1e-14)
    assert constants["bias"] == pytest.approx(float(of["bias"][0][0]), rel=1e-14)
    assert task.inputs.scale == pytest.approx(float(of["scale"]))
    assert outputs(task) == pytest.approx([float(x) for x in expected["no_pads"]["values"]], rel=1e-13)
    assert decisions(task) == says(expected["no_pads"]["decision"]) == says(expected["brute_force"])
    assert task.high == pytest.approx(float(expected["no_pads"]["high"]), rel=2e-6)


def transposed(bias: Floats) -> Floats:
    """In each copy, as far as that is a square."""
    n, m = len(bias) // 2, bias.shape[1] - 1
    k = min(n, m)
    for start in (0, n):
        bias[start : start + k, :k] = bias[start : start + k, :k].T.copy()
    return bias


def columns_shifted(bias: Floats) -> Floats:
    bias[:, :-1] = np.roll(bias[:, :-1], 1, axis=1)
    return bias


WRONG: dict[str, tuple[HammingBias, Callable[[Floats], Floats]]] = {
    "ignored": (HammingBias(), lambda bias: 0 * bias),
    "in base 2": (HammingBias(), lambda bias: bias / np.log(2)),
    "the sign": (HammingBias(), lambda bias: -bias),
    "on another key": (HammingBias(), lambda bias: np.roll(bias, 1, axis=1)),
    "mask ignored": (MASK, lambda bias: np.where(bias == bias.min(), 0.0, bias)),
    "a quarter as deep": (MASK, lambda bias: np.where(bias == bias.min(), bias / 4, bias)),
    "raised": (MASK, lambda bias: np.where(bias == bias.min(), -bias, bias)),
    "transposed": (MASK, transposed),
    "columns shifted": (MASK, columns_shifted),
    "rows shifted": (MASK, lambda bias: np.roll(bias, 1, axis=0)),
    "the first row for all": (MASK, lambda bias: np.broadcast_to(bias[:1], bias.shape)),
}


@pytest.mark.parametrize("name", list(WRONG))
def test_a_wrong_bias_flips_a_row(name: str) -> None:
    """Where one pair alone is near; then the right answer is YES in the row that sees it alone."""
    edge, change = WRONG[name]
    flips = 0
    for i, j in product(range(4), repeat=2):
        problem = planted(np.random.default_rng(4 * i + j), 60, 0, 10, lambda row: j if row == i else None, 4, 4)  # noqa: B023
        task = edge.apply(problem)
        assert [k for k, yes in enumerate(decisions(task)) if yes] == [edge.forth(problem, (i, j))[0]]
        flips += decisions(task) != decisions(biased(task, change))
    assert flips > 0


@pytest.mark.parametrize("name", [name for name, (edge, _) in WRONG.items() if edge.kind == "dummy"])
def test_a_law_catches_a_wrong_bias(name: str) -> None:
    edge, change = WRONG[name]
    assert caught(Faulty(edge, {"apply": lambda problem: biased(edge.apply(problem), change)}), tiny_hammings()[::5])


@pytest.mark.parametrize(
    "fault",
    [
        *(
            off(HammingBias(), letter, factor)
            for letter, factor in (("B", 0.99), ("bias", 1.05), ("high", 1.01), ("scale", 0.9))
        ),
        off(HammingBias(), "V", -1.0),
        off(MASK, "Lam", 0.5),
        Faulty(MASK, {"back": lambda p, w: (w[0] // 2, 0)}),
        Faulty(MASK, {"forth": lambda p, w: (w[0],)}),
        Faulty(MASK, {"size": lambda of: {**MASK.size(of), "rows": of["n"]}}),
    ],
    ids=["B", "bias", "threshold", "scale", "sign", "Lam", "back", "forth", "size"],
)
@pytest.mark.slow
def test_a_law_catches_a_wrong_construction(fault: Any) -> None:
    assert caught(fault, tiny_hammings()[::3])


def test_what_it_declines_and_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong, said in (({"kind": "causal"}, "on the dummy, or a mask"), ({"R0": 1.0}, "R0 = 1")):
        with pytest.raises(BadInput, match=said):
            HammingBias(**wrong)
    monkeypatch.setattr(hamming_bias, "MEMORY_BUDGET", 100)
    with pytest.raises(Declined, match="the bias of all pairs"):
        MASK.apply(tiny_hammings()[-1])
    far = GapHamming(BitMatrix.zeros(1, 2**17), BitMatrix.zeros(64, 2**17), 0, 1)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        HammingBias(R0=1.001).apply(far)
