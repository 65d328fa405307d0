"""Disjunctions: which witnesses name a member, and what is said of them."""

import pytest

from instances.anyof import AnyOf
from instances.cnf import CNF
from instances.faults import BadInput

MEMBERS = (CNF(0, ()), CNF(0, ((),)), CNF(1, ((1,),)))
ANY = AnyOf(CNF, 3, MEMBERS.__getitem__)


@pytest.mark.parametrize(
    ("witness", "right"),
    [((0,), True), ((1,), False), ((2, True), True), ((2, False), False), ((), False), ((-1, True), False), ((3,), False)],
)
def test_a_witness_names_a_member(witness: tuple[int, ...], right: bool) -> None:
    assert ANY.accepts(witness) is right
    assert ANY.reaches(witness) is right


def test_what_is_said_of_it() -> None:
    assert list(ANY.witnesses()) == [(0,), (1,), (2, 0), (2, 1)]
    assert (ANY.size, repr(ANY), ANY.promised(), AnyOf.memory({"count": 3})) == ({"count": 3}, "AnyOf(3 of CNF)", True, 64)
    assert ANY.identity != AnyOf(CNF, 2, MEMBERS.__getitem__).identity
    assert AnyOf(CNF, 0, MEMBERS.__getitem__).promised()
    with pytest.raises(BadInput, match="-1"):
        AnyOf(CNF, -1, MEMBERS.__getitem__)
