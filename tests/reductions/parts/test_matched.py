"""Vectors of the matched normaliser: each exponent as it is derived, with and without a code; its constants a second time."""

from math import ceil, exp, log, sqrt, tanh

import numpy as np
import pytest

from instances.bits import BitMatrix
from instances.coded import Coded, Floats, dense
from instances.faults import Declined
from instances.problem import Size
from reductions.parts.matched import MatchedVectors, address, check_rounding, matched, ordered, values, with_thresholds

SIZES: list[Size] = [
    {"n": 3, "m": 5, "d": d, "t": t, "t2": t2} for d, t, t2 in ((3, 0, 1), (9, 2, 5), (12, 5, 11), (70, 9, 20))
]
GIVEN = [(of, m, M, r, pads) for of in SIZES for m in (1, 6) for M in (1, 4) for r in (0, 3) for pads in (0, 90)]


def rows(block: Coded) -> Floats:
    return dense((block,), slice(None))


@pytest.mark.parametrize(("of", "m", "M", "r", "pads"), GIVEN)
def test_constants(of: Size, m: int, M: int, r: int, pads: int) -> None:
    """M e^(lam (p eta + r)) is the geometric mean of what a near key and m far ones weigh, e^(lam (d - 2 t - p eta)), ..."""
    R0, d, t, t2 = 7.0, of["d"], of["t"], of["t2"]
    found = matched(of, m, R0, M, r, pads)
    lam = (log(m) + log(R0)) / (2 * (t2 - t))
    p_eta = found["p"] * found["eta"]
    near, far = lam * (d - 2 * t - p_eta), log(m) + lam * (d - 2 * t2 - p_eta)
    assert near - far == pytest.approx(log(R0))
    assert log(M) + lam * (p_eta + r) == pytest.approx((near + far) / 2, abs=1e-9)
    assert found["beta"] == pytest.approx(lam * (d + found["p"] + r))
    assert found["B"] == pytest.approx(sqrt(found["beta"]))
    assert found["Gamma"] == pytest.approx(found["B"] * tanh(log(R0) / 4))
    assert found["M"] == M
    assert abs(found["eta"]) <= 1
    fewest = max(ceil(abs(d - t - t2) / 2) + 1, ceil(abs(p_eta) - 1e-9))
    assert found["p"] == max(fewest, pads)


def test_thresholds_are_a_little_nearer() -> None:
    found = with_thresholds({"Gamma": 2.0, "p": 3})
    assert found == {"Gamma": 2.0, "p": 3, "low": -2.0 * (1 - 2.0**-20), "high": 2.0 * (1 - 2.0**-20)}


@pytest.mark.parametrize("of", SIZES)
@pytest.mark.parametrize("r", [0, 3])
def test_exponents(of: Size, r: int) -> None:
    rng = np.random.default_rng(0)
    d, found = of["d"], matched(of, of["m"], 7.0, 2, r)
    A, B = (rng.integers(0, 2, (n, d)) for n in (9, 5))
    code = rng.integers(0, 2, (9, r)).astype(np.bool_)
    vectors = MatchedVectors(d, found, r)
    p, eta, lam = int(found["p"]), found["eta"], found["beta"] / vectors.width
    assert (vectors.width, vectors.scale) == (d + p + r, 1 / (d + p + r))
    assert (vectors.data_value, vectors.dummy_value) == (found["B"], -found["B"])
    queries = rows(vectors.queries(BitMatrix.of(A), code if r else None))
    H, D = (A[:, None] != B).sum(axis=2), (code[:, None] != code).sum(axis=2)
    for keys, expected in (
        (vectors.data(BitMatrix.of(B)), d - 2 * H - p * eta),
        (vectors.dummies(4), np.full((9, 4), p * eta)),
        (vectors.own(code), p * eta + r - 2 * D),
        (vectors.light(2), np.full((9, 2), -float(p))),
        (vectors.heavy(3), np.full((9, 3), float(p))),
        (vectors.fillers(2), np.zeros((9, 2))),
    ):
        assert keys.bits.n == expected.shape[1]
        assert vectors.scale * queries @ rows(keys).T == pytest.approx(lam * expected, abs=1e-9)
        assert np.abs(rows(keys)).max() <= found["B"] * (1 + 1e-12)
    assert set(np.abs(queries).ravel().tolist()) == {found["B"]}
    assert not rows(vectors.fillers(2)).any()


def test_keys_without_a_part_have_zeros_there() -> None:
    """Whatever bits they have: what would not meet a query as it is now would meet one that is built otherwise."""
    vectors = MatchedVectors(2, {"p": 3, "eta": 0.5, "B": 4.0}, 2)
    code = np.array([[True, False]])
    assert rows(vectors.queries(BitMatrix.of(["10"]), code)).tolist() == [[4, -4, 4, 4, 4, 4, -4]]
    assert rows(vectors.data(BitMatrix.of(["01"]))).tolist() == [[-4, 4, -2, -2, -2, 0, 0]]
    assert rows(vectors.dummies(1)).tolist() == [[0, 0, 2, 2, 2, 0, 0]]
    assert rows(vectors.own(code)).tolist() == [[0, 0, 2, 2, 2, 4, -4]]
    assert rows(vectors.light(1)).tolist() == [[0, 0, -4, -4, -4, 0, 0]]
    assert rows(vectors.heavy(1)).tolist() == [[0, 0, 4, 4, 4, 0, 0]]
    for keys in (vectors.dummies(1), vectors.light(1), vectors.heavy(1), vectors.fillers(1)):
        assert keys.zero.tolist() == keys.one.tolist()
    assert vectors.own(code).one.tolist() == [0, 0, 2, 2, 2, 4, 4]
    assert vectors.data(BitMatrix.of(["01"])).one.tolist() == [4, 4, -2, -2, -2, 0, 0]
    assert rows(MatchedVectors(2, {"p": 1, "eta": 0.5, "B": 4.0}).dummies(1)).tolist() == [[0, 0, 2]]


def test_a_code_of_many_rows() -> None:
    """More rows than are packed together, so that each has its own."""
    n = 5000
    code = address(n, 1)
    vectors = MatchedVectors(1, {"p": 2, "eta": 0.5, "B": 1.0}, code.shape[1])
    found = rows(vectors.queries(BitMatrix.of(np.arange(n)[:, None] % 2), code))
    assert np.array_equal(found[:, 3:] > 0, code)
    assert np.array_equal(found[:, 0] > 0, np.arange(n) % 2 > 0)
    assert (found[:, 1:3] == 1).all()


def test_rounding() -> None:
    for R0 in (1.001, 16.0, 1e300):
        most = 2.0**-20 * tanh(log(R0) / 4) * 2.0**50
        check_rounding(most * (1 - 1e-12), R0)
        check_rounding(1e300, R0, most * (1 - 1e-12))
        for given in ((most * (1 + 1e-12), R0, None), (0.0, R0, most * (1 + 1e-12))):
            with pytest.raises(Declined, match="rounding would eat the margin; raise R0"):
                check_rounding(*given)
    check_rounding(1e300, 16.0, 0.0)


def test_values_part_by_part() -> None:
    assert values(2.0, (2, 1.0), (0, 7.0), (1, -1.0), (2, 0.5)).tolist() == [[2.0], [2.0], [-2.0], [1.0], [1.0]]


def test_rows_in_an_order() -> None:
    found = ordered(BitMatrix.of(["00", "01", "10"]), np.array([2, 0, 3, 9, 1]))
    assert found == BitMatrix.of(["10", "00", "10", "10", "01"])


def test_addresses() -> None:
    assert address(1, 3).shape == (1, 0)
    assert address(2, 3).astype(int).tolist() == [[0, 0, 0], [1, 1, 1]]
    assert address(3, 2).astype(int).tolist() == [[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1]]
    assert address(4, 1).dtype == np.bool_
    for n, D in ((2, 1), (5, 3), (8, 4), (9, 2)):
        found = address(n, D)
        assert found.shape == (n, D * ceil(log(n) / log(2) - 1e-9))
        assert min((found[i] != found[j]).sum() for i in range(n) for j in range(i)) == D


def test_a_near_key_and_far_ones_about_the_dummies() -> None:
    """e^(lam ...) of one key at t is sqrt R0 times M dummies, of m keys at t2 as many times less."""
    of = SIZES[1]
    found = matched(of, 5, 16.0, 3)
    lam = found["beta"] / (of["d"] + found["p"])
    dummies = 3 * exp(lam * found["p"] * found["eta"])
    near, far = (exp(lam * (of["d"] - 2 * H - found["p"] * found["eta"])) for H in (of["t"], of["t2"]))
    assert [near / dummies, dummies / (5 * far)] == pytest.approx([4.0, 4.0])
