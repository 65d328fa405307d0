"""How laws report: counts of what was checked, or the first counterexample."""

from typing import Any


class LawBroken(AssertionError):
    """A law does not hold (the message names the counterexample), or it was checked on nothing.

    `fault` says in two words how ("unsound"), and `facts` what it was: the witness, its image, what should be and what is.
    """

    def __init__(self, said: str, fault: str = "", **facts: Any) -> None:
        super().__init__(said)
        self.fault, self.facts = fault, facts


Counts = dict[str, int]
"""What a law looked at, by what was seen of it: "checked", "accepted", "rejected", "attained", "telling"."""


def not_vacuous(law: str, **counts: int) -> Counts:
    """The counts, all of which must be positive. Raises `LawBroken` otherwise: a law that looked at nothing says nothing."""
    for name, count in counts.items():
        if count == 0:
            raise LawBroken(f"{law} is vacuous: nothing was {name}; give it a family on which something is")
    return counts
