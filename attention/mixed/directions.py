"""Few directions in which some rows of both sides lie, all but nearly. Nothing hangs on them but the tail that they leave."""

from math import atanh, inf
from typing import NamedTuple

import numpy as np

from attention.blas import ONE_BLAS_THREAD
from attention.blocks import SOME
from attention.mixed.projection import Axes, candidates, reach
from attention.rounding import WIDEN
from instances.bits import Ints
from instances.coded import Floats
from instances.faults import Declined
from instances.task import Attention


class Directions(NamedTuple):
    """Axes of which the first `rank` are enough for some rows, the spread of V, and the largest T that is allowed."""

    axes: Axes
    rank: int
    spread: float
    allowed: float

    @classmethod
    def among(cls, some: Attention, spread: float, allowed: float) -> "Directions":
        """Those of which the fewest are enough for these rows. Errors: `Declined` where entries are too large."""
        Q, K = some.queries(slice(None)), some.keys(slice(None))
        with np.errstate(over="ignore", invalid="ignore"), ONE_BLAS_THREAD:
            centre = K.mean(axis=0)
            q, y = reach(Q, K, centre)
            found = [(axes.tails(some), axes) for axes in candidates(Q, K - centre, q, y, centre)]
        if not found:
            raise Declined(f"low-rank: entries up to {max(q.max(), y.max()):.3g} are too large: use softmax")
        tails, axes = min(found, key=lambda pair: place(pair[0], allowed))
        return cls(axes, rank_of(tails, allowed), spread, allowed)


def allowed_tail(lost: float, spread: float) -> float:
    """The largest T for which spread tanh(T/2) is not above what may be lost."""
    part = lost / max(spread, 1e-300)
    return 2 * atanh(part) / WIDEN**2 if part < 1 else inf


def rank_of(tails: Floats, allowed: float) -> int:
    """The least rank of which the tail is allowed; more than there are where none is."""
    enough = np.flatnonzero(tails <= allowed)
    return int(enough[0]) + 1 if len(enough) else len(tails) + 1


def place(tails: Floats, allowed: float) -> tuple[int, float]:
    """What is less of the better tails."""
    rank = rank_of(tails, allowed)
    return rank, float(tails[min(rank, len(tails)) - 1])


def with_rows(some: Attention, inputs: Attention, of_Q: Ints, of_K: Ints) -> Attention:
    """Some rows, and these."""
    parts = (some.Q, inputs.queries(slice(None)), of_Q), (some.K, inputs.keys(slice(None)), of_K), (some.V, inputs.V, of_K)
    Q, K, V = (np.concatenate([few, X[at]]) for few, X, at in parts)
    return Attention(Q, K, V, inputs.scale, copy=False)


def some_rows(inputs: Attention) -> Attention:
    """Of either side, evenly."""
    Q, K, V = (X[:: max(1, len(X) // SOME)] for X in (inputs.queries(slice(None)), inputs.keys(slice(None)), inputs.V))
    return Attention(Q, K, V, inputs.scale, copy=False)
