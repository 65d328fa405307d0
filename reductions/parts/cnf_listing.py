"""Listing the assignments of one side that no clause rules out, with what they demand of the other side.

An assignment of a side with V variables is a number whose bit V-1-i is the value of the side's i-th variable, so that
numeric order is the binary order with the first variable most significant. Demands are two such numbers over the
other side's variables: those that must be 1 and those that must be 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from instances.bits import Bools, Words
from instances.cnf import Clause
from instances.faults import Declined
from instances.kept import kept
from reductions.parts.cnf_split import Plan

CHUNK = 1 << 19
"""Partial assignments that are extended together."""

MAX_VISITED = 1 << 30
"""Partial assignments that a listing may visit in all."""


@dataclass(frozen=True, eq=False)
class Listing:
    """The surviving assignments of one side in increasing order, and their demands on the other side; (rows,) each."""

    assignments: Words
    ones: Words
    zeros: Words

    def __len__(self) -> int:
        return len(self.assignments)


@dataclass(frozen=True)
class _Pattern:
    """The assignments that leave `part` false: those with (assignment & mask) == false."""

    mask: int
    false: int

    @classmethod
    def of(cls, part: Clause, variables: tuple[int, ...]) -> "_Pattern":
        bits = {abs(literal): 1 << (len(variables) - 1 - variables.index(abs(literal))) for literal in part}
        return cls(sum(bits.values()), sum(bits[-literal] for literal in part if literal < 0))

    def matches(self, assignments: Words) -> Bools:
        matching: Bools = (assignments & np.uint64(self.mask)) == np.uint64(self.false)
        return matching


def false_parts(parts: frozenset[Clause], variables: tuple[int, ...], assignments: Words) -> Bools:
    """Which assignments leave some of `parts` false."""
    false = np.zeros(len(assignments), dtype=np.bool_)
    for part in parts:
        false |= _Pattern.of(part, variables).matches(assignments)
    return false


def listing(plan: Plan, side: str, most: int | None = None) -> Listing:
    """The assignments of a side ("left" or "right") that satisfy its inner clauses and demand no variable both ways.

    Depth first over chunks, a variable at a time, most constrained first, pruned at every step: memory stays at
    O(V CHUNK + rows). Errors: `Declined` over MAX_VISITED partial assignments, and over `most` rows.
    """
    parts = list(zip(*_survivors(plan, side, most), strict=True)) or [(column,) for column in _NONE]
    assignments = np.concatenate(parts[0])
    order = np.argsort(assignments)
    ones, zeros = (np.concatenate(column)[order] for column in parts[1:])
    return Listing(assignments[order], ones, zeros)


@kept(4)
def _made(plan: Plan, side: str) -> list[Listing]:
    """The listing of a side, once it is there."""
    return []


def listed(plan: Plan, side: str, most: int | None = None) -> Listing:
    """`listing`, made once, whoever asks first. Errors: as `listing`."""
    made = _made(plan, side)
    if not made:
        made.append(listing(plan, side, most))
    _refuse_more(len(made[0]), most, plan, side)
    return made[0]


def _refuse_more(rows: int, most: int | None, plan: Plan, side: str) -> None:
    """Errors: `Declined` where the listing of a side has more than `most` rows."""
    if most is not None and rows > most:
        variables = plan.left if side == "left" else plan.right
        raise Declined(
            f"more than {most:,} assignments of the {len(variables)} variables on the {side} survive the clauses: "
            f"they do not fit the memory budget; raise it with --memory (memory= in Python)"
        )


def sampled(plan: Plan, side: str, most: int, seed: int) -> "Sample":
    """What `listing` would do, estimated without bias: wherever more than `most` rows are left, a random `most` stand for all.

    Exact where there are never more. Time O(V most).
    """
    if () in plan.inner:
        return Sample(0, 0.0, Listing(*_NONE))
    generator = np.random.default_rng(np.random.SeedSequence([seed, side == "left"]))
    assignments = ones = zeros = np.zeros(1, dtype=np.uint64)
    weight, seconds = 1.0, 0.0
    for level in levels_of(plan, side):
        before = perf_counter()
        assignments, ones, zeros = level.extend((assignments, ones, zeros))
        seconds += weight * (perf_counter() - before)
        if len(assignments) > most:
            some = np.sort(generator.choice(len(assignments), most, replace=False))
            weight *= len(assignments) / most
            assignments, ones, zeros = assignments[some], ones[some], zeros[some]
    return Sample(round(weight * len(assignments)), seconds, Listing(assignments, ones, zeros))


@dataclass(frozen=True)
class Sample:
    """How many rows a listing should have, the seconds that its steps should take, and some of the rows."""

    rows: int
    seconds: float
    listing: Listing


_Rows = tuple[Words, Words, Words]
_NONE: _Rows = (np.zeros(0, np.uint64), np.zeros(0, np.uint64), np.zeros(0, np.uint64))


@dataclass(frozen=True)
class _Level:
    """What happens when one more variable gets its value: its bit, and the patterns that are then complete."""

    bit: int
    inner: list[_Pattern]
    demands: list[tuple[_Pattern, int, bool]]

    def extend(self, rows: _Rows) -> _Rows:
        assignments, ones, zeros = rows
        assignments = np.concatenate([assignments, assignments | np.uint64(self.bit)])
        keep = np.ones(len(assignments), dtype=np.bool_)
        for pattern in self.inner:
            keep &= ~pattern.matches(assignments)
        assignments, ones, zeros = assignments[keep], np.tile(ones, 2)[keep], np.tile(zeros, 2)[keep]
        for pattern, bit, positive in self.demands:
            wanted = np.where(pattern.matches(assignments), np.uint64(bit), np.uint64(0))
            if positive:
                ones = ones | wanted
            else:
                zeros = zeros | wanted
        keep = (ones & zeros) == 0
        return assignments[keep], ones[keep], zeros[keep]


def _survivors(plan: Plan, side: str, most: int | None) -> Iterator[_Rows]:
    if () in plan.inner:
        return
    levels = levels_of(plan, side)
    start = np.zeros(1, dtype=np.uint64)
    stack: list[tuple[int, _Rows]] = [(0, (start, start, start))]
    total = visited = 0
    while stack:
        depth, (assignments, ones, zeros) = stack.pop()
        if depth == len(levels):
            total += len(assignments)
            _refuse_more(total, most, plan, side)
            yield assignments, ones, zeros
            continue
        visited += len(assignments)
        if visited > MAX_VISITED:
            raise Declined(
                f"listing the assignments of the {len(levels)} variables on the {side} "
                f"takes more than {MAX_VISITED:,} steps: the formula is too large for this reduction"
            )
        assignments, ones, zeros = levels[depth].extend((assignments, ones, zeros))
        for first in range(0, len(assignments), CHUNK):
            part = slice(first, first + CHUNK)
            stack.append((depth + 1, (assignments[part], ones[part], zeros[part])))


def levels_of(plan: Plan, side: str) -> list[_Level]:
    """A level for each variable of the side; a pattern stands at the level of its last variable."""
    mine, other = (plan.left, plan.right) if side == "left" else (plan.right, plan.left)
    inner = [clause for clause in plan.inner if abs(clause[0]) in mine]
    demands = [demand for demand in plan.demands if abs(demand.literal) in other]
    parts = [*inner, *inner, *inner, *(demand.part for demand in demands)]  # an inner clause prunes as three demands do
    order = _order(mine, parts)
    rank = {variable: level for level, variable in enumerate(order)}
    levels = [_Level(1 << (len(mine) - 1 - mine.index(variable)), [], []) for variable in order]
    for clause in inner:
        levels[max(rank[abs(literal)] for literal in clause)].inner.append(_Pattern.of(clause, mine))
    for demand in demands:
        bit = 1 << (len(other) - 1 - other.index(abs(demand.literal)))
        level = levels[max(rank[abs(literal)] for literal in demand.part)]
        level.demands.append((_Pattern.of(demand.part, mine), bit, demand.literal > 0))
    return levels


def _order(variables: tuple[int, ...], parts: list[Clause]) -> list[int]:
    """Greedy: next the variable whose parts are nearest to complete (a part with r open variables weighs 2^-r)."""
    unplaced = [{abs(literal) for literal in part} for part in parts]
    order: list[int] = []
    for _ in variables:
        rest = [v for v in variables if v not in order]
        gain = {v: sum(2.0 ** -len(part) for part in unplaced if v in part) for v in rest}
        order.append(max(rest, key=lambda v: (gain[v], -v)))
        unplaced = [part - {order[-1]} for part in unplaced]
    return order
