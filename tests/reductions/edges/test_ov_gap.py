"""ov-gap obeys every law on exhaustive families, and its figures are the stated ones."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import pytest

from instances.bits import BitMatrix
from instances.families import planted_ov, random_ov
from instances.faults import BadInput, Declined
from instances.vectors import GapHamming, OrthogonalVectors
from reductions import laws
from reductions.chain import Chain
from reductions.codes.field import FIELDS, most_multipliers
from reductions.codes.parameters import MAX_MESSAGES, MAX_SYMBOLS
from reductions.edges.ov_gap import OvGap
from tests.support.gaps import Remembering, drawn, families
from tests.support.sampling import some, strides


def all_laws(reduction: OvGap, family: list[OrthogonalVectors]) -> None:
    """Every law; and that the members have the stated sizes, and only the distance t or at least t2, t where stated."""
    remembering: Any = Remembering(reduction)
    counts = laws.laws(remembering, family)
    assert counts["accepted"] > 0
    assert counts["rejected"] > 0
    for problem in family:
        target, size = remembering.apply(problem), reduction.size(problem.size)
        assert target.count == size["count"]
        near: dict[tuple[int, int], list[int]] = {}
        for index in range(target.count):
            member = target.member(index)
            assert isinstance(member, GapHamming)
            assert {**member.size, "count": target.count} == size
            for pair in member.witnesses():
                distance = member.distance(*pair)
                assert distance == member.t or distance >= member.t2
                if distance == member.t:
                    near.setdefault((pair[0], pair[1]), []).append(index)
        orthogonal = {pair: [reduction.forth(problem, pair)[0]] for pair in problem.witnesses() if problem.accepts(pair)}
        assert near == orthogonal


REDUCTIONS = [
    OvGap(),
    OvGap(T=1),
    OvGap(T=2, k=2, q=5, L=5),
    OvGap(T=2, q=4),
    OvGap(T=3, k=1, q=8),
    OvGap("hermitian", q=4, alpha=2),
    OvGap("hermitian", T=2, q=4, alpha=3),
    OvGap("projective"),
    OvGap("projective", k=3),
]


@pytest.mark.slow
@pytest.mark.parametrize("d", [1, 2])
@pytest.mark.parametrize("reduction", REDUCTIONS, ids=str)
def test_every_instance_of_two_rows(reduction: OvGap, d: int) -> None:
    """36 instances in dimension 1, every third of 400 in dimension 2; one in seven of them where messages x dimension is 1000
    or more.
    """
    step = (1 if d == 1 else 3) * (1 if reduction.parameters(d).messages * reduction.parameters(d).dimension < 1000 else 7)
    all_laws(reduction, families(d)[::step])


@pytest.mark.slow
@strides(9)
def test_every_instance_of_two_rows_in_dimension_three(stride: int) -> None:
    """Of 5184, by the default parameters."""
    all_laws(OvGap(), list(some(families(3), stride)))


@pytest.mark.parametrize(
    "reduction", [OvGap(), OvGap(T=2, k=2, q=5, L=5), OvGap("hermitian", q=4, alpha=2), OvGap("projective")], ids=str
)
def test_every_pair_in_dimension_four(reduction: OvGap) -> None:
    """One row against one row: all 256."""
    all_laws(reduction, families(4, 1))


@pytest.mark.parametrize("d", range(4, 13))
def test_random_instances(d: int) -> None:
    all_laws(OvGap(), drawn(d, 6))


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("reduction", "d"),
    [
        (OvGap(T=3, k=2, q=5, L=5), 5),
        (OvGap(T=4, k=3, q=7, L=7), 12),
        (OvGap(T=2, k=3, q=9, L=9), 6),
        (OvGap(T=3, k=2, q=8), 6),
        (OvGap(L=7), 7),
        (OvGap("hermitian"), 8),
        (OvGap("projective"), 6),
        (OvGap("projective"), 8),
        (OvGap("hermitian", T=2, q=9, alpha=4), 6),
    ],
    ids=str,
)
def test_random_instances_with_other_parameters(reduction: OvGap, d: int) -> None:
    all_laws(reduction, drawn(d, 2 if reduction.parameters(d).messages > 100 else 6, 2))


@pytest.mark.parametrize(
    ("reduction", "d", "least", "most"),
    [
        (OvGap(T=2, k=2, q=5, L=5), 4, 2, 2),
        (OvGap(), 7, 2, 2),
        (OvGap("hermitian", q=4, alpha=3), 6, 2, 2),
        (OvGap("projective"), 6, 4, 12),
    ],
    ids=str,
)
def test_distances_count_the_coins_that_reject(reduction: OvGap, d: int, least: int, most: int) -> None:
    """Coin by coin by the protocol's own steps: H - t is exactly 2 for each rejecting coin, 4 to 12 for block gadgets."""
    problem, protocol = planted_ov(3, 3, d, 0.6, seed=d), reduction.protocol(d)
    target = reduction.apply(problem)
    for index in range(0, target.count, max(1, target.count // 9)):
        member, mu = target.member(index), protocol.message(index)
        assert isinstance(member, GapHamming)
        for i, j in member.witnesses():
            x, y = problem.A.bools()[i], problem.B.bools()[j]
            rejects = sum(not protocol.accepts(x, mu, r, protocol.sent(y, r)) for r in range(protocol.L))
            assert least * rejects <= member.distance(i, j) - member.t <= most * rejects


# ------------------------------------------------------------------------------------------------ figures


@pytest.mark.parametrize(
    ("reduction", "d", "messages", "dimension", "t", "t2"),
    [
        (OvGap(), 1, 1, 4, 1, 3),
        (OvGap(), 2, 1, 13, 3, 5),
        (OvGap(), 4, 3, 39, 9, 11),
        (OvGap(), 8, 5, 2253, 375, 377),
        (OvGap(), 12, 25, 3755, 625, 627),
        (OvGap(T=2, k=2, q=5, L=5), 4, 5, 155, 25, 31),
        (OvGap("hermitian", T=2, q=9, alpha=4), 6, 729, 2457, 243, 281),
        (OvGap("hermitian", q=4, alpha=2), 4, 4, 168, 32, 40),
        (OvGap("projective"), 4, 3, 60, 12, 20),
        (OvGap("projective"), 6, 27, 195, 39, 63),
        (OvGap("projective"), 8, 729, 600, 120, 192),
        (OvGap("projective"), 10, 59049, 1815, 363, 579),
    ],
    ids=str,
)
def test_figures(reduction: OvGap, d: int, messages: int, dimension: int, t: int, t2: int) -> None:
    assert reduction.size({"n": 7, "m": 9, "d": d}) == {
        "n": 7, "m": 9, "d": dimension, "t": t, "t2": t2, "count": messages,
    }  # fmt: skip
    of = reduction.parameters(d)
    assert of.eps == Fraction(t2 - t, t)
    one_hot = Fraction(2 * of.D, of.L * of.q ** (of.T - 1))
    assert of.eps == (Fraction(4 * of.D, 3 * of.L) if of.code == "projective" else one_hot)
    constants = reduction.constants({"n": 7, "m": 9, "d": d})
    assert constants["eps"] == pytest.approx(float(of.eps))
    assert 2 ** constants["merlin_bits"] == pytest.approx(messages)


def test_projective_beats_the_best_gap_without_guessing_from_eight_coordinates() -> None:
    """4/d is the best without Merlin for d = 2, 3, 4 (and what pairs of coordinates reach)."""
    gaps = {d: float(OvGap("projective").parameters(d).eps) for d in (4, 6, 8, 10)}
    assert [round(gap, 3) for gap in gaps.values()] == [0.667, 0.615, 0.6, 0.595]
    assert [gap > 4 / d for d, gap in gaps.items()] == [False, False, True, True]


def every_reed_solomon(d: int) -> Iterator[tuple[int, float]]:
    """(messages x dimension, -eps) of all Reed-Solomon parameters within the limits, k and L free too."""
    for q in FIELDS:
        for T, k in product(range(1, most_multipliers(q) + 1), range(1, (q + 1) // 2 + 1)):
            for L in range(2 * k - 1, q + 1) if T * k >= d and q**T <= MAX_SYMBOLS and q ** (k - 1) <= MAX_MESSAGES else ():
                dimension = L * (q**T + 1 + q ** (T - 1))
                yield q ** (k - 1) * dimension, -2 * (L - 2 * k + 2) / (L * q ** (T - 1))


@pytest.mark.parametrize("d", range(1, 25))
def test_the_choice_is_the_cheapest(d: int) -> None:
    of = OvGap().parameters(d)
    least = min(every_reed_solomon(d))
    assert (of.messages * of.dimension, -float(of.eps)) == pytest.approx(least)
    assert of.T * of.k >= d
    assert 2 * of.k - 1 == of.L <= of.q
    assert most_multipliers(of.q) >= of.T


def test_the_choice_respects_what_is_given() -> None:
    assert OvGap(T=3).parameters(12).T == 3
    assert OvGap(k=6).parameters(12).k == 6
    assert OvGap(q=16).parameters(12).q == 16
    assert OvGap(L=9).parameters(12).L == 9
    assert OvGap("hermitian", q=9).parameters(8).q == 9
    assert OvGap("hermitian", alpha=6).parameters(8).alpha == 6
    assert OvGap("projective", k=5).parameters(8).k == 5


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({"code": "golay"}, "code = 'golay': ov-gap has the codes reed-solomon, hermitian, projective"),
        ({"T": -1}, "T = -1: give a positive number"),
        ({"alpha": 3}, "alpha = 3: the reed-solomon code has the parameters T, k, q, L; drop alpha"),
        ({"code": "hermitian", "k": 3}, "drop k"),
        ({"code": "projective", "T": 2}, "drop T"),
        ({"q": 6}, "q = 6: a field has a prime power of elements"),
        ({"T": 3, "q": 3}, "at most e (p-1) = 2 multipliers over F_3"),
        ({"k": 3, "q": 4}, "2k - 1 <= L <= q"),
        ({"k": 33}, "2k - 1 <= L <= q"),
        ({"L": 8, "q": 7}, "2k - 1 <= L <= q"),
        ({"k": 3, "L": 4}, "2k - 1 <= L <= q"),
        ({"L": 65}, "2k - 1 <= L <= q"),
        ({"code": "projective", "k": 7}, "give k <= 6"),
        ({"code": "projective", "k": 10**9}, "give k <= 6"),
        ({"code": "hermitian", "q": 8}, "needs a square q = r^2"),
        ({"code": "hermitian", "q": 4, "alpha": 4}, "2 alpha < r^3"),
    ],
)
def test_wrong_parameters_are_refused(parameters: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as refused:
        OvGap(**parameters)
    assert says in str(refused.value)


def test_too_many_coordinates_for_the_given_blocks() -> None:
    with pytest.raises(BadInput, match="T = 2 and k = 2 hold T k = 4 coordinates, these vectors have d = 5"):
        OvGap(T=2, k=2).size({"n": 1, "m": 1, "d": 5})


@pytest.mark.parametrize(
    ("reduction", "d", "says"),
    [
        (OvGap("hermitian", q=64), 64, "messages of Merlin's"),
        (OvGap(), 40, "takes 11^4 messages of Merlin's and q^T = 11^8 symbols"),
        (OvGap(), 65536, "no code over a field of at most 64 elements holds d = 65536"),
        (OvGap(T=2), 40, "symbols a coin at the cheapest parameters; the limits are 2^24 messages and q^T <= 2^16"),
        (OvGap("hermitian"), 24, "9^8 messages"),
        (OvGap("hermitian", q=64, alpha=255), 24, "messages"),
        (OvGap("projective"), 14, "3^21 messages"),
        (OvGap("projective"), 65536, "3^536854528 messages"),
        (OvGap("projective", k=2), 6, "holds d = 6"),
    ],
    ids=str,
)
def test_beyond_the_limits_it_declines_before_building(reduction: OvGap, d: int, says: str) -> None:
    problem = OrthogonalVectors(BitMatrix.zeros(1, d), BitMatrix.zeros(1, d))
    with pytest.raises(Declined) as declined:
        Chain((reduction,)).trace(problem)
    assert says in str(declined.value)


def test_the_memory_is_priced_before_anything_is_built() -> None:
    problem = random_ov(4, 4, 12, seed=1)
    price = GapHamming.memory(OvGap().size(problem.size))
    assert price > 4 * 2 * 3755 / 8
    assert Chain((OvGap(),)).trace(problem, price)[-1].problem.size == {"count": 25}
    with pytest.raises(Declined, match="GapHamming by ov-gap"):
        Chain((OvGap(),)).trace(problem, price - 1)


def test_members_are_lazy_and_pure() -> None:
    problem = planted_ov(3, 2, 10, 0.8, seed=4)
    target = OvGap("projective").apply(problem)
    assert target.count == 59049
    assert target.member(58000).identity == target.member(58000).identity
    assert len({target.member(i).identity for i in range(20)}) == 20
    assert not any(target.member(i).promised() is False for i in range(0, 59049, 5000))
    pair = next(pair for pair in problem.witnesses() if problem.accepts(pair))
    assert target.reaches(OvGap("projective").forth(problem, pair))


def test_bob_knows_nothing_of_merlin() -> None:
    """In one-hot strings the right side is the same in every member."""
    target = OvGap().apply(random_ov(2, 3, 6, seed=5))
    right: list[BitMatrix] = []
    for index in range(target.count):
        member = target.member(index)
        assert isinstance(member, GapHamming)
        right.append(member.B)
    assert len(right) == 5
    assert all(side == right[0] for side in right)
