"""A kernel as checks see it: its ends are counted, and what it declined is remembered."""

from dataclasses import replace
from functools import cached_property
from typing import TypeVar

from hardlab.conformance.comparing import STATUS
from hardlab.conformance.meaning import always
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import ALWAYS, Answer, Conventions, Kernel, Offer, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats

T = TypeVar("T")

PATIENCE = 8
"""Calls that crashed or timed out after which a kernel is not checked further."""


class Suffered:
    """A kernel that is not called again in a check in which it timed out. `seed_of_check` draws all that it is asked."""

    def __init__(self, kernel: Kernel, seed_of_check: int = 0) -> None:
        self._kernel, self.name, self.seed_of_check = kernel, kernel.name, seed_of_check
        self.ends = self.calls = self.answers = 0
        self.meaning = ""
        self.late: Failure | None = None
        self.noticed: dict[str, int] = {}

    @cached_property
    def offer(self) -> Offer:
        """What it offers; of a kernel without a causal mask to ask for, with the one that it is found to apply always."""
        offer = self._kernel.offer
        if offer.sums or "causal" in offer.features or offer.always is not None:
            return offer
        conventions = replace(self._kernel.conventions, scale=offer.scale)
        found = always(self.call, conventions, offer, self.seed_of_check)
        self.meaning = "" if found is None else f"{found[1]}: checked as that (--features {found[0]})"
        return offer if found is None else replace(offer, always=ALWAYS[found[0]])

    @cached_property
    def conventions(self) -> Conventions:
        """With the scale that is found to be built in."""
        return replace(self._kernel.conventions, scale=self.offer.scale)

    @property
    def sums(self) -> bool:
        """Whether it is called as what computes kernel sums."""
        return self._kernel.conventions.convention == "kde"

    def call(self, call: Call) -> Outcome:
        return self._counted(self.late or self._kernel.call(call))

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return self._counted(self.late or self._kernel(Q, K, V, scale))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        return self._counted(self.late or self._kernel.promise(Q, K, V, scale))

    def _counted(self, outcome: T) -> T:
        self.calls += 1
        self.answers += isinstance(outcome, Answer)
        if isinstance(outcome, Failure) and outcome is not self.late:
            self.ends += STATUS[outcome.kind] in ("crashed", "timeout")
            self.late = outcome if outcome.kind == "timeout" else None
        for finding in getattr(outcome, "noticed", ()):
            self.noticed.setdefault(finding, self.calls)
        return outcome
