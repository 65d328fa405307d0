"""What a sparsification may use up: each limit holds to the last leaf, byte and subset."""

import pytest

from instances.cnf import CNF
from instances.faults import Declined
from reductions.parts import sparsify as module
from reductions.parts.sparsify import sparsify

FLOWER = CNF(3, ((1, 2), (1, 3)))
"""Of threshold 2 it has the heart (1) and the petals (2) and (3): two leaves, of one clause and of two."""

PLAIN = CNF(6, ((1, 2), (3, 4), (5, 6)))


@pytest.mark.parametrize(
    ("formula", "thresholds", "limit", "used", "said"),
    [
        (FLOWER, (2,), "MAX_LEAVES", 2, "at least 2 sparse leaves, the limit is 1"),
        (PLAIN, (2,), "MAX_LEAVES", 1, "at least 1 sparse leaves, the limit is 0"),
        (FLOWER, (2,), "MEMORY_BUDGET", 64 * 3, r"191 bytes after 0 of them \(2 branches are open\)"),  # both leaves wait
        (PLAIN, (2,), "MEMORY_BUDGET", 4 * 3, r"11 bytes after 1 of them \(0 branches are open\)"),
        # the clauses looked at, both literals of each, the one of each that is in two; then the clauses of each leaf
        (FLOWER, (2,), "MAX_WORK", 2 + 2 * 2 + 2 + 1 + 2, "more than 10 subsets of clauses, after 1 leaves"),
        (FLOWER, (3, 1), "MAX_WORK", 2, "more than 1 subsets of clauses, after 0 leaves"),  # too few clauses for a flower
        (FLOWER, (1,), "MAX_WORK", 2 + 2 * 2 + 4 + 1 + 2, "more than 12 subsets of clauses, after 1 leaves"),
        (PLAIN, (3,), "MAX_WORK", 3 + 2 * 3, "more than 8 subsets of clauses, after 0 leaves"),  # no literal is in three
    ],
)
def test_limits(
    formula: CNF, thresholds: tuple[int, ...], limit: str, used: int, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, limit, used)
    assert sparsify(formula, thresholds).n == formula.n
    monkeypatch.setattr(module, limit, used - 1)
    with pytest.raises(Declined, match=said):
        sparsify(formula, thresholds)


def test_open_branches_count_as_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that too many are declined before their flowers are looked for."""
    monkeypatch.setattr(module, "MAX_LEAVES", 1)
    monkeypatch.setattr(module, "MAX_WORK", 2 + 2 * 2 + 2)
    with pytest.raises(Declined, match="at least 2 sparse leaves"):
        sparsify(FLOWER, (2,))
