"""What attention of plain arrays gives: the output, what is promised of it, how it was computed, and a measure of its error."""

from dataclasses import dataclass, field
from math import inf, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.measured import Measured, plotted, reference_bound, reference_rows, sampled_rows
from attention.options import Heads
from attention.rounding import Bounds
from attention.tensors import array_of, is_tensor
from instances.faults import BadInput, at_least
from instances.task import Attention

Array = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Given:
    """What was asked: the arrays, and what each head sees of them."""

    heads: Heads
    q: Array
    k: Array
    v: Array
    scale: float

    def inputs(self, head: tuple[int, ...]) -> Attention:
        """Errors: `BadInput` as `options.Heads.inputs` has them."""
        return self.heads.inputs(head, self.q, self.k, self.v, self.scale)

    def measured(self, output: Array, count: int) -> Measured:
        """So many of the rows of all heads."""
        shape, n = self.q.shape[:-2], self.q.shape[-2]
        total = n * prod(shape)
        rows = sampled_rows(total, count) if total else []
        found = [Measured((), (), 0.0)]
        for number, head in enumerate(np.ndindex(shape)):
            here = [row - number * n for row in rows if number * n <= row < (number + 1) * n]
            if here:
                found.append(self._of_head(head, output[head], here, number * n))
        return Measured.all_of(found)

    def _of_head(self, head: tuple[int, ...], output: Array, rows: list[int], first: int) -> Measured:
        inputs = self.inputs(head)
        blind = set(inputs.blind.tolist())
        seeing = [i for i in rows if i not in blind]
        reference = reference_rows(inputs, seeing)
        return Measured.of([first + i for i in seeing], output[seeing], reference, reference_bound(Bounds.of(inputs)))


@dataclass(frozen=True)
class Attended:
    """Computed attention: |output - Att| <= promise in every entry, proved before the run.

    `algorithm` names what computed it; for a batch all names, and the largest promise, of its heads; where there are none,
    what was asked for. Of torch tensors the output is a tensor. `plans` say how, a head after the other, those were computed
    that `polynomial`, `split` and their like had: what is exact, which degree is for what; `str` of a plan is a line.
    `considered` are the algorithms that `auto` looked at, a head after the other, the one it took first (`auto.Considered`).
    It refers to the arrays that were given, which `measure` reads again.

    `logsumexp`, of the output's shape without its last axis, is there where it was asked for: float64, each within
    `logsumexp_promise` of L_i = ln sum_j exp(scale <q_i, k_j>), and minus infinity for a row that sees no key. With it parts
    over disjoint sets of keys are merged (module `merge`).
    """

    output: Array
    algorithm: str
    promise: float
    plans: tuple[Any, ...] = ()
    given: Given | None = field(default=None, repr=False, compare=False)
    logsumexp: Array | None = None
    logsumexp_promise: float = inf
    considered: tuple[Any, ...] = ()

    def measure(self, rows: int = 16) -> Measured:
        """How far the output of some rows is off, against extended precision (module `measured`), which is a test and no proof.

        Rows are numbered through all heads, and taken from the first to the last, evenly; those that see no key are left out.
        Of the arrays as they are now. Time O(rows m (d + v)). Errors: `BadInput` for rows below 1, or where nothing was given.
        """
        at_least("rows", rows, 1)
        if self.given is None:
            raise BadInput("this was not made by attend, which keeps what is measured against")
        return self.given.measured(array_of(self.output, "output") if is_tensor(self.output) else self.output, rows)

    def plot_error(self, rows: int = 64) -> Any:
        """What `measure` finds, as a figure of matplotlib: |error| of each row beside the promise.

        Errors: those of `measure`; `BadInput` where matplotlib is not installed.
        """
        return plotted(self.measure(rows), self.promise, self.algorithm)

    def __repr__(self) -> str:
        shape = " x ".join(map(str, self.output.shape))
        return f"Attended({shape} of {self.output.dtype}, algorithm={self.algorithm!r}, promise={self.promise:.3g})"
