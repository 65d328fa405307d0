"""The split, the plan and the listing of cnf-hamming beyond the tiny families."""

from itertools import combinations

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput, Declined
from instances.vectors import GapHamming
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.hamming_attention import HammingAttention
from reductions.parts import cnf_listing, split_search
from reductions.parts.cnf_listing import listed, listing
from reductions.parts.cnf_split import Demand, normalised, plan
from reductions.parts.split_search import Cover, best_split


def test_clauses_are_normalised() -> None:
    formula = CNF(3, ((2, 1, 2), (1, 2), (3, -3), (1, -1, 2), (), (-3,)))
    assert normalised(formula) == [(1, 2), (), (-3,)]


def test_the_plan_of_the_worked_formulas() -> None:
    yes = plan(CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4))), (1, 2), 0, "demanded")
    assert yes.inner == ((1, 2),)
    assert yes.demands == (Demand((3, 4), -1), Demand((-3, 4), -2), Demand((-1, -2), -4))
    assert yes.demanded == ([1, 2], [4])
    no = CNF(4, ((1, -2), (-1, -4), (2, 4), (2, -4), (-1, -2, 4)))
    assert plan(no, (1, 2), 0, "left").demanded == ([1, 2], [4])
    assert plan(no, (1, 2), 0, "demanded").demanded == ([], [4])


def test_coordinates_are_merged() -> None:
    same_left = plan(CNF(6, ((1, 2, 4, 5), (1, 2, 5, 6))), (1, 2, 3), 0, "demanded").coordinates
    assert len(same_left) == 1
    assert same_left[0].right == {(4, 5), (5, 6)}
    same_right = plan(CNF(6, ((1, 2, 4, 5), (2, 3, 4, 5))), (1, 2, 3), 0, "demanded").coordinates
    assert len(same_right) == 1
    assert same_right[0].left == {(1, 2), (2, 3)}


def test_unused_variables_are_left_out_by_the_search_and_kept_by_a_given_split() -> None:
    formula = CNF(40, ((1, -20), (20, 40)))
    problem = CnfHamming().apply(formula)
    assert problem.A.n * problem.B.n <= 8
    assert plan(formula, tuple(range(1, 21)), 0, "demanded").right == tuple(range(21, 41))


@pytest.mark.parametrize("seed", range(3))
def test_the_search_is_as_good_as_all_splits(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Local search finds the least G of all 924 splits of 12 variables, and what it scores is the plan's own G."""
    formula = random_ksat(12, 40, 3, seed=seed)
    clauses, used = normalised(formula), list(range(1, 13))
    best = best_split(clauses, used, 0, "demanded")
    monkeypatch.setattr(split_search, "EXHAUSTIVE", 0)
    found = best_split(clauses, used, 0, "demanded")
    items = {left: plan(formula, left, 0, "demanded").items for left in combinations(used, 6)}
    assert items[tuple(best)] == min(items.values())
    assert items[tuple(found)] == min(items.values())


@pytest.mark.parametrize("cover", ["demanded", "left"])
@pytest.mark.parametrize("k", [2, 3, 4])
def test_the_score_of_a_split_is_its_plan(k: int, cover: Cover) -> None:
    """G as scored for many splits at once equals the plan's (before OV coordinates are merged)."""
    formula = random_ksat(9, 20, k, seed=4)
    clauses, used = normalised(formula), list(range(1, 10))
    arrays = split_search._arrays(clauses, used, cover)
    for left in combinations(used, 4):
        side = np.array([[v in left for v in used]])
        (scored, _), found = split_search._values(side, arrays)[0], plan(formula, left, 0, cover)
        wide = sum(min(sum(abs(x) in left for x in clause), sum(abs(x) not in left for x in clause)) >= 2 for clause in clauses)
        assert scored == found.items - len(found.coordinates) + wide


def test_the_same_seed_gives_the_same_instance_and_another_seed_is_right_too() -> None:
    formula = random_ksat(16, 68, 3, seed=1)
    first = CnfHamming(seed=5).apply(formula)
    assert CnfHamming(seed=5).apply(CNF(16, tuple(formula.clauses))).identity == first.identity
    verdicts = {bool(any(CnfHamming(seed=s).apply(formula).B.distances(row).min() <= CnfHamming(seed=s).apply(formula).t
                         for row in CnfHamming(seed=s).apply(formula).A.words)) for s in range(3)}  # fmt: skip
    assert len(verdicts) == 1


def test_the_listing_is_the_same_in_small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    found = plan(random_ksat(20, 60, 3, seed=2), None, 0, "demanded")
    whole = listing(found, "left")
    monkeypatch.setattr(cnf_listing, "CHUNK", 7)
    parts = listing(found, "left")
    for name in ("assignments", "ones", "zeros"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name))
    assert (np.diff(whole.assignments.astype(np.int64)) > 0).all()
    assert len(listing(found, "left", len(whole))) == len(whole)
    with pytest.raises(Declined, match=f"more than {len(whole) - 1:,} assignments of the 10 variables on the left survive"):
        listing(found, "left", len(whole) - 1)
    assert listed(found, "left") is listed(found, "left", len(whole))
    with pytest.raises(Declined, match=f"more than {len(whole) - 1:,} assignments of the 10 variables on the left survive"):
        listed(found, "left", len(whole) - 1)


@pytest.mark.parametrize("side", ["left", "right"])
def test_the_listing_is_what_the_clauses_leave(side: str) -> None:
    """Against every assignment of the side, by the definition of filters and demands."""
    found = plan(random_ksat(14, 45, 3, seed=8), None, 0, "demanded")
    mine = found.left if side == "left" else found.right
    expected = []
    for number in range(2 ** len(mine)):
        value = {v: number >> (len(mine) - 1 - i) & 1 for i, v in enumerate(mine)}
        true = [clause for clause in found.inner if abs(clause[0]) in mine and any(value[abs(x)] == (x > 0) for x in clause)]
        demanded = {d.literal for d in found.demands if abs(d.literal) not in mine
                    and not any(value[abs(x)] == (x > 0) for x in d.part)}  # fmt: skip
        kept = len(true) == sum(abs(clause[0]) in mine for clause in found.inner)
        if kept and not any(-literal in demanded for literal in demanded):
            expected.append(number)
    assert listing(found, side).assignments.tolist() == expected


@pytest.mark.slow
def test_too_large_is_declined_with_the_figure() -> None:
    with pytest.raises(Declined, match="uses 130 variables"):
        CnfHamming().apply(CNF(130, tuple((v,) for v in range(1, 131))))
    free = CNF(60, tuple((v, v + 1) for v in range(1, 60)))
    with pytest.raises(Declined, match=r"more than [\d,]+ assignments of the 30 variables"):
        CnfHamming().actual_size(free, 2**20)


def test_a_listing_that_takes_too_long_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cnf_listing, "MAX_VISITED", 100)
    with pytest.raises(Declined, match="takes more than 100 steps"):
        CnfHamming().apply(random_ksat(24, 60, 3, seed=11))


@pytest.mark.parametrize("split", [(1, 1), (0,), (5,), (-1,)])
def test_bad_splits_are_refused(split: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="split = "):
        CnfHamming(split=split).apply(CNF(4, ((1, 2),)))


def test_bad_cover_is_refused() -> None:
    with pytest.raises(BadInput, match="knows demanded and left"):
        CnfHamming(cover="most")  # type: ignore[arg-type]


def test_canonical_instances() -> None:
    """G = 0: one OV gadget; an empty list: 100 against 011."""
    trivial = CnfHamming().apply(CNF(2, ((1,), (-2,))))
    assert (dict(trivial.size), trivial.distance(0, 0)) == ({"n": 1, "m": 1, "d": 3, "t": 1, "t2": 3}, 1)
    for never in (CNF(2, ((1,), (-1,))), CNF(0, ((),)), CNF(3, ((), (1, 2)))):
        problem = CnfHamming().apply(never)
        assert (dict(problem.size), problem.distance(0, 0)) == ({"n": 1, "m": 1, "d": 3, "t": 1, "t2": 3}, 3)
        assert len(CnfHamming().back(never, (0, 0))) == never.n


def test_lists_will_do_for_tuples() -> None:
    formula = CNF(3, [[1, 2], [-3]])  # type: ignore[arg-type]
    assert CnfHamming(split=[1]).apply(formula).identity == CnfHamming(split=(1,)).apply(CNF(3, ((1, 2), (-3,)))).identity  # type: ignore[arg-type]


def test_a_margin_that_rounding_would_eat_is_declined() -> None:
    A, B = BitMatrix.zeros(1, 400_000), BitMatrix.zeros(64, 400_000)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        HammingAttention(R0=1.001).apply(GapHamming(A, B, 200_000, 200_001))


@pytest.mark.parametrize("split", [(1,), (2,)])
def test_a_half_without_rows_is_a_no(split: tuple[int, ...]) -> None:
    """Whichever half it is."""
    formula, reduction = CNF(2, ((1,), (-1,), (2,))), CnfHamming(split=split)
    built = reduction.apply(formula)
    assert (built.t, built.t2, built.A.n, built.B.n) == (1, 3, 1, 1)
    assert built.B.distances(built.A.words[0]).tolist() == [3]
    assert [columns.width for columns in reduction.legend(formula)] == [3]
