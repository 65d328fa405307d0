"""The reductions of Keles et al. at their error models: decided under the worst error, with exact arithmetic."""

from dataclasses import dataclass
from itertools import product
from typing import Any, ClassVar, cast

import numpy as np
import pytest

from attention import Certified
from attention.algorithm import Promise
from instances.bits import BitMatrix
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.problem import Problem
from instances.task import Attention, AttentionTask
from instances.vectors import FarHamming, GapHamming, ThresholdProduct
from reductions.edges.hamming_gaussian import HammingGaussian
from reductions.edges.hamming_kde import HammingKde
from reductions.edges.product_exp import ProductExp
from reductions.edges.product_softmax import ProductSoftmax
from reductions.edges.product_window import ProductWindow
from reductions.parts.error_model import ErrorModel
from reductions.reduction import Reduction
from solvers import Threshold, Verdict

AnyReduction = Reduction[Any, AttentionTask]


@dataclass(frozen=True)
class Noisy:
    """Exact attention with the largest error that it promises, in one direction for all rows."""

    mu: float
    error: str
    direction: int

    key: ClassVar[str] = "noisy"
    logarithmic: ClassVar[bool] = False
    mechanisms: ClassVar[bool] = True

    def promise(self, inputs: Attention) -> Promise:
        return Promise(0.0, self.mu) if self.error == "multiplicative" else Promise(self.mu, 0.0)

    def __call__(self, inputs: Attention) -> Floats:
        exact = Certified()(inputs)
        size = np.abs(exact) if self.error == "multiplicative" else 1.0
        return exact + self.direction * 0.999999 * self.mu * size


def worst_products(n: int, d: int, t: int) -> list[ThresholdProduct]:
    """A NO instance with all products t - 1, and YES instances with one t and the rest 0, and with one t and the rest t - 1."""
    ones, less = "1" * t + "0" * (d - t), "1" * (t - 1) + "0" * (d - t + 1)
    lists = [([ones] * n, [less] * n), ([ones] * n, [ones] + ["0" * d] * (n - 1)), ([ones] * n, [less] * (n - 1) + [ones])]
    return [ThresholdProduct(BitMatrix.of(A), BitMatrix.of(B), t) for A, B in lists]


def worst_distances(n: int, d: int, t: int, t2: int) -> list[GapHamming]:
    """A NO instance with all distances t2, and YES instances with one t and the rest d, and with one t and the rest t2."""
    zero, near, far = "0" * d, "1" * t + "0" * (d - t), "1" * t2 + "0" * (d - t2)
    lists = [([zero] * n, [far] * n), ([zero] * n, [near] + ["1" * d] * (n - 1)), ([zero] * n, [far] * (n - 1) + [near])]
    return [GapHamming(BitMatrix.of(A), BitMatrix.of(B), t, t2) for A, B in lists]


def random_products(n: int, d: int, count: int) -> list[ThresholdProduct]:
    rng = np.random.default_rng(n * d)
    found = []
    for _ in range(count):
        A, B = (rng.random((n, d)) < 0.5 for _ in range(2))
        largest = int((A.astype(int) @ B.T.astype(int)).max())
        t = min(d, max(1, largest + int(rng.integers(0, 2))))
        found.append(ThresholdProduct(BitMatrix.of(A), BitMatrix.of(B), t))
    return found


def decided(reduction: AnyReduction, problem: Problem, noise: Noisy) -> None:
    """The verdict is the truth by exhaustion, and YES leads back to a witness."""
    decision = Threshold(noise).solve(reduction.apply(problem))
    truth = any(map(problem.reaches, problem.witnesses()))
    assert decision.verdict is (Verdict.YES if truth else Verdict.NO), (reduction, decision)
    if decision.witness is not None:
        assert problem.accepts(reduction.back(problem, decision.witness))


PRODUCTS = [
    *((kind, mu, "multiplicative") for kind in (ProductExp, ProductSoftmax, ProductWindow) for mu in (0.0, 0.5, 0.99)),
    *((kind, mu, "additive") for kind in (ProductExp, ProductWindow) for mu in (0.0, 1.0, 1e4)),
]
DISTANCES = [(kind, mu, "multiplicative") for kind in (HammingGaussian, HammingKde) for mu in (0.0, 0.5, 0.99)]


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "mu", "error"), PRODUCTS, ids=lambda value: getattr(value, "key", str(value)))
@pytest.mark.parametrize("direction", [1, -1])
def test_products_under_the_worst_error(kind: type[ErrorModel], mu: float, error: Any, direction: int) -> None:
    """R0 = 1.001: as near to the tight constant as rounding allows."""
    reduction = cast(AnyReduction, kind(mu=mu, error=error, R0=1.001))
    noise = Noisy(mu, error, direction)
    for n, d, t in ((1, 1, 1), (1, 3, 2), (2, 4, 1), (3, 5, 5), (16, 6, 3), (64, 8, 2)):
        for problem in worst_products(n, d, t):
            decided(reduction, problem, noise)
    for problem in (*random_products(5, 6, 20), *random_products(24, 8, 2)):
        decided(reduction, problem, noise)


@pytest.mark.parametrize(("kind", "mu", "error"), DISTANCES, ids=lambda value: getattr(value, "key", str(value)))
@pytest.mark.parametrize("direction", [1, -1])
def test_distances_under_the_worst_error(kind: type[ErrorModel], mu: float, error: Any, direction: int) -> None:
    reduction = cast(AnyReduction, kind(mu=mu, error=error, R0=1.001))
    for n, d, t, t2 in ((1, 1, 0, 1), (2, 4, 0, 4), (3, 5, 4, 5), (16, 9, 3, 5), (64, 12, 2, 3)):
        for problem in worst_distances(n, d, t, t2):
            decided(reduction, problem, Noisy(mu, error, direction))


@pytest.mark.parametrize("kind", [HammingGaussian, HammingKde])
@pytest.mark.parametrize(("n", "t", "t2"), [(1, 1, 2), (4, 1, 2), (3, 0, 1), (16, 2, 4)])
def test_additive_errors_of_the_gaussian_up_to_the_largest(kind: Any, n: int, t: int, t2: int) -> None:
    """Half the difference e^{-Ct} - m e^{-C t2} at its best C, e^{C (t2 - t)} = m t2/t; beyond it the reduction declines."""
    yes, *others = reversed(worst_distances(n, 6, t, t2))
    best = 0.5 * (n * t2 / t) ** (-t / (t2 - t)) * (1 - t / t2) if t else 0.5 * (1 - 1 / 1.001)
    reduction = kind(mu=0.999 * best, error="additive", R0=1.001)
    for problem in (yes, *others):
        for direction in (1, -1):
            decided(reduction, problem, Noisy(0.999 * best, "additive", direction))
    with pytest.raises(Declined, match="told apart up to an error of"):
        kind(mu=1.001 * best, error="additive", R0=1.001).apply(yes)


def test_additive_errors_of_softmax_up_to_what_the_instance_tolerates() -> None:
    problem = worst_products(4, 3, 1)[0]
    tolerance = ProductSoftmax().apply(problem).additive.value
    reduction = ProductSoftmax(mu=0.999 * tolerance, error="additive")
    for direction, worst in product((1, -1), worst_products(4, 3, 1)):
        decided(reduction, worst, Noisy(reduction.mu, "additive", direction))
    with pytest.raises(Declined, match="told apart up to an error of"):
        ProductSoftmax(mu=1.001 * tolerance, error="additive").apply(problem)


@pytest.mark.parametrize("h", [1, 2, 3, 5, 20])
@pytest.mark.parametrize(("n", "m"), [(1, 1), (5, 5), (7, 4), (3, 8)])
def test_every_pair_is_seen_through_the_window(h: int, n: int, m: int) -> None:
    """One pair with product 1 at a time: the row that `forth` names sees it, every other row is NO or leads to it."""
    for i, j in product(range(n), range(m)):
        A, B = np.zeros((n, 1), np.bool_), np.zeros((m, 1), np.bool_)
        A[i], B[j] = True, True
        problem = ThresholdProduct(BitMatrix.of(A), BitMatrix.of(B), 1)
        reduction = ProductWindow(h=h)
        task = reduction.apply(problem)
        assert task.reaches(reduction.forth(problem, (i, j)))
        found = [witness for witness in task.witnesses() if task.accepts(witness)]
        assert {reduction.back(problem, witness) for witness in found} == {(i, j)}


def test_self_attention_has_one_matrix() -> None:
    problem = worst_products(3, 4, 2)[0]
    near = worst_distances(3, 4, 1, 2)[0]
    tasks = [reduction.apply(problem) for reduction in (ProductExp(), ProductSoftmax(), ProductWindow())]
    for task in (*tasks, HammingGaussian().apply(near)):
        assert task.inputs.Q is task.inputs.K


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ProductExp(mu=1.0), r"mu = 1.0 \(multiplicative\): an error"),
        (lambda: ProductExp(mu=-0.1), "mu = -0.1"),
        (lambda: HammingKde(mu=float("inf"), error="additive"), r"mu = inf \(additive\)"),
        (lambda: HammingKde(mu=float("nan")), "mu = nan"),
        (lambda: ProductExp(error=cast(Any, "relative")), "error = 'relative'"),
        (lambda: ProductSoftmax(gamma=0.0), "gamma = 0.0"),
        (lambda: ProductSoftmax(gamma=2.0), "gamma = 2.0"),
        (lambda: ProductWindow(h=0), "h = 0"),
        (lambda: ProductExp(R0=1.0), "R0 = 1.0"),
        (lambda: ThresholdProduct(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 3), "t = 3 in dimension d = 2"),
        (lambda: ThresholdProduct(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 0), "t = 0"),
        (lambda: FarHamming(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 1, 1), "t = 1, t2 = 1"),
        (lambda: FarHamming(BitMatrix.of(["01"]), BitMatrix.of(["01"]), 3, 1), "t = 3"),
    ],
)
def test_wrong_parameters(make: Any, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        make()


def test_what_float64_cannot_hold_is_declined() -> None:
    wide = ThresholdProduct(BitMatrix.of(["1" * 60]), BitMatrix.of(["1" * 60]), 30)
    with pytest.raises(Declined, match="underflows: take gamma below 1"):
        ProductSoftmax().apply(wide)
    assert ProductSoftmax(gamma=0.1).apply(wide).promised()
    vast = ThresholdProduct(BitMatrix.of(["1" * 60]), BitMatrix.of(["1" * 60]), 60)
    long = ThresholdProduct(BitMatrix.zeros(1, 200_000), BitMatrix.zeros(1, 200_000), 200_000)
    with pytest.raises(Declined, match="rounding would eat the margin"):
        ProductExp(mu=1e308, error="additive", R0=1.001).apply(long)
    assert ProductExp().apply(vast).promised()
