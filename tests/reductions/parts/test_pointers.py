"""Pointer planes: right positions leave every row where it is, and each wrong way to turn flips a row of each instance."""

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
import pytest

from instances.bits import BitMatrix, Ints
from instances.coded import Floats
from instances.faults import Declined
from instances.rotary import Rotary
from instances.task import AttentionTask
from instances.vectors import GapHamming
from reductions.parts import pointers
from reductions.parts.pointers import LEAST, fall, pointing

Turn = Callable[[Floats, Ints], Floats]

SIDES: tuple[Literal["data", "dummy"], ...] = ("data", "dummy")


def planted(seed: int, n: int = 9, d: int = 14, t: int = 2, t2: int = 5) -> GapHamming:
    """Half of the rows have a partner, one to three keys before their own position; all other pairs are at t2 or beyond."""
    rng = np.random.default_rng(seed)
    while True:
        A, B = (rng.integers(0, 2, (n, d)) for _ in range(2))
        near = np.zeros((n, n), dtype=bool)
        for i in range(1, n, 2):
            j = i - min(i, int(rng.integers(1, 4)))
            B[j] = A[i]
            B[j, rng.permutation(d)[: rng.integers(0, t + 1)]] ^= 1
            near[i, j] = True
        H = (A[:, None] != B).sum(axis=2)
        if (near == (t >= H)).all() and (near | (t2 <= H)).all():
            return GapHamming(BitMatrix.of(A), BitMatrix.of(B), t, t2)


def decided(task: AttentionTask, of_queries: Turn, of_keys: Turn) -> Any:
    """Which rows are YES for a kernel that turns rows of Q and K its own way."""
    of = task.inputs
    Q, K = of_queries(of.queries(slice(None)), np.arange(of.n)), of_keys(of.keys(slice(None)), np.arange(of.m))
    scores = of.scale * Q @ K.T
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return (weights @ of.V[:, 0]) / weights.sum(axis=1) > 0


RIGHT = Rotary()


def shifted(by: int) -> Turn:
    return lambda rows, at: RIGHT.turned(rows, at + by)


FAULTS: dict[str, tuple[Turn, Turn]] = {
    "not turned": (lambda rows, at: rows, lambda rows, at: rows),
    "keys not turned": (RIGHT.turned, lambda rows, at: rows),
    "queries not turned": (lambda rows, at: rows, RIGHT.turned),
    "keys one further": (RIGHT.turned, shifted(1)),
    "queries one further": (shifted(1), RIGHT.turned),
    "queries 7 back": (shifted(-7), RIGHT.turned),
    "half-split": (Rotary(pairs="half-split").turned, Rotary(pairs="half-split").turned),
    "wrong sense": (lambda rows, at: RIGHT.turned(rows, -at), lambda rows, at: RIGHT.turned(rows, -at)),
    "another base": (Rotary(5e5).turned, Rotary(5e5).turned),
    "reversed": (
        lambda rows, at: RIGHT.turned(rows, at[::-1].copy()), lambda rows, at: RIGHT.turned(rows, at[::-1].copy())
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.slow
def test_each_wrong_turn_flips_a_row(name: str) -> None:
    """In each of the instances, by the one with pointers on the data or the one with pointers on the dummy."""
    for seed in range(6):
        problem = planted(seed)
        yes = [bool((problem.B.distances(row) <= problem.t).any()) for row in problem.A.words]
        flips = {}
        for on in SIDES:
            task = pointing(problem, on)
            assert (decided(task, RIGHT.turned, RIGHT.turned) == yes).all()
            flips[on] = (decided(task, *FAULTS[name]) != yes).sum()
        assert flips["data"] + flips["dummy"] > 0, (name, seed)
        if "further" in name or "back" in name:  # the same for all pairs: every row flips in one of the two
            assert flips["data"] + flips["dummy"] == len(yes)


def test_where_the_sequence_starts_flips_nothing() -> None:
    for seed in range(6):
        problem = planted(seed)
        for on in SIDES:
            task = pointing(problem, on)
            assert (decided(task, shifted(3), shifted(3)) == decided(task, RIGHT.turned, RIGHT.turned)).all()


@pytest.mark.parametrize("rotary", [Rotary(), Rotary(pairs="half-split"), Rotary(5e5)])
@pytest.mark.parametrize("on", SIDES)
def test_the_promise_is_kept_by_the_stored_rows(rotary: Rotary, on: Literal["data", "dummy"]) -> None:
    """In ball arithmetic that turns them: rows at the thresholds too."""
    worst = GapHamming(BitMatrix.of(["00000000", "11111111"]), BitMatrix.of(["00000011", "11100000", "00011100"]), 2, 3)
    for problem in (planted(1, n=5), worst):
        task = pointing(problem, on, rotary)
        assert task.promised()
        for i, row in enumerate(problem.A.words):
            assert task.reaches((i,)) == bool((problem.B.distances(row) <= problem.t).any())


@pytest.mark.slow
def test_without_pointers_a_wrong_turn_may_show_nothing() -> None:
    """Which is why they are there: rows of hamming-rotary alone, a position off by one in the keys."""
    from reductions.edges.hamming_rotary import HammingRotary

    unnoticed = 0
    for seed in range(12):
        task = HammingRotary().apply(planted(seed))
        unnoticed += (decided(task, RIGHT.turned, shifted(1)) == decided(task, RIGHT.turned, RIGHT.turned)).all()
    assert unnoticed > 0


def test_how_far_pointers_reach() -> None:
    """The figures of the derivation: for eight planes up to these distances, and not one further."""
    for base, w, reach in ((1e4, 64, 5798), (1e4, 128, 5572), (5e5, 128, 133605)):
        g = fall(np.arange(1.0, reach + 2), base, w, 8)
        assert g[:-1].min() >= LEAST > g[-1]
    assert fall(np.array([16212.0]), 1e4, 64, 8)[0] == pytest.approx(-10, abs=0.5)
    with pytest.raises(Declined, match="take other planes or fewer rows"):
        pointing(planted(0), "data", Rotary(2.0))


@pytest.mark.slow
def test_rounding_is_asked_about_the_largest_exponents(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the rows before they are turned: no sum of |scale Q_ic K_jc| is larger, one nearly as large."""
    asked = []
    monkeypatch.setattr(pointers, "check_turned", lambda beta, R0: asked.append((beta, R0)))
    monkeypatch.setattr(pointers, "rotated", lambda task, rotary: task)
    for planes in (4, 8):
        for on in SIDES:
            of = pointing(planted(0), on, R0=64.0, planes=planes).inputs
            largest = float((np.abs(of.queries(slice(None))) @ np.abs(of.keys(slice(None))).T).max()) * of.scale
            beta, R0 = asked.pop()
            assert 0.95 * beta <= largest <= beta
            assert R0 == 64
