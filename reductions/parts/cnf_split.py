"""The plan of `cnf_hamming`: which variables go left, which clauses filter, demand or become coordinates.

Letters: N used variables; L and R the two sides, |L| = floor(N/2); G the number of items (demanded variables and
OV coordinates). A clause is *inner* when all its variables lie on one side, *crossing* otherwise. A crossing clause
with one literal on a side is *charged* to that literal's variable v: an assignment of the other side that leaves the
rest of the clause false demands that v make the literal true.
"""

from dataclasses import dataclass

from instances.cnf import CNF, Clause
from instances.faults import BadInput, Declined
from reductions.parts.split_search import Cover, Rank, fewest_items, local_optima

MAX_SIDE = 62
"""Variables that a side may have: its assignments are 64-bit words."""


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
    if split is None:
        return searched(formula, seed, cover, fewest_items)[0]
    if len(set(split)) != len(split) or any(not 1 <= v <= formula.n for v in split):
        raise BadInput(f"split = {split}: it must name different variables from 1 to {formula.n}")
    if max(len(split), formula.n - len(split)) > MAX_SIDE:
        raise Declined(f"a split of {len(split)} against {formula.n - len(split)} variables: at most {MAX_SIDE} a side")
    right = [v for v in range(1, formula.n + 1) if v not in split]
    return _planned(normalised(formula), sorted(split), right, cover)


def searched(formula: CNF, seed: int, cover: Cover, rank: Rank) -> list[Plan]:
    """The plans of all splits that the local search ends in, the best by its rank first. Errors: as `plan`."""
    clauses, used = normalised(formula), used_variables(formula)
    if len(used) > 2 * MAX_SIDE:
        raise Declined(
            f"the formula uses {len(used)} variables: cnf-hamming lists assignments of half of them, at most {MAX_SIDE} a side"
        )
    lefts = local_optima(clauses, used, seed, cover, rank)
    return [_planned(clauses, left, [v for v in used if v not in left], cover) for left in lefts]


def used_variables(formula: CNF) -> list[int]:
    """Those that occur in a clause that is no tautology."""
    return sorted({abs(literal) for clause in normalised(formula) for literal in clause})


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
