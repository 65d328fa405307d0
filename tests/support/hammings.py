"""Instances of gap Hamming distance where every pair has H <= t or H >= t2, and tasks whose rows see something else."""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.law import LawBroken
from instances.mechanism import Mechanism
from instances.problem import Size
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions import laws
from reductions.reduction import Reduction
from tests.support.fixtures import fixture
from tests.support.gaps import lists


@cache
def tiny_hammings() -> tuple[GapHamming, ...]:
    """Every instance of d = 2, n <= 2 and m <= 3 whose first vector is 00, up to the order of the second list's end."""
    found = []
    for (t, t2), A, B in product(((0, 1), (0, 2), (1, 2)), lists(2, 2), lists(2, 3)):
        apart = (A.bools()[:, None] != B.bools()).sum(axis=2)
        if not A.words[0].any() and ((apart <= t) | (apart >= t2)).all():
            found.append(GapHamming(A, B, t, t2))
    return tuple(found)


def assert_every_law(edge: Reduction[Any, Any]) -> None:
    """On all tiny instances, of which some are YES and some are NO."""
    counts = laws.laws(edge, tiny_hammings())
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


def assert_pairs_are_priced(edge: Reduction[Any, Any]) -> None:
    """The constant `pairs` is how many pairs of a row and a key it sees there are."""
    assert all(pairs_seen(edge.apply(problem)) == edge.constants(problem.size)["pairs"] for problem in tiny_hammings()[::9])


def planted(rng: np.random.Generator, d: int, t: int, t2: int, near: Callable[[int], int | None], n: int, m: int) -> GapHamming:
    """n and m random vectors, of which b_near(i) is within t of a_i and all other pairs are at least t2 apart; t2 < d/4."""
    B = rng.integers(0, 2, (m, d))
    A = rng.integers(0, 2, (n, d))
    for i in range(n):
        j = near(i)
        if j is not None:
            A[i] = B[j]
            A[i, rng.choice(d, t, replace=False)] ^= 1
    apart = (A[:, None] != B).sum(axis=2)
    for i in range(n):
        assert all(apart[i, j] >= t2 for j in range(m) if j != near(i)), "vectors too short to be far apart by chance"
    return GapHamming(BitMatrix.of(A), BitMatrix.of(B), t, t2)


def given(name: str) -> tuple[GapHamming, dict[str, Any], dict[str, Any]]:
    """The instance of a fixture, with what else it holds."""
    inputs, expected = fixture(name)
    of = inputs.get("constants") or inputs
    return GapHamming(BitMatrix.of(inputs["A"]), BitMatrix.of(inputs["B"]), of["t"], of["t2"]), inputs, expected


def seeing(task: AttentionTask, sees: Visibility, bias: Bias | None = None) -> AttentionTask:
    """What a kernel with another visibility makes of the task."""
    of = task.inputs
    mechanism = Mechanism(of.mechanism.kernel, of.mechanism.normalised, sees, of.mechanism.bias if bias is None else bias)
    return replace(task, inputs=Attention(of.Q, of.K, of.V, of.scale, mechanism))


def outputs(task: AttentionTask) -> Floats:
    """The exact answers of the rows that count, as floats."""
    return np.array([float(task.output(i)) for i in task.counted])


def decisions(task: AttentionTask) -> list[bool]:
    """Which of the rows that count are above the middle of the thresholds."""
    return [bool(x > (task.low + task.high) / 2) for x in outputs(task)]


def pairs_seen(task: AttentionTask) -> int:
    """How many pairs of a row and a key are visible."""
    of = task.inputs
    if of.seen is None:
        return of.n * of.m
    return sum(int(keys.stop - keys.start if bits is None else bits.sum()) for keys, bits in map(of.seen.keys, range(of.n)))


def says(words: list[str]) -> list[bool]:
    """YES and NO of a fixture."""
    return [word == "YES" for word in words]


def seen_wrongly(reduction: Reduction[GapHamming, AttentionTask], wrong: Callable[[AttentionTask], Visibility]) -> Any:
    """`apply` of a reduction whose rows see what `wrong` says."""

    def apply(problem: GapHamming) -> AttentionTask:
        task = reduction.apply(problem)
        return seeing(task, wrong(task))

    return apply


def off(edge: Any, letter: str, factor: float) -> Any:
    """The edge with a constant, the `scale` or `V` multiplied by a factor."""

    class Wrong(type(edge)):  # type: ignore[misc]
        def constants(self, of: Size) -> Mapping[str, float]:
            right: Mapping[str, float] = super().constants(of)
            return {**right, letter: factor * right[letter]} if letter in right else right

        def apply(self, problem: GapHamming) -> AttentionTask:
            task: AttentionTask = super().apply(problem)
            of = task.inputs
            scale, sign = (factor if letter == name else 1.0 for name in ("scale", "V"))
            return replace(task, inputs=Attention(of.Q, of.K, sign * of.V, scale * of.scale, of.mechanism))

    return Wrong(**{field.name: getattr(edge, field.name) for field in fields(edge)})


def caught(fault: Any, family: tuple[GapHamming, ...]) -> str:
    """What the first law says that a faulty reduction breaks; it must be more than that nothing happened."""
    said = []
    for law in (laws.size_is_exact, laws.promise_is_kept, laws.complete, laws.sound):
        try:
            law(fault, family)
        except LawBroken as broken:
            said.append(str(broken))
            if "vacuous" not in said[-1]:
                return said[-1]
    raise AssertionError(f"no law catches it: {said}")
