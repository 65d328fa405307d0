"""One wrong row: whether its kernel is to blame, and an object with which anybody can ask that again.

With margin the distance of the exact output (certified, on the inputs as the dtype holds them) from the midpoint of the
thresholds, taken negative on the wrong side of it, the kernel is blamed for a wrong row if one of these holds:

    bound < margin           no careful kernel in this precision errs by so much there,
    bound < infinity         and the output is no number: nothing overflows in a careful kernel,
    2 reference < margin     the definition in the same precision errs by less than half of it, its error taken where it is
                             largest: over that row and a fixed sample of the task's rows, with the scale applied to the
                             scores, to Q, to K or its root to both, and changed by up to u.

The first two are proved (module `arithmetic`). The third is a rule: "at most twice the error of the same precision". It takes
the largest error of many runs because one alone may be right by luck: the scores of such tasks take few values, and all rows
round alike.

A row with none is beyond the precision; one with a negative margin is so for any kernel: the inputs as held say otherwise.
The object names the rung, not its numbers; `task` is the SHA-256 of the inputs, so that another ladder is noticed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import copysign, inf, isfinite, sqrt
from typing import Any, get_args

import numpy as np

from attention.exact.certified import certified_row
from hardlab.conformance import arithmetic
from hardlab.conformance.ladder import LARGEST_N, Construction, Drawn, Rung, rounded
from hardlab.kernels.kernel import Conventions, Dtype
from instances.bits import Bools, Ints
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import Attention, AttentionTask

KIND = "decision"
EVERY = 64
"""Tasks with at most so many counted rows are compared with exact values in all of them."""

SAMPLE = 8
"""In others these are compared, half of them YES."""


@dataclass(frozen=True)
class Blame:
    """A wrong row, by its place among the counted rows, and what the precision could do there."""

    place: int
    margin: float
    bound: float
    reference: float
    finite: bool
    """Whether the output is a number."""

    @property
    def holds(self) -> bool:
        return min(self.bound, 2 * self.reference) < self.margin or (not self.finite and self.bound < inf)


@dataclass(frozen=True, eq=False)
class Posed:
    """A rung as it is posed to kernels of these conventions. Places are those among the counted rows."""

    rung: Rung
    conventions: Conventions
    task: AttentionTask
    _known: dict[bytes, float] = field(default_factory=dict)

    @classmethod
    def of(cls, rung: Rung, conventions: Conventions) -> "Posed":
        """Errors: `Declined` and `BadInput` where the dtype does not hold the thresholds or the inputs."""
        return cls(rung, conventions, rounded(rung.task(conventions.dtype), conventions))

    @cached_property
    def truth(self) -> Bools:
        return self.rung.truth

    @property
    def midpoint(self) -> float:
        return (self.task.low + self.task.high) / 2

    @cached_property
    def sample(self) -> list[int]:
        """All places of a small task; in a large one `SAMPLE`, of YES and NO rows alike."""
        if self.task.rows <= EVERY:
            return list(range(self.task.rows))
        return [place for kind in (self.truth, ~self.truth) for place in spread(np.flatnonzero(kind), SAMPLE // 2)]

    def query(self, place: int) -> Floats:
        row = self.task.counted[place]
        return self.task.inputs.queries(slice(row, row + 1))

    def exact(self, place: int) -> float:
        """The certified output; computed once for rows with equal queries."""
        query = self.query(place).tobytes()
        if query not in self._known:
            self._known[query] = certified_row(self.task.inputs, self.task.counted[place])[0]
        return self._known[query]

    def error(self, place: int, output: float) -> float:
        return abs(output - self.exact(place)) if isfinite(output) else inf

    def wrong(self, outputs: Floats) -> Ints:
        """The places whose output is not on the side of the truth."""
        right = np.where(self.truth, outputs > self.midpoint, outputs < self.midpoint)
        return np.flatnonzero(~right)

    def blames(self, places: Sequence[int], outputs: Sequence[float]) -> list[Blame]:
        """What the precision could do at each of these places, where these are the outputs."""
        rows, inputs, dtype = [*places, *self.sample], self.task.inputs, self.conventions.dtype
        Q = np.concatenate([self.query(place) for place in rows])
        some = Attention(Q, inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)
        bounds = arithmetic.bound(some, dtype)[:, 0]
        runs = np.array([arithmetic.reference(same, dtype)[:, 0] for same in _presentations(some, dtype)])
        errors = [max(self.error(place, float(x)) for x in column) for place, column in zip(rows, runs.T, strict=True)]
        sampled = max(errors[len(places) :])
        return [
            Blame(place, self.margin(place), float(bound), max(error, sampled), isfinite(output))
            for place, output, bound, error in zip(places, outputs, bounds, errors, strict=False)
        ]

    @property
    def source(self) -> dict[str, int]:
        """Of the vectors that the task is reduced from, in numbers."""
        return {"d": self.rung.source.A.d, "t": self.rung.source.t, "t2": self.rung.source.t2}

    def margin(self, place: int) -> float:
        above = self.exact(place) - self.midpoint
        return above if self.truth[place] else -above

    def counterexample(self, blame: Blame, output: float) -> dict[str, Any]:
        """The object: all that `repeated` needs, and what it will find."""
        rung, source, place = self.rung, self.rung.source, blame.place
        return {
            "kind": KIND,
            "rung": {
                "construction": rung.construction,
                "family": rung.family,
                "n": rung.n,
                "R0": rung.R0,
                "shape": None if rung.shape is None else list(rung.shape),
                "seed": rung.seed,
            },
            "dtype": self.conventions.dtype,
            "scale": self.conventions.scale,
            "task": self.task.identity,
            "source": self.source,
            "place": place,
            "row": self.task.counted[place],
            "truth": "YES" if self.truth[place] else "NO",
            "distance": int(source.B.distances(source.A.words[place]).min()),
            "low": self.task.low,
            "high": self.task.high,
            "output": _number(output),
            "exact": self.exact(place),
            "margin": blame.margin,
            "bound": _number(blame.bound),
            "reference": _number(blame.reference),
        }


def repeated(counterexample: Mapping[str, Any]) -> Blame:
    """What the row of a counterexample comes to, computed now from the rung alone; it is confirmed if the blame holds.

    Errors: `BadInput` where it does not describe a row of the ladder, its task is another one now, or its output is right.
    """
    try:
        rung, conventions = _rung(counterexample["rung"]), Conventions(counterexample["scale"], dtype=counterexample["dtype"])
        place, output, identity = int(counterexample["place"]), float(counterexample["output"]), counterexample["task"]
        posed = Posed.of(rung, conventions)
    except (KeyError, TypeError, ValueError, OverflowError, IndexError, Declined) as error:
        raise BadInput(f"this is no counterexample of a decision: {type(error).__name__}: {error}") from None
    if posed.task.identity != identity or counterexample.get("source") != posed.source:
        raise BadInput(f"the rung {rung.name} has another task than the one of the counterexample")
    if not 0 <= place < posed.task.rows:
        raise BadInput(f"place = {place}: the task has {posed.task.rows} counted rows")
    if place not in posed.wrong(np.full(posed.task.rows, output)):
        raise BadInput(f"the output {output!r} at place {place} is on the right side of {posed.midpoint!r}")
    return posed.blames([place], [output])[0]


def spread(places: Ints, most: int) -> list[int]:
    """At most so many of the places, evenly."""
    chosen = np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).astype(np.int64))
    return [int(place) for place in places[chosen]]


def _presentations(inputs: Attention, dtype: Dtype) -> Iterator[Attention]:
    """The same function as far as the dtype can tell: the scale as it is; within u of it in Q, in K, and its root in both."""
    Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
    yield inputs
    for step in (0.0, 0.5, -0.5, 1.0, -1.0):
        near = inputs.scale * (1 + step * arithmetic.ROUNDOFF[dtype])
        yield Attention(Q * near, K, inputs.V, 1.0)
        yield Attention(Q, K * near, inputs.V, 1.0)
        root = sqrt(abs(near))
        yield Attention(Q * copysign(root, near), K * root, inputs.V, 1.0)


def _rung(given: Mapping[str, Any]) -> Rung:
    construction, family, shape = given["construction"], given["family"], given["shape"]
    if construction not in get_args(Construction) or family not in get_args(Drawn):
        raise BadInput(f"there is no construction {construction!r} on a family {family!r}")
    n, R0, seed = int(given["n"]), float(given["R0"]), int(given["seed"])
    if not 2 <= n <= LARGEST_N:
        raise BadInput(f"n = {n}: a counterexample has 2 <= n <= {LARGEST_N}")
    return Rung(construction, family, n, R0, None if shape is None else (int(shape[0]), int(shape[1])), seed)


def _number(value: float) -> float | str:
    """JSON has no words for NaN and infinities."""
    return value if isfinite(value) else str(value)
