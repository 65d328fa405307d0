"""Gadgets on all their symbols, and the best gaps that there are."""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import linprog

from instances.bits import Bools, Ints
from instances.law import LawBroken
from reductions.codes.block_gadget import BlockGadget, block_gadget
from reductions.codes.coin_gadget import checked
from reductions.codes.field import Elements, field
from reductions.codes.one_hot import OneHot, one_hot_bits

# ------------------------------------------------------------------------------------------------ gadgets


@pytest.mark.slow
@pytest.mark.parametrize(("q", "T"), [(2, 1), (3, 1), (3, 2), (4, 2), (5, 1), (5, 2), (5, 3), (7, 2), (8, 3), (9, 2), (25, 1)])
def test_one_hot(q: int, T: int) -> None:
    gadget = OneHot(field(q), T)
    assert checked(gadget) == q ** (2 * T + 1)
    assert (gadget.accept, gadget.reject, gadget.bits) == (q ** (T - 1), q ** (T - 1) + 2, q**T + 1 + q ** (T - 1))
    assert gadget.bits == one_hot_bits(q, T)


def test_one_hot_of_many_rows_is_that_of_each() -> None:
    F = field(9)
    u = np.random.default_rng(2).integers(0, 9, (700, 4)).astype(np.uint8)
    strings = OneHot(F, 4).left(u, 5)
    for i in (0, 1, 158, 159, 160, 699):
        assert (strings[i] == OneHot(F, 4).left(u[i : i + 1], 5)[0]).all()


def test_block_gadget() -> None:
    gadget = block_gadget()
    assert checked(gadget) == 243
    assert (gadget.bits, gadget.accept, gadget.reject) == (15, 3, 7)


class Flipped(BlockGadget):
    """One bit of the string of one symbol is wrong."""

    def left(self, u: Elements, c: int) -> Bools:
        strings = super().left(u, c).copy()
        strings[(u == [1, 2]).all(axis=1) & (c == 1), 4] ^= True
        return strings


def test_a_wrong_bit_of_a_gadget_is_caught() -> None:
    with pytest.raises(LawBroken, match=r"Flipped over F_3 with c = 1: u = \[1 2\]"):
        checked(Flipped())


def best_gap(accept: Bools, orbits: Ints) -> float:
    """The largest reject/accept - 1 of any bit strings for a predicate, by linear programming over the cut cone.

    `orbits` labels the pairs by a group of symmetries of the predicate, which an optimum may be averaged over. Cuts are
    generated: for each subset of the right the best one of the left is a choice for each of its symbols, so pricing is exact.
    """
    count = int(orbits.max()) + 1
    size = np.bincount(orbits.ravel())
    good = np.array([bool(accept[orbits == o].all()) for o in range(count)])
    assert all(len(set(accept[orbits == o].tolist())) == 1 for o in range(count))
    subsets = (np.arange(2 ** (accept.shape[1] - 1))[:, None] >> np.arange(accept.shape[1])) & 1
    columns = [np.bincount(orbits[i], minlength=count) / size for i in range(len(orbits))]
    while True:
        D = np.array(columns).T
        A = np.column_stack([np.where(good[:, None], D, -D), ~good])
        found = linprog([*[0.0] * len(columns), -1.0], A_ub=A, b_ub=good.astype(float))
        dual = np.where(good, 1, -1) * found.ineqlin.marginals
        weights = (dual / size)[orbits]
        inside = subsets @ weights.T
        outside = weights.sum(axis=1) - inside
        values = np.maximum(inside, outside).sum(axis=1)
        best = int(values.argmax())
        if values[best] < 1e-9:
            return float(-found.fun - 1)
        cut = (outside[best] > inside[best])[:, None] != (subsets[best] == 1)
        columns.append(np.bincount(orbits.ravel(), cut.ravel(), count) / size)


def pair_orbits(q: int, T: int, values: list[int]) -> tuple[Bools, Ints]:
    """For left symbols (c, u) and right v: [u . v = c] and labels of the pairs under GL(T, q) and scaling of (c, u)."""
    vectors = np.array(list(product(range(q), repeat=T)))
    products = vectors @ vectors.T % q
    labels, accept = [], []
    for c in values:
        ratio = products * (pow(c, -1, q) if c else 0) % q if c else (products != 0)
        zero: Bools = np.logical_not(vectors.any(axis=1))
        labels.append(((c > 0) * q + ratio) * 4 + 2 * zero[:, None] + zero)
        accept.append(products == c)
    orbits = np.unique(np.concatenate(labels), return_inverse=True)[1].reshape(-1, len(vectors))
    return np.concatenate(accept), orbits


@pytest.mark.parametrize(
    ("q", "T", "values", "gap"),
    [
        (2, 1, [0, 1], 2.0),
        (3, 1, [0, 1, 2], 2.0),
        (5, 1, [0, 1, 2, 3, 4], 2.0),
        (2, 2, [0], 2.0),
        (2, 2, [0, 1], 2.0),
        (3, 2, [0], 2.0),
        (3, 2, [1], 4 / 3),
        (3, 2, [0, 1, 2], 12 / 11),
    ],
)
def test_best_gaps(q: int, T: int, values: list[int], gap: float) -> None:
    """4/3 is what the block gadget has for c != 0; a gadget that reads c on Alice's side has 12/11 at best."""
    accept, orbits = pair_orbits(q, T, values)
    assert best_gap(accept, orbits) == pytest.approx(gap, abs=1e-7)
