"""Listings against all assignments one by one, the order of the variables, what is refused, and samples."""

from fractions import Fraction
from itertools import count, product

import numpy as np
import pytest

from instances.cnf import CNF, Clause
from instances.families import random_ksat
from instances.faults import Declined
from reductions.parts import cnf_listing
from reductions.parts.cnf_listing import Listing, false_parts, levels_of, listed, listing, sampled
from reductions.parts.cnf_split import Coordinate, Demand, Plan, plan

FREE = Plan((1, 2, 3), (4,), (), (), ())
"""Nothing is asked of three variables against one."""


def plans() -> list[Plan]:
    formulas = [
        random_ksat(n, m, k=k, seed=seed) for seed, (n, m, k) in enumerate(((7, 9, 3), (8, 20, 3), (6, 8, 2), (9, 25, 4)))
    ]
    clauses = ((1,), (-2, 3), (1, 4), (-4, 5, 6), (2, -5), (-6, -3, -1), (3, 5))
    split = [plan(formula, (1, 3, 4), 0, "demanded") for formula in formulas]
    return [*split, plan(CNF(6, clauses), (1, 2, 3), 0, "demanded"), FREE, Plan((1, 2), (3, 4), ((),), (), ())]


def expected(of: Plan, side: str) -> list[tuple[int, int, int]]:
    """(assignment, what must be 1, what must be 0) for each that survives, by its bits, the first variable the highest."""
    mine, other = (of.left, of.right) if side == "left" else (of.right, of.left)
    found = []
    for bits in product((False, True), repeat=len(mine)):
        value = dict(zip(mine, bits, strict=True))

        def false(part: Clause, value: dict[int, bool] = value) -> bool:
            return all(abs(x) in value and value[abs(x)] != (x > 0) for x in part)

        demanded = {d.literal for d in of.demands if abs(d.literal) in other and false(d.part)}
        if any(map(false, of.inner)) or any(-literal in demanded for literal in demanded):
            continue
        ones, zeros = (sum(2 ** (len(other) - 1 - other.index(v)) for v in other if sign * v in demanded) for sign in (1, -1))
        found.append((sum(bit << i for i, bit in enumerate(reversed(bits))), ones, zeros))
    return found


def rows(of: Listing) -> list[tuple[int, int, int]]:
    return list(zip(of.assignments.tolist(), of.ones.tolist(), of.zeros.tolist(), strict=True))


@pytest.mark.parametrize("chunk", [1, 3, 2**19])
def test_every_assignment(chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cnf_listing, "CHUNK", chunk)
    lengths = []
    for of in plans():
        for side in ("left", "right"):
            found, wanted = listing(of, side), expected(of, side)
            assert rows(found) == wanted
            assert len(found) == len(wanted)
            sample = sampled(of, side, 2**9, 0)
            assert sorted(rows(sample.listing)) == wanted
            assert sample.rows == len(wanted)
            lengths.append(len(wanted))
    assert min(lengths) == 0
    assert 1 < sorted(lengths)[len(lengths) // 2] < 32


def test_parts_that_are_false() -> None:
    variables, numbers = (2, 5, 7), np.arange(8, dtype=np.uint64)
    for parts in (set(), {(2,)}, {(-2, 7)}, {(5, -7), (2, 5)}, {(-2, -5, -7), (2, 5, 7)}):
        values = [dict(zip(variables, bits, strict=True)) for bits in product((False, True), repeat=3)]
        wanted = [any(all(value[abs(x)] != (x > 0) for x in part) for part in parts) for value in values]
        assert false_parts(frozenset(parts), variables, numbers).tolist() == wanted


def test_the_order_of_variables() -> None:
    """Next the one whose parts are nearest to complete, a part with r open variables counting 2^-r, an inner clause three
    times a demand; of equal ones the least.
    """
    for of in plans():
        if () in of.inner:
            continue
        for side in ("left", "right"):
            mine, other = (of.left, of.right) if side == "left" else (of.right, of.left)
            parts = [{abs(x) for x in clause} for clause in of.inner for _ in range(3) if {abs(x) for x in clause} <= {*mine}]
            parts += [{abs(x) for x in demand.part} for demand in of.demands if abs(demand.literal) in other]
            order: list[int] = []
            while len(order) < len(mine):
                gains = {v: sum(Fraction(1, 2 ** len(part - {*order})) for part in parts if v in part) for v in mine}
                order.append(next(v for v in mine if v not in order and gains[v] == max(gains[w] for w in {*mine} - {*order})))
            assert [level.bit for level in levels_of(of, side)] == [2 ** (len(mine) - 1 - mine.index(v)) for v in order]


def test_an_inner_clause_counts_as_three_demands() -> None:
    demands = (Demand((2, 3), 5), Demand((2, 3), 6), Demand((2, 3), 7))
    for some, first in ((demands, 1), ((*demands, Demand((-2, 3), 5)), 2)):
        of = Plan((1, 2, 3, 4), (5, 6, 7), ((1, 4),), some, ())
        assert levels_of(of, "left")[0].bit == 2 ** (4 - first)


def test_how_many_are_visited(monkeypatch: pytest.MonkeyPatch) -> None:
    """1 + 2 + 4 of three free variables."""
    monkeypatch.setattr(cnf_listing, "MAX_VISITED", 7)
    assert len(listing(FREE, "left")) == 8
    monkeypatch.setattr(cnf_listing, "MAX_VISITED", 6)
    with pytest.raises(Declined, match="of the 3 variables on the left takes more than 6 steps"):
        listing(FREE, "left")


def test_more_rows_than_may_be() -> None:
    """Also where the listing is there already, which is made once."""
    of = Plan((1, 2, 3), (4, 5), (), (), (Coordinate(frozenset({(1, 2)}), frozenset({(4, 5)})),))
    for side, rows_, variables in (("left", 8, 3), ("right", 4, 2)):
        for take in (listing, listed, listed):
            with pytest.raises(Declined, match=f"more than {rows_ - 1} assignments of the {variables} variables on the {side}"):
                take(of, side, rows_ - 1)
            assert len(take(of, side, rows_)) == len(take(of, side)) == rows_
        assert listed(of, side) is listed(of, side, rows_)


def test_parts_that_are_nearer_to_complete_weigh_twice_as_much() -> None:
    """Two parts with two open variables are as heavy as one with one."""
    for alone, shared in ((1, 2), (4, 1)):
        others = [v for v in (1, 2, 3, 4) if v not in (alone, shared)]
        demands = (Demand((alone,), 5), *(Demand((shared, v), 6) for v in others))
        assert levels_of(Plan((1, 2, 3, 4), (5, 6), (), demands, ()), "left")[0].bit == 8


def test_samples_stand_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step takes two ticks of the clock: of 2, then 4, then 4 rows for 8, at most two are kept, drawn by the seed."""
    clock = count(0, 2)
    monkeypatch.setattr(cnf_listing, "perf_counter", lambda: float(next(clock)))
    for seed in range(9):
        sample = sampled(FREE, "left", 2, seed)
        assert (sample.rows, sample.seconds, len(sample.listing)) == (8, 2 * (1.0 + 1.0 + 2.0), 2)
        rng = np.random.default_rng([seed, 1])
        two = [(0, 4, 2, 6)[i] for i in sorted(rng.choice(4, 2, replace=False))]
        four = [*two, *(x + 1 for x in two)]
        assert sample.listing.assignments.tolist() == [four[i] for i in sorted(rng.choice(4, 2, replace=False))]
    assert sampled(FREE, "left", 8, 0).seconds == 6.0
    nothing = sampled(Plan((1,), (2,), ((),), (), ()), "left", 2, 0)
    assert (nothing.rows, nothing.seconds, rows(nothing.listing)) == (0, 0.0, [])
