"""Three lists of a formula: every law for every way to part the variables, and bad parts."""

from itertools import product

import pytest

from instances.cnf import CNF
from instances.faults import BadInput
from instances.law import LawBroken
from instances.problem import Witness
from reductions import laws
from reductions.edges.cnf_3ov import Cnf3ov
from solvers import ExhaustiveTriples, Verdict
from tests.support.tiny import N, odd_variants, representatives, satisfiable

PARTS = [parts for parts in product(range(N + 1), repeat=3) if sum(parts) == N]


@pytest.mark.parametrize("parts", PARTS)
def test_every_law_for_every_parts(parts: tuple[int, int, int]) -> None:
    counts = laws.laws(Cnf3ov(parts), representatives()[PARTS.index(parts) :: 25])
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0


def test_products_count_the_clauses_that_are_left_false() -> None:
    formula = CNF(6, ((1, 3, 5), (-1, -3), (2, -5), (-2, 4, 6), (-4, -6), (-1, 5)))
    for parts in (None, (1, 2, 3), (0, 6, 0)):
        edge = Cnf3ov(parts)
        problem = edge.apply(formula)
        for i, j, k in problem.witnesses():
            values = edge.back(formula, (i, j, k))
            false = sum(not any(values[abs(x) - 1] == (x > 0) for x in clause) for clause in formula.clauses)
            assert problem.products(problem.A.words[i] & problem.B.words[j])[k] == false
            assert edge.forth(formula, values) == (i, j, k)
            assert [len(part) for part in edge.assigns(formula, (i, j, k))] == list(edge._parts(6))


def test_few_variables_and_odd_formulas() -> None:
    for formula in (
        CNF(0, ()),
        CNF(0, ((),)),
        CNF(1, ((1,),)),
        CNF(2, ((1,), (-2,), (-1, 2))),
        *odd_variants(representatives()[99]),
    ):
        decision = ExhaustiveTriples().solve(Cnf3ov().apply(formula))
        assert (decision.verdict is Verdict.YES) == satisfiable(formula)


def test_bad_parts() -> None:
    with pytest.raises(BadInput, match=r"parts of 1 \+ 1 \+ 2 = 4 variables, the formula has 3"):
        Cnf3ov((1, 1, 2)).apply(representatives()[5])
    for wrong in ((1, 2), (1, 1, -1), (1, 1, 1, 0)):
        with pytest.raises(BadInput, match="give three numbers of variables"):
            Cnf3ov(wrong)


def test_parts_that_are_exchanged_on_the_way_back_are_found() -> None:
    class Wrong(Cnf3ov):
        def back(self, problem: CNF, witness: Witness) -> Witness:
            return super().back(problem, (witness[1], witness[0], witness[2]))

    with pytest.raises(LawBroken):
        laws.sound(Wrong(), representatives()[::20])
