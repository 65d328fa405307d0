"""The gadget tables, restated as 0/1 strings and checked exhaustively; every flipped bit is caught by a law."""

from collections.abc import Iterator
from itertools import product

import pytest

from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.law import LawBroken
from instances.vectors import OrthogonalVectors
from reductions import laws
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.ov_hamming import OvHamming
from reductions.parts.gadgets import GADGETS, Gadget
from reductions.reduction import Reduction

# Restated from the constructions: symbols and bits of each side.
TABLES = {
    "O": ("0:010 1:100", "0:110 1:011"),
    "OO": ("00:00001 01:00100 10:00010 11:10000", "00:00000 01:00011 10:00101 11:01001"),
    "L": ("0:000 1:110", "*:010 0:001 1:111"),
    "LL": (
        "00:00000011 01:00001001 10:00000101 11:00000000",
        "00:10000011 01:01001001 10:00100101 11:00010000 0*:00001011 1*:00000100 *0:00000111 *1:00001000 **:00000001",
    ),
    "LR": (
        "11:100111 10:010001 01:001111 1*:000101 0*:000011 00:000000",
        "11:100101 10:010101 01:001011 00:000010 *0:000001 *1:000111",
    ),
    "OL": (
        "00:00000 11:01001 10:00101 01:00011",
        "10:10000 11:10011 01:01011 00:00100 1*:00010 0*:00001",
    ),
}
TABLES["R"] = TABLES["L"][::-1]
TABLES["RR"] = TABLES["LL"][::-1]
TABLES["OR"] = TABLES["OL"][::-1]


def violated(kind: str, left: str, right: str) -> bool:
    """The predicate of one item: 1 against 1 for a coordinate, a value against the opposite demand for a variable."""
    return left == right == "1" if kind == "O" else "*" not in (left, right) and left != right


@pytest.mark.parametrize("kinds", GADGETS)
def test_the_tables_are_the_stated_ones(kinds: str) -> None:
    gadget = GADGETS[kinds]
    for table, stated in zip((gadget.left, gadget.right), TABLES[kinds], strict=True):
        assert dict(table) == dict(entry.split(":") for entry in stated.split())


@pytest.mark.parametrize("kinds", GADGETS)
def test_distances_are_1_and_3_exactly_by_the_predicate(kinds: str) -> None:
    gadget = GADGETS[kinds]
    seen = set()
    for left, right in product(gadget.left, gadget.right):
        distance = sum(a != b for a, b in zip(gadget.left[left], gadget.right[right], strict=True))
        wrong = any(map(violated, kinds, left, right))
        assert distance == (3 if wrong else 1), (left, right)
        seen.add(distance)
    assert seen == {1, 3}
    assert len(gadget.left) * len(gadget.right) == {"O": 4, "L": 6, "R": 6, "OO": 16, "LL": 36, "RR": 36}.get(
        kinds, {"LR": 36, "OL": 24, "OR": 24}.get(kinds)
    )


def demands(variable: int, first: int, second: int) -> list[tuple[int, ...]]:
    """Clauses by which `first`, `second` demand 1, 0 or nothing of `variable`."""
    return [(variable, first, second), (-variable, first, -second)]


NEVER = CNF(1, ((1,), (-1,)))

FAMILIES: dict[str, tuple[Reduction, list]] = {  # type: ignore[type-arg]
    "O": (OvHamming("single"), [OrthogonalVectors(BitMatrix.of(["0", "1"]), BitMatrix.of(["0", "1"]))]),
    "OO": (
        OvHamming("pair"),
        [OrthogonalVectors(BitMatrix.of(["00", "01", "10", "11"]), BitMatrix.of(["00", "01", "10", "11"]))],
    ),
    "L": (CnfHamming(split=(1,)), [CNF(3, tuple(demands(1, 2, 3)))]),
    "R": (CnfHamming(split=(2, 3)), [CNF(3, tuple(demands(1, 2, 3)))]),
    "LL": (CnfHamming(split=(1, 2)), [CNF(6, tuple(demands(1, 3, 4) + demands(2, 5, 6)))]),
    "RR": (CnfHamming(split=(3, 4, 5, 6)), [CNF(6, tuple(demands(1, 3, 4) + demands(2, 5, 6)))]),
    "LR": (CnfHamming(split=(1, 3, 4)), [CNF(6, tuple(demands(1, 5, 6) + demands(2, 3, 4)))]),
    "OL": (CnfHamming(split=(1, 2, 3)), [CNF(7, (*demands(1, 4, 5), (2, 3, 6, 7)))]),
    "OR": (CnfHamming(split=(4, 5, 6, 7)), [CNF(7, (*demands(1, 4, 5), (2, 3, 6, 7)))]),
}
NOS = {
    OvHamming: OrthogonalVectors(BitMatrix.of(["11"]), BitMatrix.of(["11"])),
    CnfHamming: CNF(7, tuple(product(*[(v, -v) for v in (1, 2, 7)]))),
}


def check(kinds: str) -> None:
    reduction, family = FAMILIES[kinds]
    for law in (laws.promise_is_kept, laws.sound, laws.complete):
        law(reduction, [*family, NOS[type(reduction)]])


def flips(gadget: Gadget) -> Iterator[Gadget]:
    for side in ("left", "right"):
        table = getattr(gadget, side)
        for symbol, bits in table.items():
            for place, bit in enumerate(bits):
                flipped = {**table, symbol: bits[:place] + ("1" if bit == "0" else "0") + bits[place + 1 :]}
                yield Gadget(flipped, gadget.right) if side == "left" else Gadget(gadget.left, flipped)


@pytest.mark.parametrize("kinds", GADGETS)
def test_every_flipped_bit_of_every_table_breaks_a_law(kinds: str, monkeypatch: pytest.MonkeyPatch) -> None:
    check(kinds)
    count = 0
    for wrong in flips(GADGETS[kinds]):
        monkeypatch.setitem(GADGETS, kinds, wrong)
        with pytest.raises(LawBroken):
            check(kinds)
        count += 1
    assert count >= 12
