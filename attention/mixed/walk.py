"""Which boxes of queries and keys are summed by a polynomial, which by the definition, and which not at all.

A pair of nodes (A, B) is given the relative error

    eta_AB = e_0 + 2^(floor_A - up_AB),

up_AB at least every binary exponent of the pair. Where that is 1 or more, the pair is **dropped**. Else `level` is the least
with 2^-level <= eta_AB, and the pair may be summed by a polynomial of the least degree g that reaches M_AB = factor sum_c
half_Ac half_Bc at this level (module `levels`). It is, where that costs less than the definition and less than its halves do (a
look ahead by one level); else it is halved; two leaves are summed by their definition. What is decided costs time alone: each
of these answers is right for a pair that satisfies its condition.

Two rules have their exponents here. Inner products: x_ij = <q_i, k_j>. Gaussian: x_ij = -curve |q_i - k_j|^2.
"""

from math import frexp
from typing import Any, NamedTuple

import numpy as np

from attention.mixed.trees import Tree
from instances.bits import Ints
from instances.coded import Floats
from instances.compiling import njit

STEEPEST = 360.0
"""Binary exponents of the keys of a box, for one row, may differ from those of its middle by so much; then they are halved."""

STACK = 1024


class Side(NamedTuple):
    """The nodes of a tree, as compiled code takes them."""

    start: Ints
    stop: Ints
    left: Ints
    centre: Floats
    half: Floats

    @classmethod
    def of(cls, tree: Tree) -> "Side":
        return cls(tree.start, tree.stop, tree.left, tree.centre, tree.half)


class Rule(NamedTuple):
    """What a pair may be off by, and what it costs: `reaches` (levels, degrees) bounds M, `ranks` are the features of a degree.

    `curve` is 0 for inner products; `far` is the most that binary exponents of a pair's parts may come to (`seen`). Where
    `rough`, exponentials by the definition may be off by ROUGH.
    """

    e_0: float
    floors: Floats
    reaches: Floats
    ranks: Floats
    factor: float
    curve: float
    far: float
    feature: float
    pair: float
    fixed: float
    rough: bool = False


class Seen(NamedTuple):
    """What is known of a pair: `up`, M, and whether its exponents are small enough to be taken apart."""

    up: float
    M: float
    apart: bool


@njit(nogil=True)
def seen(rule: Any, Q: Any, K: Any, A: int, B: int) -> Any:
    """up_AB, M_AB, and the condition on the parts of exponents."""
    x, width, M, steep, near, size = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(Q.centre.shape[1]):
        a, b, h, k = Q.centre[A, c], K.centre[B, c], Q.half[A, c], K.half[B, c]
        M += h * k
        if rule.curve == 0:
            x += a * b
            width += abs(a) * k + h * abs(b) + h * k
            steep += abs(a) * k
        else:
            gap = abs(a - b) - h - k
            near += max(gap, 0.0) ** 2
            steep += 2 * rule.curve * abs(a - b) * k
            size += rule.curve * (abs(a - b) + h + k) ** 2
    M *= rule.factor * (1 + 2.0**-40)
    if rule.curve == 0:
        return Seen(x + width, M, steep <= STEEPEST)
    return Seen(-near * rule.curve * (1 - 2.0**-40), M, steep <= STEEPEST and size <= rule.far)


@njit(nogil=True)
def degree(rule: Any, A: int, of: Any) -> tuple[int, int]:
    """The level of the pair (0: it is dropped) and the least degree that serves, or -1."""
    e = rule.e_0 + np.exp2(min(rule.floors[A] - of.up, 64.0))
    if e >= 1:
        return 0, -1
    level = max(1, 1 - frexp(e)[1]) if e >= 0.5 ** len(rule.reaches) else len(rule.reaches)
    if not of.apart or level >= len(rule.reaches):
        return level, -1
    for g in range(rule.reaches.shape[1]):
        if rule.reaches[level, g] >= of.M:
            return level, g
    return level, -1


@njit(nogil=True)
def _cost(rule: Any, Q: Any, K: Any, A: int, B: int) -> Any:
    """The lesser cost of a pair by either way; 0 where it is dropped."""
    level, g = degree(rule, A, seen(rule, Q, K, A, B))
    if level == 0:
        return 0.0
    rows, keys = Q.stop[A] - Q.start[A], K.stop[B] - K.start[B]
    definition = of_definition(rule, rows, keys)
    return definition if g < 0 else min(definition, of_polynomial(rule, rows, keys, g))


@njit(nogil=True)
def of_polynomial(rule: Any, rows: int, keys: int, g: int) -> Any:
    return (rows + keys) * (rule.ranks[g] + 4) * rule.feature + (rule.ranks[g] + 16) * rule.fixed


@njit(nogil=True)
def of_definition(rule: Any, rows: int, keys: int) -> Any:
    return (rows + 4) * (keys + 4) * rule.pair


@njit(nogil=True)
def traverse(rule: Any, Q: Any, K: Any, stack: Ints, top: int, held: Any, found: Ints) -> tuple[int, int]:
    """Decide pairs of the stack, the last one first, until it is empty or `found` is full: how many are left, and were found.

    A row of `found` is (A, B, level, g), g = -1 by the definition. Pairs whose A is `held` are found with level -1, undecided.
    """
    count = 0
    while top > 0 and count < len(found):
        top -= 1
        A, B = stack[top]
        if len(held) and held[A]:
            found[count] = A, B, -1, -1
            count += 1
            continue
        of = seen(rule, Q, K, A, B)
        level, g = degree(rule, A, of)
        if level == 0:
            continue
        rows, keys = Q.stop[A] - Q.start[A], K.stop[B] - K.start[B]
        definition, side = of_definition(rule, rows, keys), 0
        least = of_polynomial(rule, rows, keys, g) if g >= 0 else np.inf
        if least < definition:
            if Q.left[A] >= 0:
                halves = _cost(rule, Q, K, Q.left[A], B) + _cost(rule, Q, K, Q.left[A] + 1, B)
                if halves < least:
                    least, side = halves, 1
            if K.left[B] >= 0:
                halves = _cost(rule, Q, K, A, K.left[B]) + _cost(rule, Q, K, A, K.left[B] + 1)
                if halves < least:
                    least, side = halves, 2
            if side == 0:
                found[count] = A, B, level, g
                count += 1
                continue
        elif Q.left[A] < 0 and K.left[B] < 0:
            found[count] = A, B, 0, -1
            count += 1
            continue
        else:
            side = _larger(rule, Q, K, A, B, rows >= keys if g >= 0 else False, g >= 0)
        if side == 1:
            stack[top] = Q.left[A], B
            stack[top + 1] = Q.left[A] + 1, B
        else:
            stack[top] = A, K.left[B]
            stack[top + 1] = A, K.left[B] + 1
        top += 2
    return top, count


@njit(nogil=True)
def _larger(rule: Any, Q: Any, K: Any, A: int, B: int, more: bool, known: bool) -> int:
    """Which side is to be halved: the one with more points, or that to which exponents owe more of their range."""
    if Q.left[A] < 0 or K.left[B] < 0:
        return 2 if Q.left[A] < 0 else 1
    if known:
        return 1 if more else 2
    of_rows, of_keys = 0.0, 0.0
    for c in range(Q.centre.shape[1]):
        a, b, h, k = Q.centre[A, c], K.centre[B, c], Q.half[A, c], K.half[B, c]
        if rule.curve == 0:
            of_rows += h * (abs(b) + k)
            of_keys += k * (abs(a) + h)
        else:
            of_rows += h
            of_keys += k
    return 1 if of_rows > of_keys else 2


def first_pairs(rule: Rule, Q: Side, K: Side, held: Any) -> tuple[Ints, Ints]:
    """What is decided of pairs of nodes of queries above those that are `held`, as `traverse` has it, larger nodes first; and
    the pairs that are left.
    """
    stack, found = np.zeros((STACK, 2), np.int64), np.empty((4 * STACK, 4), np.int64)
    top, every = 1, []
    while top:
        top, number = traverse(rule, Q, K, stack, top, held, found)
        every.append(found[:number].copy())
    decided = np.concatenate(every)
    decided = decided[np.argsort(decided[:, 0], kind="stable")]
    return decided[decided[:, 2] >= 0], decided[decided[:, 2] < 0][:, :2]
