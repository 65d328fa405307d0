"""Reductions to dK and dV in which each row is read at a key of its own: which keys these are, and the way back."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from instances.bits import Ints
from instances.faults import BadInput
from instances.gradients import GradientTask
from instances.mechanism import SOFTMAX, Mechanism
from instances.problem import Size, Witness
from instances.vectors import GapHamming
from instances.visibility import Visibility
from reductions.parts.nearest_key import nearest_pair
from reductions.parts.room import checked_ratio
from reductions.reduction import Reduction


@dataclass(frozen=True)
class PrivateKeys(Reduction[GapHamming, GradientTask]):
    """n rows that are read at n keys, which are those of the rows in some order.

    `causal`: self-attention, where the position of a query holds its key. `heads` (not with `causal`): the rows are dealt out
    to so many query heads, filled up with rows that ask nothing, which share one head of keys: its gradient is the sum of
    theirs.
    """

    R0: float = 16.0
    causal: bool = False
    heads: int = 1

    def __post_init__(self) -> None:
        checked_ratio(self.R0)
        if self.heads < 1:
            raise BadInput(f"heads = {self.heads}: give at least 1")
        if self.causal and self.heads > 1:
            raise BadInput(f"heads = {self.heads} with causal = true: one of the two, leave out the other")

    @property
    def _mechanism(self) -> Mechanism:
        if self.causal:
            return Mechanism(sees=Visibility.causal())
        return Mechanism(sees=Visibility(heads=(1, self.heads, 1))) if self.heads > 1 else SOFTMAX

    @abstractmethod
    def _read(self, of: Size) -> Ints:
        """The keys that are read, in rising order."""

    def _rows(self, of: Size) -> Ints:
        """Whose keys these are."""
        return np.arange(of["n"])

    def forth(self, problem: GapHamming, witness: Witness) -> Witness:
        place = int(np.flatnonzero(self._rows(problem.size) == witness[0])[0])
        return (int(self._read(problem.size)[place]),)

    def back(self, problem: GapHamming, witness: Witness) -> Witness:
        place = int(np.searchsorted(self._read(problem.size), witness[0]))
        return nearest_pair(problem, (int(self._rows(problem.size)[place]),))
