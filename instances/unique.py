"""Formulas with exactly one model, made from satisfiable ones.

A satisfiable formula keeps one of its models x and loses the others by exchanging clauses:
while there is another model y, a random clause of width k true at x and false at y is added; then clauses that follow
from the rest (given that x stays the only model) are taken out, added ones first, until m are left. n, m and k stay;
the formula is no longer uniform. Where exchanging stalls, the clauses that force x are put in place of drawn ones:
2^k - 1 clauses on k variables force these, and one clause (k-1 forced literals imply the next) forces each of the
other n - k. So every m >= n + 2^k - 1 - k is possible, and that is what is asked. An unsatisfiable draw stays as it is.
"""

from collections.abc import Iterable
from itertools import product
from typing import Any

import numpy as np

from instances.bits import Ints
from instances.cnf import Clause

Clauses = tuple[Clause, ...]


def _solver(clauses: Iterable[Clause]) -> Any:
    from pysat.solvers import Minisat22

    return Minisat22(bootstrap_with=list(clauses))


def some_model(n: int, clauses: Clauses, rng: np.random.Generator) -> Ints | None:
    """A model as signed literals, searched for from random phases; None if there is none."""
    model = np.arange(1, n + 1) * (2 * rng.integers(0, 2, n) - 1)
    with _solver(clauses) as solver:
        solver.set_phases(model.tolist())
        if not solver.solve():
            return None
        for literal in solver.get_model():
            model[abs(literal) - 1] = literal
        return model


def with_one_model(n: int, k: int, clauses: Clauses, model: Ints, rng: np.random.Generator) -> Clauses:
    """As many clauses, of width k, whose only model is `model` (one of the models of `clauses`)."""
    for _ in range(8):
        added = _excluding(k, clauses, model, rng)
        if len(added) > len(clauses):
            break
        kept = _sufficient(n, [*clauses, *added], len(clauses), rng)
        if len(kept) == len(clauses):
            new = iter(clause for i, clause in enumerate(added, len(clauses)) if i in kept)
            return tuple(clause if i in kept else next(new) for i, clause in enumerate(clauses))
    mixed = [*_forcing(k, model, rng), *(clauses[i] for i in rng.permutation(len(clauses)))]
    return tuple(mixed[i] for i in rng.permutation(len(clauses)))


def _excluding(k: int, clauses: Clauses, model: Ints, rng: np.random.Generator) -> list[Clause]:
    """Clauses of width k, true at `model`, that exclude every other model; cut short at one more than `clauses`."""
    added: list[Clause] = []
    with _solver([*clauses, (-model).tolist()]) as solver:
        while len(added) <= len(clauses) and solver.solve():
            other = np.array(solver.get_model())
            pivot = int(rng.choice((other != model).nonzero()[0]))
            rest = rng.permutation(np.delete(np.arange(len(model)), pivot))[: k - 1]
            added.append(tuple((-other[np.sort([pivot, *rest])]).tolist()))
            solver.add_clause(added[-1])
    return added


def _sufficient(n: int, clauses: list[Clause], m: int, rng: np.random.Generator) -> set[int]:
    """Indices of clauses from which the others follow, m of them unless every one left is needed sooner.

    Clauses from index m on are tried first. All share a model, so one that follows from the rest is one that the
    rest does not let be false.
    """
    kept = set(range(len(clauses)))
    with _solver((*clause, -(n + 1 + i)) for i, clause in enumerate(clauses)) as solver:
        for i in (*range(m, len(clauses)), *rng.permutation(m).tolist()):
            if len(kept) == m:
                break
            rest = [n + 1 + j for j in kept if j != i]
            if not solver.solve(assumptions=[*rest, *(-literal for literal in clauses[i])]):
                kept.remove(i)
    return kept


def _forcing(k: int, model: Ints, rng: np.random.Generator) -> list[Clause]:
    """n + 2^k - 1 - k clauses of width k whose only model is `model`: the fewest that are counted above."""
    true = rng.permutation(model).tolist()
    signs = [signs for signs in product((1, -1), repeat=k) if 1 in signs]
    core = [tuple(sign * literal for sign, literal in zip(pattern, true, strict=False)) for pattern in signs]
    for place in range(k, len(true)):
        forced = rng.permutation(place)[: k - 1].tolist()
        core.append((*(-true[i] for i in forced), true[place]))
    return core
