"""The split that a reduction takes where none is given: by the gap or by the pairs of rows."""

import pytest

from instances.cnf import CNF
from instances.families import random_ksat
from instances.faults import BadInput
from reductions.edges.cnf_hamming import CnfHamming
from reductions.parts import chosen_split
from reductions.parts.chosen_split import A_ROW, Aim, chosen_plan, work
from reductions.parts.cnf_listing import listing
from reductions.parts.cnf_split import Plan, plan, searched
from reductions.parts.split_search import fewest_items, fewest_pairs


def formula(n: int, seed: int = 0) -> CNF:
    return random_ksat(n, round(4.26 * n), 3, seed=seed)


def pairs(found: Plan) -> int:
    return len(listing(found, "left")) * len(listing(found, "right"))


AIMS: tuple[Aim, Aim] = ("gap", "pairs")


@pytest.mark.slow
def test_by_the_gap_there_are_fewer_items_and_by_pairs_less_work() -> None:
    of = formula(48)
    gap, few = (chosen_plan(of, None, 0, "demanded", aim) for aim in AIMS)
    assert gap == plan(of, None, 0, "demanded")
    assert few.items >= gap.items
    assert pairs(few) < pairs(gap) / 2


def test_the_least_work_of_all_candidates_is_taken() -> None:
    of = formula(34)
    candidates = searched(of, 0, "demanded", fewest_pairs)
    found = chosen_plan(of, None, 0, "demanded", "pairs")
    assert work(found, 0) == min(work(each, 0) for each in candidates) < max(work(each, 0) for each in candidates)
    assert searched(of, 0, "demanded", fewest_items)[0] == plan(of, None, 0, "demanded")


def test_work_is_exact_where_the_sample_holds_all() -> None:
    found = plan(formula(24), None, 0, "demanded")
    n, m = (len(listing(found, side)) for side in ("left", "right"))
    assert max(n, m) < chosen_split.SAMPLE
    assert work(found, 0) == n * m + A_ROW * (n + m)


def test_large_formulas_are_for_the_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    of = formula(20)
    by_gap, by_pairs = (CnfHamming(aim=aim).apply(of) for aim in AIMS)
    assert by_gap.identity != by_pairs.identity
    assert CnfHamming().apply(of).identity == by_gap.identity
    monkeypatch.setattr(chosen_split, "LARGE", 19)
    assert CnfHamming(seed=0).plan(CNF(21, of.clauses)) == CnfHamming(aim="pairs").plan(of)
    split = tuple(range(1, 11))
    assert chosen_plan(of, split, 0, "demanded", "pairs") == plan(of, split, 0, "demanded")


def test_other_aims_are_refused() -> None:
    with pytest.raises(BadInput, match="knows gap and pairs"):
        CnfHamming(aim="rows")  # type: ignore[arg-type]
