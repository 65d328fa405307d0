"""Polynomial attention against its bounds: tasks built against them, and ranks."""

from dataclasses import replace
from itertools import pairwise
from math import atanh, comb, exp, inf, tanh

import numpy as np
import pytest
from flint import arb, ctx, fmpq, fmpq_mat

from attention import Polynomial
from attention.exp_polynomial import minimax
from attention.laws import BITS
from attention.polynomial.monomials import monomials
from attention.polynomial.plan import Plan
from instances.coded import Floats
from instances.task import Attention
from tests.support.tasks import ranged

# ---------------------------------------------------------------------------------------------- tasks against the bounds


def worst_case(M: float, error: float, d: int) -> tuple[float, Plan]:
    """The largest error found where two groups of keys sit at neighbouring extrema of the relative error, V = +1 and -1.

    One key at either end makes the range what it is. The sizes of the groups are those whose masses are nearly equal,
    which moves their mean the most.
    """
    wanted = Polynomial(error)
    ends = np.array([-1, 1]) * M * (1 - 1e-6)
    P = wanted.plan(embedded(ends, np.array([1.0, -1.0]), d)).P
    difference = np.array([(k + 1) * P.coefficients[k + 1] - P.coefficients[k] for k in range(P.g)] + [-P.coefficients[-1]])
    roots = np.roots(difference[::-1])
    extrema = np.sort(roots[abs(roots.imag) < 1e-9].real)
    extrema = extrema[abs(extrema) < ends[1]]
    best, plan = 0.0, None
    for low, high in list(pairwise(extrema))[-2:]:
        for few in (300, 1000):
            for share in (0.8, 1.0, 1.25):
                group = round(few * share * exp(high - low))
                keys = np.concatenate([ends, np.full(few, high), np.full(group, low)])
                for sign in (1.0, -1.0):
                    V = np.concatenate([[-sign, sign], np.full(few, sign), np.full(group, -sign)])
                    inputs = embedded(keys, V, d)
                    plan = wanted.plan(inputs)
                    with ctx.workprec(BITS):
                        # two kinds of keys and two single ones: the exact answer has four weights
                        scores = [arb(float(k)) for k in (ends[0], ends[1], high, low)]
                        weights = [(arb(1) * s).exp() * c for s, c in zip(scores, (1, 1, few, group), strict=True)]
                        exact = (weights[1] - weights[0] + weights[2] - weights[3]) * sign / sum(weights, arb(0))
                    best = max(best, abs(float(exact - arb(float(wanted(inputs)[0, 0])))))
    assert plan is not None
    return best, plan


def embedded(exponents: Floats, V: Floats, d: int) -> Attention:
    """Exponents along one direction (the products with powers of two are exact); d is 1 or 3."""
    direction = np.array([0.5, 0.25, 0.25])[:d] if d == 3 else np.ones(1)
    return Attention(np.ones((1, d)), exponents[:, None] * direction, V[:, None], 1.0)


@pytest.mark.parametrize(
    ("M", "error", "d"),
    [(1.0, 1e-2, 1), (1.0, 1e-5, 1), (2.0, 1e-3, 1), (4.0, 1e-4, 1), (4.0, 1e-7, 1), (2.0, 1e-3, 3), (3.0, 1e-5, 3)],
)
def test_the_approximation_bound_is_nearly_attained(M: float, error: float, d: int) -> None:
    """Within a factor 3, and never beyond; the rounding bound is far below and is told apart."""
    found, plan = worst_case(M, error, d)
    assert plan.approximation / 3 <= found <= plan.error
    assert plan.error <= error


@pytest.mark.parametrize(("M", "error"), [(1.0, 1e-4), (4.0, 1e-6), (6.0, 1e-8), (8.0, 1e-4)])
def test_the_rounding_bound_grows_no_faster_than_the_keys(M: float, error: float) -> None:
    rng = np.random.default_rng(int(M))
    small = ranged(rng, rng.uniform(-1, 1, (3, 2)), rng.uniform(-1, 1, (500, 2)), rng.uniform(-1, 1, (500, 1)), M)
    bounds = []
    for times in (1, 4, 16):
        inputs = Attention(small.Q, np.tile(small.keys(slice(None)), (times, 1)), np.tile(small.V, (times, 1)), small.scale)
        plan = Polynomial(error).plan(inputs)
        bounds.append((plan.rounding, plan.h, plan.approximation))
    assert len({(h, approximation) for _, h, approximation in bounds}) == 1
    for less, more in pairwise(bounds):
        assert 0 < less[0] <= more[0] <= 4.2 * less[0]


# --------------------------------------------------------------------------------------------------------------- ranks


@pytest.mark.parametrize(("d", "g"), [(1, 1), (1, 9), (2, 6), (3, 5), (5, 4), (8, 6), (40, 2)])
def test_monomials(d: int, g: int) -> None:
    m = monomials(d, g)
    assert len(m.last) == len(m.degree) == len(m.multiplicity) == m.starts[-1] == comb(d + g, g)
    for k in range(g + 1):
        assert m.multiplicity[m.degree == k].sum() == d**k


@pytest.mark.parametrize(("n", "d", "g"), [(5, 2, 3), (14, 2, 3), (13, 1, 7), (25, 3, 3), (12, 3, 3), (20, 2, 4)])
def test_the_rank_is_exactly_the_number_of_monomials(n: int, d: int, g: int) -> None:
    """Of P(Q K^T) as rational numbers, for Q and K in general position."""
    rng = np.random.default_rng(n)
    Q, K = rng.integers(-50, 50, (n, d)), rng.integers(-50, 50, (n, d))
    coefficients = [fmpq(*p.as_integer_ratio()) for p in minimax(2.0, g).coefficients]
    values = [[sum((p * x**k for k, p in enumerate(coefficients)), fmpq(0)) for x in row] for row in (Q @ K.T).tolist()]
    assert fmpq_mat(values).rank() == min(n, comb(d + g, g))


@pytest.mark.parametrize("eta", [1e-3, 0.1, 0.5, 0.9])
def test_the_shift_of_a_mean(eta: float) -> None:
    """Weights off by (1 +- eta) shift a mean of values in [0, 1] by tanh(artanh(eta)/2) and no more; two levels do it."""
    bound = tanh(atanh(eta) / 2)
    # half the way there and half beyond: odds e^-a to e^a, a = artanh eta
    mass = 1 / (1 + exp(atanh(eta)))
    weights, values, levels = np.array([mass, 1 - mass]), np.array([1.0, 0.0]), np.array([1 + eta, 1 - eta])
    attained = float((levels * weights) @ values / (levels @ weights) - weights @ values)
    assert attained == pytest.approx(bound, rel=1e-9)
    rng = np.random.default_rng(0)
    for _ in range(500):
        weights, values = rng.dirichlet(np.full(6, 0.5)), rng.choice([0.0, 1.0, rng.random()], 6)
        levels = 1 + eta * rng.choice([-1.0, 1.0, rng.uniform(-1, 1)], 6)
        assert abs((levels * weights) @ values / (levels @ weights) - weights @ values) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("moved", [1e-12, 1e-6, 0.3, 0.999])
def test_what_weights_move_masses_by(moved: float) -> None:
    """At least -ln(1 - theta), and hardly more; by the range it is eta."""
    inputs = Attention(np.full((3, 1), 0.25), np.array([[0.5], [-0.5]]), np.ones((2, 1)), 1.0)
    plan = Polynomial(1e-3, "range").plan(inputs)
    for one in (replace(plan, theta=moved), replace(plan, P=plan.P._replace(eta=moved))):
        with ctx.workprec(120):
            wanted = -(1 - arb(moved)).log()
            assert wanted <= arb(one.of_masses) <= wanted * (1 + arb(2) ** -28)
    assert replace(plan, theta=1.0).of_masses == inf
