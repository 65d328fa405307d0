"""Checks (6): signs of an exact computation behind an approximate one: the error, on one distribution, jumps with the size.

n = m = 512 .. 8192, entries +-g, one matching key a row. The error is that of the worst of a sample of rows, from certified
values, and at least u max|V|. A kernel is wrong if it changes by JUMP or more between neighbouring sizes and the larger one is
more than rounding explains: errors within the bound of the dtype count as equal, so an exact kernel is never flagged. From
u max|V| to the range of V there are fewer than JUMP steps in bfloat16: a quarter of what there are is a jump too.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hardlab.conformance.arithmetic import ROUNDOFF
from hardlab.conformance.comparing import ask, demand, drawn, exact, failed, matching, signs
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.task import Attention

SIZES = (512, 1024, 2048, 4096, 8192)

JUMP = 1e3

D = 16

SAMPLE = 6
"""Rows measured."""


TOO_LARGE = ("declined", "timeout", "memory")
"""Failures by which a kernel says that a size is too large for it."""


class Measured(NamedTuple):
    """The worst error of a sample of rows at one size, and what rounding explains of it."""

    size: int
    error: float
    explained: float
    steps: float
    """The range of V over the least error."""

    @property
    def rounding(self) -> bool:
        return self.error <= self.explained


def fallback(kernel: Kernel) -> Iterator[Result]:
    """At a steep B and a mild one; a size that is declined, or takes too much time or memory, ends the sizes.

    It is the result if it is among the first two; any other failure always is.
    """
    for B in (2.0, 1.0):
        name = f"fallback/B={B:g}"
        measured, failure = _sizes(kernel, B)
        yield (
            failed(name, failure)
            if failure and (len(measured) < 2 or failure.kind not in TOO_LARGE)
            else judged(name, measured, failure)
        )


def _sizes(kernel: Kernel, B: float) -> tuple[list[Measured], Failure | None]:
    """What was measured before the first failure, and that failure."""
    measured: list[Measured] = []
    for size in SIZES:
        found = _measured(kernel, size, B)
        if isinstance(found, Failure):
            return measured, found
        measured.append(found)
    return measured, None


def judged(name: str, measured: list[Measured], failure: Failure | None = None) -> Result:
    """The largest jump of the error between neighbouring sizes, of which a failure was the end."""
    jumps = [(_jump(x, y), x, y) for x, y in pairwise(measured)]
    jump, x, y = max(jumps, key=lambda each: each[0])
    both = f"error {x.error:.3g} at n = {x.size} and {y.error:.3g} at n = {y.size}"
    ended = f", then {failure.kind}: {failure.reason}" if failure else ""
    reached = f"sizes {measured[0].size} to {measured[-1].size}{ended}"
    if jump >= min(JUMP, x.steps / 4):
        return Result(name, "wrong", f"{both}, the same distribution: {jump:.3g} times, {reached}")
    return Result(name, "passed", f"{both}: {jump:.3g} times at most, {reached}")


def _jump(x: Measured, y: Measured) -> float:
    if x.rounding and y.rounding:
        return 1.0
    low, high = sorted([x.error, y.error])
    return high / low if low < np.inf else 1.0


def _measured(kernel: Kernel, size: int, B: float) -> Measured | Failure:
    random, dtype = drawn(kernel, size), kernel.conventions.dtype
    V = np.column_stack([signs(random, size, 1)[:, 0], random.uniform(0.5, 1.5, size=size)])
    inputs = matching(kernel, signs(random, size, D), random.permutation(size).tolist(), V, B)
    outcome = ask(kernel, inputs)
    if isinstance(outcome, Failure):
        return outcome
    if outcome.output.shape != V.shape:
        return Failure("shape", f"the output has shape {outcome.output.shape}, not {V.shape}")
    rows = np.linspace(0, size - 1, SAMPLE).astype(np.int64)
    sample = Attention(inputs.queries(slice(0, size))[rows], inputs.K, inputs.V, inputs.scale)
    expected = exact(sample, range(SAMPLE))
    error = _errors(outcome.output[rows], expected)
    least = ROUNDOFF[dtype] * float(np.abs(expected).max())
    steps = float(np.ptp(V)) / least
    return Measured(size, max(float(error.max()), least), float(demand(kernel, sample, expected).max()), steps)


def _errors(output: Floats, expected: Floats) -> Floats:
    odd = ~np.isfinite(output)
    errors: Floats = np.where(odd, np.inf, np.abs(np.where(odd, 0.0, output) - expected))
    return errors
