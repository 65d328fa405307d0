"""The protocol on every message, and the finite figures of the literature."""

from collections.abc import Callable
from itertools import product
from math import prod

import numpy as np
import pytest

from instances.bits import Bools, Ints
from instances.faults import BadInput
from reductions.codes.families import hermitian, hermitian_code, projective, reed_solomon
from reductions.codes.multiplication import MultiplicationCode
from reductions.codes.one_hot import one_hot_bits
from reductions.parts.protocol import Protocol

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


@pytest.mark.slow
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
