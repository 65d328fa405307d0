"""Does a kernel keep its own promise?

A promise is an absolute error of every output of one call. It is compared with certified outputs of the inputs as given:
on rungs of the ladder, and on Gaussian Q, K and V of several sizes, where each entry of Q K^T times the scale has
the standard deviation `spread`. A promise of NaN or below 0 is none that can be made, and a failure; an
infinite one says nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import inf, isfinite, isnan, sqrt
from typing import NamedTuple

import numpy as np

from attention.exact.certified import certified_row
from hardlab.conformance import arithmetic
from hardlab.conformance.comparing import ask, failed
from hardlab.conformance.ladder import Rung, ladder, rounded
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Conventions, Kernel
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import Attention

ROWS = 12
"""Rows of a case that are compared."""

CASES = tuple((n, d, spread) for n, d in ((1, 1), (7, 3), (64, 16), (300, 32)) for spread in (0.0, 1.0, 6.0))
"""(n, d, spread) of the Gaussian cases."""

_CERTIFIED = 2.0**-50


class Case(NamedTuple):
    """Inputs as the kernel's dtype holds them, under their name."""

    name: str
    inputs: Attention


def sampled() -> Iterator[Rung]:
    """A few rungs of every construction and both kinds of family."""
    return (rung for rung in ladder((16, 256), (1.05, 16.0)) if rung.family in ("worst", "planted-ov"))


def promises(kernel: Kernel, rungs: Iterable[Rung] | None = None, seed: int | None = None) -> Iterator[Result]:
    """A result for each case for which it promises something: passed, wrong, declined, crashed, timeout."""
    rungs = sampled() if rungs is None else rungs
    silent = True
    for case in _cases(kernel.conventions, rungs, kernel.seed_of_check if seed is None else seed):
        result = promise(kernel, case)
        if result.status != "skipped":
            silent = False
            yield result
    if silent:
        yield Result("promises", "skipped", "the kernel makes no promise")


def promise(kernel: Kernel, case: Case) -> Result:
    """The result of one case."""
    name, inputs = f"promises/{case.name}", case.inputs
    promised = kernel.promise(inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale)
    if isinstance(promised, Failure):
        return replace(failed(name, promised), reason=f"asked for its promise: {promised.kind}: {promised.reason}")
    if promised is None or promised == inf:
        return Result(name, "skipped", "the kernel makes no promise here")
    if isnan(promised) or promised < 0:
        return Result(name, "wrong", f"the kernel promises an error of {promised}")
    outcome = ask(kernel, inputs)
    if isinstance(outcome, Failure):
        return replace(failed(name, outcome), demanded=promised)
    rows = np.unique(np.linspace(0, inputs.n - 1, min(ROWS, inputs.n)).astype(np.int64)).tolist()
    excess, delivered, row = max(_excess(outcome.output[row], inputs, row, promised) for row in rows)
    if excess > 0:
        said = f"row {row} is off by {delivered:.6g}, an error of {promised:.6g} is promised"
        return Result(name, "wrong", said, promised, delivered)
    return Result(name, "passed", f"{len(rows)} rows are off by at most the {promised:.3g} promised", promised, delivered)


def _excess(outputs: Floats, inputs: Attention, row: int, promised: float) -> tuple[float, float, int]:
    """(By how much the promise is broken, the error, the row), for the row's worst output."""
    exact = certified_row(inputs, row)
    errors = [abs(float(x) - y) if isfinite(x) else inf for x, y in zip(outputs, exact, strict=True)]
    room = [_CERTIFIED * (abs(y) + promised) + 2.0**-1070 for y in exact]
    return max((error - promised - slack, error, row) for error, slack in zip(errors, room, strict=True))


def _cases(conventions: Conventions, rungs: Iterable[Rung], seed: int) -> Iterator[Case]:
    for n, d, spread in CASES:
        yield Case(f"gaussian/n={n}/d={d}/spread={spread:g}", gaussian(n, d, spread, conventions, seed))
    for rung in rungs:
        try:
            yield Case(rung.name, rounded(rung.task(conventions.dtype), conventions).inputs)
        except (Declined, BadInput):
            continue


def gaussian(n: int, d: int, spread: float, conventions: Conventions, seed: int) -> Attention:
    """n standard normal queries, keys and values (two columns), scaled as the module says."""
    rng = np.random.default_rng((seed, n, d, round(1000 * spread)))
    scale = conventions.built_in(d) or 1 / sqrt(d)
    factor = spread / (scale * sqrt(d))
    Q, K, V = (rng.standard_normal((n, columns)) for columns in (d, d, 2))
    Q, K, V = (arithmetic.representable(X, conventions.dtype) for X in (Q * factor, K, V))
    return Attention(Q, K, V, scale)
