"""Claims that are toys."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hardlab.claims import CLAIMS
from hardlab.claims.claim import Case, Claim, Finding, IllTyped, Verdict, found, outside

Formula = Callable[[int], int]


def no_more_than(formula: Formula, case: Case) -> Finding:
    """n^2 <= formula(n) for n >= 1."""
    n = case["n"]
    if n < 1:
        return outside(f"n = {n}")
    return found(n * n <= formula(n), f"{n}^2 = {n * n}, bound {formula(n)} {case.get('note', '')}".strip())


def at_most_three(n: int) -> int:
    if n > 3:
        raise IllTyped(f"the bound has no entry {n}")
    return 9


def cases() -> Iterator[Case]:
    yield from ({"n": n} for n in range(6))


def toy(id: str, printed: Formula, corrected: Formula, recorded: Verdict) -> Claim[Formula]:
    return Claim(
        id=id,
        source=f"Toys, Lemma {id[1]}",
        statement=f"{id}: n^2 is at most the bound.",
        wrong="" if printed is corrected else "The bound is too small.",
        correction="" if printed is corrected else "The bound is n^2.",
        proof="n^2 <= n^2.",
        printed=printed,
        mended=corrected,
        check=no_more_than,
        cases=cases,
        recorded=recorded,
    )


def square(n: int) -> int:
    return n * n


DOUBLE = toy("T1-double", lambda n: 2 * n, square, Verdict.FAILS)
TABLE = toy("T2-table", at_most_three, square, Verdict.ILL_TYPED)
SQUARE = toy("T3-square", square, square, Verdict.HOLDS)
TOYS = (DOUBLE, TABLE, SQUARE)
FALSE = replace(DOUBLE, id="T4-false", mended=lambda n: 3 * n)


Use = Callable[..., None]


def claim(id: str) -> Claim[Any]:
    """The claim with that id."""
    return next(claim for claim in CLAIMS if claim.id == id)


def is_outside(id: str, case: Case) -> bool:
    """Whether a case is outside the hypotheses under both transcriptions."""
    return all(claim(id).on(formulas, case).verdict is None for formulas in (claim(id).printed, claim(id).corrected))
