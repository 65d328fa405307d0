"""Where each clause of a formula goes, and how many variables a side may have."""

import pytest

from instances.cnf import CNF
from instances.faults import BadInput, Declined
from reductions.parts import cnf_split as module
from reductions.parts.cnf_split import Coordinate, Demand, normalised, plan, used_variables
from reductions.parts.split_search import Cover


def test_clauses_as_sets() -> None:
    """Without tautologies and repetitions, by variable, in order of appearance."""
    formula = CNF(5, ((3, -1, 3), (2, -2), (-1, 3), (4,), (5, -4, 1, -5)))
    assert normalised(formula) == [(-1, 3), (4,)]
    assert used_variables(formula) == [1, 3, 4]


@pytest.mark.parametrize(
    ("cover", "pairs"), [("demanded", (Demand((1,), 4), Demand((-6,), 3))), ("left", (Demand((4,), 1), Demand((-6,), 3)))]
)
def test_inner_demanding_and_crossing_clauses(cover: Cover, pairs: tuple[Demand, ...]) -> None:
    """A pair demands of the left, or of a variable on the right that is demanded already; equal parts make one coordinate."""
    wide = ((1, 2, 4, 5), (1, 2, -5, 6), (-2, 3, 4, 5), (-2, 3, -5, 6))
    formula = CNF(6, ((1, -2), (1, 4), (-5, 6, -4), (-1, 2, 4), (3, -6), *wide))
    found = plan(formula, (3, 1, 2), 0, cover)
    assert (found.left, found.right) == ((1, 2, 3), (4, 5, 6))
    assert found.inner == ((1, -2), (-4, -5, 6))
    assert found.demands == (pairs[0], Demand((-1, 2), 4), pairs[1])
    assert found.coordinates == (Coordinate(frozenset({(1, 2), (-2, 3)}), frozenset({(4, 5), (-5, 6)})),)
    assert found.demanded == (([3], [4]) if cover == "demanded" else ([1, 3], [4]))
    assert found.items == (3 if cover == "demanded" else 4)


def test_variables_of_a_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of a side here, on either side and where the split is searched for."""
    monkeypatch.setattr(module, "MAX_SIDE", 2)
    four, five = CNF(4, ((1, 2, 3, 4),)), CNF(5, ((1, 2, 3, 4, 5),))
    assert len(plan(four, (1, 2), 0, "left").right) == 2
    found = plan(four, None, 0, "left")
    assert sorted(found.left + found.right) == [1, 2, 3, 4]
    assert plan(four, (2, 3), 0, "left").right == (1, 4)
    for formula, split in ((five, (1, 2)), (five, (1, 2, 3)), (four, (1,)), (four, (1, 2, 3)), (five, None)):
        with pytest.raises(Declined, match="at most 2 a side"):
            plan(formula, split, 0, "left")


@pytest.mark.parametrize("split", [(1, 1), (0,), (5,), (-1,), (2, 1, 2), (1, 5)])
def test_splits_of_other_variables(split: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="it must name different variables from 1 to 4"):
        plan(CNF(4, ((1, 4),)), split, 0, "left")
    assert plan(CNF(4, ((1, 4),)), (4, 1), 0, "left").left == (1, 4)


def test_the_literal_that_is_alone_is_demanded() -> None:
    """On either side; a pair whose variables are both demanded already demands of the left."""
    found = plan(CNF(4, ((1, 3, 4), (1, 2, 3), (1, 3), (3, -4))), (1, 2), 0, "demanded")
    assert found.demands == (Demand((3, 4), 1), Demand((1, 2), 3), Demand((3,), 1))
    assert found.inner == ((3, -4),)
    assert found.coordinates == ()
