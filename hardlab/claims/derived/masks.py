"""Which bits of a mask decide: Lemma V, which reads T5 with the keys that a row sees, and Lemma U, one bit at a time.

A case of Lemma V has vectors, t, t2, R, the M dummies that every row sees, and what each row `sees` of the keys.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from flint import arb

from hardlab.claims.claim import Case, Finding, Verdict, found, outside
from hardlab.claims.derived.attending import Instance, Sees, Vector, least_p, outputs, signs, weights
from hardlab.claims.numbers import shown
from hardlab.claims.stating import Checked, stated
from instances.exact import sign


@dataclass(frozen=True)
class Masked:
    """What is promised, of an instance, a row's distances and what it sees; the m of beta, of what rows see; Gamma/B of r."""

    promise: Callable[[Instance, Sequence[int], str], bool]
    keys: Callable[[Sees], int]
    gamma: Callable[[arb], arb]


def near(of: Instance, distances: Sequence[int], sees: str) -> bool:
    """Whether a key that is seen is near."""
    return any(h <= of.t for h, bit in zip(distances, sees, strict=True) if bit == "1")


def answers(of: Instance, sees: Sees, M: int, keys: int, lost: int = 0) -> list[arb]:
    """u/B of each row, over M dummies but for those that are `lost`, and the keys that it sees."""
    p_eta = of.pads(keys, M)
    p = least_p(p_eta)
    queries = [[*signs(a), *[1] * p] for a in of.A]
    shown_keys: list[Vector] = [[*[0] * of.d, *[p_eta / p] * p] for _ in range(M - lost)]
    shown_keys += [[*signs(b), *[-p_eta / p] * p] for b in of.B]
    P = weights(queries, shown_keys, of.lam(keys), ["1" * (M - lost) + row for row in sees])
    return outputs(P, [*[-1] * (M - lost), *[1] * len(of.B)])


def by_visible(formulas: Masked, case: Case) -> Finding:
    """u >= Gamma for every row that sees a near key, and u <= -Gamma for every other row."""
    of, sees, M = Instance.of(case), case["sees"], case["M"]
    if why := _outside(of, sees, M):
        return outside(why)
    if not all(formulas.promise(of, row, bits) for row, bits in zip(of.distances, sees, strict=True)):
        return outside("the promise is broken")
    keys = formulas.keys(sees)
    for i, bits in enumerate(sees):
        yes = near(of, of.distances[i], bits)

        def past(i: int = i, yes: bool = yes) -> arb:
            u = answers(of, sees, M, keys)[i]
            return (u if yes else -u) - formulas.gamma(of.r)

        if sign(past) < 0:
            u, gamma = answers(of, sees, M, keys)[i], formulas.gamma(of.r)
            return found(False, f"row {i} is {'YES' if yes else 'NO'}: u/B = {shown(u)}, Gamma/B = {shown(gamma)}")
    return found(True, f"{len(sees)} rows decided")


def _outside(of: Instance, sees: Sees, M: int) -> str:
    if len(sees) != len(of.A) or any(len(bits) != len(of.B) or set(bits) - {"0", "1"} for bits in sees):
        raise ValueError("sees must hold a 0/1 string a row, a bit a key")
    return of.why_outside or ("" if 1 <= M <= 12 else "there is no dummy, or too many to check here")


@dataclass(frozen=True)
class Planted:
    """The rows that must change where the bit of a row and a key is flipped, by the only near pair; None where none is."""

    flips: Callable[[tuple[int, int] | None, tuple[int, int]], set[int]]


def one_bit(formulas: Planted, case: Case) -> Finding:
    """The rows that answer otherwise when one bit of what is seen is flipped are those that the formula names.

    The vectors are 0 and 1 everywhere, but for the near key: n rows and n keys, all others t2 apart at the least.
    """
    n, t, t2, at, (a, b) = case["n"], case["t"], case["t2"], case["near"], case["bit"]
    d = 2 * t2 + t
    if n > 6 or not 0 <= t < t2 <= 8 or not 0 <= min(a, b) <= max(a, b) < n:
        return outside("no such bit, or too large to check here")
    row, key = ("0" * d, "1" * t + "0" * (d - t)) if at is not None else ("1" * d, "1" * t2 + "0" * (d - t2))
    A = [row if at is not None and i == at[0] else "1" * d for i in range(n)]
    B = [key if at is not None and j == at[1] else "1" * t2 + "0" * (d - t2) for j in range(n)]
    of = Instance(A, B, t, t2, Instance.of({**case, "A": A, "B": B}).R)
    pairs = [(i, j) for i in range(n) for j in range(n) if of.distances[i][j] <= t]
    if of.why_outside or pairs != ([tuple(at)] if at is not None else []):
        return outside(of.why_outside or "the near pair is not the only one")
    sees = case["sees"]
    flipped = [bits[:b] + ("0" if bits[b] == "1" else "1") + bits[b + 1 :] if i == a else bits for i, bits in enumerate(sees)]
    if why := _outside(of, sees, 1):
        return outside(why)
    before, after = ([sign(partial(_answer, of, s, n, i)) for i in range(n)] for s in (sees, flipped))
    changed = {i for i in range(n) if before[i] != after[i]}
    expected = formulas.flips(None if at is None else (at[0], at[1]), (a, b))
    return found(changed == expected, f"rows {sorted(changed)} change, {sorted(expected)} are said to")


def _answer(of: Instance, sees: Sees, keys: int, row: int) -> arb:
    return answers(of, sees, 1, keys)[row]


@dataclass(frozen=True)
class Lost:
    """Whether a NO row, all of its keys at t2, must flip when one of M dummies is lost."""

    flips: Callable[[int, arb], bool]


def lost_dummy(formulas: Lost, case: Case) -> Finding:
    """A NO row whose keys are all at t2 answers YES without one of the dummies, exactly where the formula says so."""
    of, M = Instance.of(case), case["M"]
    if why := _outside(of, ["1" * len(of.B)] * len(of.A), M):
        return outside(why)
    if {h for row in of.distances for h in row} != {of.t2} or len(of.A) != 1:
        return outside("this is not one row with all keys at t2")
    flips = sign(lambda: answers(of, ["1" * len(of.B)], M, len(of.B), lost=1)[0]) > 0
    said = formulas.flips(M, of.r)
    return found(
        flips == said, f"M = {M}, R = {of.R}: {'flips' if flips else 'does not flip'}, said to {'' if said else 'not '}flip"
    )


def per_pair(of: Instance, distances: Sequence[int], sees: str) -> bool:
    """Every pair that is seen is near or far."""
    return of.kept([h for h, bit in zip(distances, sees, strict=True) if bit == "1"])


def per_row(of: Instance, distances: Sequence[int], sees: str) -> bool:
    """The row has a near key or all are far, whatever is seen."""
    return min(distances) <= of.t or min(distances) >= of.t2


def drawn_masks() -> Iterator[Case]:
    """A key at each distance beside a masked near one; random vectors under random masks, causal ones and full ones."""
    for h in (1, 2, 3, 4):
        B = ["1000", "0" * (4 - h) + "1" * h]
        yield {"A": ["0000"], "B": B, "t": 1, "t2": 3, "R": "16", "M": 1, "sees": ["01"]}
    rng = np.random.default_rng(70)
    for k in range(60):
        n, m, d = (int(rng.integers(*ends)) for ends in ((1, 4), (1, 5), (3, 8)))
        t = int(rng.integers(0, d - 1))
        A, B = (["".join(map(str, rng.integers(0, 2, d))) for _ in range(of)] for of in (n, m))
        sees = ["".join("1" if j <= i or k % 3 else "0" for j in range(m)) for i in range(n)]
        if k % 3 == 1:
            sees = ["".join(map(str, rng.integers(0, 2, m))) for _ in range(n)]
        R, M = ("16", "3/2", "1000")[k % 3], int(rng.integers(1, 4))
        yield {"A": A, "B": B, "t": t, "t2": int(rng.integers(t + 1, t + 3)), "R": R, "M": M, "sees": sees}


def bits() -> Iterator[Case]:
    """Every bit of small masks about one planted pair, and about none."""
    for n, t, t2 in ((2, 0, 1), (3, 1, 3)):
        for sees in (["1" * n] * n, ["".join("1" if j <= i else "0" for j in range(n)) for i in range(n)], ["0" * n] * n):
            for near_pair in ([0, 0], [1, 0], [0, n - 1], None):
                for a in range(n):
                    for b in range(n):
                        yield {"n": n, "t": t, "t2": t2, "R": "16", "near": near_pair, "sees": sees, "bit": [a, b]}


def far_rows() -> Iterator[Case]:
    """M dummies from 1 to 6 at small and large R."""
    for M in range(1, 7):
        for R in ("1001/1000", "5/4", "3/2", "2", "4", "16"):
            for m in (1, 3):
                yield {"A": ["0000"], "B": ["0111"] * m, "t": 1, "t2": 3, "R": R, "M": M}


VISIBLE = Masked(
    promise=per_pair,
    keys=lambda sees: max(1, *(row.count("1") for row in sees)),
    gamma=lambda r: (r - 1) / (r + 1),
)
SINGLE = Planted(lambda near_pair, bit: {bit[0]} if bit == near_pair else set())

CLAIMS = stated(
    __file__,
    Checked(
        "V-visible", by_visible, drawn_masks, printed=replace(VISIBLE, promise=per_row), mended=VISIBLE, recorded=Verdict.FAILS
    ),
    Checked(
        "U-one-bit", one_bit, bits, printed=Planted(lambda near_pair, bit: {bit[0]}), mended=SINGLE, recorded=Verdict.FAILS
    ),
    Checked(
        "U-dummies",
        lost_dummy,
        far_rows,
        printed=Lost(lambda M, r: True),
        mended=Lost(lambda M, r: M == 1 or sign(lambda: M - (M - 1) * r) > 0),
        recorded=Verdict.FAILS,
    ),
)
