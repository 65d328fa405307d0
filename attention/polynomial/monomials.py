"""The symmetric monomial features of Algorithm 1, in the order in which `sums` builds and uses them.

The monomials x^alpha with |alpha| <= g in d variables: r = binom(d + g, g) of them, in graded order. Each is a parent of
smaller degree times one variable, x_v with v >= the parent's last variable, so a parent's children are neighbours. Only
the binom(d + g - 1, g - 1) monomials of degree < g are kept (for one block of points, in the cache); those of degree g
are used at once. (u.v)^k = sum_{|alpha| = k} (k!/alpha!) u^alpha v^alpha: one and the same monomial on either side.
"""

from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from instances.coded import Floats
from instances.kept import kept

Ints = NDArray[np.int64]


GROUPS = 32
"""Vectors of keys in a block: so many roundings of the working type a key sum has; then it goes on in float64."""


@dataclass(frozen=True)
class Monomials:
    """The monomials in d variables of degree <= g: `last` variable and `degree` of each, its `multiplicity` k!/alpha!.

    The monomials of degree k are numbers starts[k] to starts[k + 1] - 1.
    """

    last: Ints
    degree: Ints
    multiplicity: Floats
    starts: Ints


def rank(d: int, g: int) -> int:
    """r = binom(d + g, g)."""
    return comb(d + g, g)


@kept(8)
def monomials(d: int, g: int) -> Monomials:
    """All of them, a degree from the one before."""
    last, multiplicity, run = np.zeros(1, np.int64), np.ones(1), np.zeros(1, np.int64)  # run: exponent of the last variable
    parts = [(last, multiplicity)]
    for k in range(1, g + 1):
        children = d - last
        parent = np.repeat(np.arange(len(last)), children)
        variable = last[parent] + np.arange(len(parent)) - np.repeat(np.cumsum(children) - children, children)
        again = (variable == last[parent]) & (k > 1)
        run = np.where(again, run[parent] + 1, 1)
        multiplicity = multiplicity[parent] * k / run
        last = variable
        parts.append((last, multiplicity))
    sizes = [len(part[0]) for part in parts]
    return Monomials(
        np.concatenate([part[0] for part in parts]),
        np.repeat(np.arange(g + 1), sizes),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([[0], np.cumsum(sizes)]),
    )
