"""Gradients by polynomials as an algorithm whose exponent is measured."""

from dataclasses import dataclass
from math import inf
from typing import ClassVar

from attention.algorithm import Algorithm, Unpromised, asked_for
from attention.polynomial.gradients import backward, forward, planned
from attention.polynomial.polynomial import Polynomial
from hardlab.study.forms import Form
from instances.coded import Floats, dense, largest_entry
from instances.gradients import Gradient
from instances.task import Attention


@dataclass(frozen=True)
class ByPolynomials(Unpromised):
    """The column that is asked for, of dQ, dK and dV in O((n + m) r v), each within `error` in every entry, or of dX = Q^T dQ.

    All three are computed, whichever is asked for. Errors: `Declined` where no polynomial promises that, or rows do not see all
    keys alike.
    """

    error: float = 1e-6

    key: ClassVar[str] = "polynomial"
    gradients: ClassVar[bool] = True

    def __call__(self, inputs: Attention) -> Floats:
        of = asked_for(Gradient, self.key, inputs)
        most = largest_entry(of.dO)
        plan = planned(of, inf, self.error / most if most else inf)
        found = backward(plan, forward(plan, of)[1], of, of.dO)
        whole = dense(of.Q, slice(None)).T @ found.dQ if of.of == "dX" else getattr(found, of.of)
        column: Floats = whole[:, [of.column]]
        return column


def in_form(algorithm: Algorithm, form: Form) -> Algorithm:
    """The algorithm by which one of that name computes the form: `polynomial` has a backward pass of its own."""
    return ByPolynomials(algorithm.error) if form.asks == "gradients" and isinstance(algorithm, Polynomial) else algorithm
