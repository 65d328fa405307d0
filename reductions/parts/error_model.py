"""The error models of Keles et al.: how far apart the outputs of YES and NO rows must be.

Multiplicative, 0 <= mu < 1: |Y^ - Y| <= mu |Y|; outputs are told apart iff YES/NO >= rho = (1 + mu)/(1 - mu). Exact: mu = 0.
Additive, mu >= 0: |Y^ - Y| <= mu; told apart iff YES - NO >= 2 mu.
The reductions here ask for more by a factor R0 > 1, so that rounded inputs are told apart too.
"""

from dataclasses import dataclass
from math import log
from typing import Literal

from instances.faults import BadInput, Declined
from reductions.parts.room import ROOM, checked_ratio


@dataclass(frozen=True)
class ErrorModel:
    """The fields that these reductions share. Errors: `BadInput` for a mu outside its range, an R0 below 1.001."""

    mu: float = 0.0
    error: Literal["multiplicative", "additive"] = "multiplicative"
    R0: float = 16.0

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.error not in ("multiplicative", "additive"):
            raise BadInput(f"error = {self.error!r}: the error is multiplicative or additive")
        if not 0 <= self.mu < (1 if self.error == "multiplicative" else float("inf")):
            raise BadInput(f"mu = {self.mu} ({self.error}): an error is >= 0, finite, and below 1 where it is multiplicative")

    @property
    def ratio(self) -> float:
        """The ratio that YES and NO outputs must have at least: rho R0 (R0 where the error is additive)."""
        return self.R0 * (1 + self.mu) / (1 - self.mu) if self.error == "multiplicative" else self.R0

    @property
    def room(self) -> float:
        """The natural logarithm of the factor by which each threshold is moved towards the other."""
        return ROOM * log(self.R0)

    def check_rounding(self, largest_exponent: float) -> None:
        """Errors: `Declined` where exponents rounded to 2^-53 would eat the room."""
        if 8 * largest_exponent * 2.0**-53 > self.room:
            raise Declined(
                f"exponents up to {largest_exponent:.3g} with R0 = {self.R0}: rounding would eat the margin; raise R0"
            )

    def check_additive(self, tolerance: float) -> None:
        """Errors: `Declined` where an additive mu is above `tolerance` = (YES - NO)/2."""
        if self.error == "additive" and not self.mu <= tolerance:
            raise Declined(f"mu = {self.mu:.3g}: the outputs of this instance are told apart up to an error of {tolerance:.3g}")
