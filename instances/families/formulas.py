"""Seeded families of formulas.

**Random k-SAT** F_k(n, m): m clauses drawn independently, each uniform among the 2^k C(n, k) clauses on k distinct
variables. At k = 3 half of the formulas are satisfiable near m/n = 4.26 (somewhat above it for small n).
**Planted k-SAT**: the same, each clause uniform among those that a hidden assignment satisfies.

**One model** (`unique`): a satisfiable formula is changed, with n, m and k kept, until one model is left; see `unique`.

**Pigeonhole** PHP(h): h + 1 pigeons do not fit into h holes. Variable p h + q + 1 says that pigeon p sits in hole q
(from 0): n = h (h+1), m = (h+1) + h C(h+1, 2), unsatisfiable.
**Parity**: x_i + x_{i+1} = b_i (mod 2) around a cycle of n variables, two clauses each, m = 2n. The left sides add up
to 0, so the cycle is unsatisfiable iff sum b_i is odd; otherwise it has two models, complements of each other.
**Colouring**: a uniform graph with n vertices and e edges; variable v c + q + 1 says that vertex v has colour q. Each
vertex has a colour and no edge has one colour at both ends: n c variables, n + e c clauses, satisfiable iff the graph
is c-colourable (a vertex with two colours may drop either).
"""

from itertools import combinations

import numpy as np

from instances.bits import Ints
from instances.cnf import CNF, Clause
from instances.dimacs import MAX_VARIABLES
from instances.families.seeding import generator
from instances.faults import BadInput, at_least
from instances.unique import Clauses, some_model, with_one_model

MAX_LITERALS = 10**7  # of a formula
MAX_UNIQUE = 128  # variables, where `unique` is asked


def random_ksat(n: int, m: int, k: int, *, seed: int, unique: bool = False) -> CNF:
    """m independent uniform clauses of k distinct variables; if `unique`, it has no model or exactly one.

    Errors: `BadInput` unless 1 <= k <= n; with `unique`, unless n <= MAX_UNIQUE and m >= n + 2^k - 1 - k.
    """
    _check_ksat(n, m, k, unique)
    rng = generator(seed)
    variables = _subsets(rng, m, n, k)
    clauses = _clauses(np.where(rng.integers(0, 2, (m, k)) == 1, variables, -variables))
    model = some_model(n, clauses, rng) if unique else None
    return CNF(n, clauses if model is None else with_one_model(n, k, clauses, model, rng))


def planted_ksat(n: int, m: int, k: int, *, seed: int, unique: bool = False) -> CNF:
    """m clauses, uniform among those true at a hidden x; x is the only model if `unique`. Errors: as `random_ksat`."""
    _check_ksat(n, m, k, unique)
    rng = generator(seed)
    model = np.arange(1, n + 1) * (2 * rng.integers(0, 2, n) - 1)
    true = model[_subsets(rng, m, n, k) - 1]
    kept = rng.integers(0, 2, (m, k)) == 1
    while len(wrong := (~kept.any(axis=1)).nonzero()[0]):
        kept[wrong] = rng.integers(0, 2, (len(wrong), k)) == 1
    clauses = _clauses(np.where(kept, true, -true))
    return CNF(n, with_one_model(n, k, clauses, model, rng) if unique else clauses)


def pigeonhole(holes: int) -> CNF:
    """holes + 1 pigeons into that many holes: unsatisfiable. Errors: `BadInput` for too few or too many."""
    at_least("holes =", holes, 1)
    _check_formula(holes * (holes + 1), holes * (holes + 1) ** 2)
    sits = [[pigeon * holes + hole + 1 for hole in range(holes)] for pigeon in range(holes + 1)]
    pairs = [(-one[hole], -other[hole]) for hole in range(holes) for one, other in combinations(sits, 2)]
    return CNF(holes * (holes + 1), (*map(tuple, sits), *pairs))


def parity(n: int, *, seed: int, odd: bool = True) -> CNF:
    """A cycle of n equations x_i + x_{i+1} = b_i mod 2: no model if `odd`, else two. Errors: `BadInput` for n < 2."""
    at_least("n =", n, 2)
    _check_formula(n, 4 * n)
    sides = generator(seed).integers(0, 2, n)
    sides[-1] = (int(odd) + int(sides[:-1].sum())) % 2
    clauses: list[Clause] = []
    for i, side in enumerate(sides.tolist()):
        x, y = i + 1, (i + 1) % n + 1
        clauses += [(x, y), (-x, -y)] if side else [(x, -y), (-x, y)]
    return CNF(n, tuple(clauses))


def colouring(n: int, edges: int, colours: int, *, seed: int) -> CNF:
    """Satisfiable iff a uniform random graph with n vertices and this many edges has a proper colouring.

    Errors: `BadInput` unless n, colours >= 1 and 0 <= edges <= n (n-1)/2, and beyond the limits.
    """
    import networkx

    at_least("n =", n, 1)
    at_least("colours =", colours, 1)
    if not 0 <= edges <= n * (n - 1) // 2:
        raise BadInput(f"edges = {edges}: a graph on n = {n} vertices has 0 to {n * (n - 1) // 2} edges")
    _check_formula(n * colours, n * colours + 2 * edges * colours)
    graph = networkx.gnm_random_graph(n, edges, seed=int(generator(seed).integers(2**32)))
    has = [[vertex * colours + colour + 1 for colour in range(colours)] for vertex in range(n)]
    proper = [(-one, -other) for v, w in graph.edges for one, other in zip(has[v], has[w], strict=True)]
    return CNF(n * colours, (*map(tuple, has), *proper))


def _check_formula(n: int, literals: int) -> None:
    if n > MAX_VARIABLES or literals > MAX_LITERALS:
        limits = f"at most {MAX_VARIABLES} variables and {MAX_LITERALS} literals"
        raise BadInput(f"a formula of {n} variables and {literals} literals: take smaller parameters, {limits}")


def _check_ksat(n: int, m: int, k: int, unique: bool) -> None:
    at_least("n =", n, 1)
    at_least("k =", k, 1)
    at_least("m =", m, 0)
    if k > n:
        raise BadInput(f"k = {k} and n = {n}: a clause has k distinct variables, so k <= n")
    _check_formula(n, m * k)
    if unique and n > MAX_UNIQUE:
        raise BadInput(f"unique with n = {n}: a single model is decided for n <= {MAX_UNIQUE} variables")
    if unique and m < n + 2**k - 1 - k:
        least = f"give m >= n + 2^k - 1 - k = {n + 2**k - 1 - k} clauses"
        raise BadInput(f"unique with n = {n}, m = {m}, k = {k}: too few to be sure of a single model, {least}")


def _subsets(rng: np.random.Generator, count: int, n: int, k: int) -> Ints:
    """(count, k): each row a uniform k-subset of 1..n, ascending. The j-th draw skips the j values drawn before."""
    chosen = np.zeros((count, 0), dtype=np.int64)
    for j in range(k):
        draw = rng.integers(0, n - j, count)
        for before in chosen.T:
            draw += draw >= before
        chosen = np.sort(np.concatenate([chosen, draw[:, None]], axis=1), axis=1)
    return chosen + 1


def _clauses(literals: Ints) -> Clauses:
    return tuple(map(tuple, literals.tolist()))
