"""The claims about the theorems of Keles et al. on attention: the records, planted faults, and the gadget's evaluation."""

import json
from dataclasses import replace
from typing import Any

import pytest
from flint import arb

from hardlab.claims import keles_appendix, keles_rows, keles_slips, keles_softmax
from hardlab.claims.claim import Claim, Report, Verdict, examine, tally
from hardlab.claims.keles_cases import instances, worst_softmax
from hardlab.claims.keles_formulas import ROW_4_1, ROW_5_1, ROW_7, SOFTMAX, ln
from hardlab.claims.keles_gadget import Model, Row, decides, largest, number, output, profiles, size_of
from instances.exact import sign

CLAIMS: dict[str, Claim[Any]] = {
    claim.id: claim for module in (keles_rows, keles_slips, keles_appendix, keles_softmax) for claim in module.CLAIMS
}


def constant(factor: str) -> Any:
    """The corrected formulas with C times a factor."""

    def faulty(row: Row) -> Row:
        return replace(row, constant=lambda s: row.constant(s) * number(factor))

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
    "Theorem-4.3": [error("11/10"), constant("2/5"), threshold("1/2"), lambda r: replace(r, threshold=ROW_4_1.threshold)],
    "Theorem-4.3-simple": [constant("19/20"), lambda r: replace(r, constant=lambda s: ln(s.n))],
    "Theorem-5.1": [constant("9/10"), threshold("99/100"), lambda r: replace(r, constant=lambda s: ln(s.n))],
    "Theorem-5.2": [
        error("11/10"),
        constant("9/10"),
        threshold("101/100"),
        lambda r: replace(r, constant=lambda s: ln(s.n) + s.d),
    ],
    "Theorem-7": [constant("2/5"), threshold("99/100"), lambda r: replace(r, exponent=lambda s, C, p, square: -C * p)],
    "Theorem-7-relative": [error("11/10"), constant("2/5"), lambda r: replace(r, threshold=ROW_7.threshold)],
    "Theorem-12-relative": [error("11/10"), constant("2/5"), threshold("99/100")],
    "Theorem-12-additive": [
        error("11/10"),
        constant("2/5"),
        lambda r: replace(r, threshold=lambda s, C: r.threshold(s, C) - s.mu),
    ],
    "Appendix-G-l2": [constant("2/5"), threshold("1/2"), error("100000")],
    "K2-indices": [lambda keys: lambda n: 2 * n - 1],
    "K3-sign": [lambda r: replace(r, exponent=lambda s, C, product, square: -C * square / 3)],
    "K4-case-1": [lambda r: replace(r, yes=lambda product, distance, t: distance < t - 1)],
    "K4-multiplicative": [lambda r: replace(r, yes=lambda product, distance, t: product < t)],
    "K4-prescribed": [lambda r: replace(r, factors=lambda s, C: ((C * s.scale).sqrt(),) * 2)],
    "K5-almost-one": [lambda r: replace(r, constant=lambda s: 6 * ln(s.n))],
    "K8-relative": [least("101/100"), least("99/100")],
    "K8-additive": [least("101/100"), least("99/100"), lambda b: b._replace(least=lambda s, C: (C * s.t).exp())],
    "K9-factor-n": [least("2"), least("99/100")],
    "K10-denominator": [lambda own: lambda C, product: arb(product + 1)],
    "K11-l2": [constant("2/5"), error("100000")],
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


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return {id: examine(claim) for id, claim in CLAIMS.items()}


@pytest.mark.parametrize("id", CLAIMS)
def test_the_record_is_what_is_computed(id: str, reports: dict[str, Report]) -> None:
    assert reports[id].agrees, (reports[id].printed, reports[id].corrected)


@pytest.mark.parametrize("id", CLAIMS)
def test_planted_faults_are_caught(id: str) -> None:
    for faulty in PLANTED[id]:
        assert tally(CLAIMS[id], faulty(CLAIMS[id].corrected)).verdict is not Verdict.HOLDS


@pytest.mark.parametrize("id", CLAIMS)
def test_counterexamples_check_again_from_json(id: str, reports: dict[str, Report]) -> None:
    claim, counterexample = CLAIMS[id], reports[id].printed.counterexample
    assert (counterexample is None) == (claim.recorded is Verdict.HOLDS) == (claim.printed is claim.corrected)
    if counterexample is not None:
        case = json.loads(json.dumps(dict(counterexample.case)))
        assert claim.on(claim.printed, case) == counterexample.finding
        assert claim.on(claim.corrected, case).verdict in (Verdict.HOLDS, None)


def test_the_least_constants_of_softmax_need_their_slack() -> None:
    claim = CLAIMS["Theorem-5.2-least"]
    assert tally(claim, lambda s: ln(s.rho * s.n) + s.w).verdict is Verdict.FAILS


def test_one_vector_a_side_ties_in_theorem_5_1() -> None:
    """The claims ask for n >= 2: with a = b = 1 the output is the threshold itself, 1/2."""
    case = {"A": ["1"], "B": ["1"], "t": 1, "mu": "0"}
    assert decides(SOFTMAX)(ROW_5_1, case).verdict is None
    (profile,) = profiles(case)
    size = size_of(case, 1)
    C = ROW_5_1.constant(size)
    assert abs(output(SOFTMAX, ROW_5_1, size, C, profile, 0) - ROW_5_1.threshold(size, C)) < 1e-12


@pytest.mark.parametrize(("model", "row"), [(SOFTMAX, ROW_5_1), (Model(values=(1, 0)), ROW_4_1), (Model(), ROW_7)])
def test_rows_are_those_of_attention_written_out(model: Model, row: Row) -> None:
    for case in [*instances(worst_softmax, ("0",), (2, 3))()][::7]:
        A, B = ([[int(x) for x in v] for v in case[side]] for side in "AB")
        size = size_of(case, largest(case))
        C = row.constant(size)
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
