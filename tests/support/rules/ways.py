"""Ways of witnesses that several rules have."""

from typing import Any

from instances.problem import Witness


class SameWitness:
    """What proves the one instance proves the other."""

    def forth(self, problem: Any, witness: Witness) -> Witness:
        return witness

    def back(self, problem: Any, witness: Witness) -> Witness:
        return witness
