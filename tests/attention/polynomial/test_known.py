"""What is known of exponents and values is true, and written down a second time; no bound is looser than its formula."""

from math import inf, log2

import numpy as np
import pytest

from attention.blocks import Whole
from attention.polynomial.known import Extents, Scores, Values, _means, _merged, _rounded_up
from attention.rounding import WIDEN
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.task import Attention

WIDE = np.longdouble


def drawn(
    n: int, m: int, d: int, v: int = 2, scale: float = 0.7, seed: int = 0, shift: float = 3.0
) -> tuple[Attention, Floats, Floats]:
    rng = np.random.default_rng(seed)
    size = 10.0 ** rng.uniform(-2, 2, d)
    Q, K = rng.normal(size=(n, d)) / size, rng.normal(size=(m, d)) * size + shift
    return Attention(Q, K, rng.normal(size=(m, v)) + shift, scale), Q, K


def about_the_middle(inputs: Whole) -> Scores:
    extents = Extents.of(inputs)
    return Scores.of(inputs, extents, extents.middle)


def exponents(inputs: Attention, Q: Floats, K: Floats, centre: Floats) -> Floats:
    found: Floats = np.asarray(WIDE(inputs.scale) * (Q.astype(WIDE) @ (K.astype(WIDE) - centre).T), dtype=np.float64)
    return found


@pytest.mark.parametrize("shape", [(1, 2, 1), (3, 7, 2), (9, 4, 5), (40, 33, 3)])
@pytest.mark.parametrize("scale", [0.7, -1.3, 1e-12])
def test_exponents_are_within_what_is_known(shape: tuple[int, int, int], scale: float) -> None:
    for seed in range(4):
        inputs, Q, K = drawn(*shape, scale=scale, seed=seed)
        known = about_the_middle(Whole(inputs))
        x = exponents(inputs, Q, K, known.centre)
        assert np.abs(x).max() <= known.M
        assert np.abs(x.mean(axis=1)).max() <= known.b <= known.M
        factors = known.query_factor * known.key_factor
        assert np.allclose(factors, inputs.scale, rtol=1e-15)
        powers = np.log2(np.abs(known.key_factor))
        assert np.array_equal(powers, np.rint(powers))


@pytest.mark.parametrize("shape", [(1, 2, 1), (3, 7, 2), (40, 33, 3)])
def test_the_bounds_are_their_formulas(shape: tuple[int, int, int]) -> None:
    inputs, Q, K = drawn(*shape)
    known = about_the_middle(Whole(inputs))
    centre = (K.min(axis=0) + K.max(axis=0)) / 2
    assert np.allclose(known.centre, centre, rtol=1e-15)
    k = np.abs(K.astype(WIDE) - known.centre).max(axis=0)
    q = np.abs(Q.astype(WIDE)).max(axis=0) * abs(inputs.scale)
    by_columns = float((k * q).sum())
    norms = [np.sqrt(((X * np.abs(factor)) ** 2).sum(axis=1).max()) for X, factor in (
        (K.astype(WIDE) - known.centre, known.key_factor), (Q.astype(WIDE), known.query_factor))]  # fmt: skip
    M = min(by_columns, float(norms[0] * norms[1]))
    assert M <= known.M <= M * (1 + 1 / 32) * (1 + 1e-8)
    drift = np.abs(K.astype(WIDE).mean(axis=0) - known.centre)
    rounded = (inputs.m + 8) * 2.0**-53 * (np.abs(K.min(axis=0)) + np.abs(K.max(axis=0)))
    b = float(((drift + rounded) * q).sum())
    assert min(b, M) * (1 + 0.4e-9) <= known.b <= min(b, M) * (1 + 4e-9)


def test_bounds_are_attained() -> None:
    """One column: the largest exponent is M but for its rounding up, and the mean is b where all keys are alike but one."""
    K = np.array([[0.0], [1.0], [1.0], [1.0]])
    inputs = Attention(np.array([[2.0], [-1.0]]), K, np.ones((4, 1)), 1.0)
    known = about_the_middle(Whole(inputs))
    assert known.centre == 0.5
    assert known.M == 1.0 + 1 / 32  # 1 widened, to the next number of six binary digits
    assert known.b == pytest.approx(0.5, rel=1e-8)
    assert known.b >= 0.5


@pytest.mark.parametrize("M", [0.0, 2.0**-40, 2.0**-30, 0.3, 1.0, 1.0 + 2.0**-20, 63.0, 64.0, 65.0, 1e9])
def test_six_binary_digits(M: float) -> None:
    up = _rounded_up(M)
    least = max(M, 2.0**-30)
    assert least <= up <= least * (1 + 1 / 32)
    digits = up / 2.0 ** np.floor(log2(up)) * 32
    assert digits == round(digits)
    assert _rounded_up(up) == up


def test_columns_that_are_lost_or_beyond_float64() -> None:
    ones = np.ones((2, 1))
    apart = np.array([[1.0], [-1.0]])
    for Q, K in ((1e200 * ones, 1e200 * apart), (1e-320 * ones, 1e300 * apart)):
        known = about_the_middle(Whole(Attention(Q, K, ones, 1.0)))
        assert (known.M, known.b) == (inf, inf)
    unused = about_the_middle(Whole(Attention(np.zeros((2, 1)), 1e300 * apart, ones, 1.0)))
    assert (unused.M, unused.key_factor[0], unused.query_factor[0]) == (2.0**-30, 0.0, 0.0)
    none = about_the_middle(Whole(Attention(np.array([[1e-200, 1.0]]), np.array([[1e-150, 2.0], [0.0, 0.0]]), ones, 1.0)))
    assert none.key_factor[0] == none.query_factor[0] == 0.0
    assert none.key_factor[1] * none.query_factor[1] == 1.0


def test_coded_rows_are_bounded_by_their_columns() -> None:
    bits = BitMatrix.of(["01", "10", "11"])
    keys = Coded(bits, np.array([-1.0, 0.0]), np.array([1.0, 3.0]))
    queries = Coded(bits, np.array([0.5, 0.0]), np.array([1.0, 2.0]))
    known = about_the_middle(Whole(Attention((queries,), (keys,), np.ones((3, 1)), 1.0)))
    assert known.centre.tolist() == [0.0, 1.5]
    assert 1 * 1 + 1.5 * 2 <= known.M <= 4 * (1 + 1 / 32) * WIDEN**2
    assert known.b == 4 * WIDEN  # their means are not looked at, and their columns bound them
    assert _merged([], 2).tolist() == [[0, 0]] * 3
    assert _merged([(0, np.full((3, 2), 9.0)), (2, np.ones((3, 2)))], 2).tolist() == [[1, 1]] * 3


@pytest.mark.parametrize("shift", [0.0, 3.0, -1e6])
def test_values_are_about_their_means(shift: float) -> None:
    rng = np.random.default_rng(1)
    V = rng.normal(size=(50, 3)) * [1.0, 1e-3, 200.0] + shift
    known = Values.of(Whole(Attention(np.ones((2, 1)), np.ones((50, 1)), V, 1.0)))
    mean = V.astype(WIDE).mean(axis=0)
    assert np.allclose(known.columns.mean, np.asarray(mean, float), rtol=1e-14, atol=1e-14)
    assert known.spread == (V.max(axis=0) - V.min(axis=0)).max()
    away = np.abs(V - known.columns.mean).max(axis=0)
    assert (away <= known.columns.unit).all()
    assert (known.columns.unit < 2 * away).all()
    assert np.allclose(known.extent, away / known.columns.unit, rtol=1e-12)
    assert np.allclose(known.mu, np.abs(V - known.columns.mean).mean(axis=0) / known.columns.unit, rtol=1e-12)
    residue = (V.astype(WIDE) - known.columns.mean).mean(axis=0) / known.columns.unit
    assert np.allclose(known.constants[:3], np.asarray(residue, float), atol=1e-14)
    assert known.constants[3] == 1.0


def test_values_that_are_all_alike_or_too_far_apart() -> None:
    alike = Values.of(Whole(Attention(np.ones((2, 1)), np.ones((3, 1)), np.full((3, 1), 5.0), 1.0)))
    assert (alike.spread, alike.columns.mean[0], alike.extent[0]) == (0.0, 5.0, 0.0)
    assert alike.columns.unit == 2.0**-1000
    with pytest.raises(Declined, match=r"V has entries from -1e\+308 to 1e\+308, further apart than float64 holds: scale V"):
        Values.of(Whole(Attention(np.ones((2, 1)), np.ones((2, 1)), np.array([[-1e308], [1e308]]), 1.0)))


def test_means_of_blocks_are_weighed_by_their_rows() -> None:
    assert _means([(1, np.array([4.0])), (3, np.array([0.0]))], (1,)) == 1.0
    assert _means([], (2,)).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("query", "key", "scale", "bounded"),
    [
        (2.0**-1022, 2.0**901, 1.0, True), (2.0**-1023, 2.0**901, 1.0, False), (2.0**-1022, 2.0**901, 0.5, False),
        (2.0**-1023, 2.0**900, 1.0, True), (0.0, 2.0**901, 1.0, True),
    ],
)  # fmt: skip
def test_queries_whose_scale_underflows_are_not_bounded_where_keys_make_up_for_it(
    query: float, key: float, scale: float, bounded: bool
) -> None:
    """Each limit: |Q| scale below the normal numbers, not 0, and keys beyond 2^900."""
    inputs = Whole(Attention(np.array([[query]]), np.array([[-key], [key]]), np.zeros((2, 1)), scale))
    assert (inf > about_the_middle(inputs).M) is bounded
