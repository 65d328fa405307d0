"""Fields against FLINT, codes against enumeration, gadgets on all their symbols, and the protocol on every message."""

from collections.abc import Callable
from itertools import combinations_with_replacement, product
from math import prod
from typing import Any

import numpy as np
import pytest
from flint import fq_default_ctx, nmod_mat
from scipy.optimize import linprog

from instances.bits import Bools, Ints
from instances.faults import BadInput, Declined
from instances.law import LawBroken
from reductions.codes.block_gadget import BlockGadget, block_gadget
from reductions.codes.coin_gadget import checked
from reductions.codes.families import hermitian, hermitian_code, hermitian_k, projective, projective_distance, reed_solomon
from reductions.codes.field import FIELDS, Elements, field
from reductions.codes.linear import LinearCode, kernel, reduced, span
from reductions.codes.multiplication import MultiplicationCode
from reductions.codes.one_hot import OneHot, one_hot_bits
from reductions.parts.protocol import Protocol

# ------------------------------------------------------------------------------------------------ fields


def test_the_prime_powers() -> None:
    assert len(FIELDS) == 27
    assert FIELDS[:9] == (2, 3, 4, 5, 7, 8, 9, 11, 13)
    for q in (-1, 0, 1, 6, 12, 63, 65, 81):
        with pytest.raises(BadInput, match=f"q = {q}: "):
            field(q)


@pytest.mark.parametrize("q", FIELDS)
def test_tables_are_those_of_flint(q: int) -> None:
    F = field(q)
    context = fq_default_ctx(F.p, F.e)
    z = context.gen()
    elements = [sum((z**i * (a // F.p**i % F.p) for i in range(F.e)), context.zero()) for a in range(q)]

    def number(element: Any) -> int:
        return sum(int(c) * F.p**i for i, c in enumerate(element.to_list()))

    assert [number(element) for element in elements] == list(range(q))
    assert F.sums.tolist() == [[number(a + b) for b in elements] for a in elements]
    assert F.products.tolist() == [[number(a * b) for b in elements] for a in elements]
    assert F.negatives.tolist() == [number(-a) for a in elements]
    assert F.inverses.tolist() == [0, *(number(1 / a) for a in elements[1:])]
    a, b = np.arange(q)[:, None], np.arange(q)
    assert (F.plus(F.minus(a, b), b) == a).all()
    assert not F.sums.flags.writeable
    assert not F.products.flags.writeable


@pytest.mark.parametrize("q", FIELDS)
def test_multipliers_are_free_of_zero_sums(q: int) -> None:
    F = field(q)
    most = F.most_multipliers
    assert most == F.e * (F.p - 1)
    for T in range(most + 1):
        assert 0 not in F.subset_sums(F.zero_sum_free(T))
    with pytest.raises(BadInput, match="lower T"):
        F.zero_sum_free(most + 1)


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9])
def test_no_longer_sequence_is_free_of_zero_sums(q: int) -> None:
    F = field(q)
    for elements in combinations_with_replacement(range(1, q), F.most_multipliers + 1):
        assert 0 in F.subset_sums(elements)
    sums = {sum(chosen) % 7 for chosen in ([1], [5], [1, 5])}
    assert field(7).subset_sums([1, 5]) == sums


# ------------------------------------------------------------------------------------------------ linear algebra


@pytest.mark.parametrize("q", [2, 3, 4, 5, 8, 9, 25])
def test_row_reduction_and_kernel(q: int) -> None:
    F, rng = field(q), np.random.default_rng(q)
    for _ in range(40):
        rows, columns = rng.integers(1, 6, 2)
        matrix = (rng.integers(0, q, (rows, columns)) * rng.integers(0, 2, (rows, columns))).astype(np.uint8)
        first = rng.permutation(columns)[: columns // 2].tolist()
        echelon, pivots = reduced(F, matrix, first)
        assert (echelon[:, list(pivots)] == np.eye(len(pivots))).all()
        nullspace = kernel(F, matrix)
        assert not F.matmul(matrix, np.ascontiguousarray(nullspace.T)).any()
        assert len(pivots) + len(nullspace) == columns
        assert len(reduced(F, nullspace)[1]) == len(nullspace)
        assert len(reduced(F, np.concatenate([matrix, echelon]))[1]) == len(pivots)
        if F.e == 1:
            assert nmod_mat(int(rows), int(columns), matrix.ravel().tolist(), q).rank() == len(pivots)
        if q**columns <= 1024:
            vectors = np.array(list(product(range(q), repeat=int(columns))), dtype=np.uint8)
            zeros = ~F.matmul(vectors, np.ascontiguousarray(matrix.T)).any(axis=1)
            assert zeros.sum() == q ** len(nullspace) == len(span(F, nullspace))


def test_matrix_product_over_a_prime_field() -> None:
    rng = np.random.default_rng(1)
    A, B = rng.integers(0, 13, (5, 6)), rng.integers(0, 13, (6, 7))
    assert (field(13).matmul(A.astype(np.uint8), B.astype(np.uint8)) == A @ B % 13).all()


def test_a_linear_code() -> None:
    F = field(5)
    code = LinearCode.spanned(F, np.array([[0, 1, 1, 2], [0, 2, 2, 4], [0, 0, 3, 1]], dtype=np.uint8))
    assert (code.k, code.L, code.information) == (2, 4, (1, 2))
    assert len({tuple(word) for word in code.words().tolist()}) == 25
    assert code.contains(code.words())
    assert not code.contains(np.array([1, 0, 0, 0], dtype=np.uint8))
    assert (code.words()[:, [1, 2]] == [[i % 5, i // 5] for i in range(25)]).all()
    assert code.minimum_distance == min(np.count_nonzero(word) for word in code.words()[1:])
    basis, positions = code.vanishing([1])
    assert len(basis) == 1
    assert positions == (2,)
    assert basis[0, 1] == 0
    with pytest.raises(BadInput, match="zero word"):
        LinearCode.spanned(F, np.zeros((2, 3), dtype=np.uint8))
    with pytest.raises(BadInput, match="not the identity"):
        LinearCode(F, code.generator, (0, 1))
    with pytest.raises(Declined, match=r"3\^21 codewords"):
        _ = projective(6).product.minimum_distance


# ------------------------------------------------------------------------------------------------ families


def figures(code: MultiplicationCode) -> tuple[int, int, int, int, int]:
    """L, k, k', D' as designed, D' by enumeration."""
    return code.L, code.k, code.product.k, code.distance, code.product.minimum_distance


@pytest.mark.parametrize("q", [2, 3, 4, 5, 7, 8, 9])
def test_reed_solomon(q: int) -> None:
    for L in range(1, q + 1):
        for k in range(1, (L + 1) // 2 + 1):
            if q ** (2 * k - 1) <= 2**16:
                assert figures(reed_solomon(q, k, L)) == (L, k, 2 * k - 1, L - 2 * k + 2, L - 2 * k + 2)
            assert reed_solomon(q, k, L).code.information == tuple(range(k))
        with pytest.raises(BadInput, match="2k - 1 <= L <= q"):
            reed_solomon(q, (L + 1) // 2 + 1, L)
    with pytest.raises(BadInput, match="2k - 1 <= L <= q"):
        reed_solomon(q, 1, q + 1)


@pytest.mark.parametrize(
    ("q", "alpha", "expected"),
    [
        (4, 0, (8, 1, 1, 8, 8)),
        (4, 2, (8, 2, 3, 4, 4)),
        (4, 3, (8, 3, 6, 2, 2)),
        (9, 3, (27, 2, 3, 21, 21)),
        (9, 4, (27, 3, 6, 19, 19)),
        (16, 4, (64, 2, 3, 56, 56)),
        (25, 5, (125, 2, 3, 115, 115)),
    ],
)
def test_hermitian(q: int, alpha: int, expected: tuple[int, ...]) -> None:
    """The designed distance is exact in all of these."""
    code = hermitian(q, alpha)
    assert figures(code) == expected
    assert code.k == hermitian_k(q, alpha)


def test_hermitian_dimensions() -> None:
    """k = alpha + 1 - g from alpha = 2g - 1 on, g = r (r-1)/2; products of C(alpha) lie in C(2 alpha)."""
    for r in (2, 3, 4, 5):
        genus = r * (r - 1) // 2
        for alpha in range(min(r**3, 30)):
            code = hermitian_code(r * r, alpha)
            assert (code.L, code.k) == (r**3, hermitian_k(r * r, alpha))
            assert code.k == alpha + 1 - genus or alpha < 2 * genus - 1
            if 2 * alpha < min(r**3, 20):
                assert hermitian_code(r * r, 2 * alpha).contains(code.squared().generator)
    for q, alpha, remedy in ((5, 1, "square"), (4, 4, "D'"), (4, -1, "D'")):
        with pytest.raises(BadInput, match=remedy):
            hermitian(q, alpha)
    with pytest.raises(BadInput, match="pole orders"):
        hermitian_code(4, 8)


@pytest.mark.parametrize(("k", "L", "products", "distance"), [(1, 1, 1, 1), (2, 4, 3, 2), (3, 13, 6, 6), (4, 40, 10, 18)])
def test_projective(k: int, L: int, products: int, distance: int) -> None:
    assert figures(projective(k)) == (L, k, products, distance, distance)


def test_projective_of_dimension_five() -> None:
    """Two hyperplanes leave 54 of the 121 points, the designed distance; 3^15 forms are too many to try."""
    code = projective(5)
    assert (code.L, code.k, code.product.k, code.distance) == (121, 5, 15, 54)
    rows = code.code.generator
    assert np.count_nonzero(code.field.times(rows[0], rows[1])) == projective_distance(5) == 54


def test_product_codes_are_checked() -> None:
    code = reed_solomon(5, 2, 5)
    with pytest.raises(BadInput, match="misses a product"):
        MultiplicationCode(code.code, code.code, 4)
    with pytest.raises(BadInput, match="1 <= D' <= L"):
        MultiplicationCode(code.code, code.product, 0)
    with pytest.raises(BadInput, match="k >= 1"):
        projective(0)


# ------------------------------------------------------------------------------------------------ gadgets


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


# ------------------------------------------------------------------------------------------------ the protocol


def hermitian_in_all_orders(q: int, alpha: int) -> MultiplicationCode:
    """C(alpha) with all of C(2 alpha) as its product code."""
    return MultiplicationCode(hermitian_code(q, alpha), hermitian_code(q, 2 * alpha), round(q**1.5) - 2 * alpha)


CODES: list[tuple[str, Callable[[], MultiplicationCode], int, int, int]] = [
    ("RS (2,2,3)", lambda: reed_solomon(3, 2, 3), 2, 3, 2),
    ("RS (2,2,5)", lambda: reed_solomon(5, 2, 5), 2, 5, 2),
    ("RS (3,2,5)", lambda: reed_solomon(5, 2, 5), 3, 5, 2),
    ("RS (4,2,5)", lambda: reed_solomon(5, 2, 5), 4, 5, 2),
    ("RS (4,3,7)", lambda: reed_solomon(7, 3, 7), 4, 49, 4),
    ("RS (6,2,7)", lambda: reed_solomon(7, 2, 7), 6, 7, 2),
    ("RS (3,2,8)", lambda: reed_solomon(8, 2, 8), 3, 8, 2),
    ("Hermitian F_4, 2", lambda: hermitian(4, 2), 2, 4, 4),
    ("Hermitian F_4, 2, all orders", lambda: hermitian_in_all_orders(4, 2), 2, 16, 4),
    ("Hermitian F_4, 3", lambda: hermitian(4, 3), 2, 64, 6),
    ("Hermitian F_9, 4, T = 2", lambda: hermitian(9, 4), 2, 729, 8),
    ("Hermitian F_9, 4, T = 4", lambda: hermitian(9, 4), 4, 729, 8),
    ("projective 2", lambda: projective(2), 2, 3, 2),
    ("projective 3", lambda: projective(3), 2, 27, 7),
    ("projective 4", lambda: projective(4), 2, 729, 22),
]
each_code = pytest.mark.parametrize(("code", "T", "messages", "most"), [c[1:] for c in CODES], ids=[c[0] for c in CODES])


@each_code
def test_soundness_over_all_syndromes(code: Callable[[], MultiplicationCode], T: int, messages: int, most: int) -> None:
    """Every pair of vectors and every message, by their difference s - mu.

    It is a word of C' whose letters on I are those of s, each a sum of some of the gammas (nonempty sums where the pair
    meets there), and every word of C' with such letters is s - mu for some message mu: all q^k' words are looked at.
    """
    protocol = Protocol.of(code(), T)
    assert protocol.messages == messages
    words = protocol.code.product.words()
    on_I = words[:, list(protocol.code.code.information)]
    sums = [0, *protocol.code.field.subset_sums(protocol.multipliers)]
    reachable = np.isin(on_I, sums).all(axis=1)
    meets = on_I.any(axis=1)
    agreed = protocol.L - np.count_nonzero(words, axis=1)
    assert agreed[reachable & meets].max() == protocol.L - protocol.code.distance == most == protocol.soundness * protocol.L
    disjoint = agreed[~meets]
    assert len(disjoint) == messages
    assert (disjoint == protocol.L).sum() == 1
    assert np.sort(disjoint)[:-1].max(initial=0) <= protocol.L - protocol.code.distance


@each_code
def test_every_pair_with_every_message(code: Callable[[], MultiplicationCode], T: int, messages: int, most: int) -> None:
    """All 4^(T k) pairs where there are at most 4^8 of them, else 4096 seeded ones, with every message."""
    protocol = Protocol.of(code(), T)
    d = protocol.d
    if 4**d <= 4**8:
        rows = (np.arange(2**d)[:, None] >> np.arange(d)) & 1 == 1
        x, y = np.repeat(rows, len(rows), axis=0), np.tile(rows, (len(rows), 1))
    else:
        rng = np.random.default_rng(d)
        x, y = rng.random((4096, d)) < 0.4, rng.random((4096, d)) < 0.4
    F = protocol.code.field
    terms = F.times(protocol.weighted(x), protocol.letters(y))
    sums = np.zeros((len(x), protocol.L), dtype=np.uint8)
    for t in range(T):
        sums = F.plus(sums, terms[:, t])
    orthogonal = ~(x & y).any(axis=1)
    assert (sums[:, list(protocol.code.code.information)].any(axis=1) == ~orthogonal).all()
    distinct, inverse = np.unique(sums, axis=0, return_inverse=True)
    counts = np.zeros((len(distinct), messages), dtype=np.uint8)
    for index in range(messages):
        counts[:, index] = (distinct == protocol.message(index)).sum(axis=1)
    honest = np.unique(inverse.ravel()[orthogonal])
    assert ((counts[honest] == protocol.L).sum(axis=1) == 1).all()
    assert np.sort(counts[honest], axis=1)[:, :-1].max(initial=0) <= most
    meeting = np.unique(inverse.ravel()[~orthogonal])
    assert counts[meeting].max() <= most
    assert counts[meeting].max() == most or 4**d > 4**8
    for i in (0, len(x) // 3, len(x) - 1):
        if orthogonal[i]:
            assert counts[inverse.ravel()[i], protocol.index(protocol.honest(x[i], y[i]))] == protocol.L


@pytest.mark.parametrize("q", [3, 5])
def test_the_messages_sent_one_by_one(q: int) -> None:
    """Bob's and Alice's own steps, for all 256 pairs of RS (2, 2, q), all messages and all coins."""
    protocol = Protocol.of(reed_solomon(q, 2, q), 2)
    seen = set()
    for bits in product((False, True), repeat=8):
        x, y = np.array(bits[:4]), np.array(bits[4:])
        counts = [
            sum(protocol.accepts(x, protocol.message(i), r, protocol.sent(y, r)) for r in range(q))
            for i in range(protocol.messages)
        ]
        if (x & y).any():
            seen.add(max(counts))
        else:
            assert counts.index(q) == protocol.index(protocol.honest(x, y))
            assert counts.count(q) == 1
    assert max(seen) == q - protocol.code.distance


def test_messages_are_numbered() -> None:
    for code in (reed_solomon(7, 3, 6), hermitian(4, 3), hermitian(9, 4), projective(3)):
        protocol = Protocol.of(code, 2)
        words = [protocol.message(i) for i in range(protocol.messages)]
        assert len({tuple(word.tolist()) for word in words}) == protocol.messages == code.field.q**code.exponent
        assert [protocol.index(word) for word in words] == list(range(protocol.messages))
        assert not any(word[list(code.code.information)].any() for word in words)
        assert code.product.contains(np.array(words))
        with pytest.raises(BadInput, match="Merlin has the messages"):
            protocol.message(protocol.messages)
        with pytest.raises(BadInput, match="no message"):
            protocol.index(code.product.generator[0])


def test_short_vectors_are_padded() -> None:
    protocol = Protocol.of(reed_solomon(5, 2, 5), 3)
    x = np.array([[True, False, True, True]])
    padded = np.array([[True, False, True, True, False, False]])
    assert (protocol.letters(x) == protocol.letters(padded)).all()
    with pytest.raises(BadInput, match="at most T k = 6"):
        protocol.letters(np.zeros((1, 7), dtype=np.bool_))


def test_zero_sums_are_refused() -> None:
    """And rightly: with gammas 1 and 2 over F_3 a common element in both blocks at one place is accepted by every coin."""
    code = reed_solomon(3, 2, 3)
    with pytest.raises(BadInput, match="some of them sum to 0"):
        Protocol(code, (1, 2))
    protocol = Protocol.of(code, 2)
    object.__setattr__(protocol, "multipliers", (1, 2))
    both = np.array([True, False, True, False])
    assert not protocol.honest(both, both).any()


# ------------------------------------------------------------------------------------------------ figures of the literature


def hyperplane_distances(protocol: Protocol, pairs: list[tuple[Bools, Bools]]) -> Ints:
    """Distances in the form that pads the indicator of Alice's set to weight q^T, 2 q^T bits a coin: q^T + 1 - 2 [accept]."""
    F, T = protocol.code.field, protocol.T
    z = np.array(list(product(range(F.q), repeat=T)), dtype=np.uint8)
    found = []
    for x, y in pairs:
        u, v = protocol.weighted(x[None])[0], protocol.letters(y[None])[0]
        for index in range(protocol.messages):
            total = 0
            for r, c in enumerate(protocol.message(index)):
                indicator = F.matmul(z, np.ascontiguousarray(u[:, r : r + 1]))[:, 0] == c
                left = np.concatenate([indicator, np.arange(F.q**T) < F.q**T - indicator.sum()])
                right = np.concatenate([(z == v[:, r]).all(axis=1), np.zeros(F.q**T, dtype=np.bool_)])
                total += int((left ^ right).sum())
            found.append(total)
    return np.array(found)


def test_reed_solomon_over_five_elements_in_the_hyperplane_form() -> None:
    """T = 2, q = L = 5, k = 2, vectors of 4 coordinates: 5 messages, dimension 250, YES 120, NO >= 126, eps = 0.05."""
    protocol = Protocol.of(reed_solomon(5, 2, 5), 2)
    assert (protocol.messages, protocol.L * 2 * 5**2, protocol.d) == (5, 250, 4)
    rng = np.random.default_rng(3)
    pairs = [(rng.random(4) < 0.5, rng.random(4) < 0.5) for _ in range(40)]
    yes = [pair for pair in pairs if not (pair[0] & pair[1]).any()]
    no = [pair for pair in pairs if (pair[0] & pair[1]).any()]
    assert hyperplane_distances(protocol, yes).min() == 120
    assert set(np.sort(hyperplane_distances(protocol, yes).reshape(-1, 5), axis=1)[:, 0].tolist()) == {120}
    assert hyperplane_distances(protocol, no).min() == 126


@pytest.mark.parametrize(
    ("code", "T", "coordinates", "eps", "dimension", "messages"),
    [
        (lambda: reed_solomon(5, 2, 5), 2, 4, 0.05, 250, 5),
        (lambda: hermitian(9, 4), 2, 6, 0.0176, 4374, 729),
        (lambda: reed_solomon(9, 3, 9), 2, 6, 0.0139, 1458, 81),
    ],
)
def test_finite_examples_in_the_hyperplane_form(
    code: Callable[[], MultiplicationCode], T: int, coordinates: int, eps: float, dimension: int, messages: int
) -> None:
    """eps = 2 D'/(L (q^T - 1)) and dimension 2 L q^T: one-hot strings are better in both."""
    protocol = Protocol.of(code(), T)
    L, D, q = protocol.L, protocol.code.distance, protocol.code.field.q
    assert protocol.d == coordinates
    assert protocol.messages == messages
    assert 2 * D / (L * (q**T - 1)) == pytest.approx(eps, abs=5e-5)
    assert 2 * L * q**T == dimension
    assert L * one_hot_bits(q, T) < dimension
    assert prod([2, D]) / (L * q ** (T - 1)) > eps


@pytest.mark.parametrize(
    ("k", "L", "D", "one", "each", "messages"),
    [(2, 4, 2, 0.545, 0.667, 3), (3, 13, 6, 0.503, 0.615, 27), (4, 40, 18, 0.491, 0.6, 729), (5, 121, 54, 0.487, 0.595, 59049)],
)
def test_projective_gaps(k: int, L: int, D: int, one: float, each: float, messages: int) -> None:
    """With one gadget for all c, (12/11) D'/L; with one for each c, (4/3) D'/L."""
    code = projective(k)
    assert (code.L, code.distance, code.field.q**code.exponent) == (L, D, messages)
    assert [round(gap * D / L, 3) for gap in (12 / 11, 4 / 3)] == [one, each]
