"""Attention algorithms against ball arithmetic: promises kept on random and adversarial inputs, and faults caught."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest

from attention import Algorithm, Auto, Certified, Logspace, PlainFunction, Promise, Softmax, Trusted
from attention.algorithm import answers, promised
from attention.laws import keeps_its_promise
from attention.ours import ALGORITHMS
from instances.bits import BitMatrix
from instances.cnf import CNF
from instances.coded import Coded, Floats
from instances.faults import BadInput, Declined, PlugInFault
from instances.law import LawBroken
from instances.task import Attention
from instances.vectors import BalancedHamming, GapHamming
from reductions.edges.balanced_attention import BalancedAttention
from reductions.edges.cnf_hamming import CnfHamming
from reductions.edges.cnf_ov import CnfOv
from reductions.edges.hamming_attention import HammingAttention
from reductions.edges.ov_attention import OvAttention


def plain(rng: np.random.Generator, n: int, m: int, d: int, B: float, v: int = 2, positive: bool = False) -> Attention:
    Q, K = rng.uniform(-B, B, (n, d)), rng.uniform(-B, B, (m, d))
    V = rng.uniform(0 if positive else -3, 3, (m, v))
    return Attention(Q, K, V, 1 / d)


def reduction_derived() -> Iterator[Attention]:
    formula = CNF(8, tuple((i, -(i % 8) - 1, (i * 3) % 8 + 1) for i in range(1, 9)))
    yield HammingAttention().apply(CnfHamming().apply(formula)).inputs
    yield HammingAttention(R0=1e6).apply(CnfHamming().apply(formula)).inputs
    yield OvAttention().apply(CnfOv().apply(formula)).inputs
    A, B = BitMatrix.of(["1100", "1010"]), BitMatrix.of(["0011", "0101", "1001"])
    yield BalancedAttention().apply(BalancedHamming(A, B, 2, 4)).inputs
    far = GapHamming(BitMatrix.of(["0" * 9]), BitMatrix.of(["1" * 9] * 5), 0, 9)
    yield HammingAttention().apply(far).inputs


@cache
def tasks(positive: bool = False) -> list[Attention]:
    rng = np.random.default_rng(5)
    shapes = [(1, 1, 1), (1, 5, 3), (4, 1, 2), (5, 9, 1), (6, 40, 17), (3, 1025, 4), (2, 2100, 3), (513, 3, 2)]
    found = [plain(rng, n, m, d, B, positive=positive) for n, m, d in shapes for B in (0.1, 3.0, 25.0)]
    zeros, huge = np.zeros((3, 2)), np.full((4, 1), 1e30)
    found += [
        Attention(zeros, rng.normal(size=(4, 2)), huge * [[1], [2], [3], [4]], 1.0),
        Attention(rng.normal(size=(3, 2)), zeros, np.array([[1e-300], [0.0], [1e-310]]), 1.0),
        Attention(np.full((2, 3), 40.0), np.vstack([np.full((1, 3), 40.0), -np.full((6, 3), 40.0)]), np.eye(7), 0.2),
        Attention(rng.normal(size=(3, 2)) * 1e-200, rng.normal(size=(4, 2)) * 1e-200, rng.uniform(0, 1, (4, 1)), 1.0),
        Attention(rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), np.array([[0.0], [0.0], [0.0], [1.0]]), -30.0),
        Attention(rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), np.array([[0.0], [0.0], [0.0], [1.0]]), 0.0),
    ]
    derived = [inputs for inputs in reduction_derived() if not positive or (inputs.V >= 0).all()]
    return found + derived


EXACT = [Softmax(), Softmax("float32"), Logspace(), Auto(1e30), Certified(), Certified(logarithmic=True)]
"""What takes any inputs."""


@pytest.mark.parametrize("algorithm", EXACT, ids=lambda algorithm: algorithm.key)
def test_promises_are_kept(algorithm: Algorithm) -> None:
    counts = keeps_its_promise(algorithm, tasks(positive=algorithm.logarithmic))
    assert counts["checked"] > 1000


def test_every_algorithm_decides_or_has_a_reason_not_to() -> None:
    """On a task of bounded entries all but the logarithmic and the coded ones run, and keep what they promise."""
    inputs = plain(np.random.default_rng(1), 3, 20, 2, 1.0)
    for algorithm in ALGORITHMS:
        if algorithm.key == "boolean" or algorithm.logarithmic:
            with pytest.raises(Declined):
                algorithm(inputs)
        elif promised(algorithm, inputs).made:
            assert keeps_its_promise(algorithm, [inputs])["checked"] == 6
        else:
            assert algorithm.key in ("performer", "kdeformer", "hyper-attention")


@pytest.mark.parametrize("algorithm", [Softmax(), Softmax("float32"), Logspace()], ids=lambda algorithm: algorithm.key)
def test_promises_are_finite_and_not_absurd(algorithm: Algorithm) -> None:
    """On a task of ordinary size the promise is within a factor 10^4 of the unit roundoff times d times the range."""
    inputs = plain(np.random.default_rng(0), 4, 50, 16, 3.0, positive=True)
    u = 2.0**-24 if algorithm.key == "softmax32" else 2.0**-53
    promise = promised(algorithm, inputs)
    assert promise.made
    assert 0 < promise.relative < 1e4 * u
    assert promise.absolute < 1e-30


def test_softmax32_is_float32_inside() -> None:
    inputs = HammingAttention().apply(CnfHamming().apply(CNF(6, ((1, 2, 3), (-4, 5, 6), (2, -3, 4), (-1, -5, 6))))).inputs
    error = float(np.max(np.abs(Softmax("float32")(inputs) - Certified()(inputs))))
    assert 1e-9 < error < 1e-4
    assert float(np.max(np.abs(Softmax()(inputs) - Certified()(inputs)))) < 1e-12


def test_float32_promises_nothing_beyond_its_range() -> None:
    V = np.array([[1e39], [1.0]])
    assert not promised(Softmax("float32"), Attention(np.ones((1, 1)), np.ones((2, 1)), V, 1.0)).made
    assert not promised(Softmax(), Attention(np.full((1, 1), 1e200), np.full((2, 1), 1e200), V, 1.0)).made
    assert not promised(Softmax("float32"), Attention(np.ones((1, 1)), np.ones((2, 1)), V / 1e39, 1e-45)).made


def test_logspace_goes_where_floats_do_not() -> None:
    """The answers of a Lemma 4.7' task below 10^-500, right to 10^-9 in the logarithm."""
    ones = "1" * 300 + "0" * 300
    problem = BalancedHamming(BitMatrix.of([ones]), BitMatrix.of([ones[::-1], "01" * 300]), 298, 300)
    task = BalancedAttention().apply(problem)
    assert task.high < -500 * np.log(10)
    exact = Certified(logarithmic=True)(task.inputs)[:1]
    assert np.max(np.abs(Logspace()(task.inputs)[:1] - exact)) < 1e-9
    assert (Softmax()(task.inputs)[:1] < 1e-300).all()


def test_logarithms_of_zero() -> None:
    inputs = Attention(np.ones((2, 1)), np.ones((3, 1)), np.array([[0.0, 1.0]] * 3), 1.0)
    for algorithm in (Logspace(), Certified(logarithmic=True)):
        assert algorithm(inputs)[:, 0].tolist() == [-np.inf, -np.inf]
        assert np.abs(algorithm(inputs)[:, 1]).max() < 1e-14


@pytest.mark.parametrize("algorithm", [Logspace(), Certified(logarithmic=True)], ids=lambda algorithm: algorithm.key)
def test_logarithms_decline_negative_values(algorithm: Algorithm) -> None:
    with pytest.raises(Declined, match="negative entries"):
        algorithm(Attention(np.ones((1, 1)), np.ones((1, 1)), -np.ones((1, 1)), 1.0))


def test_coded_and_dense_are_one_matrix() -> None:
    rng = np.random.default_rng(3)
    bits = [BitMatrix.of(rng.random((n, 70)) < 0.5) for n in (5, 3, 6)]
    codes = [(rng.choice([-1.0, 0.5, 2.0], 70), rng.choice([-1.0, 0.5, 2.0], 70)) for _ in bits]
    blocks = tuple(Coded(b, zero, one) for b, (zero, one) in zip(bits, codes, strict=True))
    Q, K, V = blocks[:1], blocks[1:], rng.normal(size=(9, 2))
    coded = Attention(Q, K, V, 0.3)
    flat = Attention(coded.queries(slice(None)), coded.keys(slice(None)), V, 0.3)
    assert coded.keys(slice(2, 5)).tolist() == flat.keys(slice(2, 5)).tolist()
    assert np.array_equal(Certified()(coded), Certified()(flat))
    by_hand = np.exp(0.3 * flat.queries(slice(None)) @ flat.keys(slice(None)).T)
    by_hand /= by_hand.sum(axis=1, keepdims=True)
    assert np.allclose(Certified()(coded), by_hand @ V, rtol=1e-12, atol=1e-12)


# ---------------------------------------------------------------------------------------------------- planted faults


@dataclass(frozen=True)
class Wrong:
    """Softmax with a fault in its inputs or its output, and Softmax's promise."""

    fault: str

    @property
    def key(self) -> str:
        return self.fault

    @property
    def logarithmic(self) -> bool:
        return self.fault == "a forgotten logarithm"

    def promise(self, inputs: Attention) -> Promise:
        return Softmax().promise(inputs)

    def __call__(self, inputs: Attention) -> Floats:
        Q, K, V, scale = inputs.Q, inputs.K, inputs.V, inputs.scale
        if self.fault == "a dropped scale":
            return Softmax()(Attention(Q, K, V, scale * inputs.d))
        if self.fault == "a forgotten key":
            return Softmax()(Attention(Q, inputs.keys(slice(0, max(1, inputs.m - 1))), V[: max(1, inputs.m - 1)], scale))
        if self.fault == "float32 for float64":
            return Softmax("float32")(inputs)
        if self.fault == "rows in reverse":
            return Softmax()(inputs)[::-1]
        if self.fault == "not normalised":
            return np.exp(scale * inputs.queries(slice(None)) @ inputs.keys(slice(None)).T) @ V
        if self.fault == "nan":
            return Softmax()(inputs) * np.nan
        return Softmax()(inputs)


FAULTS = (
    "a dropped scale", "a forgotten key", "float32 for float64", "rows in reverse", "not normalised", "nan",
    "a forgotten logarithm",
)  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_the_law_catches(fault: str) -> None:
    family = [plain(np.random.default_rng(2), 5, 9, 6, 2.0, positive=True)]
    keeps_its_promise(Softmax(), family)
    with pytest.raises(LawBroken, match=fault):
        keeps_its_promise(Wrong(fault), family)


def test_the_law_is_not_vacuous() -> None:
    constant = Attention(np.ones((2, 1)), np.ones((3, 1)), np.ones((3, 1)), 1.0)
    for family in ([], [constant]):
        with pytest.raises(LawBroken, match="vacuous"):
            keeps_its_promise(Softmax(), family)
    with pytest.raises(LawBroken, match="vacuous"):
        keeps_its_promise(PlainFunction(lambda Q, K, V, scale: V, "f"), tasks()[:3])


# ----------------------------------------------------------------------------------------------------- plain functions


def reference(Q: Any, K: Any, V: Any, scale: float) -> Any:
    weights = np.exp(scale * Q @ K.T)
    return weights / weights.sum(axis=1, keepdims=True) @ V


def test_a_plain_function_gets_what_it_was_told() -> None:
    seen: dict[str, Any] = {}

    def spy(Q: Any, K: Any, V: Any, scale: float) -> Any:
        seen.update(Q=Q, K=K, V=V, scale=scale)
        return reference(Q, K, V, scale)

    inputs = next(reduction_derived())
    for precision in ("float64", "float32"):
        answers(PlainFunction(spy, "spy", precision), inputs)
        for name, shape in (("Q", (inputs.n, inputs.d)), ("K", (inputs.m, inputs.d)), ("V", inputs.V.shape)):
            array = seen[name]
            assert (array.shape, array.dtype) == (shape, precision)
            assert array.flags.c_contiguous
            assert not array.flags.writeable
        assert seen["scale"] == inputs.scale


def test_a_plain_function_cannot_reach_the_instance() -> None:
    inputs = next(reduction_derived())
    before = inputs.keys(slice(None)).copy(), inputs.V.copy()

    def vandal(Q: Any, K: Any, V: Any, scale: float) -> Any:
        for array in (Q, K, V):
            array.setflags(write=True)
            array[:] = 0
        return V[: len(Q)] if len(V) >= len(Q) else np.zeros((len(Q), V.shape[1]))

    answers(PlainFunction(vandal, "vandal"), inputs)
    assert np.array_equal(inputs.keys(slice(None)), before[0])
    assert np.array_equal(inputs.V, before[1])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda Q, K, V, scale: V[:, :0], "gave shape"),
        (lambda Q, K, V, scale: None, "gave shape"),
        (lambda Q, K, V, scale: [[1], [1, 2]], "raised ValueError"),
        (lambda Q, K, V, scale: np.full((len(Q), 1), 1j), "complex"),
        (lambda Q, K, V, scale: 1 / 0, "raised ZeroDivisionError: division by zero"),
        (lambda Q, K, V, scale: exec("raise SystemExit(3)"), "raised SystemExit: 3"),
        (iter, "raised TypeError"),
    ],
)
def test_a_faulty_function_is_a_fault(function: Any, message: str) -> None:
    with pytest.raises(PlugInFault, match=message):
        answers(PlainFunction(function, "f"), next(reduction_derived()))


def test_dense_copies_are_priced() -> None:
    with pytest.raises(Declined, match="dense Q and K for f"):
        answers(PlainFunction(reference, "f", memory=1000), next(reduction_derived()))


@pytest.mark.parametrize("numbers", [(-1.0, 0.0, 0.0), (0.0, np.nan, 0.0), (0.0, 0.0, 2.0)])
def test_promises_are_numbers(numbers: tuple[float, float, float]) -> None:
    with pytest.raises(BadInput, match="a promise of"):
        Promise(*numbers)


def test_trust_is_finite() -> None:
    with pytest.raises(BadInput, match="a trusted error"):
        Trusted(Softmax(), float("inf"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((2, 3)), np.ones((2, 2)), np.ones((2, 1)), 1.0), "give d in both"),
        ((np.ones((2, 3)), np.ones((2, 3)), np.ones((3, 1)), 1.0), r"V must be \(m, v\)"),
        ((np.ones((2, 3)), np.ones((0, 3)), np.ones((0, 1)), 1.0), "both must be at least 1"),
        ((np.ones((2, 0)), np.ones((2, 0)), np.ones((2, 1)), 1.0), "both must be at least 1"),
        ((np.ones(3), np.ones((2, 3)), np.ones((2, 1)), 1.0), "Q has shape"),
        ((np.full((2, 3), np.nan), np.ones((2, 3)), np.ones((2, 1)), 1.0), "Q holds NaN"),
        ((np.ones((2, 3)), np.ones((2, 3)), np.full((2, 1), np.inf), 1.0), "V holds NaN or an infinity"),
        ((np.ones((2, 3)) * 1j, np.ones((2, 3)), np.ones((2, 1)), 1.0), "complex128"),
        ((np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 1)), float("nan")), "scale = nan"),
    ],
)
def test_bad_inputs_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        Attention(*arguments)


# -------------------------------------------------------------------------------------- inputs that were once refused


@pytest.mark.parametrize("d", [21, 30, 70])
def test_coded_columns_with_values_of_their_own(d: int) -> None:
    """Every column a group of its own: more groups than one index of numpy holds."""
    rng = np.random.default_rng(d)
    blocks = [Coded(BitMatrix.of(rng.random((n, d)) < 0.5), rng.normal(size=d), rng.normal(size=d)) for n in (2, 9)]
    V = rng.normal(size=(9, 1))
    coded = Attention((blocks[0],), (blocks[1],), V, 0.1)
    flat = Attention(coded.queries(slice(None)), coded.keys(slice(None)), V, 0.1)
    assert np.array_equal(Certified()(coded), Certified()(flat))


def test_coded_blocks_without_rows() -> None:
    ones = np.ones(3)
    blocks = (Coded(BitMatrix.zeros(2, 3), ones, ones), Coded(BitMatrix.zeros(0, 3), ones, ones))
    inputs = Attention(blocks[:1], blocks, np.ones((2, 1)), 1.0)
    assert Certified()(inputs).tolist() == Softmax()(inputs).tolist() == [[1.0], [1.0]]


def test_no_promise_where_even_the_bound_overflows() -> None:
    inputs = Attention(np.full((1, 128), 2e306), np.zeros((2, 128)), np.array([[0.0], [1.0]]), 0.0)
    assert not promised(Softmax(), inputs).made


def test_the_law_needs_telling_tasks() -> None:
    """Where Q = 0 the mean of V is right, and a huge promise excludes nothing: neither tells."""

    @dataclass(frozen=True)
    class Mean:
        absolute: float
        key: str = "mean"
        logarithmic: bool = False

        def promise(self, inputs: Attention) -> Promise:
            return Promise(self.absolute, 0.0)

        def __call__(self, inputs: Attention) -> Floats:
            return np.full((inputs.n, 1), inputs.V.mean())

    V = np.array([[0.0], [1.0]])
    flat = Attention(np.zeros((3, 1)), np.ones((2, 1)), V, 1.0)
    steep = Attention(np.ones((3, 1)), np.array([[0.0], [5.0]]), V, 1.0)
    with pytest.raises(LawBroken, match="nothing was telling"):
        keeps_its_promise(Mean(1e-9), [flat])
    with pytest.raises(LawBroken, match="nothing was telling"):
        keeps_its_promise(Mean(1e300), [steep])
    with pytest.raises(LawBroken, match=r"mean gave 0\.5"):
        keeps_its_promise(Mean(0.1), [steep])


def test_instances_do_not_change_with_the_arrays_they_were_made_of() -> None:
    base = np.zeros((2, 1))
    view = base.view()
    view.setflags(write=False)
    inputs = Attention(np.ones((1, 1)), np.ones((2, 1)), view, 1.0)
    words = np.zeros((1, 1), dtype=np.uint64)
    seen = words.view()
    seen.setflags(write=False)
    bits = BitMatrix(seen, 2)
    base[:] = 7
    words[:] = 7
    assert inputs.V.tolist() == [[0.0], [0.0]]
    assert bits.weights.tolist() == [0]
