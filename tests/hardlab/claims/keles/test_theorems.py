"""The claims about the theorems of Keles et al. on attention: planted faults, and the gadget's evaluation."""

from dataclasses import replace
from typing import Any

import pytest
from flint import arb

from hardlab.claims.claim import Claim, Verdict, tally
from hardlab.claims.keles import gaussian as keles_gaussian
from hardlab.claims.keles import products as keles_products
from hardlab.claims.keles import softmax as keles_softmax
from hardlab.claims.keles import softmax_additive as keles_softmax_additive
from hardlab.claims.keles.cases import EXACT, instances, worst_distance, worst_softmax
from hardlab.claims.keles.deciding import decides
from hardlab.claims.keles.gadget import Model, Row, constant_of, largest, ln, number, output, profiles, size_of
from hardlab.claims.keles.gaussian import ROW_7
from hardlab.claims.keles.products import ROW_4_1
from hardlab.claims.keles.softmax import ROW_5_1, SOFTMAX
from instances.exact import sign

MODULES = (keles_products, keles_softmax, keles_softmax_additive, keles_gaussian)
CLAIMS: dict[str, Claim[Any]] = {claim.id: claim for module in MODULES for claim in module.CLAIMS}


def constant(factor: str) -> Any:
    """The corrected formulas with C times a factor."""

    def faulty(row: Row) -> Row:
        return replace(row, constant=lambda s: constant_of(row, s) * number(factor))

    return faulty


def threshold(factor: str) -> Any:
    def faulty(row: Row) -> Row:
        return replace(row, threshold=lambda s, C: row.threshold(s, C) * number(factor))

    return faulty


def error(factor: str) -> Any:
    """A larger error than is admitted, with the threshold left as it is."""

    def faulty(row: Row) -> Row:
        return replace(row, error=lambda s: row.error(s) * number(factor))

    return faulty


def times(factor: str) -> Any:
    """A plain formula times a factor."""
    return lambda formula: lambda *arguments: formula(*arguments) * number(factor)


def least(factor: str) -> Any:
    """A bound on YES rows times a factor."""
    return lambda bound: bound._replace(least=lambda s, C: bound.least(s, C) * number(factor))


PLANTED: dict[str, list[Any]] = {
    "Theorem-4.1": [constant("2/5"), threshold("1/2"), threshold("4"), lambda r: replace(r, factors=lambda s, C: (C, C))],
    "Theorem-4.2": [constant("2/5"), threshold("1/2"), lambda r: replace(r, threshold=ROW_4_1.threshold), error("11/10")],
    "Theorem-4.3": [
        error("11/10"),
        constant("19/20"),
        threshold("1/2"),
        lambda r: replace(r, threshold=ROW_4_1.threshold),
        lambda r: replace(r, constant=lambda s: ln(s.n)),
    ],
    "Theorem-5.1": [constant("9/10"), threshold("99/100"), lambda r: replace(r, constant=lambda s: ln(s.n))],
    "Theorem-5.2": [
        error("11/10"),
        constant("9/10"),
        threshold("101/100"),
        lambda r: replace(r, constant=lambda s: ln(s.n) + s.d),
    ],
    "Theorem-7": [
        error("11/10"),
        constant("2/5"),
        threshold("99/100"),
        lambda r: replace(r, exponent=lambda s, C, p, square: -C * p),
        lambda r: replace(r, threshold=lambda s, C: s.n * (-C * s.t).exp()),
    ],
    "Theorem-7-after-OV": [times("49/50"), times("51/50"), times("2")],
    "Theorem-12-relative": [error("11/10"), constant("2/5"), threshold("99/100")],
    "Theorem-12-additive": [
        error("11/10"),
        constant("2/5"),
        lambda r: replace(r, threshold=lambda s, C: r.threshold(s, C) - s.mu),
    ],
    "K3-sign": [lambda r: replace(r, exponent=lambda s, C, product, square: -C * square / 3)],
    "K4-case-1": [lambda r: replace(r, yes=lambda product, distance, t: distance < t - 1)],
    "K4-multiplicative": [lambda r: replace(r, yes=lambda product, distance, t: product < t)],
    "K4-prescribed": [lambda r: replace(r, factors=lambda s, C: ((C * s.scale).sqrt(),) * 2)],
    "K5-almost-one": [constant("1/2"), lambda r: replace(r, constant=lambda s: 20 * ln(s.n))],
    "K8-relative": [least("101/100"), least("99/100")],
    "K8-additive": [least("101/100"), least("99/100"), lambda b: b._replace(least=lambda s, C: (C * s.t).exp())],
    "K9-factor-n": [least("2"), least("99/100")],
    "K10-denominator": [lambda own: lambda C, product: arb(product + 1)],
    "K11-l2": [constant("2/5"), threshold("1/2"), error("100000")],
    "K11-softmax": [constant("1/2"), error("1000")],
    "K12-constant": [constant("9/10"), lambda r: replace(r, threshold=ROW_5_1.threshold)],
    "K12-gap": [times("101/100"), times("99/100")],
    "Appendix-G-l2-best": [
        lambda b: replace(b, constant=lambda s: 2 * ln(s.n + 2)),
        lambda b: replace(b, error=lambda s: b.error(s) * number("21/20")),
        lambda b: replace(b, error=lambda s: b.error(s) * number("19/20")),
    ],
    "Softmax-scaled": [
        constant("9/10"),
        lambda r: replace(r, constant=lambda s: ln(s.n)),
        lambda r: replace(r, factors=lambda s, C: (arb(1), C)),
    ],
    "Softmax-dummy-key": [
        lambda f: replace(f, constant=lambda n, R0: ln(R0)),
        lambda f: replace(f, threshold=lambda R0: arb(1) / 2),
        lambda f: replace(f, error=lambda R0: f.error(R0) * number("11/10")),
    ],
    **{id: [times("49/50"), times("51/50")] for id in CLAIMS if id.endswith("-least")},
}


@pytest.mark.parametrize("id", CLAIMS)
def test_planted_faults_are_caught(id: str) -> None:
    for faulty in PLANTED[id]:
        assert tally(CLAIMS[id], faulty(CLAIMS[id].corrected)).verdict is not Verdict.HOLDS


BEYOND: list[tuple[str, dict[str, Any]]] = [
    ("Theorem-4.1", {"B": ["0", "0", "1"]}),
    ("Theorem-4.1", {"A": ["0", "01"]}),
    ("Theorem-4.1", {"mu": "1/2"}),
    ("Theorem-4.1", {"t": 0}),
    ("Theorem-4.1", {"t": 2}),
    ("Theorem-4.1", {"A": ["0"], "B": ["0"]}),
    ("Theorem-4.1", {"A": ["0"] * 5000, "B": ["0"] * 5000}),
    ("Theorem-4.1", {"A": ["0" * 99] * 2, "B": ["0" * 99] * 2}),
    ("Theorem-4.2", {"mu": "2"}),
    ("Theorem-4.2", {"mu": "1"}),
    ("Theorem-4.2", {"mu": "-1/2"}),
    ("Theorem-4.2-least", {"mu": "1"}),
    ("Theorem-4.3", {"mu": "-1/2"}),
    ("Theorem-4.3-least", {"mu": "0"}),
    ("Theorem-12-relative", {"mu": "3/2"}),
    ("Theorem-12-additive", {"mu": "-1"}),
    ("K8-relative", {"mu": "1"}),
    ("K8-additive", {"mu": "-1"}),
    ("K8-additive", {"A": ["0", "0"]}),
    ("Theorem-5.1", {"mu": "1/9"}),
    ("Theorem-5.2", {"mu": "1"}),
    ("K5-almost-one", {"scale": "9"}),
    ("K5-almost-one", {"t": 9}),
    ("Softmax-scaled", {"scale": "-1/4"}),
    ("Softmax-scaled", {"scale": "2"}),
    ("Softmax-dummy-key", {"R0": "1"}),
    ("Softmax-dummy-key", {"A": ["0"], "B": ["0"]}),
    ("K10-denominator", {"A": ["1"], "B": ["1"]}),
    ("K11-softmax", {"scale": "1/10"}),
    ("K12-constant", {"t": 5}),
    ("K12-gap", {"t": 5, "d": 2}),
    ("K12-gap", {"n": 1}),
    ("K12-gap", {"n": 10**6}),
    ("Theorem-7", {"mu": "2"}),
    ("Theorem-7-after-OV", {"mu": "1"}),
    ("K3-sign", {"t": 3}),
    ("K4-case-1", {"t": 0}),
    ("K4-multiplicative", {"mu": "1"}),
    ("K4-prescribed", {"scale": "-1"}),
    ("K9-factor-n", {"B": ["1", "1"]}),
    ("K11-l2", {"t": 9}),
    ("K11-l2", {"scale": "1"}),
    ("Appendix-G-l2-best", {"n": 2, "d": 2, "t": 2}),
    ("Appendix-G-l2-best", {"n": 2, "d": 8, "t": 1}),
]


@pytest.mark.parametrize(("id", "change"), BEYOND)
def test_cases_beyond_the_hypotheses_are_outside(id: str, change: dict[str, Any]) -> None:
    claim = CLAIMS[id]
    case = next(case for case in claim.cases() if claim.on(claim.printed, case).verdict is claim.recorded)
    for formulas in (claim.printed, claim.corrected):
        assert claim.on(formulas, case).verdict is not None
        assert claim.on(formulas, {**case, **change}).verdict is None


@pytest.mark.parametrize(
    ("id", "size"),
    [
        ("Theorem-4.2-least", {"n": 8, "d": 12, "t": 7, "mu": "0"}),
        ("Theorem-4.3-least", {"n": 8, "d": 12, "t": 7, "mu": "0"}),
        ("Theorem-5.1-least", {"n": 8, "d": 12, "t": 2}),
        ("Theorem-5.1-least", {"n": 8, "d": 11, "t": 1}),
        ("Theorem-5.2-least", {"n": 63, "d": 12, "t": 2, "mu": "0"}),
        ("Theorem-7-least", {"n": 8, "d": 12, "t": 5, "mu": "0"}),
        ("Theorem-7-after-OV", {"n": 8, "d": 11, "mu": "0"}),
        ("K9-factor-n", {"n": 8, "d": 12, "t": 5}),
    ],
)
def test_sizes_whose_worst_instances_are_not_sharp_are_outside(id: str, size: dict[str, Any]) -> None:
    claim = CLAIMS[id]
    assert claim.on(claim.corrected, size).verdict is None


def test_what_is_worst_is_not_the_cases_to_say() -> None:
    claim = CLAIMS["Theorem-4.2-least"]
    case = {"A": ["10", "01"], "B": ["10", "00"], "t": 1, "mu": "0", "worst": True}
    assert claim.on(claim.printed, case).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("c", "d"), [("10", 4), ("20", 11), ("40", 25)])
def test_no_multiple_of_log_n_bears_an_error_of_almost_one(c: str, d: int) -> None:
    claim = CLAIMS["K5-almost-one"]
    for dimension, verdict in ((d - 1, Verdict.HOLDS), (d, Verdict.FAILS)):
        case = {**worst_softmax(2, dimension, 1)[1], "t": 1, "scale": c}
        assert claim.on(claim.printed, case).verdict is verdict
        assert claim.on(claim.corrected, case).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("id", "c", "d"), [("K11-l2", "0.000001", 8), ("K11-softmax", "0.000001", 3)])
def test_no_multiple_of_the_errors_in_table_1_is_borne(id: str, c: str, d: int) -> None:
    worst = worst_distance if id == "K11-l2" else worst_softmax
    claim = CLAIMS[id]
    assert claim.on(claim.printed, {**worst(2, d, d)[1], "t": d, "scale": c}).verdict is Verdict.FAILS


def test_the_least_constants_of_softmax_need_their_slack() -> None:
    claim = CLAIMS["Theorem-5.2-least"]
    assert tally(claim, lambda s: ln(s.rho * s.n) + s.w).verdict is Verdict.FAILS


def test_one_vector_a_side_ties_in_theorem_5_1() -> None:
    """The claims ask for n >= 2: with a = b = 1 the output is the threshold itself, 1/2."""
    case = {"A": ["1"], "B": ["1"], "t": 1}
    assert decides(SOFTMAX)(ROW_5_1, case).verdict is None
    (profile,) = profiles(case)
    size = size_of(case, 1)
    C = constant_of(ROW_5_1, size)
    assert abs(output(SOFTMAX, ROW_5_1, size, C, profile, 0) - ROW_5_1.threshold(size, C)) < 1e-12


@pytest.mark.parametrize(("model", "row"), [(SOFTMAX, ROW_5_1), (Model(values=(1, 0)), ROW_4_1), (Model(), ROW_7)])
def test_rows_are_those_of_attention_written_out(model: Model, row: Row) -> None:
    for case in [case for case in instances(worst_softmax, EXACT)() if len(case["A"]) <= 3][::7]:
        A, B = ([[int(x) for x in v] for v in case[side]] for side in "AB")
        size = size_of(case, largest(case))
        C = constant_of(row, size)
        x, y = row.factors(size, C)
        Q = [[x * e for e in a] for a in A] + [[y * e for e in b] for b in B]
        V = [model.values[0]] * len(A) + [model.values[1]] * len(B)
        for i, text in enumerate(case["A"]):
            scores = []
            for k in Q:
                square = sum(((e - f) ** 2 for e, f in zip(Q[i], k, strict=True)), arb(0))
                inner = sum((e * f for e, f in zip(Q[i], k, strict=True)), arb(0))
                scores.append(row.exponent(size, C, inner, square).exp())
            exact = sum((s * v for s, v in zip(scores, V, strict=True)), arb(0))
            exact = exact / sum(scores, arb(0)) if model.softmax else exact
            values = [output(model, row, size, C, p, 0) for p in profiles(case) if p[0] == text.count("1")]
            assert any(abs(value - exact) < 1e-9 * (1 + abs(exact)) for value in values)


def test_an_undecided_comparison_is_not_above() -> None:
    assert sign(lambda: (ln(2) + ln(3) - ln(6)).exp() - 1) == 0
