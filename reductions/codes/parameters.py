"""Which code, field and number of blocks the constant-gap reduction uses in dimension d: its figures.

Letters: T blocks of k coordinates, T k >= d; C = [L, k]_q, C' = [L, k']_q with distance D'; Merlin has q^(k'-k) messages,
T <= e (p-1) for q = p^e. Each coin takes `bits` bits, at distance `accept`, or at least `reject`, so that

    t = L accept,   t2 = t + D' (reject - accept),   eps = D' (reject - accept)/(L accept),   dimension L bits.

Only k' of Hermitian codes is computed, by building the small ones; all other figures are formulas.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, isqrt, log2
from typing import Literal

from instances.faults import BadInput, Declined
from instances.kept import kept
from reductions.codes.block_gadget import BlockGadget
from reductions.codes.families import hermitian, hermitian_k, projective_distance
from reductions.codes.field import FIELDS, LARGEST_FIELD, most_multipliers
from reductions.codes.one_hot import one_hot_bits

Code = Literal["reed-solomon", "hermitian", "projective"]

MAX_MESSAGES = 2**24
"""The most messages of Merlin's, that is instances in the disjunction."""
MAX_SYMBOLS = 2**16
"""The largest q^T, the number of messages that Bob has for one coin."""

OWN: dict[str, tuple[str, ...]] = {
    "reed-solomon": ("T", "k", "q", "L"),
    "hermitian": ("T", "q", "alpha"),
    "projective": ("k",),
}
"""The codes, and the parameters that each has."""


@dataclass(frozen=True)
class Parameters:
    """The figures of one reduction. `exponent` is k' - k, `alpha` the pole order (Hermitian codes only)."""

    code: Code
    q: int
    T: int
    k: int
    L: int
    D: int
    exponent: int
    bits: int
    accept: int
    reject: int
    alpha: int = 0

    @property
    def messages(self) -> int:
        return int(self.q**self.exponent)

    @property
    def dimension(self) -> int:
        return self.L * self.bits

    @property
    def t(self) -> int:
        return self.L * self.accept

    @property
    def t2(self) -> int:
        return self.t + self.D * (self.reject - self.accept)

    @property
    def eps(self) -> Fraction:
        return Fraction(self.t2 - self.t, self.t)

    @property
    def within_limits(self) -> bool:
        """Whether there are at most `MAX_MESSAGES` messages and `MAX_SYMBOLS` symbols."""
        return self.log_messages <= log2(MAX_MESSAGES) and self.q**self.T <= MAX_SYMBOLS

    @property
    def log_messages(self) -> float:
        """log2 of `messages`, the bits that Merlin sends."""
        return self.exponent * log2(self.q)


def check(code: str, *, T: int, k: int, q: int, L: int, alpha: int) -> None:
    """Raise `BadInput` for a combination (0 = not given) that is wrong in every dimension."""
    if code not in OWN:
        raise BadInput(f"code = {code!r}: ov-gap has the codes {', '.join(OWN)}")
    for name, value in {"T": T, "k": k, "q": q, "L": L, "alpha": alpha}.items():
        if value < 0:
            raise BadInput(f"{name} = {value}: give a positive number, or 0 to have it chosen")
        if value and name not in OWN[code]:
            raise BadInput(f"{name} = {value}: the {code} code has the parameters {', '.join(OWN[code])}; drop {name}")
    if q and most_multipliers(q) < T:
        most = f"at most e (p-1) = {most_multipliers(q)} multipliers over F_{q} have no zero sum"
        raise BadInput(f"T = {T} with q = {q}: {most}; lower T or change q")
    if code == "reed-solomon" and not 2 * max(1, k) - 1 <= (L or q or LARGEST_FIELD) <= (q or LARGEST_FIELD):
        raise BadInput(f"k = {k}, L = {L}, q = {q}: Reed-Solomon with products needs 2k - 1 <= L <= q <= {LARGEST_FIELD}")
    if code == "hermitian" and q and (isqrt(q) ** 2 != q or 2 * alpha >= isqrt(q) ** 3):
        raise BadInput(f"q = {q}, alpha = {alpha}: the Hermitian code needs a square q = r^2 and 2 alpha < r^3; change them")
    if code == "projective" and k * (k - 1) // 2 * log2(3) > log2(MAX_MESSAGES):
        raise BadInput(f"k = {k}: the projective code has 3^(k (k-1)/2) messages, at most 2^24 are taken; give k <= 6")


@kept(256)
def chosen(d: int, code: Code, T: int, k: int, q: int, L: int, alpha: int) -> Parameters:
    """The least messages x dimension among the parameters that agree with those given (0 = free); ties by larger eps.

    This is the work of deciding all members, up to the number of rows. It takes Reed-Solomon codes with D' = 1, since
    every further point costs bits and only adds gap: for a gap that does not shrink with k give L, up to q.
    Errors: `BadInput` where T k < d is given; `Declined` where nothing is within the limits, with the cheapest figures.
    """
    if T * k and T * k < d:
        raise BadInput(f"T = {T} and k = {k} hold T k = {T * k} coordinates, these vectors have d = {d}: raise T or k")
    families = {
        "reed-solomon": lambda: _reed_solomon(d, T, k, q, L),
        "hermitian": lambda: _hermitian(d, T, q, alpha),
        "projective": lambda: _projective(d, k),
    }
    candidates = list(families[code]())
    allowed = [candidate for candidate in candidates if candidate.within_limits]
    if allowed:
        return min(allowed, key=lambda c: (c.messages * c.dimension, -c.eps))
    limits = f"the limits are 2^{log2(MAX_MESSAGES):.0f} messages and q^T <= 2^{log2(MAX_SYMBOLS):.0f}"
    if not candidates:
        raise Declined(f"ov-gap, {code}: no code over a field of at most {LARGEST_FIELD} elements holds d = {d}; {limits}")
    least = min(candidates, key=lambda c: c.log_messages + log2(c.dimension))
    raise Declined(
        f"ov-gap, {code}: d = {d} takes {least.q}^{least.exponent} messages of Merlin's and q^T = {least.q}^{least.T} symbols "
        f"a coin at the cheapest parameters; {limits}: take a smaller d, or other T, k and q"
    )


def _reed_solomon(d: int, T: int, k: int, q: int, L: int) -> Iterator[Parameters]:
    for field in [q] if q else FIELDS:
        for blocks in [T] if T else range(1, min(d, most_multipliers(field)) + 1):
            size = k or ceil(d / blocks)
            points = L or 2 * size - 1
            if blocks * size >= d and blocks <= most_multipliers(field) and 2 * size - 1 <= points <= field:
                yield _one_hot("reed-solomon", field, blocks, size, points, points - 2 * size + 2, size - 1)


def _hermitian(d: int, T: int, q: int, alpha: int) -> Iterator[Parameters]:
    """Where 2k - 1 <= k' alone is beyond the limit, the code is not built and `exponent` is its lower bound k - 1."""
    for field in [q] if q else [r * r for r in FIELDS if r * r <= LARGEST_FIELD]:
        points = isqrt(field) ** 3
        for order in [alpha] if alpha else range((points + 1) // 2):
            if 2 * order >= points:
                break
            k = hermitian_k(field, order)
            far = field ** (k - 1) > MAX_MESSAGES
            exponent = k - 1 if far else hermitian(field, order).exponent
            held = False
            for blocks in [T] if T else range(1, min(d, most_multipliers(field)) + 1):
                if blocks * k >= d and blocks <= most_multipliers(field):
                    held = True
                    yield _one_hot("hermitian", field, blocks, k, points, points - 2 * order, exponent, order)
            if far and held:
                break


def _projective(d: int, k: int) -> Iterator[Parameters]:
    size = k or ceil(d / BlockGadget.T)
    gadget = (BlockGadget.bits, BlockGadget.accept, BlockGadget.reject)
    if BlockGadget.T * size >= d:
        exponent = size * (size + 1) // 2 - size
        yield Parameters("projective", 3, 2, size, (3**size - 1) // 2, projective_distance(size), exponent, *gadget)


def _one_hot(code: Code, q: int, T: int, k: int, L: int, D: int, exponent: int, alpha: int = 0) -> Parameters:
    accept = q ** (T - 1)
    return Parameters(code, q, T, k, L, D, exponent, one_hot_bits(q, T), accept, accept + 2, alpha)
