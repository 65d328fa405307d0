"""Each claim derived here has wrong formulas that it catches, and its first version fails where it is said to; what it checks
is what a second implementation found.
"""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from flint import arb

from hardlab.claims import FAMILIES
from hardlab.claims.claim import Verdict, tally
from hardlab.claims.derived.attending import LARGEST, Instance, slopes, weights
from hardlab.claims.derived.circle import Graph
from hardlab.claims.derived.gradients import BALANCED, SIGN, Number, Probed, Trap, probed
from hardlab.claims.derived.masks import Lost, Planted
from hardlab.claims.derived.rotary import Pointer, Turned
from tests.support.claims import claim
from tests.support.fixtures import fixture

PLANTED: dict[str, list[dict[str, Any] | Any]] = {
    "V-visible": [
        {"keys": lambda sees: max(1, min(row.count("1") for row in sees))},
        {"gamma": lambda r: (r - 1) / (r + 1) * arb(1.01)},
        {"promise": lambda of, distances, sees: True},
    ],
    "U-one-bit": [
        Planted(lambda near, bit: set()),
        Planted(lambda near, bit: {bit[1]} if bit == near else set()),
        Planted(lambda near, bit: {bit[0]} if near is not None and bit[0] == near[0] else set()),
    ],
    "U-dummies": [Lost(lambda M, r: M == 1), Lost(lambda M, r: bool(M - (M - 1) * r >= 0)), Lost(lambda M, r: False)],
    "A1-own-keys": [
        {"yes": lambda r, e: (r - 1) / (r + 1)},
        {"no": lambda r, e: (r - 1) / (r + 1 + e)},
        {"own": lambda i, M, lam, p, p_eta: (-lam * (p + p_eta)).exp() * i / M},
        {"own": lambda i, M, lam, p, p_eta: (-lam * p).exp() * (i + 1) / M},
    ],
    "A2-two-heads": [
        {"orders": lambda n: [list(range(n))[::-1]]},
        {"orders": lambda n: [list(range(n))] * 2},
        {"gamma": lambda r: (r - 1) / (r + 1) * arb(1.01)},
    ],
    "B-causal": [
        {"asks": lambda alpha, items, wide: alpha % items},
        {"asks": lambda alpha, items, wide: (alpha + (wide + 1) * (alpha // items)) % items},
        {"asking": lambda k, wide: k * (k // wide)},
        {"first": lambda wide: 2 - wide},
        {"positions": lambda k, W, wide: k * -(-k // wide)},
        {  # each pair twice, in as many positions as that takes
            "asking": lambda k, wide: 2 * k * -(-k // wide),
            "positions": lambda k, W, wide: -(-(2 * k * -(-k // wide) + wide - 1) // wide) * W,
        },
    ],
    "B-two-sided": [
        {"asks": lambda alpha, items, wide: alpha % items},
        {"first": lambda wide: 0},
        {"padded": lambda k, wide: k},
        {"positions": lambda k, W, wide: (-(-k // wide)) ** 2 * W},
    ],
    "Q1-balanced": [
        {"dummies": [(1, 1), (1, -1)]},
        {"dummies": [(1, 1)]},
        {"gap": lambda r: -(r - 1) / (r + 1) * arb(1.01)},
        {"gap": lambda r: -(r - 1) / (r + 1) * arb(0.99)},
    ],
    "Q2-sign": [
        {"data": [(1, 1), (-1, 1)]},
        {"dummies": [(1, 1), (-1, -1)]},
        {"gap": lambda r: 2 * (r - 1) / (r + 1) * arb(1.01)},
        {"gap": lambda r: -2 * (r - 1) / (r + 1)},
    ],
    "Q2-shift-trap": [Trap([1], Fraction(1, 4)), Trap([-1], Fraction(1, 4)), Trap([1, -1], Fraction(1, 2))],
    "V1-private": [
        {"leak": lambda n, mR, distance, width: (n - 1) * (-(mR.log()) * distance).exp()},
        {"yes": lambda r, leak: 1 / (r + 1)},
        {"no": lambda r, leak: 1 / (1 + 1 / r) + leak},
        {"ballast": True},
    ],
    "K1-ballast": [
        {"yes": lambda r, leak: 1 / (r + 1) / 2},
        {"no": lambda r, leak: (1 + leak) * r / (r + 1) / 2},
        {"no": lambda r, leak: (1 - leak) * r / (r + 1)},
        {"ballast": False},
    ],
    "One-number": [
        {"R": lambda n: Fraction(n * n)},
        {"yes": lambda n, r: n - 1 + 1 / (r + 2)},
        {"no": lambda n, r: n - (n - 1) / (r + 1)},
    ],
    "F1-mean": [{"bound": lambda eta: eta / 2}, {"bound": lambda eta: eta}],
    "F2-covariance": [{"bound": lambda eta: eta / 4}, {"ranges": 1}],
    "F2-indicator": [{"bound": lambda eta: eta * arb(0.98) / (3 * arb(3).sqrt())}, {"bound": lambda eta: eta * arb(4) / 27}],
    "F2-sharp": [{"bound": lambda eta: eta / 4}, {"bound": lambda eta: eta / 2}, {"ranges": 1}],
    "I-rotary": [
        Turned(lambda: arb(1.41), query=True, key=True),
        Turned(lambda: arb(2).sqrt(), query=True, key=False),
        Turned(lambda: arb(2).sqrt(), query=False, key=True),
    ],
    "I-planes": [Pointer(lambda d: 1), Pointer(lambda d: 2), Pointer(lambda d: 4)],
    "J-circle": [
        Graph(lambda edges: edges + 1, lambda degrees: 2 * min(degrees)),
        Graph(lambda edges: edges, lambda degrees: min(degrees)),
        Graph(lambda edges: edges + 1, lambda degrees: 2 * min(degrees) - 1),
        Graph(lambda edges: edges, lambda degrees: 2 * sum(degrees) // len(degrees)),
    ],
    "J-table": [
        {"pairs": lambda m: (5 * (m // 2), (m + 1) // 2, (m + 1) // 2 + 2)},
        {"circle": lambda m: (5 * m, m, m + 2)},
        {"circle": lambda m: (5 * (m - 1) + 3, m, m + 4)},
        {"least": Fraction(96, 100)},
    ],
}


@pytest.mark.parametrize(("id", "place"), [(id, place) for id, faults in PLANTED.items() for place in range(len(faults))])
def test_a_wrong_formula_is_caught(id: str, place: int) -> None:
    of, fault = claim(id), PLANTED[id][place]
    wrong = replace(of.corrected, **fault) if isinstance(fault, dict) else fault
    found = tally(of, wrong)
    assert found.verdict is not Verdict.HOLDS, (id, place)
    assert found.inside > 0


def test_each_claim_has_faults_that_it_catches() -> None:
    ids = [one.id for family in FAMILIES if ".derived." in family.__name__ for one in family.CLAIMS]
    assert sorted(ids) == sorted(PLANTED)


@pytest.mark.parametrize(
    "id",
    ["V-visible", "U-one-bit", "U-dummies", "A1-own-keys", "A2-two-heads", "B-two-sided", "Q1-balanced", "Q2-shift-trap",
     "V1-private", "One-number", "F2-sharp", "I-rotary", "I-planes", "J-circle", "J-table"],
)  # fmt: skip
def test_the_first_version_fails(id: str) -> None:
    found = tally(claim(id), claim(id).printed)
    assert found.verdict is Verdict.FAILS
    assert found.counterexample is not None
    assert claim(id).on(claim(id).corrected, found.counterexample.case).verdict in (Verdict.HOLDS, None)
    assert claim(id).wrong


def test_the_matched_normaliser_shows_nothing() -> None:
    """With V = 1 on data and 0 on the dummy, entries of dS are the same for S = r Z and for S = Z/r."""
    of = Instance(["0001", "1111"], ["0000"], 1, 4, Fraction(16))
    entries = [float(abs(row[-1])) for row in slopes([[arb(4) / 5, arb(1) / 5], [arb(1) / 5, arb(4) / 5]], [1, 0])]
    assert entries == pytest.approx([0.16, 0.16])
    naive = Probed([(1, 0)], [(0, 1)], lambda r: arb(0))
    assert [float(x) for x in probed(naive, of)] == pytest.approx([-0.16, -0.16])


def test_weights_are_those_of_the_definition() -> None:
    """Against numpy, with hidden keys, and a row that sees none."""
    rng = np.random.default_rng(5)
    Q, K = rng.integers(-2, 3, (3, 4)), rng.integers(-2, 3, (5, 4))
    sees = ["10110", "11111", "00000"]
    found = weights(Q.tolist(), K.tolist(), arb(0.25), sees)
    mask = np.array([[bit == "1" for bit in row] for row in sees])
    expected = np.exp(0.25 * (Q @ K.T)) * mask
    expected[:2] /= expected[:2].sum(axis=1, keepdims=True)
    np.testing.assert_allclose([[float(x) for x in row] for row in found], expected, rtol=1e-12)


def test_one_number_has_a_gap_at_R_of_4_n_squared() -> None:
    formulas: Number = claim("One-number").corrected
    for n in (1, 2, 7):
        r = arb(2 * n)
        assert float(formulas.no(n, r) - formulas.yes(n, r)) == pytest.approx(n / (2 * n + 1))


CASE = {"A": ["01", "10"], "B": ["11"], "t": 0, "t2": 1, "R": "4"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"A": []}, "at least one vector each"),
        ({"B": []}, "at least one vector each"),
        ({"A": [], "B": []}, "at least one vector each"),
        ({"A": ["01", "1"]}, "0/1 strings of one length"),
        ({"B": ["1"]}, "0/1 strings of one length"),
        ({"A": [""], "B": [""]}, "0/1 strings of one length"),
        ({"A": ["01", "12"]}, "0/1 strings of one length"),
        ({"B": ["1x"]}, "0/1 strings of one length"),
    ],
)
def test_what_is_no_instance(changed: dict[str, Any], said: str) -> None:
    assert Instance.of(CASE).d == 2
    with pytest.raises(ValueError, match=said):
        Instance.of({**CASE, **changed})


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ({"t": 0}, {"t": -1}),
        ({"t": 0, "t2": 1}, {"t": 1, "t2": 1}),
        ({"t2": 2}, {"t2": 3}),
        ({"R": "10001/10000"}, {"R": "1"}),
        ({"R": "1000000"}, {"R": "1000001"}),
        ({"A": ["01"] * LARGEST}, {"A": ["01"] * (LARGEST + 1)}),
        ({"B": ["01"] * LARGEST}, {"B": ["01"] * (LARGEST + 1)}),
        ({"A": ["1" * 64], "B": ["1" * 64]}, {"A": ["1" * 65], "B": ["1" * 65]}),
    ],
)
def test_the_last_instance_inside_and_the_first_outside(inside: dict[str, Any], outside: dict[str, Any]) -> None:
    assert Instance.of({**CASE, **inside}).why_outside == ""
    assert Instance.of({**CASE, **outside}).why_outside != ""


BIT = {"n": 2, "t": 0, "t2": 2, "near": None, "bit": [1, 1], "sees": ["11", "11"], "R": "16"}


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ({"n": 6, "sees": ["1" * 6] * 6}, {"n": 7, "sees": ["1" * 7] * 7}),
        ({"t2": 8}, {"t2": 9}),
        ({"t": 1}, {"t": 2}),
        ({}, {"t": -1}),
        ({"bit": [0, 0]}, {"bit": [0, -1]}),
        ({"bit": [1, 0]}, {"bit": [2, 0]}),
        ({"bit": [0, 1]}, {"bit": [0, 2]}),
        ({"near": [0, 1]}, {"near": [0, 2]}),
    ],
)
def test_the_last_bit_that_is_flipped_and_the_first_that_is_not(inside: dict[str, Any], outside: dict[str, Any]) -> None:
    one = claim("U-one-bit")
    assert one.on(one.corrected, {**BIT, **inside}).verdict is Verdict.HOLDS
    assert one.on(one.corrected, {**BIT, **outside}).verdict is None


def instance(inputs: dict[str, Any]) -> Instance:
    """That of a file of the second implementation."""
    constants = inputs["constants"]
    A, B = (["".join(map(str, row)) for row in inputs[name]] for name in "AB")
    return Instance(A, B, constants["t"], constants["t2"], Fraction(constants["R0"]))


@pytest.mark.parametrize(("name", "keys"), [("e_q1", BALANCED), ("e_q2", SIGN)])
def test_entries_of_dQ_are_those_of_the_second_implementation(name: str, keys: Probed) -> None:
    inputs, expected = fixture(name)
    of = instance(inputs)
    assert [float(x) for x in probed(keys, of)] == pytest.approx([float(x) for x in expected["values"]], rel=1e-12)
    assert ["YES" if min(row) <= of.t else "NO" for row in of.distances] == expected["brute_force"]


def test_the_dilution_is_that_of_the_second_implementation() -> None:
    inputs, expected = fixture("a1_data_first")
    constants, formulas = inputs["dot"]["constants"], claim("A1-own-keys").corrected
    lam, p_eta, r = (arb(float(constants[name])) for name in ("lam", "p_eta", "r"))
    e = [formulas.own(i, constants["M"], lam, constants["p"], p_eta) for i in range(len(expected["dot"]["e"]))]
    B = float(constants["B"])
    for mine, name in ((e, "e"), ([formulas.yes(r, x) * B for x in e], "high"), ([-formulas.no(r, x) * B for x in e], "low")):
        assert [float(x) for x in mine] == pytest.approx([float(x) for x in expected["dot"][name]], rel=1e-9)
