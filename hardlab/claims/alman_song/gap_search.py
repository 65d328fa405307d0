"""Alman and Song, the remark after Definition 4.5: from answers to rows (Gap-ANN) to a nearest pair, with few calls.

A case holds A and B (0/1 strings) and eps. An algorithm for Gap-ANN(A', B', t) says of every row of A' whether it is in
Case 1 (a distance <= t) or Case 2 (all distances >= (1 + eps) t), and may say anything of the other rows. Every
sequence of such answers is tried.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product

import numpy as np

from hardlab.claims.alman_song.lemma_4_7.construction import distance
from hardlab.claims.claim import Case, Finding, found, outside
from hardlab.claims.stating import Checked, stated

MOST_SEQUENCES = 2 * 10**4
"""Sequences of free answers that are tried on one case."""
EPS = ("1/4", "1/2", "1")
Answers = Callable[[Sequence[int], int], list[bool]]
"""Gap-ANN: for the keys with the given indices and a threshold t >= 1, whether each row is said to be in Case 1."""


@dataclass(frozen=True)
class Search:
    """Thresholds and a row from Gap-ANN (`row`), a key for that row (`key`), and the most calls for n and d."""

    row: Callable[[Answers, int, int, Fraction], tuple[int, int] | None]
    key: Callable[[Answers, int, int, Sequence[str], Sequence[str]], int]
    calls: Callable[[int, int], int]
    equal_first: bool


def search(formulas: Search, case: Case) -> Finding:
    """Whatever the free answers are, the pair found is within 1 + eps of the least distance, after at most `calls` calls."""
    A, B, eps = case["A"], case["B"], Fraction(str(case["eps"]))
    if len(A) != len(B) or not A[0] or any(set(row) - {"0", "1"} for row in (*A, *B)):
        raise ValueError("A and B must be equally many 0/1 strings")
    if eps <= 0 or len(set(A)) < len(A) or len(set(B)) < len(B):
        return outside("eps is not positive, or a vector stands twice in a set")
    if len(A) > 16 or len(A[0]) > 64:
        return outside("too large to check here")
    least = min(distance(a, b) for a in A for b in B)
    most = runs = 0
    queue: list[tuple[bool, ...]] = [()]
    while queue:
        tape = queue.pop()
        if runs == MOST_SEQUENCES:
            return outside(f"too large to check here: more than {MOST_SEQUENCES:,} sequences of free answers")
        free, calls = 0, 0

        def answers(keys: Sequence[int], t: int, tape: tuple[bool, ...] = tape) -> list[bool]:
            nonlocal free, calls
            calls += 1
            said = []
            for a in A:
                h = min(distance(a, B[j]) for j in keys)
                if h <= t or h >= (1 + eps) * t:
                    said.append(h <= t)
                else:
                    said.append(tape[free] if free < len(tape) else False)
                    free += 1
            return said

        i, j = _pair(formulas, answers, A, B, eps)
        runs, most = runs + 1, max(most, calls)
        queue += [(*tape, *[False] * (place - len(tape)), True) for place in range(len(tape), free)]
        if distance(A[i], B[j]) > (1 + eps) * least or calls > formulas.calls(len(A), len(A[0])):
            detail = f"pair {i, j} of distance {distance(A[i], B[j])}, least {least}; {calls} calls"
            return found(False, detail + (f"; free answers {[*map(int, tape)]}" if tape else ""))
    return found(True, f"{runs} runs, at most {most} calls")


def _pair(formulas: Search, answers: Answers, A: Sequence[str], B: Sequence[str], eps: Fraction) -> tuple[int, int]:
    if formulas.equal_first:
        equal = [(i, B.index(a)) for i, a in enumerate(A) if a in B]
        if equal:
            return equal[0]
    reached = formulas.row(answers, len(B), len(A[0]), eps)
    if reached is None:
        return 0, 0
    row, t = reached
    return row, formulas.key(answers, row, t, A, B)


def least_threshold(answers: Answers, m: int, d: int, eps: Fraction) -> tuple[int, int] | None:
    """The row and t of a YES such that all rows say NO at t - 1; None if all say NO at floor(d / (1 + eps)).

    Thresholds above that need no call, since there every pair will do.
    """
    low, high, row = 0, int(d / (1 + eps)) + 1, None
    while high - low > 1:
        t = (low + high) // 2
        said = answers(range(m), t)
        if any(said):
            high, row = t, said.index(True)
        else:
            low = t
    return None if row is None else (row, high)


def scan(answers: Answers, row: int, t: int, A: Sequence[str], B: Sequence[str]) -> int:
    """The nearest key of the row, from its distances."""
    return min(range(len(B)), key=lambda j: distance(A[row], B[j]))


def _bits(number: int) -> int:
    """ceil(log2 number)."""
    return (number - 1).bit_length()


SCAN = Search(least_threshold, scan, lambda n, d: _bits(d), True)
PRINTED = replace(SCAN, calls=lambda n, d: _bits(n * d))


def tiny() -> Iterator[Case]:
    """Sets A of 1 or 2 vectors and B of as many, d <= 5, up to the order of the coordinates; random ones of 2 or 3 in d <= 9.

    The first vector of A is 0^d and the first of B 1...10...0, which every instance is after flipping and moving coordinates.
    """
    for n, d, some in ((1, 2, EPS), (1, 3, EPS), (2, 2, EPS), (2, 3, EPS), (2, 4, EPS), (2, 5, ("3/5",))):
        words = ["".join(bits) for bits in product("01", repeat=d)]
        for a in product(words, repeat=n - 1):
            for ones in range(d + 1):
                for b in product(words, repeat=n - 1):
                    for eps in some:
                        A, B = ["0" * d, *a], ["1" * ones + "0" * (d - ones), *b]
                        if len(set(A)) == len(set(B)) == n:
                            yield {"A": A, "B": B, "eps": eps}
    rng = np.random.default_rng(14)
    for _ in range(150):
        n, d = int(rng.integers(2, 4)), int(rng.integers(4, 10))
        density = float(rng.choice([0.3, 0.5, 0.9]))
        matrices = ((rng.random((n, d)) < p).astype(int) for p in (0.5, density))
        A, B = (["".join(map(str, row)) for row in matrix] for matrix in matrices)
        eps = str(rng.choice(EPS))
        if len(set(A)) == len(set(B)) == n:
            yield {"A": A, "B": B, "eps": eps}


CLAIMS = stated(
    __file__,
    Checked("E14-calls", search, tiny, printed=PRINTED, mended=SCAN),
)
