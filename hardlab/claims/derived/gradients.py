"""Gradients of attention that decide (Theorem E): what one entry a row says of dQ, and one number of dV and dX.

A case has vectors, t, t2 and R. Keys are data and dummies; f and the probed column of K say what is read. Units as in module
`attending`, with dO = 1. Module `private_keys` has dV and dK.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice

from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.derived.attending import Instance, Vector, all_seen, drawn, least_p, nothing, signs, slopes, weights
from hardlab.claims.numbers import ball, shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign

Pair = tuple[int, int]
"""f and the probed column of a key."""


@dataclass(frozen=True)
class Probed:
    """What data keys carry, each that many times, and what dummies do; the entry of dQ of a YES row against that of a NO row,
    of r: YES is at least `gap` above, or below where it is negative, and exactly that at the extremes.
    """

    data: Sequence[Pair]
    dummies: Sequence[Pair]
    gap: Callable[[arb], arb]


def probed(formulas: Probed, of: Instance, shift: int | None = None, delta: bool = True) -> list[arb]:
    """The entry of dQ in the probed column, of each row; the dummies weigh what as many data keys of mass sqrt(S_yes S_no) do.

    With a `shift` V is (V + shift)/2 and the column (x + 1)/2; without `delta` it is that of a kernel that forgets it.
    """
    m, copies = len(of.B), len(formulas.data)
    each = Fraction(len(formulas.dummies), copies)  # dummies of this number weigh as one does without copies
    p_eta = of.pads(m, 1) - ball(each).log() / (2 * of.lam(m))
    p = least_p(p_eta)
    queries = [[*signs(a), *[1] * p] for a in of.A]
    keys: list[Vector] = [[*signs(b), *[-p_eta / p] * p] for b in of.B for _ in formulas.data]
    keys += [[*[0] * of.d, *[p_eta / p] * p] for _ in formulas.dummies]
    pairs = [*[pair for _ in of.B for pair in formulas.data], *formulas.dummies]
    f = [v if shift is None else (arb(v) + shift) / 2 for v, _ in pairs]
    x = [column if shift is None else (arb(column) + 1) / 2 for _, column in pairs]
    P = weights(queries, keys, of.lam(m), all_seen(queries, keys))
    return [sum((s * c for s, c in zip(row, x, strict=True)), arb(0)) for row in slopes(P, f, delta)]


def by_entry(formulas: Probed, case: Case) -> Finding:
    """Every YES row is `gap` away from every NO row, and exactly that far where each is extreme."""
    of = Instance.of(case)
    if why := of.why_no_promise:
        return outside(why)
    rows = of.distances
    yes, no = ([i for i, row in enumerate(rows) if (min(row) <= of.t) == wanted] for wanted in (True, False))
    if not yes or not no:
        return outside("there are not both kinds of rows")
    for i in yes:
        for j in no:

            def past(i: int = i, j: int = j) -> arb:
                gap, entries = formulas.gap(of.r), probed(formulas, of)
                return (entries[i] - entries[j]) * (1 if gap > 0 else -1) - abs(gap)

            side = sign(past)
            extreme = rows[i] == [of.t] and rows[j] == [of.t2]
            if side < 0 or (extreme and side > 0):
                entries = probed(formulas, of)
                said = f"YES row {i}: {shown(entries[i])}, NO row {j}: {shown(entries[j])}"
                return found(False, f"{said}, gap {shown(formulas.gap(of.r))}")
    return found(True, f"{len(yes)} YES rows against {len(no)} NO rows")


@dataclass(frozen=True)
class Trap:
    """The shifts with which a kernel is asked, None for none, and by what the right entries change under one."""

    shifts: Sequence[int | None]
    factor: Fraction


def forgotten_delta(formulas: Trap, case: Case) -> Finding:
    """Of every row some answer of a kernel that forgets delta has the wrong sign; right entries change by the factor alone."""
    of = Instance.of(case)
    if why := of.why_no_promise:
        return outside(why)
    for i in range(len(of.A)):
        caught = False
        for shift in formulas.shifts:
            factor = formulas.factor if shift is not None else Fraction(1)
            caught |= sign(partial(_answer, of, i, shift, False)) != sign(partial(_answer, of, i, shift, True))
            if not nothing(partial(_unlike, of, i, shift, factor)):
                return found(False, f"row {i}: the right entry does not change by the factor {factor}")
        if not caught:
            return found(False, f"row {i}: a kernel that forgets delta has the right sign in every answer")
    return found(True, f"{len(of.A)} rows show it")


def _answer(of: Instance, row: int, shift: int | None, delta: bool) -> arb:
    return probed(SIGN, of, shift, delta)[row]


def _unlike(of: Instance, row: int, shift: int | None, factor: Fraction) -> arb:
    """The shifted entry less the factor times the entry."""
    return probed(SIGN, of, shift)[row] - ball(factor) * probed(SIGN, of)[row]


@dataclass(frozen=True)
class Number:
    """R of n; the sum over rows of Z/(S + Z) where some row is YES (at most), and where none is (at least), of n and r."""

    R: Callable[[int], Fraction]
    yes: Callable[[int, arb], arb]
    no: Callable[[int, arb], arb]


def one_number(formulas: Number, case: Case) -> Finding:
    """dV at the only dummy, or dX at a constant column of Q and the probed one, is within the bounds, which leave a gap."""
    n = len(case["A"])
    of = Instance.of({**case, "R": formulas.R(n)})
    if why := of.why_no_promise:
        return outside(why)

    def value() -> arb:
        if case["of"] == "dX":
            return sum(probed(BALANCED, of), arb(0))  # the constant column of Q is 1, so X gets the sum over rows
        p_eta = of.pads(len(of.B), 1)
        p = least_p(p_eta)
        queries = [[*signs(a), *[1] * p] for a in of.A]
        keys: list[Vector] = [[*signs(b), *[-p_eta / p] * p] for b in of.B]
        keys.append([*[0] * of.d, *[p_eta / p] * p])
        return sum((row[-1] for row in weights(queries, keys, of.lam(len(of.B)), all_seen(queries, keys))), arb(0))

    yes = any(h <= of.t for row in of.distances for h in row)
    bounds = formulas.yes(n, of.r), formulas.no(n, of.r)
    if not bounds[0] < bounds[1]:
        return found(False, f"n = {n}, R = {of.R}: YES is at most {shown(bounds[0])}, NO at least {shown(bounds[1])}: no gap")
    holds = sign(lambda: formulas.yes(n, of.r) - value() if yes else value() - formulas.no(n, of.r)) >= 0
    return found(holds, f"n = {n}: {shown(value())}, {'YES' if yes else 'NO'} by {shown(bounds[0])} and {shown(bounds[1])}")


def row_pairs() -> Iterator[Case]:
    """A YES and a NO row, extreme and of one key; then of more, and at random."""
    for R in ("1001/1000", "4", "16", "100"):
        yield {"A": ["0001", "1111"], "B": ["0000"], "t": 1, "t2": 4, "R": R}
        yield {"A": ["0011", "0111"], "B": ["0000"], "t": 2, "t2": 3, "R": R}
        yield {"A": ["000000", "110000"], "B": ["111111", "111111", "000000"], "t": 0, "t2": 2, "R": R}
    yield from drawn(73, 40, lambda k: {"R": ("3/2", "16", "100")[k % 3]})


def few_pairs() -> Iterator[Case]:
    """Some of them: equality is asked of each row."""
    yield from islice(row_pairs(), 16)


def sums() -> Iterator[Case]:
    """No row, one row, and every row YES; of dV and of dX."""
    for of in ("dV", "dX"):
        for n in (1, 2, 3, 6):
            for near in sorted({0, 1, n}):
                A = ["00001" if i < near else "11111" for i in range(n)]
                yield {"A": A, "B": ["00000", "00000"], "t": 1, "t2": 5, "R": "16", "of": of}
    yield from drawn(75, 20, lambda k: {"R": "16", "of": ("dV", "dX")[k % 2]})


BALANCED = Probed(data=[(0, 0)], dummies=[(1, 1), (-1, -1)], gap=lambda r: -(r - 1) / (r + 1))
SIGN = Probed(data=[(1, 1), (-1, -1)], dummies=[(-1, 1), (1, -1)], gap=lambda r: 2 * (r - 1) / (r + 1))
MATCHED = Probed(data=[(1, 0)], dummies=[(0, 1)], gap=lambda r: -(r - 1) / (r + 1))

CLAIMS = stated(
    __file__,
    Checked("Q1-balanced", by_entry, row_pairs, printed=MATCHED, mended=BALANCED, recorded=Verdict.FAILS),
    Checked("Q2-sign", by_entry, row_pairs, printed=SIGN),
    Checked(
        "Q2-shift-trap",
        forgotten_delta,
        few_pairs,
        printed=Trap([None], Fraction(1)),
        mended=Trap([1, -1], Fraction(1, 4)),
        recorded=Verdict.FAILS,
    ),
    Checked(
        "One-number",
        one_number,
        sums,
        printed=Number(lambda n: Fraction(16), lambda n, r: n - 1 + 1 / (r + 1), lambda n, r: n - n / (r + 1)),
        mended=Number(lambda n: Fraction(4 * n * n), lambda n, r: n - 1 + 1 / (r + 1), lambda n, r: n - n / (r + 1)),
        recorded=Verdict.FAILS,
    ),
)
