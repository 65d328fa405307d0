"""Exhaustive families of tiny formulas, and their representatives under symmetry."""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, permutations, product

from instances.cnf import CNF, Clause

N = 3
CLAUSES: tuple[Clause, ...] = tuple(
    tuple(sign * variable for sign, variable in zip(signs, variables, strict=True))
    for width in (1, 2, 3)
    for variables in combinations(range(1, N + 1), width)
    for signs in product((1, -1), repeat=width)
)
"""The 26 non-tautological clauses of 1 to 3 literals over 3 variables."""


def all_formulas() -> Iterator[CNF]:
    """All 17,902 sets of at most 4 of them."""
    for m in range(5):
        for clauses in combinations(CLAUSES, m):
            yield CNF(N, clauses)


@cache
def representatives() -> tuple[CNF, ...]:
    """One formula (the first) of each orbit under renaming and negating variables: 504 of them."""
    index = {clause: i for i, clause in enumerate(CLAUSES)}
    symmetries = [
        [index[_moved(clause, names, signs)] for clause in CLAUSES]
        for names in permutations(range(1, N + 1))
        for signs in product((1, -1), repeat=N)
    ]
    seen: set[tuple[int, ...]] = set()
    found = []
    for m in range(5):
        for chosen in combinations(range(len(CLAUSES)), m):
            if chosen not in seen:
                seen.update(tuple(sorted(symmetry[i] for i in chosen)) for symmetry in symmetries)
                found.append(CNF(N, tuple(CLAUSES[i] for i in chosen)))
    return tuple(found)


ATTAINING = CNF(4, ((1, 3, 4), (2, 3, 4), (1, 2, 3), (1, 2, 4)))
"""Every clause crosses, every variable is demanded, nothing is filtered: cnf-hamming's size bound with equality."""


def satisfiable(formula: CNF) -> bool:
    """By trying every assignment."""
    return any(map(formula.accepts, formula.witnesses()))


def odd_variants(formula: CNF) -> tuple[CNF, ...]:
    """The formula with an empty clause, with a tautology, with a repeated clause and literal, with an unused variable."""
    clauses = formula.clauses
    doubled = (*clauses, *((clauses[0] + clauses[0],) if clauses else ((1, -1, 1),)), *clauses[:1])
    return (
        CNF(N, (*clauses, ())),
        CNF(N, ((2, -2), *clauses)),
        CNF(N, doubled),
        CNF(N + 1, clauses),
    )


def _moved(clause: Clause, names: tuple[int, ...], signs: tuple[int, ...]) -> Clause:
    moved = (signs[abs(literal) - 1] * names[abs(literal) - 1] * (1 if literal > 0 else -1) for literal in clause)
    return tuple(sorted(moved, key=abs))
