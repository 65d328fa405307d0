"""Where the least degree lies of a polynomial P that follows e^x, with an additive or a relative error below e^-L.

Additive error on [0, s]. With e^((s/2)(x + 1)) = e^(s/2) sum_k a_k T_k(x), a_k = 2 I_k(s/2) > 0: alternation at the extrema
of T_(g+1) (de la Vallee Poussin) gives an error of at least e^(s/2) a_(g+1) for any P of degree g, and the truncated series
has at most e^(s/2) sum_(k > g) a_k. And (z/2)^k/k! <= I_k(z) <= (z/2)^k/k! e^(z^2/(4(k+1))).

Relative error on [-M, M]. At most the degree for additive error eps on [0, 2M] (Corollary 2.2). At least that for additive
error eps e^s on [0, s], any s <= 2M; and P within (1 +- eps) e^x grows by (1-eps)/(1+eps) e^s over the last s of the
interval, where a polynomial of degree g gains at most the factor T_g(1 + delta), delta = 2s/(2M-s).
"""

from collections.abc import Callable
from typing import NamedTuple

from flint import arb


class Least(NamedTuple):
    """The least degree is one of low..high."""

    low: int
    high: int


def least_additive(s: arb, L: arb) -> Least:
    """Where the least degree with |P - e^x| < e^-L on [0, s] lies."""

    def term(g: int) -> arb:
        """ln of 2 e^(s/2) (s/4)^(g+1) / (g+1)!."""
        return arb(2).log() + s / 2 + (g + 1) * (s / 4).log() - arb(g + 2).lgamma()

    def enough(g: int) -> bool:
        ratio = s / 4 / (g + 2)
        return bool(ratio < 1) and bool(term(g) + (s / 4) ** 2 / (g + 2) - (1 - ratio).log() < -L)

    start = _integer((s / 4).floor())  # both bounds fall from there on
    return Least(_first(lambda g: not term(g) > -L, start) if term(start) > -L else 0, _first(enough, start))


def least_relative(M: arb, L: arb) -> Least:
    """Where the least degree with |P - e^x| < e^-L e^x on [-M, M] lies."""
    low, eps = 0, (-L).exp()
    for eighths in range(1, 17):
        s = M * eighths / 8
        low = max(low, least_additive(s, L - s).low)
        if eighths < 16:
            delta = 2 * s / (2 * M - s)
            growth = (s - ((1 + eps) / (1 - eps)).log()) / (1 + delta + (delta**2 + 2 * delta).sqrt()).log()
            low = max(low, _integer(growth.lower().ceil()))
    return Least(low, least_additive(2 * M, L).high)


def _first(good: Callable[[int], bool], start: int) -> int:
    """The least g >= start with good(g), which is monotone from there on."""
    if good(start):
        return start
    step = 1
    while not good(start + step):
        step *= 2
    low, high = start + step // 2, start + step
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if good(middle) else (middle, high)
    return high


def _integer(x: arb) -> int:
    value = x.unique_fmpz()
    if value is None:
        raise ArithmeticError(f"{x} is not known to the unit")
    return int(value)
