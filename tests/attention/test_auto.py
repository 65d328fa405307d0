"""`auto` takes the cheapest that promises the error, by costs that are written down a second time here."""

from dataclasses import replace
from math import comb, nextafter
from typing import Any

import numpy as np
import pytest

from attention import Auto, Boolean, Boxes, Certified, Polynomial, Softmax, attend
from attention.algorithm import answers
from attention.auto import contestants, predicted_seconds
from attention.costs import boolean_seconds, polynomial_seconds, softmax_seconds
from attention.polynomial.intervals import IntervalPlan
from attention.polynomial.plan import Plan
from instances.bits import BitMatrix
from instances.coded import Coded
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility

NANO = 1e-9
CLOSE: dict[str, Any] = {"rel": 1e-12, "abs": 0.0}
SIZES = [(0, 1, 1, 1), (1, 7, 3, 2), (7, 1, 3, 2), (500, 20, 255, 9), (20, 500, 511, 1), (20, 500, 512, 1)]


def dense(n: int, m: int, d: int, v: int = 1, reach: float = 1.0, mechanism: str = "softmax") -> Attention:
    """Inputs whose scores are within +-reach."""
    rng = np.random.default_rng(n + m)
    Q, K = rng.choice([-1.0, 1.0], (n, d)), rng.uniform(-1, 1, (m, d))
    return Attention(Q, K, rng.uniform(-1, 1, (m, v)), reach / d, Mechanism.of(mechanism))


def coded(n: int, m: int, d: int, reach: float = 1.0) -> Attention:
    """Bits as the inputs that boolean attention is for."""
    rng = np.random.default_rng(n + m)
    Q, K = (Coded(BitMatrix.of(rng.random((rows, d)) < 0.5), np.zeros(d), np.ones(d)) for rows in (n, m))
    return Attention((Q,), (K,), rng.uniform(-1, 1, (m, 1)), reach / d)


def softmax_cost(n: int, m: int, d: int, v: int, precision: str) -> float:
    """A product for each column and for the sum of weights, those of an exponential, and laying out both sides."""
    picoseconds, products = {"float64": (7.8, 16), "float32": (3.7, 12)}[precision]
    return 0.00016 + n * m * (d + v + 1 + products) * picoseconds * 1e-12 + (n + m) * (d + v) * 2 * NANO


def boolean_cost(n: int, m: int, d: int, v: int) -> float:
    """Bits, values, and look-ups out of memory from d = 512 on."""
    return 0.0005 + n * m * (0.1 + d / 1000 + v / 50 + 1.2 * (d >= 512)) * NANO


def polynomial_cost(n: int, m: int, d: int, v: int, plan: Plan) -> float:
    """For each feature of a row of either side a product and the sums, twice as long in float64, below degree h."""
    features = [comb(d + k - 1, k) for k in range(plan.P.g + 1)]
    in64 = sum(features[: plan.h]) if plan.h > 1 else 0
    seconds = 16e-12 * in64 + 8e-12 * sum(features[plan.h :])
    return 0.0008 + (n + m) * ((1 + plan.columns.count) * seconds + (d + v) * 2 * NANO)


def interval_cost(inputs: Attention, plan: IntervalPlan) -> float:
    """Twice the keys, as they come in blocks, what tiles of 256 keys take, and coefficients for each group of rows."""
    groups, d, v, C = plan.groups, inputs.d, inputs.V.shape[1], plan.columns.count
    summed = [t for t in range(len(groups.first)) if groups.first[t] < groups.last[t]]
    rows = sum(int(groups.edges[t + 1] - groups.edges[t]) for t in summed)
    tiles = 0
    for ends in (groups.before, groups.after):
        tiles += sum(-(-int(stop) // 256) - int(start) // 256 for start, stop in ends if start < stop)
    by_definition = 256 * tiles * (d + v + 17) * 7.8e-12 + (rows + inputs.m) * (d + v) * 2 * NANO
    sums: float = polynomial_cost(rows, 2 * inputs.m, d, v, plan) + len(summed) * (10_000 + plan.r * C) * NANO
    return sums + float(by_definition)


@pytest.mark.parametrize(("n", "m", "d", "v"), SIZES)
def test_the_costs_by_size(n: int, m: int, d: int, v: int) -> None:
    assert boolean_seconds(n, m, d, v) == pytest.approx(boolean_cost(n, m, d, v), **CLOSE)
    for precision in ("float64", "float32"):
        assert softmax_seconds(n, m, d, v, precision) == pytest.approx(softmax_cost(n, m, d, v, precision), **CLOSE)


@pytest.mark.parametrize(("n", "m"), [(3000, 200), (200, 3000)])
def test_the_cost_of_a_polynomial(n: int, m: int) -> None:
    """Of any share in float32, from all degrees but the constant to none."""
    plan = Polynomial(1e-3).plan(dense(n, m, 2, 3))
    assert plan.columns.count >= 4
    for h in range(1, plan.g + 2):
        other = replace(plan, h=h)
        found = polynomial_seconds(n, m, 2, 3, plan.columns.count, plan.g, h)
        assert found == other.seconds(n, m, 3) == pytest.approx(polynomial_cost(n, m, 2, 3, other), **CLOSE)


def test_what_is_predicted_of_inputs() -> None:
    inputs = dense(30, 50, 2, 3)
    plan = Polynomial(1e-3).plan(inputs)
    assert predicted_seconds(Polynomial(1e-3), inputs) == pytest.approx(polynomial_cost(30, 50, 2, 3, plan), **CLOSE)
    for precision in ("float64", "float32"):
        assert predicted_seconds(Softmax(precision), inputs) == pytest.approx(softmax_cost(30, 50, 2, 3, precision), **CLOSE)
    bits = coded(30, 50, 7)
    assert predicted_seconds(Boolean(), bits) == pytest.approx(boolean_cost(30, 50, 7, 1), **CLOSE)
    with pytest.raises(Declined):
        predicted_seconds(Boolean(), inputs)
    with pytest.raises(TypeError, match="no prediction for certified"):
        predicted_seconds(Certified(), inputs)


SEES = {
    "causal": Visibility.causal(),
    "causal, to the last": Visibility.causal("bottom-right"),
    "long windows": Visibility(left=2999, right=0),
    "to both sides": Visibility.window(1500),
    "short windows": Visibility(left=700, right=0),
    "shorter": Visibility(left=300, right=0),
}


@pytest.mark.parametrize("error", [1e-3, 1e-9])
@pytest.mark.parametrize("name", SEES)
def test_the_cost_over_intervals_and_the_choice(name: str, error: float) -> None:
    """What rows see in blocks of keys is worth summing from some 1,000 keys on; both are the choice somewhere."""
    inputs = replace(dense(5000, 6000, 2, 3), mechanism=Mechanism(sees=SEES[name]))
    assert inputs.seen is not None
    seen = 1 + int((inputs.seen.stop - inputs.seen.start).mean())
    found = {}
    for precision in ("float32", "float64"):
        exact = Softmax(precision)
        if exact.promise(inputs).largest_error(inputs) <= error:
            found[exact.key] = softmax_cost(5000, seen, 2, 3, precision)
    if name != "shorter":
        plan = Polynomial(error).plan(inputs)
        assert isinstance(plan, IntervalPlan)
        found["polynomial"] = interval_cost(inputs, plan)
        assert predicted_seconds(Polynomial(error), inputs) == pytest.approx(found["polynomial"], **CLOSE)
    else:
        with pytest.raises(Declined, match="nothing to sum"):
            Polynomial(error).plan(inputs)
    key = Auto(error).choice(inputs).key
    assert key == min(found, key=found.__getitem__)
    few = "short" in name or error == 1e-3  # float32 is faster
    assert (key == "polynomial") != few


def test_bits_on_either_side_are_unpacked_for_the_definition() -> None:
    bits, plain = coded(30, 50, 7), dense(30, 50, 7)
    for Q, K, more in ((bits.Q, bits.K, 5), (bits.Q, plain.K, 5), (plain.Q, bits.K, 5), (plain.Q, plain.K, 0)):
        found = predicted_seconds(Softmax(), Attention(Q, K, plain.V, 1.0))
        assert found == pytest.approx(softmax_cost(30, 50, 7, 1, "float64") + more / 1000, **CLOSE)


def test_keys_that_no_row_sees_cost_nothing() -> None:
    """One more than a row sees on the average stand for all; no row needs none."""
    windows = dense(40, 40, 2, mechanism="softmax[window=3]")
    assert windows.seen is not None
    mean = sum(min(40, i + 4) - max(0, i - 3) for i in range(40)) / 40
    assert predicted_seconds(Softmax(), windows) == pytest.approx(softmax_cost(40, 1 + int(mean), 2, 1, "float64"), **CLOSE)
    hidden = Mechanism.of("softmax", {"mask": np.zeros((0, 40), dtype=np.bool_)})
    for mechanism in (windows.mechanism, hidden):
        none = Attention(np.zeros((0, 2)), windows.K, windows.V, 1.0, mechanism)
        assert predicted_seconds(Softmax(), none) == pytest.approx(softmax_cost(0, 40, 2, 1, "float64"), **CLOSE)


def costs(inputs: Attention, error: float) -> dict[str, float]:
    """The cost of each that takes the inputs and promises the error."""
    sizes = inputs.n, inputs.m, inputs.d, inputs.V.shape[1]
    of_bits = isinstance(inputs.Q, tuple)
    found = {}
    for algorithm in (Polynomial(error), Boolean(), Softmax("float32"), Softmax()):
        try:
            if algorithm.promise(inputs).largest_error(inputs) > error:
                continue
        except Declined:
            continue
        if isinstance(algorithm, Softmax):
            found[algorithm.key] = softmax_cost(*sizes, algorithm.precision) + 0.005 * of_bits
        elif isinstance(algorithm, Polynomial):
            found[algorithm.key] = polynomial_cost(*sizes, algorithm.plan(inputs))
        else:
            found[algorithm.key] = boolean_cost(*sizes)
    return found


CHOICES = {
    "bounded entries, long": (dense(4000, 4000, 2), 1e-3, "polynomial"),
    "bounded entries, short": (dense(40, 40, 2), 1e-3, "softmax32"),
    "bounded entries, short, close": (dense(40, 40, 2), 1e-9, "softmax"),
    "long keys, few queries": (dense(20, 4000, 6, reach=4.0), 1e-3, "softmax32"),
    "large entries": (dense(300, 300, 8, reach=30.0), 1e-3, "softmax32"),
    "large entries, close": (dense(300, 300, 8, reach=30.0), 1e-9, "softmax"),
    "bits": (coded(900, 900, 64, reach=40.0), 1e-9, "boolean"),
    "bits, far too few": (coded(3, 3, 64, reach=40.0), 1e-9, "boolean"),
    "bits, many columns": (coded(2500, 2500, 300, reach=40.0), 1e-9, "boolean"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_choice(case: str) -> None:
    """The least cost among those that promise the error; each of the four is the choice somewhere."""
    inputs, error, key = CHOICES[case]
    found = costs(inputs, error)
    assert Auto(error).choice(inputs).key == min(found, key=found.__getitem__) == key
    assert Auto(error).promise(inputs).largest_error(inputs) <= error


def test_the_choice_changes_where_the_costs_meet() -> None:
    """The number of keys from which the polynomial is cheaper, by the costs above."""
    n, error = 1000, 1e-3
    changes = []
    for m in range(6000, 27000, 3000):
        inputs = dense(n, m, 2)
        found = costs(inputs, error)
        assert Auto(error).choice(inputs).key == min(found, key=found.__getitem__)
        changes.append(min(found, key=found.__getitem__))
    assert changes == sorted(changes, reverse=True)
    assert set(changes) == {"softmax32", "polynomial"}


def test_an_error_that_is_just_promised_is() -> None:
    inputs = dense(30, 30, 8, reach=30.0)
    least = Softmax().promise(inputs).largest_error(inputs)
    assert Auto(least).choice(inputs) == Softmax()
    with pytest.raises(
        Declined, match=r"no algorithm promises an error of .*: polynomial: .*boolean.*softmax32 promises .*; softmax"
    ):
        Auto(nextafter(least, 0.0)).choice(inputs)


@pytest.mark.parametrize("mechanism", ["softmax[window=3]", "softmax[rotary=10000]"])
def test_what_rows_see_and_positions_are_heeded(mechanism: str) -> None:
    inputs = dense(30, 30, 2, mechanism=mechanism)
    assert Auto().choice(inputs) == Softmax()
    assert np.array_equal(answers(Auto(), inputs), answers(Softmax(), inputs))
    assert not Auto().logarithmic


def test_the_error_unless_it_is_said() -> None:
    assert Auto().error == 1e-6


def test_what_was_considered() -> None:
    """The choice first, then what should take longer, then what is not taken, with the reason."""
    rng = np.random.default_rng(3)
    Q, K, V = (rng.uniform(-0.5, 0.5, (4000, 6)) for _ in range(3))
    inputs = Attention(Q, K, V, 1 / 6)
    chosen, looked_at = Auto().considered(inputs)
    assert (chosen, chosen.key) == (Auto().choice(inputs), looked_at[0].key)
    by_time = [one for one in looked_at if one.why is None]
    assert {"polynomial", "softmax"} <= {one.key for one in by_time}
    assert [one.seconds for one in by_time] == sorted(one.seconds or 0.0 for one in by_time)
    for one in by_time:
        algorithm = next(known for known in contestants(1e-6) if known.key == one.key)
        assert one.seconds == predicted_seconds(algorithm, inputs)
    refused = {one.key: one for one in looked_at if one.why is not None}
    assert refused["boolean"].seconds is None
    assert "must be coded" in (refused["boolean"].why or "")
    strict = Auto(1e-12).considered(inputs)[1]
    assert next(one.why for one in strict if one.key == "softmax32").startswith("softmax32 promises ")  # type: ignore[union-attr]
    heads = attend(*(np.stack([X, X])[None] for X in (Q, K, V)), scale=1 / 6)
    assert heads.considered == (*looked_at, *looked_at)
    assert attend(Q, K, V, scale=1 / 6, algorithm="softmax").considered == ()


def test_boxes_are_taken_in_few_dimensions() -> None:
    """Where exponents are large and the definition takes long; in many dimensions nobody looks for them."""
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-1, 1, (40_000, 1)) for _ in range(3))
    inputs = Attention(Q, K, V, 100.0)
    chosen = Auto(1e-6).choice(inputs)
    assert chosen == Boxes(1e-6)
    plan = Boxes(1e-6).plan(inputs)
    assert plan.work is not None
    work = plan.work
    of_work = 0.8 * work.total + 2.5e-6 * work.by_polynomial + 0.2e-6 * work.by_definition
    assert work.by_polynomial > 0
    trees = 0.0008 + 80_000 * (130 + 15 * 2) * NANO
    assert predicted_seconds(chosen, inputs) == pytest.approx(trees + of_work, **CLOSE)
    assert predicted_seconds(chosen, inputs) < 0.1 < predicted_seconds(Softmax(), inputs)
    few = Attention(Q[:4000], K[:4000], V[:4000], 100.0)
    assert Auto(1e-6).choice(few).key in ("softmax", "softmax32", "split")


def test_what_does_not_promise_the_error_decides_nothing() -> None:
    """In float32 the definition would take less than three times what trees do, in float64 more: boxes are looked for."""
    rng = np.random.default_rng(0)
    Q, K, V = (rng.uniform(-1, 1, (16_384, 2)) for _ in range(3))
    inputs = Attention(Q, K, V, 100.0)
    trees = 0.0008 + 32_768 * (130 + 15 * 4) * NANO
    single, double = (softmax_cost(16_384, 16_384, 2, 2, precision) for precision in ("float32", "float64"))
    assert single < trees / 0.36 < double
    assert Auto(1e-6).choice(inputs) == Boxes(1e-6)
    assert Auto(1.0).choice(inputs) == Softmax("float32")


LOOKS = {
    "trees take more than a third": (16_384, 2, 0.0195, False),
    "trees take less than a third": (16_384, 2, 0.0196, True),
    "less than a tenth of the definition": (2**18, 3, 1.23, False),
    "more than a tenth of the definition": (2**18, 3, 1.24, True),
    "four dimensions, a moment": (16_384, 4, 1.0, False),
    "four dimensions, seconds": (2**18, 4, 1.5, True),
}


@pytest.mark.parametrize("case", LOOKS)
def test_where_boxes_are_looked_for(case: str) -> None:
    n, d, seconds, looks = LOOKS[case]
    zeros = np.zeros((n, d))
    inputs = Attention(zeros, zeros, zeros, 1.0)
    assert Auto._boxes_may_decide(inputs, seconds) == looks
