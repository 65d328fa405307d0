"""The plan of `cnf_hamming`: which variables go left, which clauses filter, demand or become coordinates.

Letters: N used variables; L and R the two sides, |L| = floor(N/2); G the number of items (demanded variables and
OV coordinates). A clause is *inner* when all its variables lie on one side, *crossing* otherwise. A crossing clause
with one literal on a side is *charged* to that literal's variable v: an assignment of the other side that leaves the
rest of the clause false demands that v make the literal true.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from instances.bits import Bools
from instances.cnf import CNF, Clause
from instances.faults import BadInput, Declined

Cover = Literal["demanded", "left"]
"""Which variable a crossing 2-clause is charged to: one already demanded if there is one, else (or always) its L variable."""

MAX_SIDE = 62
"""Variables that a side may have: its assignments are 64-bit words."""

RESTARTS = 16

BATCH = 128
"""Splits that are scored at once."""

EXHAUSTIVE = 1000
"""Splits that are all tried instead of searched among."""


@dataclass(frozen=True)
class Demand:
    """When every literal of `part` (all on one side) is false, `literal` (on the other side) must be true."""

    part: Clause
    literal: int


@dataclass(frozen=True)
class Coordinate:
    """Violated when some part of `left` and some part of `right` are false together."""

    left: frozenset[Clause]
    right: frozenset[Clause]


@dataclass(frozen=True)
class Plan:
    """Everything that the reduction needs to know of a formula before it lists assignments.

    `left` and `right` are the variables of the sides in increasing order, `inner` the clauses inside one side.
    """

    left: tuple[int, ...]
    right: tuple[int, ...]
    inner: tuple[Clause, ...]
    demands: tuple[Demand, ...]
    coordinates: tuple[Coordinate, ...]

    @property
    def demanded(self) -> tuple[list[int], list[int]]:
        """The demanded variables of the left and of the right, in increasing order."""
        variables = {abs(demand.literal) for demand in self.demands}
        return [v for v in self.left if v in variables], [v for v in self.right if v in variables]

    @property
    def items(self) -> int:
        """G."""
        return len({abs(demand.literal) for demand in self.demands}) + len(self.coordinates)


def normalised(formula: CNF) -> list[Clause]:
    """The clauses as sets (literals sorted by variable), without tautologies and repetitions, in order of appearance."""
    clauses = (tuple(sorted(set(clause), key=abs)) for clause in formula.clauses)
    return list(dict.fromkeys(clause for clause in clauses if not any(-literal in clause for literal in clause)))


def plan(formula: CNF, split: tuple[int, ...] | None, seed: int, cover: Cover) -> Plan:
    """The plan for the left side `split`, or for the best split that a local search from `seed` finds.

    A given split places all N variables; the search leaves those that occur in no clause aside.

    Errors: `BadInput` for a split that names a variable twice or out of range; `Declined` over MAX_SIDE variables a side.
    """
    clauses = normalised(formula)
    used = sorted({abs(literal) for clause in clauses for literal in clause})
    if split is None:
        if len(used) > 2 * MAX_SIDE:
            raise Declined(
                f"the formula uses {len(used)} variables: cnf-hamming lists assignments of half of them, "
                f"at most {MAX_SIDE} a side"
            )
        left = best_split(clauses, used, seed, cover)
        return _planned(clauses, left, [v for v in used if v not in left], cover)
    if len(set(split)) != len(split) or any(not 1 <= v <= formula.n for v in split):
        raise BadInput(f"split = {split}: it must name different variables from 1 to {formula.n}")
    if max(len(split), formula.n - len(split)) > MAX_SIDE:
        raise Declined(f"a split of {len(split)} against {formula.n - len(split)} variables: at most {MAX_SIDE} a side")
    return _planned(clauses, sorted(split), [v for v in range(1, formula.n + 1) if v not in split], cover)


def _planned(clauses: list[Clause], left: list[int], right: list[int], cover: Cover) -> Plan:
    on_left = set(left)
    parts = {
        clause: (tuple(x for x in clause if abs(x) in on_left), tuple(x for x in clause if abs(x) not in on_left))
        for clause in clauses
    }
    inner = tuple(clause for clause, (a, b) in parts.items() if not a or not b)
    crossing = {clause: (a, b) for clause, (a, b) in parts.items() if a and b}
    demands = {
        clause: Demand(b, a[0]) if len(a) == 1 else Demand(a, b[0])
        for clause, (a, b) in crossing.items()
        if len(clause) > 2 and min(len(a), len(b)) == 1
    }
    demanded = {abs(demand.literal) for demand in demands.values()}
    for clause, (a, b) in crossing.items():
        if len(clause) == 2:
            to_right = cover == "demanded" and abs(b[0]) in demanded and abs(a[0]) not in demanded
            demands[clause] = Demand(a, b[0]) if to_right else Demand(b, a[0])
            demanded.add(abs(demands[clause].literal))
    wide = [(a, b) for a, b in crossing.values() if min(len(a), len(b)) >= 2]
    ordered = tuple(demands[clause] for clause in crossing if clause in demands)
    return Plan(tuple(left), tuple(right), inner, ordered, _merged(wide))


def _merged(wide: list[tuple[Clause, Clause]]) -> tuple[Coordinate, ...]:
    """Coordinates for the crossing clauses with two literals on both sides: equal left parts merged, then equal right sets."""
    rights: dict[Clause, set[Clause]] = {}
    for left, right in wide:
        rights.setdefault(left, set()).add(right)
    lefts: dict[frozenset[Clause], set[Clause]] = {}
    for left, parts in rights.items():
        lefts.setdefault(frozenset(parts), set()).add(left)
    return tuple(Coordinate(frozenset(left), right) for right, left in lefts.items())


# ------------------------------------------------------------------------------------------- the search for a split


Grouped = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]


@dataclass(frozen=True)
class _Arrays:
    """The clauses as arrays for scoring many splits at once: (m, k) positions of variables, signs and presence.

    `literals` has for each slot the clauses with a negative and those with a positive literal there, by variable: their
    numbers, where the next variable starts, and the variables. Sums over them take no BLAS, whose threads cost more than these.
    """

    variables: NDArray[np.intp]
    positive: Bools
    present: Bools
    width: NDArray[np.intp]
    cover: Cover
    literals: list[tuple[Grouped, Grouped]]


def best_split(clauses: list[Clause], used: list[int], seed: int, cover: Cover) -> list[int]:
    """floor(N/2) of the used variables for which G is small, and among equal G the predicted number of pairs of rows.

    Up to 1,000 splits all are tried. Otherwise local search: from a random split take the best swap of one variable of
    L with one of R while it improves (ties by smallest index), 16 restarts. OV coordinates count before they are merged.
    """
    if not used:
        return []
    arrays = _arrays(clauses, used, cover)
    if comb(len(used), len(used) // 2) <= EXHAUSTIVE:
        lefts = combinations(range(len(used)), len(used) // 2)
        sides = np.array([[v in left for v in range(len(used))] for left in lefts])
        return [v for v, left in zip(used, _best_of(sides, arrays)[0], strict=True) if left]
    rng = np.random.default_rng(np.random.SeedSequence(seed))
    best: tuple[tuple[int, float], Bools] | None = None
    for _ in range(RESTARTS):
        side = np.zeros(len(used), dtype=np.bool_)
        side[rng.permutation(len(used))[: len(used) // 2]] = True
        found = _descend(side, arrays)
        if best is None or _rank(found[0]) < _rank(best[0]):
            best = found
    assert best is not None
    return [v for v, left in zip(used, best[1], strict=True) if left]


def _descend(side: Bools, arrays: _Arrays) -> tuple[tuple[int, float], Bools]:
    value = _values(side[None], arrays)[0]
    while True:
        moves = [_best_of(swaps, arrays) for swaps in _swaps(side)]
        candidate, new = min(moves, key=lambda move: _rank(move[1]))
        if _rank(new) >= _rank(value):
            return value, side
        side, value = candidate, new


def _swaps(side: Bools) -> Iterable[Bools]:
    """All splits one swap away, by the variable of L and then by that of R, about BATCH at a time."""
    lefts, rights = np.flatnonzero(side), np.flatnonzero(~side)
    step = max(1, BATCH // max(1, len(rights)))
    for first in range(0, len(lefts), step):
        out, in_ = (places.ravel() for places in np.meshgrid(lefts[first : first + step], rights, indexing="ij"))
        swaps, rows = np.repeat(side[None], len(out), axis=0), np.arange(len(out))
        swaps[rows, out], swaps[rows, in_] = False, True
        yield swaps


def _best_of(sides: Bools, arrays: _Arrays) -> tuple[Bools, tuple[int, float]]:
    values = _values(sides, arrays)
    index = min(range(len(values)), key=lambda i: _rank(values[i]))
    return sides[index], values[index]


def _rank(value: tuple[int, float]) -> tuple[int, float]:
    """What is minimised; rounded, so that ties go to the smallest index on every machine."""
    return value[0], round(value[1], 9)


def _values(sides: Bools, arrays: _Arrays) -> list[tuple[int, float]]:
    """(G, predicted log2 of the number of pairs of rows) of each split.

    Prediction: an inner clause of width w keeps 1 - 2^-w of its side, and the demands for v = 1 and for v = 0, each
    made with probability 2^-(w-1), collide as independent Poisson events would.
    """
    N = sides.shape[1]
    left = sides[:, arrays.variables] & arrays.present
    count = left.sum(axis=2)
    inner = (count == 0) | (count == arrays.width)
    wide = (np.minimum(count, arrays.width - count) >= 2).sum(axis=1)
    demanded = np.zeros((2, len(sides), N))
    probability = 2.0 ** (1 - arrays.width)
    for slot in range(arrays.variables.shape[1]):
        single = ((count == 1) & left[:, :, slot]) | ((count == arrays.width - 1) & ~left[:, :, slot])
        single &= arrays.present[:, slot] & (arrays.width > 2)
        charges = single * probability
        for sign in (0, 1):
            clauses, starts, variables = arrays.literals[slot][sign]
            if len(clauses):
                demanded[sign][:, variables] += np.add.reduceat(charges[:, clauses], starts, axis=1)
    for c in np.flatnonzero(arrays.width == 2):
        _charge(sides, demanded, arrays, int(c))
    items = ((demanded[0] + demanded[1]) > 0).sum(axis=1) + wide
    kept = np.log2(np.maximum(1 - 2.0**-arrays.width, 1e-9))
    collide = (1 - np.exp(-demanded[0])) * (1 - np.exp(-demanded[1]))
    pairs = N + np.einsum("sc,c->s", inner, kept) + np.log2(1 - collide).sum(axis=1)
    return [(int(g), float(p)) for g, p in zip(items, pairs, strict=True)]


def _charge(sides: Bools, demanded: NDArray[np.float64], arrays: _Arrays, c: int) -> None:
    """Charge the 2-clause c, where it crosses, as `_planned` does."""
    u, w = arrays.variables[c, :2]
    rows = np.arange(len(sides))
    on_left = np.where(sides[:, u], u, w)
    on_right = np.where(sides[:, u], w, u)
    known = demanded.sum(axis=0) > 0
    to_right = known[rows, on_right] & ~known[rows, on_left] & (arrays.cover == "demanded")
    charged = np.where(to_right, on_right, on_left)
    sign = np.where(charged == u, arrays.positive[c, 0], arrays.positive[c, 1]).astype(np.intp)
    demanded[sign, rows, charged] += 0.5 * (sides[:, u] != sides[:, w])


def _arrays(clauses: list[Clause], used: list[int], cover: Cover) -> _Arrays:
    place = {v: i for i, v in enumerate(used)}
    width = np.array([len(clause) for clause in clauses], dtype=np.intp)
    shape = (len(clauses), int(width.max(initial=1)))
    variables, positive, present = np.zeros(shape, np.intp), np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for c, clause in enumerate(clauses):
        for slot, literal in enumerate(clause):
            variables[c, slot], positive[c, slot], present[c, slot] = place[abs(literal)], literal > 0, True
    literals = [
        (_grouped(variables[:, slot], present[:, slot] & ~positive[:, slot]), _grouped(variables[:, slot], positive[:, slot]))
        for slot in range(shape[1])
    ]
    return _Arrays(variables, positive, present, width, cover, literals)


def _grouped(variables: NDArray[np.intp], chosen: Bools) -> Grouped:
    """The chosen clauses by their variables: their numbers, the places there where variables start, the variables."""
    clauses = np.flatnonzero(chosen)
    clauses = clauses[np.argsort(variables[clauses], kind="stable")]
    found, starts = np.unique(variables[clauses], return_index=True)
    return clauses, starts, found
