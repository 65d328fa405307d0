"""Packed sequences: every law on all tiny instances, the numbers of a second implementation, and each wrong border caught."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from instances.bits import BitMatrix, Ints
from instances.faults import BadInput
from instances.mechanism import Mechanism
from instances.seen import Segments
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.edges.hamming_packed import HammingPacked
from reductions.parts.forms import Matched
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
    says,
    seeing,
    seen_wrongly,
    tiny_hammings,
)

EDGES = [HammingPacked(), HammingPacked(blocks=1), HammingPacked(blocks=3), HammingPacked(form="sink")]


@pytest.mark.slow
@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
@pytest.mark.exhaustive
def test_every_law_on_all_tiny_instances(edge: HammingPacked) -> None:
    assert_every_law(edge)
    assert_pairs_are_priced(edge)


@pytest.mark.parametrize("edge", EDGES, ids=lambda edge: edge.spelled)
@pytest.mark.parametrize(("n", "m"), [(1, 1), (4, 6), (5, 7), (7, 3)])
def test_each_pair_lies_in_one_sequence(edge: HammingPacked, n: int, m: int) -> None:
    """The only near pair of an instance makes one row YES, that which `forth` names and `back` brings back."""
    rng = np.random.default_rng(n * m)
    for i in range(n):
        for j in range(m):
            problem = planted(rng, 60, 4, 10, lambda row: j if row == i else None, n, m)  # noqa: B023
            task = edge.apply(problem)
            (row,) = edge.forth(problem, (i, j))
            assert [k for k, yes in enumerate(decisions(task)) if yes] == [row]
            assert edge.back(problem, (row,)) == (i, j)


def moved(start: int, stop: int) -> Callable[[Segments, int], tuple[Ints, Ints]]:
    """The keys of each sequence, from a start and to an end that are off by so many."""
    return lambda of, m: (np.clip(of.start + start, 0, m), np.clip(of.stop + stop, 0, m))


WRONG_BORDERS: dict[str, Callable[[Segments, int], tuple[Ints, Ints]]] = {
    "start+1": moved(1, 0),
    "start-1": moved(-1, 0),
    "end-1": moved(0, -1),
    "end+1": moved(0, 1),
    "borders ignored": lambda of, m: (0 * of.start, 0 * of.stop + m),
    "both +1": moved(1, 1),
}


def with_borders(of: Visibility, n: int, m: int, name: str) -> Visibility:
    """What rows see where the keys of their sequences are from wrong starts to wrong ends."""
    segments = of.segments(n, m)
    start, stop = WRONG_BORDERS[name](segments, m)
    which = np.repeat(np.arange(len(start)), segments.row_stop - segments.row_start)
    j = np.arange(m)
    return Visibility(mask=(start[which, None] <= j) & (j < stop[which, None]))


@pytest.mark.parametrize("name", list(WRONG_BORDERS))
def test_a_law_catches_a_wrong_border(name: str) -> None:
    edge = HammingPacked()

    def wrong(task: AttentionTask) -> Visibility:
        return with_borders(task.inputs.mechanism.sees, task.inputs.n, task.inputs.m, name)

    assert caught(Faulty(edge, {"apply": seen_wrongly(edge, wrong)}), tiny_hammings()[::5])


FLIPPED = {
    "start+1": {"first"}, "start-1": {"last of the one before"}, "end-1": {"last"}, "end+1": {"first of the next"},
    "both +1": {"first", "first of the next"},
}  # fmt: skip
"""Which plantings flip the row."""


@pytest.mark.parametrize("name", list(FLIPPED))
def test_each_wrong_border_flips_the_row_that_is_planted_there(name: str) -> None:
    """Row 2 of 4, 6 keys, 2 blocks of each: with B_0 (keys 0 to 2) it stands between sequences that end at 5 and begin at 3."""
    edge, rng = HammingPacked(), np.random.default_rng(5)
    for where, j in (("first", 0), ("last", 2), ("last of the one before", 5), ("first of the next", 3)):
        problem = planted(rng, 60, 4, 10, lambda row: j if row == 2 else None, 4, 6)  # noqa: B023
        task = edge.apply(problem)
        wrong = seeing(task, with_borders(edge.sees(problem), task.inputs.n, task.inputs.m, name))
        assert decisions(task)[4] == (where in ("first", "last"))
        assert (decisions(task)[4] != decisions(wrong)[4]) == (where in FLIPPED[name]), where


def test_the_numbers_of_a_second_implementation() -> None:
    """Sequences of another kind (four rows each, an empty one) from the same vectors: answers right and wrong."""
    held, expected = fixture("d2_packed")
    form, of = Matched(16.0), {"d": 6, "t": held["t"], "t2": held["t2"]}
    constants = form.constants(of, 2)
    for letter in ("p", "M", "eta", "beta", "B", "Gamma"):
        assert constants[letter] == pytest.approx(float(held["constants"][letter]), rel=1e-14)
    vectors = form.vectors(of, constants)
    K = tuple(vectors.dummies(1) if key is None else vectors.data(BitMatrix.of([key])) for key in held["keys"])
    V = np.array([[vectors.dummy_value if key is None else vectors.data_value] for key in held["keys"]])
    sees = Visibility(queries=np.array(held["cu_q"]), keys=np.array(held["cu_k"]))
    inputs = Attention((vectors.queries(BitMatrix.of(held["A"])),), K, V, vectors.scale, Mechanism(sees=sees))
    task = AttentionTask(inputs, constants["low"], constants["high"], len(held["A"]))
    assert task.promised()
    assert outputs(task) == pytest.approx([float(x) for x in expected["values"]], rel=1e-13)
    assert decisions(task) == says(expected["decision"]) == says(expected["brute_force"])
    for name in WRONG_BORDERS:
        wrong = seeing(task, with_borders(sees, len(held["A"]), len(K), name))
        assert outputs(wrong) == pytest.approx([float(x) for x in expected["faults"][name]["values"]], rel=1e-13), name
        changed = [i for i, (a, b) in enumerate(zip(decisions(wrong), decisions(task), strict=True)) if a != b]
        assert changed == expected["faults"][name]["changed_rows"] != []


@pytest.mark.parametrize(
    "fault",
    [
        off(HammingPacked(blocks=3), "eta", 1.01),
        off(HammingPacked(blocks=3), "B", 0.995),
        off(HammingPacked(blocks=3), "high", 1.01),
        off(HammingPacked(), "scale", 0.9),
        off(HammingPacked(), "V", -1.0),
        off(HammingPacked(form="sink"), "lam", 0.99),
        Faulty(HammingPacked(), {"back": lambda p, w: (w[0] % p.A.n, 0)}),
        Faulty(HammingPacked(), {"forth": lambda p, w: (w[0],)}),
        Faulty(HammingPacked(), {"size": lambda of: {**HammingPacked().size(of), "rows": of["n"]}}),
    ],
    ids=["eta", "B", "threshold", "scale", "sign", "lam", "back", "forth", "size"],
)
@pytest.mark.slow
def test_a_law_catches_a_wrong_construction(fault: Any) -> None:
    assert caught(fault, tiny_hammings()[::5])


class Misplaced(HammingPacked):
    """Sequences of queries begin a row too late."""

    def sees(self, problem: GapHamming) -> Visibility:
        right = super().sees(problem)
        assert right.queries is not None
        return Visibility(queries=np.minimum(right.queries + (right.queries > 0), right.queries[-1]), keys=right.keys)


def test_a_law_catches_wrong_lengths_of_queries() -> None:
    assert caught(Misplaced(), tiny_hammings()[::5])


def test_no_blocks_are_refused() -> None:
    with pytest.raises(BadInput, match="at least one block"):
        HammingPacked(blocks=0)
