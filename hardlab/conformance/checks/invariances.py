"""Checks (3): what softmax attention is invariant under, to the sum of what is allowed in the calls compared: rounding, or what
the kernel promises.

A law is a sum of terms, each a factor times some rows of the outputs of one call, that is a constant. Entries of K and V are
multiples of 1/8 and 1/4 small enough that shifts, sums and doubles are exact in every dtype.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hardlab.conformance.comparing import (
    allowance,
    ask,
    beyond_precision,
    compared,
    drawn,
    failed,
    held,
    useful,
    usual_scale,
    worst,
)
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel
from hardlab.work.failure import Failure
from instances.coded import Floats

SIZES = ((6, 40, 16), (9, 130, 8))
"""(n, m, d)."""

REACHES = (4, 12, 24)
"""Entries of K are up to so many eighths: from mild scores to steep ones."""


class Case(NamedTuple):
    """Q, K, V, and what a law chooses with."""

    Q: Floats
    K: Floats
    V: Floats
    random: np.random.Generator


class Term(NamedTuple):
    """factor times the rows of f(Q, K, V); all rows if None."""

    Q: Floats
    K: Floats
    V: Floats
    factor: float = 1.0
    rows: NDArray[np.int64] | None = None


Law = Callable[[Case], tuple[list[Term], float]]
"""The terms, the first with factor 1, and what they add up to."""


def permuted_keys(x: Case) -> tuple[list[Term], float]:
    """Keys in another order, values with them."""
    order = x.random.permutation(len(x.K))
    return [Term(x.Q, x.K[order], x.V[order]), Term(x.Q, x.K, x.V, -1.0)], 0.0


def shifted_keys(x: Case) -> tuple[list[Term], float]:
    """K plus a constant vector: all scores of a row move by the same."""
    shift = x.random.integers(-16, 17, size=x.K.shape[1]) / 8
    return [Term(x.Q, x.K + shift, x.V), Term(x.Q, x.K, x.V, -1.0)], 0.0


def row_stochastic(x: Case) -> tuple[list[Term], float]:
    """V = 1 gives 1."""
    return [Term(x.Q, x.K, np.ones_like(x.V))], 1.0


def additive_in_values(x: Case) -> tuple[list[Term], float]:
    """f(V + W) = f(V) + f(W)."""
    W = _values(x.random, len(x.K))
    return [Term(x.Q, x.K, x.V + W), Term(x.Q, x.K, x.V, -1.0), Term(x.Q, x.K, W, -1.0)], 0.0


def homogeneous_in_values(x: Case) -> tuple[list[Term], float]:
    """f(-2V) = -2f(V)."""
    return [Term(x.Q, x.K, -2 * x.V), Term(x.Q, x.K, x.V, 2.0)], 0.0


def duplicated_keys(x: Case) -> tuple[list[Term], float]:
    """Every key and value twice."""
    return [Term(x.Q, np.vstack([x.K, x.K]), np.vstack([x.V, x.V])), Term(x.Q, x.K, x.V, -1.0)], 0.0


def independent_queries(x: Case) -> tuple[list[Term], float]:
    """Some of the rows, in another order, give those rows."""
    rows = x.random.permutation(len(x.Q))[: len(x.Q) // 2]
    return [Term(x.Q[rows], x.K, x.V), Term(x.Q, x.K, x.V, -1.0, rows)], 0.0


LAWS: tuple[Law, ...] = (
    permuted_keys,
    shifted_keys,
    row_stochastic,
    additive_in_values,
    homogeneous_in_values,
    duplicated_keys,
    independent_queries,
)


def invariances(kernel: Kernel) -> Iterator[Result]:
    """Each law at all sizes and steepnesses, the worst output of them."""
    for law in LAWS:
        name = f"invariances/{getattr(law, '__name__', 'law').replace('_', ' ')}"
        yield worst([_holds(kernel, name, law, *size, reach) for size in SIZES for reach in REACHES])


def _holds(kernel: Kernel, name: str, law: Law, n: int, m: int, d: int, reach: int) -> Result:
    random = drawn(kernel, n, m, d, reach)
    dtype, scale = kernel.conventions.dtype, usual_scale(kernel.conventions, d)
    K = random.integers(-reach, reach + 1, size=(m, d)) / 8
    Q = K[random.integers(0, m, size=n)] + random.integers(-2, 3, size=(n, d)) / 8
    terms, total = law(Case(Q, K, _values(random, m), random))
    sides: list[Floats] = []
    shares: list[Floats] = []
    for term in terms:
        inputs = held(term.Q, term.K, term.V, scale, dtype)
        share = allowance(kernel, inputs)
        if not useful(inputs, share):
            return beyond_precision(name, dtype)
        outcome = ask(kernel, inputs)
        if isinstance(outcome, Failure):
            return failed(name, outcome)
        if outcome.output.shape != share.shape:
            return Result(name, "wrong", f"the output has shape {outcome.output.shape}, not {share.shape}")
        sides.append(term.factor * _rows(term, outcome.output))
        shares.append(abs(term.factor) * _rows(term, share))
    expected = np.full_like(sides[0], total) - sum(sides[1:])
    place = f" of n = {n}, m = {m}, d = {d}, entries to {reach / 8:g}"
    return compared(name, sides[0], expected, sum(shares[1:], shares[0]), "wrong", lambda _: place)


def _rows(term: Term, output: Floats) -> Floats:
    return output if term.rows is None else output[term.rows]


def _values(random: np.random.Generator, m: int) -> Floats:
    return random.integers(-16, 17, size=(m, 2)) / 4
