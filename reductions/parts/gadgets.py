"""Small tables that turn a predicate on one or two items into a Hamming distance: 1 where it holds, 3 where not.

An item has a symbol on each side. An OV coordinate has a bit on both sides and is violated by 1 against 1.
A variable has its value 0 or 1 on its own side and a demand 0, 1 or * on the other, and is violated by a demand
for the other value. A pair gadget is violated iff one of its two items is. Derived here by linear programming over
the cut cone; distances 1 and 3 are the best for pairs, and all of them are checked exhaustively in the tests.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from instances.bits import Bools

SYMBOLS = "01*"
"""Symbols by their codes 0, 1, 2."""

Codes = NDArray[np.uint8]

T = TypeVar("T")


@dataclass(frozen=True)
class Gadget:
    """Bit strings for the symbols of one or two items on the left and on the right; all of one length."""

    left: Mapping[str, str]
    right: Mapping[str, str]

    @property
    def bits(self) -> int:
        return len(next(iter(self.left.values())))

    @property
    def swapped(self) -> "Gadget":
        return Gadget(self.right, self.left)


def circle(items: Sequence[T]) -> list[tuple[T, ...]]:
    """Each item with the next one and the last with the first: a pair gadget on each is at distance 1, or at 3 where one of its
    items is violated. Every item is in two of the G pairs, so H = G, or H >= G + 4: eps = 4/G for every G >= 2.

    For G = 2 it is the same pair twice; one item is alone, in one gadget. Derived here: of any 2-regular multigraph on the
    items a violated one rejects in both of its edges.
    """
    if len(items) < 2:
        return [tuple(items)] if items else []
    return [(item, items[(i + 1) % len(items)]) for i, item in enumerate(items)]


def gap(items: int) -> int:
    """t2 - t on a circle of so many items."""
    return 4 if items >= 2 else 2


def encode(table: Mapping[str, str], items: list[Codes]) -> Bools:
    """The (rows, bits) block of one side of a gadget, from the symbol codes of each of its items on that side."""
    lookup = np.zeros((3 ** len(items), len(next(iter(table.values())))), dtype=np.bool_)
    for symbols, bits in table.items():
        lookup[_index([SYMBOLS.index(s) for s in symbols])] = [bit == "1" for bit in bits]
    encoded: Bools = lookup[_index([codes.astype(np.intp) for codes in items])]
    return encoded


def _index(codes: Sequence[Any]) -> Any:
    """The symbols' codes as one number in base 3, for ints and for arrays alike."""
    total = codes[0]
    for code in codes[1:]:
        total = 3 * total + code
    return total


def _from_sets(left: str, right: str, left_symbols: str, right_symbols: str) -> Gadget:
    """The gadget whose bit i is [symbol in the i-th set], sets separated by |, symbols by blanks."""

    def side(sets: str, symbols: str) -> dict[str, str]:
        listed = [members.split() for members in sets.split("|")]
        return {s: "".join("1" if s in members else "0" for members in listed) for s in symbols.split()}

    return Gadget(side(left, left_symbols), side(right, right_symbols))


OV = Gadget({"0": "010", "1": "100"}, {"0": "110", "1": "011"})

OV_PAIR = Gadget(
    {"00": "00001", "01": "00100", "10": "00010", "11": "10000"},
    {"00": "00000", "01": "00011", "10": "00101", "11": "01001"},
)

VARIABLE = Gadget({"0": "000", "1": "110"}, {"*": "010", "0": "001", "1": "111"})
"""A variable of the left: value on the left, demand on the right."""

VARIABLE_PAIR = _from_sets(
    " |  |  |  | 01       | 10       | 00       | 00 01 10",
    "00|01|10|11| 01 0* *1 | 10 1* *0 | 00 0* *0 | 00 01 0* 10 *0 **",
    "00 01 10 11",
    "00 01 0* 10 11 1* *0 *1 **",
)
"""Two variables of the left."""

LEFT_RIGHT = _from_sets(
    "11 | 10 | 01 | 01 11 1* | 01 0* 11 | 01 0* 10 11 1*",
    "11 | 10 | 01 | 10 11 *1 | 00 01 *1 | 01 10 11 *0 *1",
    "00 01 0* 10 11 1*",
    "00 01 10 11 *0 *1",
)
"""A variable of the left with one of the right: (value, demand) on the left, (demand, value) on the right."""

OV_LEFT = _from_sets(
    "      | 11 | 10 | 01       | 01 10 11",
    "10 11 | 01 | 00 | 01 11 1* | 01 0* 11",
    "00 01 10 11",
    "00 01 0* 10 11 1*",
)
"""An OV coordinate with a variable of the left: (bit, value) on the left, (bit, demand) on the right."""

GADGETS: dict[str, Gadget] = {
    "O": OV,
    "OO": OV_PAIR,
    "L": VARIABLE,
    "LL": VARIABLE_PAIR,
    "R": VARIABLE.swapped,
    "RR": VARIABLE_PAIR.swapped,
    "LR": LEFT_RIGHT,
    "OL": OV_LEFT,
    "OR": OV_LEFT.swapped,
}
"""The gadget for each combination of kinds: O an OV coordinate, L a variable of the left, R one of the right."""
