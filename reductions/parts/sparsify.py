"""A k-CNF formula is the disjunction of sparse ones (Impagliazzo, Paturi and Zane, as Calabro, Impagliazzo and Paturi have it).

Letters: n variables, m clauses, width k, thresholds t_1, ..., t_{k-1} >= 1. A *flower* with heart H, a set of h >= 1
literals, is all clauses of some size c > h that contain H, at least t_{c-h} of them; its *petals* are C minus H. Clauses are
kept *reduced*: none contains another. Until there is no flower, take one (least c, then largest h) and branch:

    heart branch: H is a clause;   petal branch: every petal is a clause.

An assignment that satisfies the formula satisfies one of the two branches (the first iff it satisfies H), and a branch
implies the formula. So the leaves have together exactly the formula's solutions, whatever the thresholds. Each leaf has
width <= k, no more clauses than the source (a petal takes its clause's place), in every literal fewer than t_{c-1} clauses
of each size c >= 2, and a literal that is a unit clause is in no other. How many
leaves there are at most, by the size alone, is `certificate`.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb

from instances.cnf import CNF, Clause
from instances.faults import Declined
from instances.memory import MEMORY_BUDGET, bytes_text
from instances.problem import Witness
from reductions.parts.certificate import Certificate, certificate

MAX_LEAVES = 2**20
MAX_WORK = 2**28  # subsets of clauses counted, over the whole tree

Flower = tuple[Clause, list[Clause]]
"""A heart, and the clauses that contain it."""


@dataclass(frozen=True, eq=False)
class Sparsification:
    """The leaves of a formula, heart branches first, and what was met on the way."""

    n: int
    m: int
    k: int
    thresholds: tuple[int, ...]
    table: tuple[Clause, ...]
    leaves: tuple["array[int]", ...]
    """The clauses of each leaf, by their numbers in `table`."""
    branches: tuple[tuple[int, int], ...]
    """The steps on the way to each leaf, and how many of them are petal steps."""
    hearts: tuple[Clause, ...]
    """The tree in preorder: the heart branched on, () for a leaf. The heart branch follows its node."""
    links: "array[int]"
    """For each node of the tree: the node of its petal branch; the number of the leaf."""

    @property
    def count(self) -> int:
        return len(self.leaves)

    def leaf(self, i: int) -> CNF:
        """The i-th leaf, over the formula's n variables."""
        return CNF(self.n, tuple(self.table[number] for number in self.leaves[i]))

    def leaf_of(self, assignment: Witness) -> int:
        """The first leaf that a satisfying assignment satisfies: it takes the heart branch iff it satisfies the heart."""
        node = 0
        while heart := self.hearts[node]:
            true = any(assignment[abs(literal) - 1] == (literal > 0) for literal in heart)
            node = node + 1 if true else self.links[node]
        return self.links[node]

    @property
    def memory(self) -> int:
        """Bytes that the leaves take."""
        return sum(4 * len(leaf) for leaf in self.leaves) + 64 * len(self.hearts)

    @property
    def certificate(self) -> Certificate:
        return certificate(self.n, self.m, self.k, self.thresholds)

    @cached_property
    def most_clauses(self) -> int:
        return max(map(len, self.leaves))

    @cached_property
    def width(self) -> int:
        """The largest clause of a leaf."""
        used: set[int] = set().union(*self.leaves)
        return max((len(self.table[number]) for number in used), default=0)

    @cached_property
    def occurrences(self) -> Mapping[int, int]:
        """For each size c: the most clauses of that size that hold one literal in one leaf; below t_{c-1} for c >= 2."""
        found: dict[int, int] = {}
        for leaf in self.leaves:
            held: dict[int, Counter[int]] = {}
            for number in leaf:
                held.setdefault(len(self.table[number]), Counter()).update(self.table[number])
            for c, counts in held.items():
                found[c] = max(found.get(c, 0), *counts.values()) if counts else 0
        return dict(sorted(found.items()))

    @property
    def most_of(self) -> tuple[int, int]:
        """The most clauses of one leaf that hold one literal, and one variable."""
        literal = variable = 0
        for leaf in self.leaves:
            counts = Counter(x for number in leaf for x in self.table[number])
            literal = max(literal, *counts.values(), 0)
            variable = max(variable, *(counts[x] + counts[-x] for x in counts), 0)
        return literal, variable

    @property
    def report(self) -> Mapping[str, tuple[int, int]]:
        """What was met, and its proved bound: leaves, steps of a branch, petal steps, clauses, literal, variable."""
        proved = self.certificate
        literal, variable = self.most_of
        return {
            "leaves": (self.count, proved.leaves),
            "branch": (max(steps for steps, _ in self.branches), proved.branch),
            "petals": (max(petals for _, petals in self.branches), proved.petals),
            "clauses": (self.most_clauses, proved.clauses),
            "literal": (literal, proved.literal),
            "variable": (variable, 2 * proved.literal),
        }


@dataclass
class _Meter:
    """What a run has used up. Errors: `Declined` beyond the limits."""

    leaves: int = 0
    held: int = 0
    work: int = 0

    def check(self, pending: int, waiting: int) -> None:
        """`pending` branches hold `waiting` clauses; each of them will give at least one leaf."""
        if self.leaves + pending > MAX_LEAVES:
            raise Declined(
                f"the formula has at least {self.leaves + pending} sparse leaves, the limit is {MAX_LEAVES}: {_HELP}"
            )
        if 4 * self.held + 64 * waiting > MEMORY_BUDGET:
            raise Declined(
                f"the leaves take more than {bytes_text(MEMORY_BUDGET)} after {self.leaves} of them "
                f"({pending} branches are open): {_HELP}"
            )

    def spend(self, subsets: int) -> None:
        self.work += subsets
        if self.work > MAX_WORK:
            raise Declined(
                f"finding flowers takes more than {MAX_WORK} subsets of clauses, after {self.leaves} leaves were found: {_HELP}"
            )


_HELP = "take larger thresholds or a smaller formula"


def sparsify(formula: CNF, thresholds: Sequence[int]) -> Sparsification:
    """The leaves of `formula` by k - 1 thresholds, in a fixed order; k is the width as `formula.size` has it.

    Tautologies are dropped, repeated literals and clauses count once. Errors: `Declined`, with the figure, for more than
    MAX_LEAVES leaves, MAX_WORK subsets or the default memory budget: decided while running, never after an endless run.
    """
    numbers: dict[Clause, int] = {}
    meter = _Meter()
    leaves: list[array[int]] = []
    branches: list[tuple[int, int]] = []
    hearts: list[Clause] = []
    links: array[int] = array("q")
    start = _reduced(formula.clauses)
    waiting = len(start)
    stack: list[tuple[list[Clause], int | None, int, int]] = [(start, None, 0, 0)]
    while stack:
        clauses, parent, steps, petals = stack.pop()
        waiting -= len(clauses)
        if parent is not None:
            links[parent] = len(hearts)
        found = _flower(clauses, thresholds, meter)
        hearts.append(found[0] if found else ())
        links.append(len(leaves))
        if found is None:
            leaves.append(array("I", sorted(numbers.setdefault(clause, len(numbers)) for clause in clauses)))
            branches.append((steps, petals))
            meter.leaves += 1
            meter.held += len(clauses)
        else:
            heart, flower = found
            rest = [tuple(literal for literal in clause if literal not in heart) for clause in flower]
            for added, parent, more in ((rest, len(hearts) - 1, 1), ([heart], None, 0)):
                stack.append((_with(clauses, added), parent, steps + 1, petals + more))
                waiting += len(stack[-1][0])
        meter.check(len(stack), waiting)
    n, k = formula.n, formula.size["k"]
    table = tuple(numbers)
    return Sparsification(
        n, len(formula.clauses), k, tuple(thresholds), table, tuple(leaves), tuple(branches), tuple(hearts), links
    )


def _reduced(given: Iterable[Clause]) -> list[Clause]:
    """The clauses as sorted sets of literals, without tautologies, repetitions, and clauses that contain another."""
    sets = {tuple(sorted(set(c), key=lambda x: (abs(x), x))) for c in given if not any(-literal in c for literal in c)}
    clauses = sorted(sets, key=lambda c: (len(c), c))
    if clauses and not clauses[0]:
        return [()]
    counts = Counter(literal for clause in clauses for literal in clause)
    kept: list[Clause] = []
    by_rarest: dict[int, list[frozenset[int]]] = {}
    for clause in clauses:
        if not _contains_one(clause, by_rarest):
            kept.append(clause)
            by_rarest.setdefault(min(clause, key=lambda x: (counts[x], x)), []).append(frozenset(clause))
    return kept


def _with(clauses: list[Clause], added: list[Clause]) -> list[Clause]:
    """Reduced clauses, and others that contain none of them nor each other: reduced again."""
    by_first: dict[int, list[frozenset[int]]] = {}
    for clause in added:
        by_first.setdefault(clause[0], []).append(frozenset(clause))
    return [clause for clause in clauses if not _contains_one(clause, by_first)] + added


def _contains_one(clause: Clause, by_literal: Mapping[int, list[frozenset[int]]]) -> bool:
    return any(small.issubset(clause) for literal in clause for small in by_literal.get(literal, ()))


def _flower(clauses: list[Clause], thresholds: Sequence[int], meter: _Meter) -> Flower | None:
    """Of the least clause size, then the largest heart, the flower with most petals (the first heart of those); or None."""
    meter.spend(len(clauses))
    sizes: dict[int, list[Clause]] = {}
    for clause in clauses:
        sizes.setdefault(len(clause), []).append(clause)
    for c, same in sorted(sizes.items()):
        if c < 2 or min(thresholds[: c - 1]) > len(same):
            continue
        meter.spend(c * len(same))
        counts = Counter(literal for clause in same for literal in clause)
        for h in range(c - 1, 0, -1):
            t = thresholds[c - h - 1]
            if t > len(same):
                continue
            parts = [clause if t == 1 else tuple(x for x in clause if counts[x] >= t) for clause in same]
            meter.spend(sum(comb(len(part), h) for part in parts))
            found = Counter(heart for part in parts for heart in combinations(part, h))
            most = max(found.values(), default=0)
            if most >= t:
                heart = min(heart for heart, count in found.items() if count == most)
                return heart, [clause for clause in same if set(heart).issubset(clause)]
    return None
