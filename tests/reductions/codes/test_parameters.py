"""Parameters of codes: what may be given, just inside and outside of each limit; what is chosen, against all that there are."""

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import product
from math import ceil, isqrt, log2
from typing import Any

import pytest

from instances.faults import BadInput, Declined
from reductions.codes.families import hermitian, hermitian_k
from reductions.codes.parameters import OWN, Code, Parameters, check, chosen

PRIME_POWERS = [
    q for q in range(2, 65) if len({p for p in range(2, q + 1) if q % p == 0 and all(p % i for i in range(2, p))}) == 1
]
FREE = {"T": 0, "k": 0, "q": 0, "L": 0, "alpha": 0}


def multipliers(q: int) -> int:
    """e (p - 1) for q = p^e."""
    p = next(p for p in range(2, q + 1) if q % p == 0)
    return next(e for e in range(1, 7) if p**e == q) * (p - 1)


# ------------------------------------------------------------------------------------------------------ what may be given

GOOD: list[tuple[Code, dict[str, int]]] = [
    ("reed-solomon", {}), ("hermitian", {}), ("projective", {}),
    ("reed-solomon", {"T": 1, "k": 1, "q": 2, "L": 1}), ("reed-solomon", {"T": 2, "q": 3}), ("reed-solomon", {"T": 6, "q": 64}),
    ("reed-solomon", {"k": 3, "q": 5}), ("reed-solomon", {"k": 3, "L": 5}), ("reed-solomon", {"k": 32, "L": 63}),
    ("reed-solomon", {"k": 32}), ("reed-solomon", {"L": 64}), ("reed-solomon", {"L": 5, "q": 5}), ("reed-solomon", {"q": 2}),
    ("hermitian", {"q": 4, "alpha": 3}), ("hermitian", {"q": 9, "alpha": 13}), ("hermitian", {"T": 2, "q": 4}),
    ("hermitian", {"alpha": 1000}), ("projective", {"k": 6}), ("projective", {"k": 1}),
]  # fmt: skip

BAD: list[tuple[str, dict[str, int], str]] = [
    ("reed", {}, r"code = 'reed': ov-gap has the codes reed-solomon, hermitian, projective"),
    ("", {}, "ov-gap has the codes"),
    ("reed-solomon", {"T": -1}, "T = -1: give a positive number, or 0 to have it chosen"),
    ("hermitian", {"alpha": -1}, "alpha = -1: give a positive number"),
    ("reed-solomon", {"alpha": 1}, "the reed-solomon code has the parameters T, k, q, L; drop alpha"),
    ("hermitian", {"k": 1}, "the hermitian code has the parameters T, q, alpha; drop k"),
    ("hermitian", {"L": 1}, "drop L"),
    ("projective", {"T": 2}, "the projective code has the parameters k; drop T"),
    ("projective", {"q": 3}, "drop q"),
    ("reed-solomon", {"T": 3, "q": 3}, r"at most e \(p-1\) = 2 multipliers over F_3 have no zero sum; lower T or change q"),
    ("reed-solomon", {"T": 7, "q": 64}, r"= 6 multipliers over F_64"),
    ("hermitian", {"T": 3, "q": 4}, r"= 2 multipliers over F_4"),
    ("reed-solomon", {"k": 3, "q": 4}, r"needs 2k - 1 <= L <= q <= 64"),
    ("reed-solomon", {"k": 3, "L": 4}, "needs 2k - 1 <= L"),
    ("reed-solomon", {"k": 33}, "needs 2k - 1 <= L"),
    ("reed-solomon", {"L": 65}, "needs 2k - 1 <= L"),
    ("reed-solomon", {"L": 6, "q": 5}, "needs 2k - 1 <= L"),
    ("reed-solomon", {"k": 2, "L": 2, "q": 5}, "needs 2k - 1 <= L"),
    ("hermitian", {"q": 8}, r"needs a square q = r\^2 and 2 alpha < r\^3; change them"),
    ("hermitian", {"q": 4, "alpha": 4}, r"needs a square"),
    ("hermitian", {"q": 9, "alpha": 14}, r"needs a square"),
    ("projective", {"k": 33}, "the projective code has"),
    ("projective", {"k": 7}, r"k = 7: the projective code has 3\^\(k \(k-1\)/2\) messages, at most 2\^24 .*; give k <= 6"),
    ("reed-solomon", {"q": 6}, "q = 6: a field has a prime power of elements"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "given"), GOOD, ids=str)
def test_what_may_be_given(code: Code, given: dict[str, int]) -> None:
    check(code, **{**FREE, **given})


@pytest.mark.parametrize(("code", "given", "said"), BAD, ids=str)
def test_what_may_not_be_given(code: str, given: dict[str, int], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        check(code, **{**FREE, **given})


def test_each_code_has_its_parameters() -> None:
    for code, names in OWN.items():
        for name in FREE:
            given: dict[str, int] = {**FREE, name: 1 if name != "q" else 4}
            if name in names:
                check(code, **given)
            else:
                with pytest.raises(BadInput, match=f"drop {name}$"):
                    check(code, **given)


# ------------------------------------------------------------------------------------------------------ figures


def test_figures() -> None:
    """t = L accept, t2 = t + D (reject - accept), and so on, of made-up numbers."""
    of = Parameters("reed-solomon", 5, 2, 3, 7, 4, 3, 31, 5, 11)
    assert (of.messages, of.dimension, of.t, of.t2) == (125, 7 * 31, 35, 35 + 4 * 6)
    assert of.eps == Fraction(24, 35)
    assert of.log_messages == pytest.approx(3 * log2(5))
    assert of.alpha == 0


@pytest.mark.parametrize(
    ("q", "exponent", "T", "within"),
    [(2, 24, 16, True), (2, 25, 1, False), (2, 0, 17, False), (4, 12, 8, True), (4, 12, 9, False), (4, 13, 8, False),
     (3, 15, 10, True), (3, 16, 1, False), (3, 1, 11, False), (16, 6, 4, True), (64, 4, 2, True), (64, 5, 1, False)],
)  # fmt: skip
def test_limits(q: int, exponent: int, T: int, within: bool) -> None:
    assert Parameters("reed-solomon", q, T, 1, 1, 1, exponent, 1, 1, 3).within_limits is within


# ------------------------------------------------------------------------------------------------------ what is chosen


def one_hot(code: Code, q: int, T: int, k: int, L: int, D: int, exponent: int, alpha: int = 0) -> Parameters:
    few = q ** (T - 1)
    return Parameters(code, q, T, k, L, D, exponent, q * few + 1 + few, few, few + 2, alpha)


def reed_solomons(d: int, T: int, k: int, q: int, L: int) -> Iterator[Parameters]:
    """All with D' = 1, or with the L that is given, and no more coordinates a block than are needed."""
    for field, blocks in product(PRIME_POWERS, range(1, 64)):
        if q not in (0, field) or T not in (0, blocks) or blocks > multipliers(field) or (not T and blocks > d):
            continue
        for size in [k] if k else [ceil(d / blocks)]:
            points = L or 2 * size - 1
            if blocks * size >= d and 2 * size - 1 <= points <= field:
                yield one_hot("reed-solomon", field, blocks, size, points, points - 2 * (size - 1), size - 1)


def hermitians(d: int, T: int, q: int, alpha: int) -> Iterator[Parameters]:
    """Those whose codes are small, over fields of 4 and 9."""
    for field, order in product((4, 9), range(14)):
        points = isqrt(field) ** 3
        if q not in (0, field) or alpha not in (0, order) or 2 * order >= points or (alpha and not order):
            continue
        k = hermitian_k(field, order)
        if field ** (k - 1) > 2**24:
            continue
        for blocks in range(1, multipliers(field) + 1):
            if T in (0, blocks) and blocks * k >= d and (T or blocks <= d):
                yield one_hot(
                    "hermitian", field, blocks, k, points, points - 2 * order, hermitian(field, order).exponent, order
                )


def best(candidates: Iterator[Parameters]) -> Parameters | None:
    found = [one for one in candidates if one.q**one.exponent <= 2**24 and one.q**one.T <= 2**16]
    return min(found, key=lambda one: (one.q**one.exponent * one.L * one.bits, -one.eps)) if found else None


@pytest.mark.parametrize(
    "given",
    [
        (0, 0, 0, 0),
        (2, 0, 0, 0),
        (0, 3, 0, 0),
        (0, 0, 9, 0),
        (3, 5, 16, 0),
        (0, 0, 16, 11),
        (0, 4, 0, 7),
        (0, 0, 0, 10),
        (1, 0, 0, 4),
    ],
)
def test_the_cheapest_reed_solomon_code(given: tuple[int, int, int, int]) -> None:
    T, k, q, L = given
    for d in (*range(1, 24), 40, 63, 64, 100, 300):
        expected = best(reed_solomons(d, T, k, q, L))
        if expected is not None:
            assert chosen(d, "reed-solomon", T, k, q, L, 0) == expected
        else:
            with pytest.raises((BadInput, Declined)):
                chosen(d, "reed-solomon", T, k, q, L, 0)


@pytest.mark.parametrize("given", [(0, 4, 0), (2, 4, 0), (1, 9, 0), (0, 9, 4), (0, 4, 3), (3, 9, 6)])
def test_the_cheapest_hermitian_code(given: tuple[int, int, int]) -> None:
    T, q, alpha = given
    for d in (1, 2, 3, 4, 6, 9, 12, 16):
        expected = best(hermitians(d, T, q, alpha))
        if expected is not None:
            assert chosen(d, "hermitian", T, 0, q, 0, alpha) == expected
        else:
            with pytest.raises(Declined):
                chosen(d, "hermitian", T, 0, q, 0, alpha)


@pytest.mark.parametrize(("T", "alpha"), [(0, 0), (3, 0), (0, 4), (2, 6)])
def test_the_cheapest_field_of_a_hermitian_code(T: int, alpha: int) -> None:
    """Where no field is given, the best of all squares that have so many multipliers and such an order."""
    for d in (1, 2, 3, 5):
        found = []
        for q in (4, 9, 16, 25, 49, 64):
            if multipliers(q) >= T and 2 * alpha < isqrt(q) ** 3:
                with suppress(Declined):
                    found.append(chosen(d, "hermitian", T, 0, q, 0, alpha))
        assert chosen(d, "hermitian", T, 0, 0, 0, alpha) == min(found, key=lambda one: (one.messages * one.dimension, -one.eps))


def test_a_hermitian_code_that_is_far_beyond_the_limits() -> None:
    """It is not built: k - 1 letters are as many as there are at least. One with just 2^24 = 16^6 by that is built."""
    for d, T, q, alpha, exponent in ((18, 2, 9, 11, 8), (16, 2, 9, 10, 10), (11, 1, 9, 0, 10), (7, 1, 16, 12, 11)):
        said = rf"d = {d} takes {q}\^{exponent} messages of Merlin's and q\^T = {q}\^{T} symbols"
        with pytest.raises(Declined, match=said):
            chosen(d, "hermitian", T, 0, q, 0, alpha)
    with pytest.raises(Declined, match=r"d = 5 takes 64\^144 messages of Merlin's"):  # the only field for such an order
        chosen(5, "hermitian", 0, 0, 0, 0, 172)


def test_the_projective_code() -> None:
    """Two blocks over F_3; k (k - 1)/2 letters of Merlin's; quadrics that miss 2 3^(k-2) points at least."""
    for d in range(1, 13):
        k = ceil(d / 2)
        for found in (chosen(d, "projective", 0, 0, 0, 0, 0), chosen(d, "projective", 0, k, 0, 0, 0)):
            assert (found.q, found.T, found.k, found.exponent) == (3, 2, k, k * (k - 1) // 2)
            assert sum(3**i for i in range(k)) == found.L
            assert (1 if k == 1 else 2 * 3 ** (k - 2)) == found.D
            assert (found.bits, found.accept, found.reject, found.alpha) == (15, 3, 7, 0)
    assert chosen(3, "projective", 0, 5, 0, 0, 0).k == 5
    with pytest.raises(Declined, match=r"ov-gap, projective: d = 13 takes 3\^21 messages of Merlin's and q\^T = 3\^2 symbols"):
        chosen(13, "projective", 0, 0, 0, 0, 0)
    with pytest.raises(
        Declined, match=r"no code over a field of at most 64 elements holds d = 7; the limits are 2\^24 messages"
    ):
        chosen(7, "projective", 0, 3, 0, 0, 0)


def refused(d: int, code: Code, **given: int) -> str:
    with pytest.raises((BadInput, Declined)) as said:
        chosen(d, code, **{**FREE, **given})
    return str(said.value)


def test_what_is_said_where_nothing_is_chosen() -> None:
    assert chosen(6, "reed-solomon", 2, 3, 0, 0, 0).k == 3
    said: Any = refused(7, "reed-solomon", T=2, k=3)
    assert said == "T = 2 and k = 3 hold T k = 6 coordinates, these vectors have d = 7: raise T or k"
    limits = "the limits are 2^24 messages and q^T <= 2^16"
    assert refused(5, "reed-solomon", q=2, k=1) == (
        f"ov-gap, reed-solomon: no code over a field of at most 64 elements holds d = 5; {limits}"
    )
    d = next(d for d in range(1, 4000) if best(reed_solomons(d, 0, 0, 0, 0)) is None and any(reed_solomons(d, 0, 0, 0, 0)))
    least = min(reed_solomons(d, 0, 0, 0, 0), key=lambda one: one.exponent * log2(one.q) + log2(one.L * one.bits))
    assert refused(d, "reed-solomon") == (
        f"ov-gap, reed-solomon: d = {d} takes {least.q}^{least.exponent} messages of Merlin's and q^T = {least.q}^{least.T} "
        f"symbols a coin at the cheapest parameters; {limits}: take a smaller d, or other T, k and q"
    )
