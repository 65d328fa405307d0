"""Rotary positions: every law for several angles, entries within B, and what a law says of wrong angles and constants."""

from dataclasses import replace
from math import sqrt
from typing import Any

import numpy as np
import pytest

from attention import Softmax
from instances.bits import BitMatrix
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from instances.rotary import Rotary
from instances.task import AttentionTask
from instances.vectors import GapHamming
from reductions import laws
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.hamming_rotary import HammingRotary
from solvers import Threshold, Verdict
from tests.reductions.test_laws import Faulty, constants_of, hammings, nears


@pytest.mark.slow
@pytest.mark.parametrize(
    ("base", "pairs", "R0"), [(1.0, "interleaved", 16.0), (1e4, "half-split", 1.001), (5e5, "interleaved", 1e6)]
)
def test_every_law(base: float, pairs: Any, R0: float) -> None:
    """Base 1 turns all planes alike, a radian a position."""
    for family in (hammings, nears):
        counts = laws.laws(HammingRotary(base, pairs, R0), family())
        assert counts["accepted"] > 0
        assert counts["rejected"] > 0


def random(seed: int, n: int, m: int, d: int, t: int, t2: int, near: bool) -> GapHamming:
    """All pairs at t2 or beyond, but for one at t where it is `near`."""
    rng = np.random.default_rng(seed)
    while True:
        A, B = (rng.integers(0, 2, (size, d)) for size in (n, m))
        if near:
            B[m - 1] = A[n - 1] ^ (np.arange(d) < t)
        found = (A[:, None] != B).sum(axis=2)
        if ((found >= t2) | ((found == t) & near & (np.add.outer(np.arange(n), np.arange(m)) == n + m - 2))).all():
            return GapHamming(BitMatrix.of(A), BitMatrix.of(B), t, t2)


@pytest.mark.parametrize("pairs", ["interleaved", "half-split"])
@pytest.mark.parametrize("d", [15, 16])
def test_it_decides_and_entries_stay_within_B(pairs: Any, d: int) -> None:
    """Even and odd dimensions; the answers are those of hamming-attention with as many pads."""
    largest = 0.0
    for seed, near in ((0, True), (1, False), (2, True)):
        problem, reduction = random(seed, 7, 6, d, 2, 4, near), HammingRotary(100.0, pairs)
        task, constants = reduction.apply(problem), reduction.constants(problem.size)
        assert task.promised()
        assert task.inputs.d % 2 == 0
        stored = [np.abs(rows).max() for rows in (task.inputs.queries(slice(None)), task.inputs.keys(slice(None)))]
        assert max(stored) <= constants["B"]
        largest = max(largest, *stored) / constants["B"]
        decision = Threshold(Softmax()).solve(task)
        assert decision.verdict is (Verdict.YES if near else Verdict.NO)
        assert decision.witness is None or problem.accepts(reduction.back(problem, decision.witness))
        plain = HammingAttention().apply(problem)
        if plain.inputs.d == task.inputs.d:
            np.testing.assert_allclose(Softmax()(task.inputs), Softmax()(plain.inputs), rtol=1e-10)
            assert (task.low, task.high) == (plain.low, plain.high)
            assert constants["B"] == sqrt(2) * HammingAttention().constants(problem.size)["B"]
    assert largest > 0.9


# ------------------------------------------------------------------------------------------------ planted faults


def asked_with(**changed: Any) -> Any:
    """The rows of one rotation, asked of a mechanism that has another."""

    def apply(problem: GapHamming) -> AttentionTask:
        task = HammingRotary().apply(problem)
        mechanism = replace(task.inputs.mechanism, rotary=Rotary(**changed) if changed else None)
        return replace(task, inputs=replace(task.inputs, mechanism=mechanism))

    return Faulty(HammingRotary(), {"apply": apply})


def rows_shifted(problem: GapHamming) -> AttentionTask:
    """The keys are turned back from the positions one further."""
    task = HammingRotary().apply(problem)
    keys = Rotary().turned(task.inputs.keys(slice(None)), np.full(task.inputs.m, -1))
    return replace(task, inputs=replace(task.inputs, K=keys))


def half_the_scale(problem: GapHamming) -> AttentionTask:
    task = HammingRotary().apply(problem)
    return replace(task, inputs=replace(task.inputs, scale=task.inputs.scale / 2))


class OddMatched(HammingRotary):
    """eta a per cent off."""

    def _matched(self, of: Any) -> Any:
        constants = super()._matched(of)
        return {**constants, "eta": 1.01 * constants["eta"]}


FAULTS: list[tuple[str, Any, Any]] = [
    ("nothing turned", asked_with(), laws.promise_is_kept),
    ("another base", asked_with(base=100.0), laws.promise_is_kept),
    ("half-split for interleaved", asked_with(pairs="half-split"), laws.promise_is_kept),
    ("some columns turned", asked_with(columns=2), laws.promise_is_kept),
    ("keys one position off", Faulty(HammingRotary(), {"apply": rows_shifted}), laws.promise_is_kept),
    ("a dropped scale", Faulty(HammingRotary(), {"apply": half_the_scale}), laws.promise_is_kept),
    ("eta one per cent off", OddMatched(), laws.promise_is_kept),
    ("a threshold not as stated", constants_of(HammingRotary(), low=2.0), laws.promise_is_kept),
    ("an odd dimension", Faulty(HammingRotary(), {"size": lambda of: {**HammingRotary().size(of), "d": of["d"] + 1}}),
     laws.size_is_exact),
    ("a row shifted", Faulty(HammingRotary(), {"back": lambda p, w: HammingRotary().back(p, ((w[0] + 1) % p.A.n,))}),
     laws.sound),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault", "law"), FAULTS, ids=[fault[0] for fault in FAULTS])
def test_a_law_catches(name: str, fault: Any, law: Any) -> None:
    with pytest.raises(LawBroken) as broken:
        law(fault, hammings())
    assert "vacuous" not in str(broken.value)


def test_what_is_refused() -> None:
    with pytest.raises(BadInput, match="R0"):
        HammingRotary(R0=1.0)
    with pytest.raises(BadInput, match="base = 0"):
        HammingRotary(base=0.0)
    with pytest.raises(BadInput, match="pairs"):
        HammingRotary(pairs="other")  # type: ignore[arg-type]
    d = 1 << 16
    wide = GapHamming(BitMatrix.zeros(1, d), BitMatrix.zeros(9, d), 0, 1)
    assert HammingAttention(R0=1.001).apply(wide)
    with pytest.raises(Declined, match="raise R0"):
        HammingRotary(R0=1.001).apply(wide)
