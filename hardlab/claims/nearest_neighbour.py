"""Alman and Song, section 4.2: nearest neighbour (Definition 4.2, Lemma 4.3, Remark 4.4) and its gap version
(Definition 4.5; the search with it is in `gap_search`).

Vectors are 0/1 strings, h is a Hamming distance. Lemma 4.3 is a theorem about all n under SETH; what is executed is the
reduction `cnf-hamming` on given formulas, whose gap 2/t shrinks as the formula grows (Rubinstein's constant gap is not run).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from operator import index
from typing import Any

from hardlab.claims.claim import Case, Claim, Finding, Verdict, found, outside
from hardlab.claims.lemma_4_7 import distance
from instances.cnf import CNF
from instances.families import random_ksat
from reductions.cnf_hamming import CnfHamming

MOST = 16
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
    if formula.n > MOST:
        raise ValueError(f"more than {MOST} variables are too many to try all assignments")
    reduction = CnfHamming(split=tuple(case["left"]))
    problem = reduction.apply(formula)
    distances = {pair: problem.distance(*pair) for pair in problem.witnesses()}
    least, satisfiable = min(distances.values()), any(map(formula.accepts, formula.witnesses()))
    yes, no = formulas.yes(problem.t), formulas.no(problem.t)
    if least != yes if satisfiable else least < no:
        return found(False, f"{_word(satisfiable)}, least distance {least}; stated {yes} against {no}")
    for pair, h in distances.items():
        if formula.accepts(reduction.back(formula, pair)) != (h == yes):
            return found(False, f"pair {pair} has distance {h}, and is a model: {h != yes}")
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


def doubling(formulas: Doubling, case: Case) -> Finding:
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


@dataclass(frozen=True)
class Raw:
    """Attention's dimension and Case 2's threshold for raw vectors, from their d and t."""

    dimension: Callable[[int], int]
    threshold: Callable[[int], int]


def raw(formulas: Raw, case: Case) -> Finding:
    """Rows (a~, 1) of Q after Remark 4.4, counted; and h(a, b) <= t iff h(a~, b~) <= threshold, for every t."""
    _same_length(case["a"], case["b"])
    a, b = (_complemented(case[name]) for name in ("a", "b"))
    d, h = len(case["a"]), distance(case["a"], case["b"])
    width = len(a + "1" * len(a))
    if width != formulas.dimension(d):
        return found(False, f"d = {d}: a row of Q has {width} entries, stated {formulas.dimension(d)}")
    for t in range(1, d + 1):
        if (h <= t) != (distance(a, b) <= formulas.threshold(t)):
            return found(False, f"h = {h}, t = {t}: doubled {distance(a, b)} against {formulas.threshold(t)}")
    return found(True, f"dimension {width}, h = {h} doubles")


def _same_length(*vectors: str) -> None:
    if not vectors[0] or any(len(a) != len(vectors[0]) or set(a) - {"0", "1"} for a in vectors):
        raise ValueError("the vectors must be 0/1 strings of one length")


def _complemented(a: str) -> str:
    return a + a.translate(str.maketrans("01", "10"))


@dataclass(frozen=True)
class Cases:
    """Whether a row whose least distance is h is in Case 1 (h, t) and in Case 2 (h, t, eps)."""

    first: Callable[[int, int], bool]
    second: Callable[[int, int, Fraction], bool]


def one_case(formulas: Cases, case: Case) -> Finding:
    """A row is in exactly one case unless its least distance is strictly between t and (1 + eps) t."""
    h = min(distance(case["a"], b) for b in case["B"])
    t, eps = index(case["t"]), Fraction(str(case["eps"]))
    if t <= 0 or eps <= 0:
        return outside("t and eps are positive")
    _same_length(case["a"], *case["B"])
    if t < h < (1 + eps) * t:
        return outside("strictly between t and (1 + eps) t")
    in_first, in_second = formulas.first(h, t), formulas.second(h, t, eps)
    return found(in_first != in_second, f"least distance {h}, t = {t}: Case 1 {in_first}, Case 2 {in_second}")


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


def _least(h: int, t: int) -> bool:
    return h <= t


def _far(h: int, t: int, eps: Fraction) -> bool:
    return h >= (1 + eps) * t


THROUGH_CNF = Gap(lambda t: t, lambda t: t + 2, lambda t: Fraction(2, t) - Fraction(1, 10**6))
DOUBLED = Doubling(_complemented, lambda d: d, lambda h: 2 * h)
EITHER = Cases(_least, _far)

CLAIMS: tuple[Claim[Any], ...] = (
    Claim(
        id="Lemma-4.3",
        source="Alman and Song, Definition 4.2 and Lemma 4.3 (Rubinstein 2018), as the reduction cnf-hamming executes it",
        statement="A formula becomes two lists of vectors, one for each assignment of half of the variables that survives, "
        "with least distance t if it is satisfiable and >= t + 2 otherwise; the models are the pairs at distance t, and a "
        "pair within 1 + eps of the least distance is one if the formula has any, for eps < 2/t (checked: 2/t - 10^-6).",
        wrong="",
        correction="",
        proof="Every gadget has distance 1 where its two items are satisfied and 3 where not, and there are t of them. What "
        "Lemma 4.3 adds is an eps that does not shrink with n.",
        printed=THROUGH_CNF,
        mended=THROUGH_CNF,
        check=formula_to_pair,
        cases=formulas_with_halves,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="Remark-4.4",
        source="Alman and Song, Remark 4.4",
        statement="a~ = (a, 1 - a) in dimension 2d has weight d, and |a~ - b~| = 2 |a - b|.",
        wrong="",
        correction="",
        proof="A position where a and b differ counts in both halves.",
        printed=DOUBLED,
        mended=DOUBLED,
        check=doubling,
        cases=pairs,
        recorded=Verdict.HOLDS,
    ),
    Claim(
        id="E15-raw-inputs",
        source="Alman and Song, Remark 4.4 with Lemma 4.7",
        statement="For a gap instance of dimension d = C log n and threshold t whose weights are not d/2, attention of "
        "dimension 2d is called with the same t.",
        wrong="Remark 4.4 doubles d and t first, and the lemma doubles the dimension once more.",
        correction="Dimension 4d = 4C log n, threshold 2t; beta does not change, since d/t does not.",
        proof="(a, 1 - a, 1_2d) has 4d entries, and every distance doubles.",
        printed=Raw(lambda d: 2 * d, lambda t: t),
        mended=Raw(lambda d: 4 * d, lambda t: 2 * t),
        check=raw,
        cases=pairs,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E13-definition",
        source="Alman and Song, Definition 4.5",
        statement="With Case 1 if some distance is < t and Case 2 if all are >= (1 + eps) t, a row is in exactly one case "
        "unless its least distance is strictly between t and (1 + eps) t.",
        wrong="A row whose least distance is t is in neither case, so a search for the least distance gets no answer there.",
        correction="Case 1 if some distance is <= t.",
        proof="h <= t and h >= (1 + eps) t exclude each other for t > 0, and what is neither is strictly between.",
        printed=Cases(lambda h, t: h < t, _far),
        mended=EITHER,
        check=one_case,
        cases=rows,
        recorded=Verdict.FAILS,
    ),
    Claim(
        id="E13-lemma",
        source="Alman and Song, Lemma 4.7, Cases 2a and 2b",
        statement="With Case 2a if some distance is <= t and Case 2b if all are > (1 + eps) t, a row is in exactly one case "
        "unless its least distance is strictly between t and (1 + eps) t.",
        wrong="A row whose least distance is (1 + eps) t is in Case 2 of Definition 4.5 and in neither case here.",
        correction="Case 2b if all distances are >= (1 + eps) t; the proof supports it.",
        proof="As E13-definition; Case 2b uses only that the exponent is at most 0.25 beta (1 - (1 + eps) t/d).",
        printed=Cases(_least, lambda h, t, eps: h > (1 + eps) * t),
        mended=EITHER,
        check=one_case,
        cases=rows,
        recorded=Verdict.FAILS,
    ),
)
