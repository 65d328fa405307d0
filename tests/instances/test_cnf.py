"""A formula and its witnesses, by the definition; what is none is refused."""

from itertools import product

import pytest

from instances.cnf import CNF
from instances.faults import BadInput
from instances.problem import yes

FORMULA = CNF(3, ((1, -2), (2, 3), (-1, -3)))


def test_witnesses_by_the_table_of_truth() -> None:
    right = {x for x in product((0, 1), repeat=3) if (x[0] or not x[1]) and (x[1] or x[2]) and not (x[0] and x[2])}
    assert {x for x in FORMULA.witnesses() if FORMULA.accepts(x)} == right == {(1, 1, 0), (0, 0, 1)}
    assert list(FORMULA.witnesses()) == sorted(product((0, 1), repeat=3))
    assert CNF(0, ()).accepts(())
    assert not CNF(0, ((),)).accepts(())


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("value", [2, -1, 10**6])
def test_values_that_are_no_bits_are_never_accepted(place: int, value: int) -> None:
    for model in ((1, 1, 0), (0, 0, 1)):
        assert not FORMULA.accepts((*model[:place], value, *model[place + 1 :]))
        assert not CNF(3, ()).accepts((*model[:place], value, *model[place + 1 :]))


def test_other_lengths_are_never_accepted() -> None:
    for model in ((), (1,), (1, 1), (1, 1, 0, 0)):
        assert not FORMULA.accepts(model)
        assert not CNF(3, ()).accepts(model)


def test_literals_are_of_the_variables() -> None:
    assert CNF(2, ((2, -2), (1, -1))).size == {"n": 2, "m": 2, "k": 2}
    assert CNF(2, ()).size == {"n": 2, "m": 0, "k": 0}
    assert CNF(2, ((1,), (1, 2), ())).size["k"] == 2
    for literal in (0, 3, -3):
        with pytest.raises(BadInput, match=rf"^clause 2 has the literal {literal}: literals run over \+-1\.\.\+-2$"):
            CNF(2, ((1,), (2, literal)))
    with pytest.raises(BadInput, match="must not be negative"):
        CNF(-1, ())


@pytest.mark.parametrize("limit", range(5))
def test_all_small_formulas_are_enumerated(limit: int) -> None:
    found = list(CNF.instances(limit))
    assert len(set(found)) == len(found)
    assert all(formula.n + len(formula.clauses) <= limit for formula in found)
    literals = {n: [c for c in product((-1, 0, 1), repeat=n) if any(c) and sum(map(abs, c)) <= 3] for n in range(limit + 1)}
    for n in range(limit + 1):
        one = {formula.clauses[0] for formula in found if formula.n == n and len(formula.clauses) == 1}
        if n + 1 <= limit:
            assert len(one - {()}) == len(literals[n])


def test_witnesses_are_tuples_of_whole_numbers_and_verdicts_are_bools() -> None:
    assert yes(FORMULA.accepts, (1, 1, 0))
    assert not yes(lambda witness: False, ())
    for witness in ("110", [1, 1, 0], (1.0, 1.0, 0.0), (1, None, 0), None):
        with pytest.raises(TypeError, match="is given as a witness, and a witness is a tuple of ints"):
            yes(FORMULA.accepts, witness)  # type: ignore[arg-type]
    odd: list[object] = [1, 0, None, "yes", []]
    for said in odd:
        with pytest.raises(TypeError, match="and it says True or False"):
            yes(lambda witness: said, (1,))  # noqa: B023
