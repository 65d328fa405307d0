"""Checks of any attention kernel, on inputs on which softmax is not flat."""

from hardlab.conformance.checking import Check, check_algorithm
from hardlab.kernels.kernel import Conventions

__all__ = ["Check", "Conventions", "check_algorithm"]
