"""Exponents of times, written down once more: the slope and its interval by sums, and what may be said of them."""

from dataclasses import asdict, dataclass, replace
from math import log, log2, sqrt
from typing import Any

import numpy as np
import pytest

from attention import Logspace, Polynomial, Softmax
from attention.algorithm import answers
from attention.exact.backward import Backward
from attention.function import PlainFunction
from hardlab.study import exponent
from hardlab.study.by_polynomials import in_form
from hardlab.study.exponent import CAVEAT, Fit, Record, Settings, conclusion, fit, implication, measured, one, with_error
from hardlab.study.forms import FORMS, width
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.gradients import Gradient
from instances.task import Attention
from instances.tensor import TensorAttention
from tests.support.calling import Caller

T = {1: 12.7062047, 2: 4.30265273, 3: 3.18244631, 4: 2.77644511}
"""Quantiles 0.975 of Student's t, from tables."""


@pytest.mark.parametrize("points", [3, 4, 6])
def test_the_slope_and_its_interval(points: int) -> None:
    random = np.random.default_rng(points)
    sizes = [2 ** int(k) for k in sorted(random.choice(range(5, 20), points, replace=False))]
    seconds = [1e-6 * n**1.4 * float(noise) for n, noise in zip(sizes, random.uniform(0.5, 2, points), strict=True)]
    x, y = ([log2(value) for value in values] for values in (sizes, seconds))
    mean_x, mean_y = sum(x) / points, sum(y) / points
    of_x = sum((a - mean_x) ** 2 for a in x)
    slope = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / of_x
    left = sum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True))
    reach = T[points - 2] * sqrt(left / (points - 2) / of_x)
    found = fit(sizes, seconds)
    assert asdict(found) == pytest.approx({"slope": slope, "low": slope - reach, "high": slope + reach, "points": points})


def test_fewer_than_three_points_give_none() -> None:
    with pytest.raises(BadInput, match=r"^2 times: an exponent with its interval needs at least three$"):
        fit([2, 4], [1.0, 2.0])
    with pytest.raises(BadInput, match=r"^2 octaves: an exponent"):
        Settings(range(4, 6))
    assert Settings(range(4, 7)).B("bounded", 99) == 0.3
    assert Settings(range(4, 7)) == Settings(range(4, 7), d=8, bounded=0.3, critical=1.0, repeats=5, seed=0)
    assert Settings(range(4, 7), critical=2.0).B("critical", 1000) == pytest.approx(2 * sqrt(log(1000)))


NOTHING = "The fit says nothing of the exponent: no time is less than linear, so fixed costs weigh here; take larger n."


@pytest.mark.parametrize(
    ("slope", "low", "high", "said"),
    [
        (0.8, 0.75, 0.999, NOTHING),
        (0.93, 0.74, 1.26, NOTHING),
        (0.9, 0.75, 1.0, "An exponent 2 - q with q = 1.10 [1.00, 1.25]"),
        (1.5, 1.25, 1.999, "An exponent 2 - q with q = 0.50 [0.00, 0.75]"),
        (1.5, 1.25, 2.0, "The fit does not separate the exponent from 2: the interval of q = 2 - 1.50 includes 0 or less."),
        (2.2, 2.1, 2.3, "The fit does not separate the exponent from 2: the interval of q = 2 - 2.20 includes 0 or less."),
    ],
)
def test_what_an_exponent_would_imply(slope: float, low: float, high: float, said: str) -> None:
    found = implication(Fit(slope, low, high, 5), FORMS["attention"])
    assert found.startswith(said)
    assert (CAVEAT in found) == said.startswith("An exponent")
    assert ("SETH" in found) == ("OVH" in found) == said.startswith("An exponent")
    if "SETH" in found:
        assert f"2^((1 - q/2) v) = 2^({1 - (2 - slope) / 2:.2f} v)" in found


@pytest.mark.parametrize(
    ("form", "p", "of"),
    [
        ("window", 1.75, "windows of n^(3/4) keys"),
        ("dK", 2.0, "B = Theta(sqrt(log n))"),
        ("causal", 2.0, "OVH"),
        ("tensor", 3.0, "B = Theta((log n)^(1/3))"),
    ],
)
def test_the_power_of_a_form_decides(form: str, p: float, of: str) -> None:
    """n^(p - q) of n^p = N^2 pairs is N^(2 - 2q/p) for lists of N = 2^(v/2) vectors."""
    found = implication(Fit(p - 0.35, p - 0.5, p - 0.2, 5), FORMS[form])
    assert found.startswith(f"An exponent {p:g} - q with q = 0.35 [0.20, 0.50]")
    assert f"2^((1 - q/{p:g}) v) = 2^({1 - 0.35 / p:.2f} v)" in found
    assert of in found
    assert implication(Fit(p, p - 0.1, p, 5), FORMS[form]).startswith(f"The fit does not separate the exponent from {p:g}:")


@pytest.mark.parametrize("name", FORMS)
def test_a_form_has_as_many_pairs_as_it_says(name: str) -> None:
    form = FORMS[name]
    counts = []
    for n in (256, 4096):
        inputs = form.inputs(n, 2, 0.5, [n])
        seen, m2 = inputs.seen, inputs.m2 if isinstance(inputs, TensorAttention) else 1
        counts.append(n * n * m2 if seen is None else int((seen.stop - seen.start).sum()))
        assert inputs.asks == form.asks
        if isinstance(inputs, Gradient):
            assert (inputs.of, inputs.column, inputs.dO.shape) == (name, 0, (n, 2))
    assert log2(counts[1] / counts[0]) / 4 == pytest.approx(form.power, abs=0.03)
    assert counts[0] == {"causal": 256 * 257 // 2, "window": 64 * 65 // 2 + 192 * 64}.get(name, 256 ** int(form.power))
    lists, hypothesis = (3, "3-OVH") if form.asks == "tensors" else (2, "OVH")
    of = {"": "attention", "gradients": "gradient", "tensors": "tensor"}[form.asks]
    assert form.conclusion.name == hypothesis
    assert f"{of} in time N^({lists} - q)" in form.conclusion.implies
    assert (form.critical(1000) / log(1000) ** (1 / lists)) == pytest.approx(1)


def test_a_form_changes_nothing_but_what_is_seen() -> None:
    """The same rows for the same seeds, so that times of forms can be compared."""
    plain, causal, backward = (FORMS[name].inputs(32, 3, 0.5, [4]) for name in ("attention", "causal", "dV"))
    for of in (causal, backward):
        assert all(np.array_equal(np.asarray(a), np.asarray(b)) for a, b in ((plain.Q, of.Q), (plain.K, of.K), (plain.V, of.V)))
    assert [width(n) for n in (1, 2, 16, 17, 256, 4096)] == [1, 2, 8, 9, 64, 512]


@pytest.mark.parametrize(
    ("form", "algorithm"),
    [("causal", "softmax"), ("window", "softmax"), ("dQ", "backward"), ("dX", "backward"), ("tensor", "tensor")],
)
def test_forms_on_the_command_line(call: Caller, form: str, algorithm: str) -> None:
    record = call("study", "exponent", algorithm, "--form", form, "--octaves", "4:6", "--repeats", 1, "--json").json
    assert record["form"] == form
    assert {of["form"] for of in record["records"]} == {form}
    assert record["critical"]["fit"]["points"] == 3


@pytest.mark.parametrize("of", ["dQ", "dK", "dV", "dX"])
def test_polynomials_have_a_backward_pass(of: str) -> None:
    """Its columns are within the error of those by the definition (of dX within that of the rows together)."""
    inputs = FORMS[of].inputs(300, 2, 0.5, [7])
    algorithm: Any = in_form(Polynomial(1e-5), FORMS[of])
    found, expected = answers(algorithm, inputs), answers(Backward(), inputs)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() <= (1e-5 if of != "dX" else 300 * 0.5 * 1e-5)
    assert np.abs(expected).max() > 1e-3
    assert not algorithm.promise(inputs).made
    assert type(algorithm)() == type(algorithm)(1e-6)
    assert in_form(Polynomial(), FORMS["causal"]) == Polynomial()
    assert in_form(Softmax(), FORMS[of]) == Softmax()


def test_the_exponent_of_polynomial_gradients(call: Caller) -> None:
    words = (
        "study",
        "exponent",
        "polynomial",
        "--form",
        "dQ",
        "--octaves",
        "8:10",
        "--repeats",
        1,
        "--d",
        2,
        "--critical",
        0.2,
    )
    record = call(*words, "--json").json
    assert record["bounded"]["fit"]["points"] == record["critical"]["fit"]["points"] == 3
    assert {of["error"] for of in record["records"]} == {1e-4}
    declined = call(*words[:-1], 3.0).out
    assert "critical (B = 3 sqrt(ln n)): no exponent: n = 256: polynomial" in declined


def test_an_algorithm_of_another_form_has_no_exponent(call: Caller) -> None:
    out = call("study", "exponent", "softmax", "--form", "dK", "--octaves", "4:6", "--repeats", 1).out
    assert out.count("no exponent: n = 16: softmax computes attention, this asks for dK") == 2
    assert (
        "an exponent is measured of attention, causal, window, dQ"
        in call("study", "exponent", "softmax", "--form", "sideways", "--octaves", "4:6").refusal()
    )


def test_answers_that_are_no_numbers_have_no_exponent() -> None:
    def nothing(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        return np.full((len(Q), V.shape[1]), np.nan)

    settings = Settings(range(4, 7), repeats=1)
    records = list(measured(PlainFunction(nothing, "nothing"), None, settings))
    assert {(one.seconds, one.reason) for one in records} == {
        (None, "its answers are no numbers, and what they take says nothing")
    }
    assert conclusion(records, "critical")["implies"] is None


def record(n: int, seconds: float | None, regime: str = "critical") -> Record:
    reason = "too much" if seconds is None else None
    return Record("exponent", "x", "attention", regime, n, 8, 1.0, None, seconds, reason, 1, 0, 1, {})


def test_conclusions_are_of_one_regime() -> None:
    steep = [record(n, 1e-9 * n**1.5) for n in (64, 128, 256)]
    flat = [record(n, 1.0, "bounded") for n in (64, 128, 256)]
    found = conclusion([*flat, *steep], "critical")
    assert found["fit"]["slope"] == pytest.approx(1.5)
    assert found["q"] == pytest.approx({"q": 0.5, "low": 2 - found["fit"]["high"], "high": 2 - found["fit"]["low"]})
    assert found["text"] == "time ~ n^1.50 [1.50, 1.50]"
    assert found["implies"].startswith("An exponent 2 - q with q = 0.50")
    assert found["reason"] is None
    assert conclusion([*steep, *flat], "bounded")["implies"] is None
    assert conclusion([*steep, *flat], "bounded")["text"].endswith(
        ": nothing, as no time is less than linear; fixed costs weigh here, take larger n"
    )


@pytest.mark.parametrize(
    ("low", "high", "nothing"), [(0.7499, 1.5, True), (0.75, 1.0, False), (0.9, 0.9999, True), (0.75, 1.5, False)]
)
def test_when_a_fit_is_nothing(low: float, high: float, nothing: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exponent, "fit", lambda sizes, seconds: Fit(0.75, low, high, len(sizes)))
    found = conclusion([record(64, 1.0)], "critical")
    assert ("nothing" in found["text"]) == nothing
    assert ("says nothing" in found["implies"]) == nothing


def test_times_that_are_all_the_same_grow_with_the_exponent_0() -> None:
    assert fit([64, 128, 256], [0.5] * 3) == Fit(0.0, 0.0, 0.0, 3)
    assert fit([64, 128, 256], [0.5, 1.0, 0.5]).high > 1
    assert conclusion([record(n, 0.5) for n in (64, 128, 256)], "critical")["text"].startswith(
        "time ~ n^0.00 [0.00, 0.00]: nothing"
    )


def test_a_regime_with_one_decline_has_no_exponent() -> None:
    found = conclusion([record(64, 1.0), record(128, None), record(256, None)], "critical")
    assert found == {"fit": None, "reason": "n = 128: too much", "q": None, "text": "no exponent", "implies": None}


@dataclass(frozen=True)
class Listening:
    """An algorithm that remembers its inputs."""

    asked: list[Attention]
    logarithmic: bool = False
    key: str = "listening"

    def promise(self, inputs: Attention) -> Any:
        raise AssertionError("nobody asks")

    def __call__(self, inputs: Attention) -> Any:
        self.asked.append(inputs)
        if inputs.n > 64:
            raise Declined("as large as that")
        return np.zeros((inputs.n, inputs.V.shape[1]))


@pytest.mark.parametrize("logarithmic", [False, True])
def test_records_in_order_and_what_they_are_of(logarithmic: bool) -> None:
    algorithm = Listening([], logarithmic)
    settings = Settings(range(4, 8), d=3, bounded=0.5, critical=2.0, repeats=2, seed=9)
    found = list(measured(algorithm, 0.25, settings))
    assert [(of.regime, of.n) for of in found] == [(regime, 2**k) for regime in ("bounded", "critical") for k in range(4, 8)]
    assert {(of.study, of.algorithm, of.d, of.error, of.repeats, of.seed) for of in found} == {
        ("exponent", "listening", 3, 0.25, 2, 9)
    }
    for of in found:
        B = 0.5 if of.regime == "bounded" else 2 * sqrt(log(of.n))
        assert abs(of.B - B) < 1e-12
        assert (of.seconds is None) == (of.n > 64)
        assert of.reason == ("as large as that" if of.n > 64 else None)
    for inputs in algorithm.asked:
        Q, V = np.asarray(inputs.Q), inputs.V
        allowed = 0.5, 2 * sqrt(log(inputs.n))
        assert np.abs(Q).max() <= max(allowed)
        assert inputs.scale == 1 / 3
        assert (V.min() >= 0) == logarithmic
    again = Listening([], logarithmic)
    one(again, None, "critical", 5, settings)
    assert any(np.array_equal(np.asarray(again.asked[0].Q), np.asarray(other.Q)) for other in algorithm.asked)
    one(again, None, "bounded", 5, settings)
    assert not np.array_equal(np.asarray(again.asked[-1].Q) * 2 * sqrt(log(32)) / 0.5, np.asarray(again.asked[0].Q))


def test_too_large_a_study_is_declined_at_once() -> None:
    with pytest.raises(Declined):
        measured(Softmax(), None, Settings(range(4, 40)), memory=2**20)


def test_who_can_be_asked_for_an_error_is() -> None:
    assert with_error(Polynomial(0.5), 0.125) == (Polynomial(0.125), 0.125)
    assert with_error(Softmax(), 0.125) == (Softmax(), None)
    assert with_error(Logspace(), 0.1)[1] is None
    kind: Any = Polynomial
    assert with_error(kind, 0.125) == (kind, None)
    assert replace(Polynomial(0.5), error=0.1) == with_error(Polynomial(), 0.1)[0]
