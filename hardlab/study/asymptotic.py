"""Where a constant gap from codes would overtake 4/m: the least parameters, and eps far below what a float can hold.

Letters: m = c log2 N coordinates; T blocks of k = m/T; q = p^2, p prime, T < p. Codes on a tower of curves that meets the
Drinfeld-Vladut bound (Rubinstein 2018; the parameters derived here): L = 4k/(1 - 4/(p-1)), D'/L = 1/2, (k'-k) <= L/4, p > 5.
Merlin may send delta log2 N bits. Derived here, with D'/L = 1/2 in each:

* hyperplane gadget: t = L (q^T - 1), t2 = t + 2D', so 1/eps = q^T - 1;
* one-hot gadget (`codes.one_hot`): t = L q^(T-1), t2 = t + 2D', so 1/eps = q^(T-1);
* square gadget: Merlin also sends each coin's inner product s before it is reduced mod p, one for each of the 2 coordinates
  over F_p, S = <u, v> with u, v in [0, p-1]^(2T); the distance grows by 2 (S - s)^2. A product of two integers in [0, P] is
  the overlap of two sets in a P x P grid. With pads that cancel linear terms, the S^2 of that costs the distance
  P^2 + 2 u_i u_j v_i v_j, P = (p-1)^2, for each i, j, and the -2 s S costs 2s (2 (p-1)^2 - 2 u_i v_i) for each i. At S = s:

      (2T)^2 (p-1)^4 + 8 s T (p-1)^2 - 2 s^2  <=  3 (2T)^2 (p-1)^4,   with equality at the largest s = 2T (p-1)^2,

  and constant bits make it the right side for every s. So t = 24 L T^2 (p-1)^4, t2 = t + 2D', 1/eps = 24 T^2 (p-1)^4.

Merlin's bits: (k'-k) log2 q <= (m/T) 2 log2 p/(1 - 4/(p-1)); the square gadget adds 2 log2(2Tp) for each of the L coins,
since at most 2Tp values of s have a given residue.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from math import isqrt, log2, log10
from typing import Any, Literal

from hardlab.pages.text import table

Gadget = Literal["hyperplane", "one-hot", "square"]
GADGETS: tuple[Gadget, ...] = ("hyperplane", "one-hot", "square")
SETTINGS = ((1.0, 0.9), (2.0, 0.5), (4.0, 0.5))
"""The (c, delta) of the table."""


@dataclass(frozen=True)
class Constant:
    """A constant gap: the least T, and then the least p, for which Merlin's bits fit."""

    c: float
    delta: float
    gadget: Gadget
    T: int
    p: int

    @property
    def inverse(self) -> int:
        """1/eps."""
        T, p = self.T, self.p
        if self.gadget == "square":
            return 24 * T**2 * (p - 1) ** 4
        q: int = p * p
        return int(q**T - 1 if self.gadget == "hyperplane" else q ** (T - 1))

    @property
    def log10_eps(self) -> float:
        return -log10(self.inverse)

    @property
    def overtakes(self) -> int:
        """The least m with eps > 4/m."""
        return 4 * self.inverse + 1

    @property
    def log10_overtakes(self) -> float:
        return log10(self.overtakes)

    @property
    def merlin(self) -> float:
        """Merlin's bits over log2 N, at most delta."""
        return self.c * bits(self.gadget, self.T, self.p) / self.T

    @property
    def record(self) -> dict[str, Any]:
        letters = {"c": self.c, "delta": self.delta, "gadget": self.gadget, "T": self.T, "p": self.p, "merlin": self.merlin}
        return {**letters, "log10_eps": self.log10_eps, "log10_overtakes": self.log10_overtakes}


def bits(gadget: Gadget, T: int, p: int) -> float:
    """Merlin's bits for each coordinate of a block."""
    return _symbols(gadget, T, p) / (1 - 4 / (p - 1))


def _symbols(gadget: Gadget, T: int, p: int) -> float:
    """`bits` for p without bound: a lower bound that rises with p."""
    return 2 * log2(p) + (8 * log2(2 * T * p) if gadget == "square" else 0)


def least(c: float, delta: float, gadget: Gadget) -> Constant:
    """The least T for which some prime p > max(T, 5) keeps Merlin's bits within delta log2 N, and the least such p."""
    for T in count(1):
        fitting = takewhile(lambda p, T=T: c * _symbols(gadget, T, p) <= delta * T, _primes_above(max(T, 5)))  # type: ignore[misc]
        for p in fitting:
            if c * bits(gadget, T, p) <= delta * T:
                return Constant(c, delta, gadget, T, p)
    raise AssertionError("unreachable: bits grow like log T")


def constants() -> list[Constant]:
    """Every gadget at every setting."""
    return [least(c, delta, gadget) for c, delta in SETTINGS for gadget in GADGETS]


def _primes_above(least: int) -> Iterator[int]:
    return (p for p in count(least + 1) if all(p % i for i in range(2, isqrt(p) + 1)))


def power_text(exponent: float) -> str:
    """10^exponent with two digits, such as 2.4e-15."""
    whole = int(exponent // 1)
    mantissa = f"{10 ** (exponent - whole):.1f}"
    return f"{mantissa}e{whole}" if mantissa != "10.0" else f"1.0e{whole + 1}"


def constants_text(found: list[Constant]) -> str:
    """The table for people."""
    header = ("c", "delta", "gadget", "T", "p", "eps", "eps > 4/m from m =")
    rows = [
        (f"{of.c:g}", f"{of.delta:g}", of.gadget, of.T, of.p, power_text(of.log10_eps), power_text(of.log10_overtakes))
        for of in found
    ]
    return table(header, rows, left=("gadget",))
