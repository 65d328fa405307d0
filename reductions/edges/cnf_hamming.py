"""k-SAT to gap Hamming distance, as small as we know how (derived here; the gadgets' optimality by linear programming).

Split the used variables into L and R. Clauses inside a side filter its assignments. A crossing clause with one
literal on a side becomes a demand on that variable; one with at least two literals on both sides an OV coordinate
(see `cnf_split`). The surviving assignments of each side are the rows (see `cnf_listing`); items (demanded variables
and coordinates) are encoded two at a time by the gadgets of `gadgets`. With G items and t = max(1, ceil(G/2)),

    H(a_i, b_j) = t + 2 (number of violated gadgets),   so   t against t2 = t + 2, eps = 2/t, about 4/G,

and H = t iff assignments i and j together are a model. For 3-SAT G <= N, whatever the number of clauses.

G = 0 (the filters decide everything): one OV gadget with bits 0, so t = 1 and every pair is a model.
No row on a side: the NO instance 100 against 011 (t = 1, t2 = 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from instances.bits import BitMatrix, Bools
from instances.cnf import CNF, literals
from instances.faults import BadInput
from instances.kept import kept
from instances.problem import Size, Witness
from instances.vectors import GapHamming
from reductions.parts.assignments import digits, number
from reductions.parts.chosen_split import Aim, chosen_plan
from reductions.parts.cnf_listing import Listing, false_parts, listed
from reductions.parts.cnf_split import Coordinate, Plan
from reductions.parts.gadgets import GADGETS, SYMBOLS, Codes, circle, encode, gap
from reductions.parts.split_search import Cover
from reductions.reduction import Columns, Reduction, Theorem

Layout = Literal["pair", "cycle"]

Item = tuple[str, int]
"""(kind, number): a variable of L ("L") or R ("R"), or the index of an OV coordinate ("O")."""


@dataclass(frozen=True)
class CnfHamming(Reduction[CNF, GapHamming]):
    """min H = t iff the formula is satisfiable, >= t + 2 otherwise; t = max(1, ceil(G/2)), G <= min(M, N) for 3-SAT.
    With `gadget="cycle"` every item is in two gadgets: t = max(1, G), and >= t + 4 otherwise, eps = 4/G (2 where G < 2).
    `split`: the variables of L, or None for a local search from `seed` (|L| = floor(N/2)). `aim`: what the search makes small,
    the items, for the gap ("gap"), or the pairs of rows, for time ("pairs"); None for the gap up to 64 used variables, and
    beyond for the pairs (module `chosen_split`).
    `cover`: a crossing 2-clause is charged to a variable already demanded if there is one, else to its L variable
    ("demanded"), or always to its L variable ("left"). `size` is an upper bound, attained where every clause crosses,
    every variable is demanded, an even number of them on each side, and no assignment is filtered; with "cycle" where all
    items are variables of one side.
    Errors: `BadInput` for a wrong split, cover, gadget, aim or seed; `Declined` for more than 62 variables a side or more
    survivors than memory holds.
    """

    split: tuple[int, ...] | None = None
    seed: int = 0
    cover: Cover = "demanded"
    gadget: Layout = "pair"
    aim: Aim | None = None

    key: ClassVar[str] = "cnf-hamming"
    bound: ClassVar[bool] = True
    theorem: ClassVar[Theorem] = Theorem(
        "SAT with N variables and M clauses is Hamming nearest neighbour of at most 2^ceil(N/2) vectors "
        "with gap t against t + 2, t = ceil(G/2), or G against G + 4 (cycle), where G <= M, and G <= N for 3-SAT",
        "derived here; after split-and-list, Williams 2005",
        "A row of A is an assignment of the left half of the variables that breaks no clause by itself, a row of B one of "
        "the right half. What one half demands of the other is written in groups of columns, the gadgets: in each of the "
        "t gadgets the two rows differ in 1 place where they fit, and in 3 where a clause would be false. So two halves "
        "that are a model are at distance t, all others at t + 2 or more.",
    )

    def __post_init__(self) -> None:
        if self.cover not in ("demanded", "left"):
            raise BadInput(f"cover = {self.cover!r}: cnf-hamming knows demanded and left")
        if self.gadget not in ("pair", "cycle"):
            raise BadInput(f"gadget = {self.gadget!r}: cnf-hamming has the gadgets pair and cycle")
        if self.aim not in ("gap", "pairs", None):
            raise BadInput(f"aim = {self.aim!r}: cnf-hamming knows gap and pairs")
        if self.split is not None:
            object.__setattr__(self, "split", tuple(sorted(self.split)))
        if self.seed < 0:
            raise BadInput(f"seed = {self.seed}: it must be at least 0")

    def size(self, of: Size) -> Size:
        items = of["m"] if of["k"] >= 4 else min(of["m"], of["n"])
        gadgets = -(-items // 2) if self.gadget == "pair" else items
        left = of["n"] // 2 if self.split is None else min(len(self.split), of["n"])
        t = _thresholds(max(1, gadgets), items, self.gadget)
        return {"n": 2**left, "m": 2 ** (of["n"] - left), "d": max(3, 8 * gadgets), **t}

    def actual_size(self, problem: CNF, most: int) -> Size:
        found = self.plan(problem)
        rows = most // (24 + size_with(found, 1, 1, self.gadget)["d"] // 8)
        n, m = (len(listed(found, side, rows)) for side in ("left", "right"))
        return size_with(found, n, m, self.gadget)

    def apply(self, problem: CNF) -> GapHamming:
        found, left, right = self._listings(problem)
        if not len(left) or not len(right):
            return GapHamming(BitMatrix.of(["100"]), BitMatrix.of(["011"]), 1, 3)
        return encoded(found, left, right, self.gadget)

    def legend(self, problem: CNF) -> Sequence[Columns]:
        found, left, right = self._listings(problem)
        if not len(left) or not len(right):
            return (Columns(3, "every assignment of one half makes a clause false", ()),)
        numbers = {frozenset(clause): c for c, clause in reversed(list(enumerate(problem.clauses)))}
        return tuple(_named(found, items, numbers) for items in _gadgets(found, self.gadget))

    def forth(self, problem: CNF, witness: Witness) -> Witness:
        found, left, right = self._listings(problem)
        i, j = (
            int(np.searchsorted(rows.assignments, np.uint64(number(tuple(witness[v - 1] for v in variables)))))
            for rows, variables in ((left, found.left), (right, found.right))
        )
        return i, j

    def back(self, problem: CNF, witness: Witness) -> Witness:
        true = {literal for part in self.assigns(problem, witness) for literal in part}
        return tuple(int(variable in true) for variable in range(1, problem.n + 1))

    def assigns(self, problem: CNF, witness: Witness) -> tuple[tuple[int, ...], ...]:
        """Unused variables are in neither; a row that stands for no assignment makes none true."""
        found, left, right = self._listings(problem)
        return tuple(
            literals(variables, digits(int(rows.assignments[row]), len(variables))) if row < len(rows) else ()
            for rows, variables, row in ((left, found.left, witness[0]), (right, found.right, witness[1]))
        )

    def plan(self, problem: CNF) -> Plan:
        """The split that is taken, and what follows from it. Errors: as `apply`."""
        return _plan(problem, self.split, self.seed, self.cover, self.aim)

    def _listings(self, problem: CNF) -> tuple[Plan, Listing, Listing]:
        found = self.plan(problem)
        return found, listed(found, "left"), listed(found, "right")


_plan = kept(4)(chosen_plan)


def size_with(found: Plan, n: int, m: int, gadget: Layout) -> Size:
    """The size of the instance whose sides have n and m rows."""
    gadgets = _gadgets(found, gadget)
    if not n or not m:
        return {"n": 1, "m": 1, "d": 3, "t": 1, "t2": 3}
    bits = sum(GADGETS[_kinds(items)].bits for items in gadgets)
    return {"n": n, "m": m, "d": bits, **_thresholds(len(gadgets), found.items, gadget)}


def encoded(found: Plan, left: Listing, right: Listing, gadget: Layout) -> GapHamming:
    """The instance of these assignments, at least one a side."""
    gadgets = _gadgets(found, gadget)
    A, B = (_encoded(found, gadgets, side, rows) for side, rows in (("left", left), ("right", right)))
    return GapHamming(A, B, **_thresholds(len(gadgets), found.items, gadget))


def _thresholds(gadgets: int, items: int, gadget: Layout) -> dict[str, int]:
    return {"t": gadgets, "t2": gadgets + (gap(items) if gadget == "cycle" else 2)}


def _gadgets(found: Plan, gadget: Layout) -> Sequence[Sequence[Item]]:
    """The items of each gadget; without items one OV coordinate that no assignment violates (number -1)."""
    demanded = found.demanded
    kinds: dict[str, list[Item]] = {
        "L": [("L", v) for v in demanded[0]],
        "O": [("O", c) for c in range(len(found.coordinates))],
        "R": [("R", v) for v in demanded[1]],
    }
    return (_paired(kinds) if gadget == "pair" else _on_circle(kinds)) or [[("O", -1)]]


def _on_circle(kinds: Mapping[str, list[Item]]) -> list[tuple[Item, ...]]:
    """Neighbours on a circle where kinds alternate as far as they can: gadgets of two kinds have the fewest bits."""
    items = [item for of in kinds.values() for item in of]
    half, mixed = -(-len(items) // 2), list(items)
    mixed[::2], mixed[1::2] = items[:half], items[half:]
    return [tuple(sorted(pair, key=lambda item: "OLR".index(item[0]))) for pair in circle(mixed)]


def _paired(kinds: Mapping[str, list[Item]]) -> list[list[Item]]:
    """Pairs within a kind, then left-overs of different kinds, then one single item."""
    pairs = [items[i : i + 2] for items in kinds.values() for i in range(0, len(items) - 1, 2)]
    rest = {kind: items[-1] for kind, items in kinds.items() if len(items) % 2}
    if "O" in rest and len(rest) > 1:
        other = "L" if "L" in rest else "R"
        pairs.append([rest.pop("O"), rest.pop(other)])
    if len(rest) == 2:
        pairs.append([rest.pop("L"), rest.pop("R")])
    return pairs + [[item] for item in rest.values()]


def _named(found: Plan, items: Sequence[Item], numbers: dict[frozenset[int], int]) -> Columns:
    """The columns of a gadget: its items in words, and the clauses that it watches."""
    words: list[str] = []
    clauses: list[frozenset[int]] = []
    for kind, which in items:
        if kind == "O":
            words.append("a clause over both halves" if which >= 0 else "nothing left to watch")
            parts = found.coordinates[which] if which >= 0 else Coordinate(frozenset(), frozenset())
            clauses += [frozenset(a + b) for a in sorted(parts.left) for b in sorted(parts.right)]
        else:
            words.append(f"variable {which}")
            clauses += [frozenset((*demand.part, demand.literal)) for demand in found.demands if abs(demand.literal) == which]
    of = tuple(dict.fromkeys(numbers[clause] for clause in clauses if clause in numbers))
    return Columns(GADGETS[_kinds(items)].bits, " and ".join(words), of)


def _kinds(items: Sequence[Item]) -> str:
    return "".join(kind for kind, _ in items)


def _encoded(found: Plan, gadgets: Sequence[Sequence[Item]], side: str, rows: Listing) -> BitMatrix:
    def block(part: slice) -> Bools:
        some = Listing(rows.assignments[part], rows.ones[part], rows.zeros[part])
        encoded = []
        for items in gadgets:
            gadget = GADGETS[_kinds(items)]
            table = gadget.left if side == "left" else gadget.right
            encoded.append(encode(table, [_symbols(found, item, side, some) for item in items]))
        return np.concatenate(encoded, axis=1)

    return BitMatrix.build(len(rows), sum(GADGETS[_kinds(items)].bits for items in gadgets), block)


def _symbols(found: Plan, item: Item, side: str, rows: Listing) -> Codes:
    """The symbol codes of an item on one side, for each row."""
    kind, number = item
    mine, other = (found.left, found.right) if side == "left" else (found.right, found.left)
    if kind == "O":
        coordinate = found.coordinates[number] if number >= 0 else Coordinate(frozenset(), frozenset())
        return false_parts(coordinate.left if side == "left" else coordinate.right, mine, rows.assignments).astype(np.uint8)
    if number in mine:
        return _bit(rows.assignments, mine, number)
    ones, zeros = _bit(rows.ones, other, number), _bit(rows.zeros, other, number)
    return np.where(ones == 1, SYMBOLS.index("1"), np.where(zeros == 1, SYMBOLS.index("0"), SYMBOLS.index("*"))).astype(
        np.uint8
    )


def _bit(numbers: np.ndarray, variables: tuple[int, ...], variable: int) -> Codes:
    place = np.uint64(len(variables) - 1 - variables.index(variable))
    return ((numbers >> place) & np.uint64(1)).astype(np.uint8)
