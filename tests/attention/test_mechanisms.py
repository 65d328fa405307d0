"""Mechanisms: weights from their definition, windows, which algorithms compute them, storage and decisions."""

from math import exp, inf, log, nan
from pathlib import Path

import numpy as np
import pytest
from flint import arb, ctx

from attention import Certified, Logspace, PlainFunction, Softmax
from attention.algorithm import Promise, Trusted, answers, check_mechanism, promised, says
from attention.laws import allowed_in_row, keeps_its_promise
from attention.ours import ALGORITHMS
from hardlab.names.foreign import ForeignAlgorithm
from instances.bits import BitMatrix
from instances.coded import Coded, Floats
from instances.faults import BadInput, Declined
from instances.mechanism import NAMES, SOFTMAX, Mechanism
from instances.storage import load, save
from instances.task import Attention, AttentionTask
from instances.visibility import Visibility

MECHANISMS = [Mechanism.of(name + window) for name in NAMES for window in ("", "[window=0]", "[window=3]", "[window=40]")]
OTHERS = [mechanism for mechanism in MECHANISMS if mechanism != SOFTMAX]


def definition(inputs: Attention) -> list[list[arb]]:
    """Att entry by entry, from the table of module `mechanism`."""
    mechanism, scale = inputs.mechanism, arb(inputs.scale)
    Q, K = inputs.queries(slice(None)).tolist(), inputs.keys(slice(None)).tolist()
    rows = []
    for i, q in enumerate(Q):
        weights = []
        for j, k in enumerate(K):
            dot = sum((arb(x) * arb(y) for x, y in zip(q, k, strict=True)), arb(0))
            square = sum(((arb(x) - arb(y)) ** 2 for x, y in zip(q, k, strict=True)), arb(0))
            seen = mechanism.sees.left is None or abs(i - j) <= mechanism.sees.left
            weights.append((scale * (dot if mechanism.kernel == "dot" else -square)).exp() if seen else arb(0))
        total = sum(weights, arb(0)) if mechanism.normalised else arb(1)
        columns = inputs.V.T.tolist()
        rows.append([sum((w * arb(v) for w, v in zip(weights, c, strict=True)), arb(0)) / total for c in columns])
    return rows


def plain(mechanism: Mechanism, n: int = 37, m: int = 41, seed: int = 0, size: float = 1.0) -> Attention:
    rng = np.random.default_rng(seed)
    V = rng.uniform(0, 2, (m, 2)) * (rng.random((m, 2)) < 0.8)
    return Attention(size * rng.normal(size=(n, 5)), size * rng.normal(size=(m, 5)), V, 0.7, mechanism)


def coded(mechanism: Mechanism) -> Attention:
    rng = np.random.default_rng(3)

    def blocks(*sizes: int) -> tuple[Coded, ...]:
        bits = (BitMatrix.of(rng.integers(0, 2, (size, 9))) for size in sizes)
        return tuple(Coded(b, rng.choice([-1.0, 0.0, 0.5], 9), rng.choice([1.0, 2.0], 9)) for b in bits)

    return Attention(blocks(20, 9), blocks(11, 4, 19), rng.uniform(0, 1, (34, 1)), 0.3, mechanism)


@pytest.mark.parametrize("mechanism", MECHANISMS, ids=str)
@pytest.mark.parametrize("make", [plain, coded])
def test_exact_values_are_those_of_the_definition(mechanism: Mechanism, make: object) -> None:
    inputs = make(mechanism)  # type: ignore[operator]
    with ctx.workprec(200):
        for i, expected in enumerate(definition(inputs)):
            for given, value in zip(inputs.exact.row(i), expected, strict=True):
                assert given.overlaps(value)
                assert value == 0 or given.rel_accuracy_bits() > 150


@pytest.mark.slow
@pytest.mark.parametrize("large", [False, pytest.param(True, marks=pytest.mark.exhaustive)], ids=["usual", "large"])
@pytest.mark.parametrize("mechanism", MECHANISMS, ids=str)
def test_every_algorithm_keeps_its_promise_or_declines(mechanism: Mechanism, large: bool) -> None:
    """Blocks of rows and of keys; those of rows, where every row sees every key, among the exhaustive tests."""
    n = 600 if large or not mechanism.plain else 40
    inputs = [plain(mechanism), plain(mechanism, seed=1, size=6.0), plain(mechanism, n=n, m=1100, seed=2), coded(mechanism)]
    for algorithm in ALGORITHMS:
        if says(algorithm, "mechanisms") and (mechanism.plain or says(algorithm, "visibility")):
            few = inputs if algorithm.key == "logspace" else [inputs[0], inputs[3]]
            assert keeps_its_promise(algorithm, few)["checked"] >= 100
        elif algorithm.key == "boolean" and mechanism.name == "softmax":
            continue  # takes no plain arrays
        elif mechanism.name == "softmax" and says(algorithm, "visibility"):
            assert keeps_its_promise(algorithm, [inputs[2], inputs[3]])["checked"] >= 100
        elif mechanism.name == "softmax" and says(algorithm, "intervals"):
            if mechanism != SOFTMAX:  # windows that are narrow, or exponents that are large: tests of its own have others
                with pytest.raises(Declined):
                    promised(algorithm, inputs[0])
        elif mechanism != SOFTMAX:
            for call in (
                algorithm,
                algorithm.promise,
                lambda x, a=algorithm: answers(a, x),
                lambda x, a=algorithm: promised(a, x),
            ):
                with pytest.raises(Declined, match=r"computes softmax attention.*, this is"):
                    call(inputs[0])


def test_those_that_compute_every_mechanism() -> None:
    assert {a.key for a in ALGORITHMS if getattr(a, "mechanisms", False)} == {"logspace", "certified", "certified-log"}


class Careless:
    """Computes softmax attention whatever is asked, and promises that it is exact."""

    key = "careless"
    logarithmic = False

    def promise(self, inputs: Attention) -> Promise:
        return Softmax().promise(Attention(inputs.Q, inputs.K, inputs.V, inputs.scale))

    def __call__(self, inputs: Attention) -> Floats:
        return Softmax()(Attention(inputs.Q, inputs.K, inputs.V, inputs.scale))


def test_a_plug_in_is_asked_for_softmax_alone_unless_it_says_more() -> None:
    inputs = plain(OTHERS[0])
    function = PlainFunction(lambda Q, K, V, scale: V[: len(Q)], "function")
    careless = Careless()
    for algorithm in (
        careless,
        ForeignAlgorithm(careless, "foreign"),
        function,
        Trusted(careless, 0.1),
        Trusted(function, 1.0),
    ):
        with pytest.raises(Declined, match="computes softmax attention"):
            answers(algorithm, inputs)
        with pytest.raises(Declined, match="computes softmax attention"):
            promised(algorithm, inputs)
    assert answers(ForeignAlgorithm(Logspace(), "foreign"), inputs).shape == (37, 2)
    assert answers(Trusted(Logspace(), 0.1), inputs).shape == (37, 2)


def test_the_law_catches_an_algorithm_that_forgets_the_mechanism() -> None:
    class Forgetful(Careless):
        mechanisms = visibility = True

    for mechanism in OTHERS:
        if mechanism.name == "softmax" and mechanism.sees.left == 40:
            continue
        with pytest.raises(AssertionError, match="careless gave"):
            keeps_its_promise(Forgetful(), [plain(mechanism)])


def test_attention_is_a_quotient_of_two_gaussian_sums() -> None:
    """exp(<q, k>) = exp(-||q - k||^2/2) exp(||q||^2/2) exp(||k||^2/2): the norms of the keys go into the weights."""
    inputs = plain(SOFTMAX)
    K = inputs.keys(slice(None))
    weights = np.exp(0.35 * (K**2).sum(axis=1))[:, None]
    sums = Certified()(Attention(inputs.Q, K, np.hstack([weights * inputs.V, weights]), 0.35, Mechanism("gaussian", False)))
    np.testing.assert_allclose(sums[:, :2] / sums[:, 2:], Certified()(inputs), rtol=1e-12)


def test_sums_beyond_float64_are_declined_or_in_logarithms() -> None:
    huge = Attention(np.full((1, 1), 30.0), np.full((2, 1), 30.0), np.ones((2, 1)), 1.0, Mechanism("dot", False))
    with pytest.raises(Declined, match="beyond float64: use certified-log"):
        Certified()(huge)
    for algorithm in (Certified(logarithmic=True), Logspace()):
        assert algorithm(huge)[0, 0] == pytest.approx(900 + log(2), rel=1e-12)


def test_scores_far_beyond_float64_keep_their_logarithms() -> None:
    """Exponents of order 10^48 and more: the precision grows until the logarithm is known."""
    tasks = [
        Attention(np.array([[1e30, 0.1]]), np.array([[1 / 3, 1 / 7]]), np.ones((1, 1)), 1 / 3, Mechanism("gaussian", False)),
        Attention(np.array([[-1e20 / 3, 0.1]]), np.array([[1e22 / 7, 2.0]]), np.ones((1, 1)), 1.0, Mechanism("dot", False)),
        Attention(np.array([[1e24]]), np.array([[-1e24], [1.0]]), np.array([[1.0], [0.0]]), 1.0),
    ]
    for inputs in tasks:
        answer = Certified(logarithmic=True)(inputs)[0, 0]
        with ctx.workprec(4000):
            assert abs(arb(float(answer)) / definition(inputs)[0][0].log() - 1) < 2.0**-49


def test_an_overflow_names_the_column_and_advises_what_works() -> None:
    huge = Attention(np.ones((1, 1)), np.ones((1, 1)), np.array([[1e-300, 1e308]]), 1.0, Mechanism("dot", False))
    with pytest.raises(Declined, match=r"sums to 2\.7183e\+308, beyond float64: use certified-log"):
        Certified()(huge)
    with pytest.raises(Declined, match=r"beyond float64$"):
        Certified()(Attention(huge.Q, huge.K, -huge.V, 1.0, huge.mechanism))
    for call in (Certified(logarithmic=True).promise, Certified(logarithmic=True)):
        with pytest.raises(Declined, match="V has negative entries"):
            call(Attention(huge.Q, huge.K, -huge.V, 1.0))


def test_what_the_judge_cannot_tell_it_does_not_exclude() -> None:
    """At 320 bits these scores are unknown: only NaN is certainly no answer."""
    steep = Attention(np.full((1, 2), 1e158), np.array([[1e158, -1e158], [1e157, 3e157]]), np.array([[1.0], [0.0]]), 1e5)
    with ctx.workprec(320):
        allowed = allowed_in_row(steep, 0, Promise(0.0, 2.0**-50), False)[0]
        assert not allowed.exact.is_finite()
        assert [allowed.excludes(given) for given in (1.0, 0.0, inf, nan)] == [False, False, False, True]


@pytest.mark.parametrize("mechanism", OTHERS, ids=str)
@pytest.mark.parametrize("m", [511, 512, 513])
def test_logspace_at_the_edges_of_its_blocks_and_at_extreme_sizes(mechanism: Mechanism, m: int) -> None:
    rng = np.random.default_rng(m)
    for size, scale in ((1e-160, 1.0), (30.0, 1.0), (1e3, -1e-3)):
        V = rng.choice([0.0, 5e-324, 1e-300, 1.0, 1e300], (m, 1))
        Q, K = (size * (1 + 1e-9 * rng.normal(size=(rows, 3))) for rows in (m, m))
        inputs = Attention(Q, K, V, scale, mechanism)
        promise, answer = promised(Logspace(), inputs), Logspace()(inputs)
        assert promise.made
        with ctx.workprec(320):
            for i in (0, 1, m // 2, m - 1):
                assert not allowed_in_row(inputs, i, promise, True)[0].excludes(float(answer[i, 0]))


def test_a_row_that_sees_only_zeros_answers_minus_infinity() -> None:
    V = np.array([[0.0], [0.0], [0.0], [0.0], [2.0]])
    for name in ("exp", "softmax"):
        inputs = Attention(np.ones((5, 1)), np.ones((5, 1)), V, 1.0, Mechanism.of(f"{name}[window=1]"))
        for algorithm in (Logspace(), Certified(logarithmic=True)):
            assert np.isneginf(algorithm(inputs)[:3]).all()
            assert np.isfinite(algorithm(inputs)[3:]).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "softmax ",
        "dot",
        "softmax[window=-1]",
        "softmax[window=]",
        "exp[8]",
        "EXP",
        "x" * 10_000,
        "softmax[window= 8]",
        "softmax[kernel=gaussian]",
        "exp[normalised=true]",
        "softmax,exp",
        "softmax[window=1,window=2]",
        "softmax[window=8",
    ],
)
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="it is one of softmax, exp, gaussian, gaussian-mean"):
        Mechanism.of(text)


def test_spelling_reads_back() -> None:
    assert [Mechanism.of(str(mechanism)) for mechanism in MECHANISMS] == MECHANISMS
    assert Mechanism.of(str(Mechanism(sees=Visibility.window(10**18)))).sees == Visibility.window(10**18)
    assert Mechanism.of("softmax[window=08]").sees == Visibility.window(8)
    with pytest.raises(BadInput, match="it is one of"):
        Mechanism.of("softmax[window=٣]")
    with pytest.raises(BadInput, match="the kernels are dot and gaussian"):
        Mechanism("cosine")  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="give a Visibility and a Bias"):
        Mechanism("dot", True, 8)  # type: ignore[arg-type]
    for wrong in (-1, 2.5, True, 10**19):
        with pytest.raises(BadInput, match="from 0 to 10\\^18"):
            Visibility.window(wrong)  # type: ignore[arg-type]


def test_a_normalised_row_without_keys_has_no_answer_and_does_not_count() -> None:
    inputs = Attention(np.ones((10, 1)), np.ones((3, 1)), np.ones((3, 1)), 1.0, Mechanism(sees=Visibility.window(6)))
    assert inputs.blind.tolist() == [9]
    with pytest.raises(BadInput, match="row 9 sees no key, and its answer would count"):
        AttentionTask(inputs, 0.0, 0.5, 10)
    with pytest.raises(BadInput, match="row 9 sees no key, so it has no answer"):
        inputs.exact.row(9)
    assert AttentionTask(inputs, 0.0, 0.5, 9).promised()
    for algorithm in (Softmax(), Softmax("float32"), Logspace(), Certified()):
        assert np.isnan(algorithm(inputs)).tolist() == [[False]] * 9 + [[True]]
        assert keeps_its_promise(algorithm, [plain(SOFTMAX), inputs])["checked"] == 37 * 2 + 9
    unseen = Attention(np.ones((10, 1)), np.ones((3, 1)), np.ones((3, 1)), 1.0, Mechanism("dot", False, Visibility.window(6)))
    assert Certified()(unseen)[9, 0] == 0
    assert np.isneginf(Logspace()(unseen)[9, 0])


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
@pytest.mark.parametrize("mechanism", MECHANISMS, ids=str)
def test_storage(tmp_path: Path, suffix: str, mechanism: Mechanism) -> None:
    task = AttentionTask(plain(mechanism), 0.25, 0.5, 12, True, 3)
    save(task, tmp_path / f"task{suffix}")
    again = load(tmp_path / f"task{suffix}")
    assert isinstance(again, AttentionTask)
    assert (again.inputs.mechanism, again.step, again.identity) == (mechanism, 3, task.identity)


def test_only_the_counted_rows_count() -> None:
    inputs = Attention(np.arange(6.0)[:, None], np.ones((1, 1)), np.ones((1, 1)), 1.0, Mechanism("dot", False))
    task = AttentionTask(inputs, exp(2.5), exp(3.5), 3, step=2)
    assert list(task.counted) == [0, 2, 4]
    assert [witness for witness in task.witnesses() if task.accepts(witness)] == [(4,)]
    assert not task.accepts((5,))
    for rows, step in ((3, 3), (4, 2), (1, 0), (2, -1), (2, 10**20), (2, 2.0)):
        with pytest.raises(BadInput, match="rows"):
            AttentionTask(inputs, 0.0, 1.0, rows, step=step)  # type: ignore[arg-type]


class Windowed:
    """A plug-in that computes other mechanisms and windows, and knows of nothing else that hides keys."""

    key, logarithmic, mechanisms = "windowed", False, True


@pytest.mark.parametrize(
    ("word", "declined"),
    [
        ("exp[window=3]", False),
        ("softmax[window=3]", False),
        ("gaussian", False),
        ("softmax[causal=top-left]", True),
        ("softmax[left=3,right=2]", True),
        ("softmax[rotary=10000,window=3]", True),
    ],
)
def test_a_plug_in_for_mechanisms_is_given_windows_and_no_other_visibility(word: str, declined: bool) -> None:
    inputs = Attention(np.ones((4, 2)), np.ones((4, 2)), np.ones((4, 1)), 1.0, Mechanism.of(word))
    if declined:
        assert inputs.mechanism.window is None
        with pytest.raises(Declined):
            check_mechanism(Windowed(), inputs)
    else:
        check_mechanism(Windowed(), inputs)
        assert inputs.mechanism.window == (3 if "window" in word else None)
