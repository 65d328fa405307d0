"""Seeded families of instances. The same arguments give the same instance; nothing else is drawn from.

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

**Orthogonal vectors**: independent bits, one with probability `density`; a given pair is orthogonal with probability
(1 - density^2)^d. Planted: one pair is made orthogonal, each common one taken from either row at random.
**Hamming**: uniform rows. Let v_1 < v_2 < ... be the distinct values of min_j H(a_i, b_j). YES: t and t2 are the two
neighbours v_i, v_{i+1} farthest apart, g, so no row lies between them. NO: t2 = v_1 and t = v_1 - g (at least 0).
Planted: rows of A at distance >= t2 from all of B, but one, which has distance t from a row of B.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import combinations
from numbers import Integral, Real

import numpy as np

from instances.bits import BitMatrix, Bools, Ints, Words
from instances.cnf import CNF, Clause
from instances.dimacs import MAX_VARIABLES
from instances.faults import BadInput, at_least
from instances.problem import Problem
from instances.unique import Clauses, some_model, with_one_model
from instances.vectors import GapHamming, OrthogonalVectors

MAX_LITERALS = 10**7  # of a formula
MAX_BITS = 2**32  # of a list of vectors
MAX_COLUMNS = 2**16
MAX_PAIRS = 2**32  # of rows, where their distances are computed
MAX_UNIQUE = 128  # variables, where `unique` is asked

_TRIES = 64


def random_ksat(n: int, m: int, k: int, *, seed: int, unique: bool = False) -> CNF:
    """m independent uniform clauses of k distinct variables; if `unique`, it has no model or exactly one.

    Errors: `BadInput` unless 1 <= k <= n; with `unique`, unless n <= MAX_UNIQUE and m >= n + 2^k - 1 - k.
    """
    _check_ksat(n, m, k, unique)
    rng = _generator(seed)
    variables = _subsets(rng, m, n, k)
    clauses = _clauses(np.where(rng.integers(0, 2, (m, k)) == 1, variables, -variables))
    model = some_model(n, clauses, rng) if unique else None
    return CNF(n, clauses if model is None else with_one_model(n, k, clauses, model, rng))


def planted_ksat(n: int, m: int, k: int, *, seed: int, unique: bool = False) -> CNF:
    """m clauses, uniform among those true at a hidden x; x is the only model if `unique`. Errors: as `random_ksat`."""
    _check_ksat(n, m, k, unique)
    rng = _generator(seed)
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
    sides = _generator(seed).integers(0, 2, n)
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
    graph = networkx.gnm_random_graph(n, edges, seed=int(_generator(seed).integers(2**32)))
    has = [[vertex * colours + colour + 1 for colour in range(colours)] for vertex in range(n)]
    proper = [(-one, -other) for v, w in graph.edges for one, other in zip(has[v], has[w], strict=True)]
    return CNF(n * colours, (*map(tuple, has), *proper))


def random_ov(n: int, m: int, d: int, density: float = 0.5, *, seed: int) -> OrthogonalVectors:
    """n and m rows of d independent bits, each 1 with probability `density`; the answer is left to chance.

    Errors: `BadInput` unless n, m, d >= 1 and 0 <= density <= 1, and beyond the limits.
    """
    _check_vectors(n, m, d)
    rng = _generator(seed)
    return OrthogonalVectors(_bits(rng, n, d, density), _bits(rng, m, d, density))


def planted_ov(n: int, m: int, d: int, density: float = 0.5, *, seed: int) -> OrthogonalVectors:
    """`random_ov` with a random pair of rows made orthogonal: YES. Errors: as `random_ov`."""
    _check_vectors(n, m, d)
    rng = _generator(seed)
    A, B = _bits(rng, n, d, density), _bits(rng, m, d, density)
    i, j = int(rng.integers(n)), int(rng.integers(m))
    common = A.words[i] & B.words[j]
    toss = _bits(rng, 1, d, 0.5).words[0]
    left, right = A.words[i] & ~(common & toss), B.words[j] & ~(common & ~toss)
    return OrthogonalVectors(_with_row(A, i, left), _with_row(B, j, right))


def random_hamming(n: int, m: int, d: int, *, seed: int, yes: bool = True) -> GapHamming:
    """Uniform rows with t and t2 taken from their distances: the promise holds and the answer is `yes`.

    Errors: `BadInput` as `random_ov`, and where 64 draws hold no such instance (m is too large for d).
    """
    _check_vectors(n, m, d, pairs=True)
    rng = _generator(seed)
    for _ in range(_TRIES):
        A, B = _bits(rng, n, d, 0.5), _bits(rng, m, d, 0.5)
        t, t2 = _thresholds(np.unique(_nearest(A, B)), yes)
        if 0 <= t < t2 <= d:
            return GapHamming(A, B, t, t2)
    raise BadInput(f"n = {n}, m = {m}, d = {d}: no {'YES' if yes else 'NO'} instance in {_TRIES} draws: raise d")


def planted_hamming(n: int, m: int, d: int, t: int, t2: int, *, seed: int) -> GapHamming:
    """One random row of A at distance t from a random row of B, all others at distance >= t2 from all of B: YES.

    Errors: `BadInput` unless 0 <= t < t2 <= d, as `random_ov`, and where rows that far away are too rare.
    """
    _check_vectors(n, m, d, pairs=True)
    if not 0 <= t < t2 <= d:
        raise BadInput(f"t = {t} and t2 = {t2} with d = {d}: they must satisfy 0 <= t < t2 <= d")
    rng = _generator(seed)
    B = _bits(rng, m, d, 0.5)
    A = _far_rows(rng, B, n, t2)
    flips = np.zeros((1, d), dtype=np.bool_)
    flips[0, rng.permutation(d)[:t]] = True
    near = B.words[int(rng.integers(m))] ^ BitMatrix.of(flips).words[0]
    return GapHamming(_with_row(A, int(rng.integers(n)), near), B, t, t2)


@dataclass(frozen=True)
class Family:
    """A family under its name on the command line."""

    name: str
    build: Callable[..., Problem]

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:
        """The parameters of `build` in order, each with its annotation (int, float or bool) and default."""
        return inspect.signature(self.build).parameters


FAMILIES = (
    Family("random-ksat", random_ksat),
    Family("planted-ksat", planted_ksat),
    Family("pigeonhole", pigeonhole),
    Family("parity", parity),
    Family("colouring", colouring),
    Family("random-ov", random_ov),
    Family("planted-ov", planted_ov),
    Family("random-hamming", random_hamming),
    Family("planted-hamming", planted_hamming),
)


def make(name: str, /, **parameters: float | bool) -> Problem:
    """An instance of a family. Errors: `BadInput` for unknown names, missing parameters, wrong types, out of range."""
    family = next((family for family in FAMILIES if family.name == name), None)
    if family is None:
        raise BadInput(f"there is no family {name!r}: {_meant(name, [family.name for family in FAMILIES])}")
    known = family.parameters
    for given in parameters:
        if given not in known:
            raise BadInput(f"{name} has no parameter {given!r}: {_meant(given, list(known))}")
    missing = [key for key in known if key not in parameters and known[key].default is inspect.Parameter.empty]
    if missing:
        raise BadInput(f"{name} needs {' and '.join(missing)}: give {'it' if len(missing) == 1 else 'them'}")
    return family.build(**{key: typed(name, known[key], value) for key, value in parameters.items()})


def typed(name: str, parameter: inspect.Parameter, value: object) -> float | bool:
    """The value as the parameter of family `name` has it. Errors: `BadInput` for one of another type."""
    if parameter.annotation is bool and isinstance(value, bool | np.bool_):
        return bool(value)
    if parameter.annotation is int and isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    if parameter.annotation is float and isinstance(value, Real) and not isinstance(value, bool):
        return float(value)
    kind = {int: "a whole number", float: "a number", bool: "true or false"}[parameter.annotation]
    raise BadInput(f"{name} has {parameter.name} = {value!r}: give {kind}")


def _meant(word: str, names: list[str]) -> str:
    near = get_close_matches(word, names, 1)
    return f"did you mean {near[0]}?" if near else f"choose from {', '.join(names)}"


def _generator(seed: int) -> np.random.Generator:
    at_least("seed =", seed, 0)
    return np.random.default_rng(np.random.SeedSequence(seed))


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


def _check_vectors(n: int, m: int, d: int, pairs: bool = False) -> None:
    at_least("n =", n, 1)
    at_least("m =", m, 1)
    at_least("d =", d, 1)
    if d > MAX_COLUMNS or max(n, m) * d > MAX_BITS or (pairs and n * m > MAX_PAIRS):
        limits = f"d <= {MAX_COLUMNS}, n d and m d <= {MAX_BITS}" + (f", n m <= {MAX_PAIRS}" if pairs else "")
        raise BadInput(f"n = {n}, m = {m}, d = {d}: take smaller parameters, {limits}")


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


def _bits(rng: np.random.Generator, n: int, d: int, density: float) -> BitMatrix:
    if not 0 <= density <= 1:
        raise BadInput(f"density = {density}: it is a probability, from 0 to 1")

    def block(rows: slice) -> Bools:
        starts = range(rows.start, rows.stop, max(1, 2**20 // d))  # few floats at a time
        return np.concatenate([rng.random((min(starts.step, rows.stop - i), d)) < density for i in starts])

    return BitMatrix.build(n, d, block)


def _with_row(matrix: BitMatrix, row: int, words: Words) -> BitMatrix:
    changed = matrix.words.copy()
    changed[row] = words
    return BitMatrix(changed, matrix.d)


def _nearest(A: BitMatrix, B: BitMatrix) -> Ints:
    """min_j H(a_i, b_j) for each i."""
    return np.array([B.distances(row).min() for row in A.words], dtype=np.int64)


def _thresholds(values: Ints, yes: bool) -> tuple[int, int]:
    """(t, t2) for rows whose distances to the other side have the distinct values given, ascending."""
    gaps = np.diff(values)
    widest = int(gaps.argmax()) if len(gaps) else 0
    gap = int(gaps[widest]) if len(gaps) else 1
    if yes:
        return int(values[widest]), int(values[widest]) + gap
    return max(0, int(values[0]) - gap), int(values[0])


def _far_rows(rng: np.random.Generator, B: BitMatrix, n: int, t2: int) -> BitMatrix:
    """n uniform rows among those at distance >= t2 from every row of B, by rejection."""
    found: list[Words] = []
    for _ in range(_TRIES):
        drawn = _bits(rng, n, B.d, 0.5)
        found.extend(drawn.words[_nearest(drawn, B) >= t2])
        if len(found) >= n:
            return BitMatrix(np.array(found[:n]), B.d)
    rare = f"only {len(found)} of {_TRIES * n} random rows lie that far from all of B"
    raise BadInput(f"t2 = {t2}, m = {B.n}, d = {B.d}: {rare}: lower t2 or m, or raise d")
