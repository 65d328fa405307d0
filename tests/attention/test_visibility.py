"""Attention over what rows see, by every algorithm that heeds it: against a second implementation and ball arithmetic."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from flint import arb, ctx

from attention import Boolean, Certified, Logspace, Softmax
from attention.algorithm import Algorithm, Promise, answers, promised
from attention.exact import boolean, softmax, streaming
from attention.laws import allowed_in_row, keeps_its_promise
from attention.ours import ALGORITHMS
from instances import coded
from instances.bias import Bias
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility
from tests.support.fixtures import fixture, floats
from tests.support.sight import biases, conjunctions, kinds

HEEDING: tuple[Algorithm, ...] = (Softmax(), Softmax("float32"), Logspace(), Certified(), Certified(logarithmic=True))

FORWARD, OF_FORWARD = fixture("attention_forward")


def of_case(case: dict[str, Any]) -> Mechanism:
    """The mechanism that a case of `attention_forward` says in words."""
    corner: Any = case.get("align", "top_left").replace("_", "-")
    given: dict[str, Any] = {"corner": corner}
    if "causal" in case["rule"] or "causal" in (case.get("inner") or ""):
        given["right"] = 0
    if "packed" in case["rule"]:
        given |= {"corner": "bottom-right", "queries": np.array(case["cu_q"]), "keys": np.array(case["cu_k"])}
    given |= {side: case[side] for side in ("left", "right") if side in case}
    given |= {name: np.array(case[name]) > 0 for name in ("keep", "mask") if name in case}
    slopes = np.array([float(case["slope"])]) if "slope" in case else None
    bias = Bias(floats(case["bias"]) if "bias" in case and slopes is None else None, slopes)
    return Mechanism(sees=Visibility(**given), bias=bias)


@pytest.mark.parametrize("name", FORWARD["cases"])
def test_the_numbers_of_a_second_implementation(name: str) -> None:
    """By `generate_extensions.py`: outputs and sums of weights under every rule; null where a row sees no key."""
    case, expected = FORWARD["cases"][name], OF_FORWARD[name]
    Q, K, V = (floats(FORWARD["arrays"][case["arrays"]][letter]) for letter in "QKV")
    inputs = Attention(Q, K, V, float(FORWARD["scale"]), of_case(case))
    shown = np.array(expected["visible"]) > 0
    hidden = None if inputs.seen is None else inputs.seen.hidden(slice(0, len(Q)), slice(0, len(K)))
    assert (shown == (np.ones_like(shown) if hidden is None else ~hidden)).all()
    sums = Attention(Q, K, np.ones((len(K), 1)), inputs.scale, replace(inputs.mechanism, normalised=False))
    blind = set(inputs.blind.tolist())
    with ctx.workprec(200):
        for i, (row, total) in enumerate(zip(expected["output"], expected["logsumexp"], strict=True)):
            assert (row is None) == (i in blind)
            for given, value in zip(inputs.exact.row(i), row, strict=True) if row else ():
                assert abs(given - arb(value)) < 1e-23
            assert row is None or abs(sums.exact.row(i)[0].log() - arb(total)) < 1e-23
    for algorithm, error in ((Softmax(), 1e-13), (Softmax("float32"), 1e-5), (Certified(), 1e-15)):
        np.testing.assert_allclose(algorithm(inputs), floats(expected["output"]), rtol=0, atol=error)


def test_grouped_heads_and_their_slopes() -> None:
    """By `generate_extensions.py`: b = 2, four heads of queries and two of keys, stacked head after head."""
    given, expected = fixture("attention_grouped")
    Q, K, V = (floats([row for batch in given[letter] for head in batch for row in head]) for letter in "QKV")
    slopes = Bias(None, floats(given["slopes"]))
    causal = Visibility(right=0, corner="bottom-right", heads=(2, 4, 2))
    cases = {
        "plain": Mechanism(sees=Visibility(heads=(2, 4, 2))),
        "causal_bottom_right": Mechanism(sees=causal),
        "alibi_causal_bottom_right": Mechanism(sees=causal, bias=slopes),
    }
    for name, mechanism in cases.items():
        inputs = Attention(Q, K, V, float(given["scale"]), mechanism)
        rows = [row for batch in expected[name]["output"] for head in batch for row in head]
        for algorithm, error in ((Softmax(), 1e-13), (Softmax("float32"), 1e-5), (Certified(), 1e-15)):
            np.testing.assert_allclose(algorithm(inputs), floats(rows), rtol=0, atol=error)
    wrong = floats([row for batch in expected["wrong_interleaved_map_plain_output"] for head in batch for row in head])
    assert np.abs(Softmax()(Attention(Q, K, V, float(given["scale"]), cases["plain"])) - wrong).max() > 0.1


def random_inputs(n: int, m: int, of: Visibility, bias: Bias, seed: int, size: float = 1.0) -> Attention:
    rng = np.random.default_rng(seed)
    V = rng.uniform(0, 2, (m, 2)) * (rng.random((m, 2)) < 0.8)
    return Attention(size * rng.normal(size=(n, 5)), size * rng.normal(size=(m, 5)), V, 0.7, Mechanism(sees=of, bias=bias))


@pytest.mark.slow
def test_promises_are_kept_whatever_rows_see(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny shapes and steep scores, by the fused kernel and, in blocks, by NumPy and by compiled code."""
    rng = np.random.default_rng(2)
    for way in ("fused", "numpy", "compiled"):
        if way != "fused":
            monkeypatch.setattr(softmax, "FUSED", 0)
        if way == "compiled":
            monkeypatch.setattr(streaming, "SMALL", 0)
        tasks = []
        for n, m in ((8, 8), (4, 12), (12, 4)):
            for number, of in enumerate((*kinds(n, m, rng), *conjunctions(n, m, rng, 12))):
                heads = (of.heads or (1, 1, 1))[1]
                bias = biases(n, m, heads, rng)[number % 7]
                tasks.append(random_inputs(n, m, of, bias, number, (1.0, 1.0, 8.0)[number % 3]))
        for algorithm in HEEDING if way == "fused" else HEEDING[:3]:
            assert keeps_its_promise(algorithm, tasks)["checked"] > 1000


@pytest.mark.slow
def test_promises_are_kept_over_many_tiles() -> None:
    """Rows and keys of several blocks, intervals that start and end in them, float32 with large biases."""
    n = m = 1100
    rng = np.random.default_rng(3)
    mask = rng.random((n, m)) < 0.01
    mask[:, 600:] = False
    for of in (
        Visibility.causal(), Visibility(700, 0), Visibility(3, 3), Visibility(keep=mask[0]), Visibility(mask=mask),
        Visibility(right=0, heads=(2, 2, 1)), Visibility(queries=np.array([0, 500, n]), keys=np.array([0, 3, m])),
    ):  # fmt: skip
        for bias, size in ((Bias(), 1.0), (Bias(), 8.0), (Bias(100 * rng.normal(size=(1, m)), np.array([0.5])), 1.0)):
            whole = random_inputs(n, m, of, bias, 4, size)
            rows = np.arange(0, n, 50)
            for algorithm in HEEDING[:3]:
                promise, given = promised(algorithm, whole), answers(algorithm, whole)
                assert promise.made
                few = OfRows(promise, given, algorithm.logarithmic)
                seeing = np.setdiff1d(rows, whole.blind).tolist()
                assert np.isnan(given[whole.blind]).all()
                with ctx.workprec(320):
                    for i in seeing:
                        few.check(whole, i)


class OfRows:
    """Answers of which some rows are held to a promise."""

    def __init__(self, promise: Promise, given: Floats, logarithmic: bool) -> None:
        self.promise, self.given, self.logarithmic = promise, given, logarithmic

    def check(self, inputs: Attention, row: int) -> None:
        for c, allowed in enumerate(allowed_in_row(inputs, row, self.promise, self.logarithmic)):
            assert not allowed.excludes(float(self.given[row, c])), (inputs.mechanism, row)


def test_tiles_that_nothing_sees_are_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hidden keys may hold anything: no block of them is multiplied."""
    asked = []
    dense = coded.dense

    def counted(matrix: Any, rows: slice) -> Floats:
        asked.append(rows.start)
        return dense(matrix, rows)

    monkeypatch.setattr(streaming, "dense", counted)
    mask = np.zeros((1024, 2048), dtype=np.bool_)
    mask[:, 0] = mask[:, 1600] = True
    holes = ((Visibility(mask=mask), 4), (Visibility(keep=mask[0]), 4))
    for of, blocks in ((Visibility.causal(), 3), (Visibility(1, 1), 5), *holes):
        asked.clear()
        softmax.partial_sums(random_inputs(1024, 2048, of, Bias(), 1), np.float64)
        assert len(asked) == blocks, of


def test_those_that_do_not_heed_it_decline() -> None:
    for mechanism in (Mechanism(sees=Visibility.causal()), Mechanism(bias=Bias(np.ones((1, 8))))):
        inputs = Attention(np.ones((8, 2)), np.ones((8, 2)), np.ones((8, 1)), 1.0, mechanism)
        for algorithm in ALGORITHMS:
            if algorithm.key == "boolean":  # takes no plain arrays
                continue
            if getattr(algorithm, "visibility", False):
                assert np.isfinite(answers(algorithm, inputs)).all()
                continue
            rising = getattr(algorithm, "intervals", False) and mechanism.bias.is_none
            why = (
                "there is nothing to sum"
                if rising
                else r"over all keys.*, this is softmax.*: use softmax, logspace or certified"
            )
            for call in (algorithm, algorithm.promise, partial(answers, algorithm), partial(promised, algorithm)):
                with pytest.raises(Declined, match=why):
                    call(inputs)


class Blind:
    """Softmax attention that forgets one thing that rows see, and promises what softmax does."""

    key, logarithmic, mechanisms, visibility = "blind", False, True, True

    def __init__(self, forgets: Any) -> None:
        self.forgets = forgets

    def promise(self, inputs: Attention) -> Promise:
        return Softmax().promise(self._changed(inputs))

    def __call__(self, inputs: Attention) -> Floats:
        return Softmax()(self._changed(inputs))

    def _changed(self, inputs: Attention) -> Attention:
        return Attention(inputs.Q, inputs.K, inputs.V, inputs.scale, self.forgets(inputs.mechanism))


def test_the_law_catches_what_is_forgotten() -> None:
    keep = np.arange(8) != 3
    faults = [
        (Mechanism(sees=Visibility.causal()), Mechanism(sees=Visibility(right=1))),
        (Mechanism(sees=Visibility.causal()), Mechanism()),
        (Mechanism(sees=Visibility(2, 1)), Mechanism(sees=Visibility(1, 2))),
        (Mechanism(sees=Visibility(keep=keep)), Mechanism(sees=Visibility(keep=np.roll(keep, 1)))),
        (Mechanism(sees=Visibility(heads=(1, 4, 2))), Mechanism(sees=Visibility(heads=(1, 4, 1)))),
        (Mechanism(bias=Bias(None, np.array([0.25]))), Mechanism(bias=Bias(None, np.array([0.5])))),
    ]  # fmt: skip
    for right, wrong in faults:
        inputs = random_inputs(8, 8, right.sees, right.bias, 9)
        assert keeps_its_promise(Softmax(), [inputs])["checked"] == 16
        with pytest.raises(AssertionError, match="blind gave"):
            keeps_its_promise(Blind(lambda _, w=wrong: w), [inputs])


def coded_inputs(
    n: int, m: int, of: Visibility, seed: int, values: tuple[float, float] = (-1.0, 1.0), scale: float = 0.4
) -> Attention:
    """Two blocks of queries and three of keys, one of which is constant."""
    rng = np.random.default_rng(seed)

    def block(count: int, zero: float, one: float) -> Coded:
        return Coded(BitMatrix.of(rng.random((count, 70)) < 0.5), np.full(70, zero), np.full(70, one))

    keys = (block(2, 0.5, 0.5), block(m // 2, *values), block(m - m // 2 - 2, *values))
    return Attention((block(3, *values), block(n - 3, *values)), keys, rng.normal(size=(m, 2)), scale, Mechanism(sees=of))


@pytest.mark.slow
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)])
def test_bit_counts_over_intervals(monkeypatch: pytest.MonkeyPatch, values: tuple[float, float]) -> None:
    """Every kind of interval by NumPy and by compiled code; what is no interval, and a bias, are declined."""
    rng, declined = np.random.default_rng(4), 0
    for small in (streaming.SMALL, 0):
        monkeypatch.setattr(boolean, "SMALL", small)
        tasks = []
        for n, m in ((8, 8), (4, 12), (12, 4)):
            for number, of in enumerate((*kinds(n, m, rng), *conjunctions(n, m, rng, 20))):
                inputs = coded_inputs(n, m, of, number, values, (0.4, 4.0)[number % 2])  # hidden weights beyond float64
                if inputs.seen is not None and not inputs.seen.intervals:
                    with pytest.raises(Declined, match=r"boolean sums over intervals of keys.*: use softmax"):
                        Boolean()(inputs)
                    declined += 1
                    continue
                tasks.append(inputs)
                assert np.isnan(Boolean()(inputs)[inputs.blind]).all()
        assert keeps_its_promise(Boolean(), tasks)["checked"] > 1000
    assert declined > 10
    with pytest.raises(Declined, match="adds nothing; this is softmax with bias"):
        Boolean().promise(replace_mechanism(coded_inputs(8, 8, Visibility(), 0), Mechanism(bias=Bias(np.ones((1, 8))))))


def replace_mechanism(inputs: Attention, mechanism: Mechanism) -> Attention:
    return Attention(inputs.Q, inputs.K, inputs.V, inputs.scale, mechanism)


@pytest.mark.slow
@pytest.mark.parametrize("values", [(-1.0, 1.0), (0.0, 1.0)])
def test_bit_counts_over_many_tiles(values: tuple[float, float]) -> None:
    """Tiles of 512 keys that rows see whole, in part, and not at all; a peak that moves in both."""
    m = 2600
    packed = Visibility(queries=np.array([0, 30, 90]), keys=np.array([0, 1025, m]))
    bands = Visibility.causal("bottom-right"), Visibility(600, 0), Visibility(40, 900, "bottom-right")
    for of in (*bands, packed, Visibility(right=2, heads=(1, 2, 2))):
        inputs = coded_inputs(90, m, of, 6, values)
        expected, promise = Softmax()(inputs), Boolean().promise(inputs)
        given = Boolean()(inputs)
        np.testing.assert_allclose(given, expected, rtol=0, atol=1e-9)
        for row in range(0, 90, 17):
            with ctx.workprec(320):
                OfRows(promise, given, False).check(inputs, row)
