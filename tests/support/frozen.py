"""Gradients of the map of a frozen plan, sum_j P(x_ij) V_j / sum_j P(x_ij), pair by pair: neither features nor sweeps."""

from dataclasses import replace

import numpy as np

from attention.exp_polynomial import ExpPolynomial, slope_error
from attention.polynomial.gradients import GradientPlan
from instances.coded import Floats
from instances.gradients import Three
from instances.task import Attention


def with_polynomial(plan: GradientPlan, P: ExpPolynomial) -> GradientPlan:
    """The plan with another polynomial; what it promises means nothing then."""
    return replace(plan, forward=replace(plan.forward, P=P, h=P.g + 1), eta1=slope_error(P))


def frozen(plan: GradientPlan, inputs: Attention, dO: Floats) -> tuple[Floats, Three]:
    """The output, and dQ, dK, dV by the quotient rule in extended precision."""
    Q, K, V, given = (np.asarray(X, np.longdouble) for X in (inputs.Q, inputs.K, inputs.V, dO))
    centre = plan.forward.scores.centre
    x = inputs.scale * Q @ (K - centre).T
    powers = [x**k for k in range(plan.forward.g + 1)]
    p = plan.forward.P.coefficients
    w = sum((c * power for c, power in zip(p, powers, strict=True)), 0 * x)
    slope = sum(((k + 1) * c * power for k, (c, power) in enumerate(zip(p[1:], powers[:-1], strict=True))), 0 * x)
    D = w.sum(axis=1, keepdims=True)
    T = w @ V / D
    dS = slope / D * (given @ V.T - (given * T).sum(axis=1, keepdims=True))
    return T, Three(inputs.scale * dS @ (K - centre), inputs.scale * dS.T @ Q, (w / D).T @ given)
