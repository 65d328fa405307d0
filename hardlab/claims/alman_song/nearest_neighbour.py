"""Alman and Song, section 4.2: nearest neighbour (Definition 4.2, Lemma 4.3, Remark 4.4) and its gap version
(Definition 4.5; the search with it is in `gap_search`).

Vectors are 0/1 strings, h is a Hamming distance. Lemma 4.3 is a theorem about all n under SETH; what is executed is the
reduction `cnf-hamming` on given formulas, whose gap 2/t shrinks as the formula grows (Rubinstein's constant gap is not run).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations, product
from operator import index

from hardlab.claims.alman_song.lemma_4_7.construction import distance
from hardlab.claims.alman_song.lemma_4_7.matrices import LAYOUT
from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.stating import Checked, stated
from instances.cnf import CNF
from instances.families import random_ksat
from reductions.edges.cnf_hamming import CnfHamming

MOST_VARIABLES = 12
"""Variables of the largest formula whose assignments are all tried."""


@dataclass(frozen=True)
class Gap:
    """The least distance of a satisfiable and at least that of an unsatisfiable formula, and the eps that tells them apart."""

    yes: Callable[[int], int]
    no: Callable[[int], int]
    eps: Callable[[int], Fraction]


def formula_to_pair(formulas: Gap, case: Case) -> Finding:
    """Brute force on the formula against all distances: the least, the models, and all pairs within 1 + eps of the least."""
    formula = CNF(index(case["n"]), tuple(map(tuple, case["clauses"])))
    if formula.n > MOST_VARIABLES or len(formula.clauses) > 200:
        return outside(f"too large to check here: more than {MOST_VARIABLES} variables or 200 clauses")
    reduction = CnfHamming(split=tuple(case["left"]))
    problem = reduction.apply(formula)
    distances = {pair: problem.distance(*pair) for pair in problem.witnesses()}
    least, satisfiable = min(distances.values()), any(map(formula.accepts, formula.witnesses()))
    yes, no = formulas.yes(problem.t), formulas.no(problem.t)
    if least != yes if satisfiable else least < no:
        return found(False, f"{_word(satisfiable)}, least distance {least}; stated {yes} against {no}")
    for pair, h in distances.items():
        broken = sum(not CNF(formula.n, (clause,)).accepts(reduction.back(formula, pair)) for clause in set(formula.clauses))
        if (h != (yes, no)[broken]) if broken < 2 else h < no:
            return found(
                False, f"pair {pair} has distance {h} and violates {broken} clauses; stated {yes} for none, {no} for one"
            )
        if satisfiable and h <= (1 + formulas.eps(problem.t)) * least and h != yes:
            return found(False, f"pair {pair} of distance {h} is within 1 + {formulas.eps(problem.t)} of {least} and no model")
    return found(True, f"{_word(satisfiable)}, least distance {least}, t = {problem.t}, {len(distances)} pairs")


def _word(satisfiable: bool) -> str:
    return "satisfiable" if satisfiable else "unsatisfiable"


@dataclass(frozen=True)
class Doubling:
    """a~ from a, its weight over d, and the distance of a~ and b~ from that of a and b."""

    encode: Callable[[str], str]
    weight: Callable[[int], int]
    distance: Callable[[int], int]


def doubles(formulas: Doubling, case: Case) -> Finding:
    """Weight half the dimension, which doubles, and distances doubled."""
    _same_length(case["a"], case["b"])
    a, b = formulas.encode(case["a"]), formulas.encode(case["b"])
    d, h = len(case["a"]), distance(case["a"], case["b"])
    weights, reached = (a.count("1"), b.count("1")), distance(a, b)
    good = (
        len(a) == 2 * d
        and weights == (formulas.weight(d),) * 2
        and 2 * weights[0] == len(a)
        and reached == formulas.distance(h)
    )
    return found(
        good, f"{a} and {b}: weights {weights}, distance {reached}; stated {formulas.weight(d)}, {formulas.distance(h)}"
    )


def raw_width(formula: Callable[[int], int], case: Case) -> Finding:
    """The entries of a row of Q for a raw vector a: doubled (Remark 4.4), and the row that Lemma 4.7 makes of that."""
    a = case["a"]
    _same_length(a)
    if 2 * a.count("1") == len(a):
        return outside("a has the weight d/2 and needs no doubling")
    (width,) = {len(row) for row in LAYOUT.queries([complemented(a)])}
    return found(width == formula(len(a)), f"d = {len(a)}: a row of Q has {width} entries, stated {formula(len(a))}")


def _same_length(*vectors: str) -> None:
    if not vectors[0] or any(len(a) != len(vectors[0]) or set(a) - {"0", "1"} for a in vectors):
        raise ValueError("the vectors must be 0/1 strings of one length")


def complemented(a: str) -> str:
    """(a, 1 - a)."""
    return a + a.translate(str.maketrans("01", "10"))


@dataclass(frozen=True)
class Promise:
    """Whether a row whose least distance is h is in Case 1 and in Case 2 of Definition 4.5, and in Case 2a and 2b."""

    first: Callable[[int, int], bool]
    second: Callable[[int, int, Fraction], bool]
    lemma_first: Callable[[int, int], bool]
    lemma_second: Callable[[int, int, Fraction], bool]


def agrees(formulas: Promise, case: Case) -> Finding:
    """The cases agree, and a row is in neither iff its least distance is strictly between t and (1 + eps) t, else in one."""
    _same_length(case["a"], *case["B"])
    h = min(distance(case["a"], b) for b in case["B"])
    t, eps = index(case["t"]), Fraction(str(case["eps"]))
    if t <= 0 or eps <= 0 or len(set(case["B"])) < len(case["B"]):
        return outside("t and eps are positive, and B is a set")
    one = formulas.first(h, t), formulas.second(h, t, eps)
    two = formulas.lemma_first(h, t), formulas.lemma_second(h, t, eps)
    shown = f"least distance {h}, t = {t}, (1 + eps) t = {(1 + eps) * t}: Cases 1 and 2 {one}, Cases 2a and 2b {two}"
    return found(one == two and sum(one) == (0 if t < h < (1 + eps) * t else 1), shown)


def formulas_with_halves() -> Iterator[Case]:
    """All sets of at most 3 clauses over 2 variables, all at most 2 clauses and random 3- and 4-SAT over 3 to 7."""
    for n, most in ((2, 3), (3, 2)):
        clauses = [
            [sign * variable for sign, variable in zip(signs, variables, strict=True)]
            for width in range(1, n + 1)
            for variables in combinations(range(1, n + 1), width)
            for signs in product((1, -1), repeat=width)
        ]
        for m in range(most + 1):
            for chosen in combinations(clauses, m):
                yield {"n": n, "clauses": [*chosen], "left": [1]}
    for n, m, k in ((3, 8, 3), (4, 12, 3), (4, 24, 3), (5, 18, 3), (6, 26, 3), (6, 40, 3), (5, 40, 4), (6, 70, 4), (7, 30, 3)):
        for seed in range(4):
            formula = random_ksat(n, m, k, seed=seed)
            yield {"n": n, "clauses": [[*clause] for clause in formula.clauses], "left": [*range(1, n // 2 + 1)]}


def pairs() -> Iterator[Case]:
    """All pairs of vectors in d = 1, 2 and 3."""
    for d in (1, 2, 3):
        for a, b in product(_words(d), repeat=2):
            yield {"a": a, "b": b}


def rows() -> Iterator[Case]:
    """A vector a = 0^d against one or two vectors, d <= 4, all t and a few eps."""
    for d in range(1, 5):
        for m in (1, 2):
            for B in combinations(_words(d), m):
                for t in range(1, d + 1):
                    for eps in ("1/2", "1"):
                        yield {"a": "0" * d, "B": [*B], "t": t, "eps": eps}


def _words(d: int) -> list[str]:
    return ["".join(bits) for bits in product("01", repeat=d)]


THROUGH_CNF = Gap(lambda t: t, lambda t: t + 2, lambda t: Fraction(2, t) - Fraction(1, 10**6))
DOUBLED = Doubling(complemented, lambda d: d, lambda h: 2 * h)
EITHER = Promise(
    first=lambda h, t: h <= t,
    second=lambda h, t, eps: h >= (1 + eps) * t,
    lemma_first=lambda h, t: h <= t,
    lemma_second=lambda h, t, eps: h >= (1 + eps) * t,
)
PRINTED_CASES = replace(EITHER, first=lambda h, t: h < t, lemma_second=lambda h, t, eps: h > (1 + eps) * t)

CLAIMS = stated(
    __file__,
    Checked("Lemma-4.3", formula_to_pair, formulas_with_halves, printed=THROUGH_CNF),
    Checked("Remark-4.4", doubles, pairs, printed=DOUBLED),
    Checked("E15-raw-inputs", raw_width, pairs, printed=lambda d: 2 * d, mended=lambda d: 4 * d, recorded=Verdict.FAILS),
    Checked("E13-cases", agrees, rows, printed=PRINTED_CASES, mended=EITHER, recorded=Verdict.FAILS),
)
