"""Seeded families of lists of vectors.

**Orthogonal vectors**: independent bits, one with probability `density`; a given pair is orthogonal with probability
(1 - density^2)^d. Planted: one pair is made orthogonal, each common one taken from either row at random.
**Hamming**: uniform rows. Let v_1 < v_2 < ... be the distinct values of min_j H(a_i, b_j). YES: t and t2 are the two
neighbours v_i, v_{i+1} farthest apart, g, so no row lies between them. NO: t2 = v_1 and t = v_1 - g (at least 0).
Planted: rows of A at distance >= t2 from all of B, but one, which has distance t from a row of B.
"""

import numpy as np

from instances.bits import BitMatrix, Bools, Ints, Words
from instances.families.seeding import generator
from instances.faults import BadInput, at_least
from instances.vectors import GapHamming, OrthogonalVectors

MAX_BITS = 2**32  # of a list of vectors
MAX_COLUMNS = 2**16
MAX_PAIRS = 2**32  # of rows, where their distances are computed

_TRIES = 64


def random_ov(n: int, m: int, d: int, density: float = 0.5, *, seed: int) -> OrthogonalVectors:
    """n and m rows of d independent bits, each 1 with probability `density`; the answer is left to chance.

    Errors: `BadInput` unless n, m, d >= 1 and 0 <= density <= 1, and beyond the limits.
    """
    _check_vectors(n, m, d)
    rng = generator(seed)
    return OrthogonalVectors(_bits(rng, n, d, density), _bits(rng, m, d, density))


def planted_ov(n: int, m: int, d: int, density: float = 0.5, *, seed: int) -> OrthogonalVectors:
    """`random_ov` with a random pair of rows made orthogonal: YES. Errors: as `random_ov`."""
    _check_vectors(n, m, d)
    rng = generator(seed)
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
    rng = generator(seed)
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
    rng = generator(seed)
    B = _bits(rng, m, d, 0.5)
    A = _far_rows(rng, B, n, t2)
    flips = np.zeros((1, d), dtype=np.bool_)
    flips[0, rng.permutation(d)[:t]] = True
    near = B.words[int(rng.integers(m))] ^ BitMatrix.of(flips).words[0]
    return GapHamming(_with_row(A, int(rng.integers(n)), near), B, t, t2)


def _check_vectors(n: int, m: int, d: int, pairs: bool = False) -> None:
    at_least("n =", n, 1)
    at_least("m =", m, 1)
    at_least("d =", d, 1)
    if d > MAX_COLUMNS or max(n, m) * d > MAX_BITS or (pairs and n * m > MAX_PAIRS):
        limits = f"d <= {MAX_COLUMNS}, n d and m d <= {MAX_BITS}" + (f", n m <= {MAX_PAIRS}" if pairs else "")
        raise BadInput(f"n = {n}, m = {m}, d = {d}: take smaller parameters, {limits}")


def _bits(rng: np.random.Generator, n: int, d: int, density: float) -> BitMatrix:
    if not 0 <= density <= 1:
        raise BadInput(f"density = {density}: it is a probability, from 0 to 1")

    def block(rows: slice) -> Bools:
        starts = range(rows.start, rows.stop, 2**20 // d)  # few floats at a time, 2^4 rows of MAX_COLUMNS at least
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
