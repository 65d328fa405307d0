"""Checks (7): inputs at the ends of what a dtype holds, against the definition in float64 or what it comes to.

Expected values are certified. Where the demand would reach the range of V, only an output that is no number is wrong.
"""

from collections.abc import Callable, Iterator
from math import sqrt

import numpy as np

from hardlab.conformance.arithmetic import LARGEST_FINITE, TINY
from hardlab.conformance.comparing import demand, drawn, exact, held, measured, signs, usual_scale
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Conventions, Kernel
from instances.coded import Floats
from instances.task import Attention

N, M, D = 4, 24, 8

Extreme = Callable[[Conventions, np.random.Generator], Attention]


def _logits(score: float) -> Extreme:
    def large(conventions: Conventions, random: np.random.Generator) -> Attention:
        scale = usual_scale(conventions, D)
        K = signs(random, M, D)
        K[:N] = np.kron([[1, 1], [1, -1]], [[1, 1, 1, 1], [1, 1, -1, -1]])
        K[N:, 0] *= 0.5
        g = sqrt(score / (scale * D))
        return _held(conventions, g * K[:N], g * K, random.normal(size=(M, 2)))

    return large


def _equal_scores(conventions: Conventions, random: np.random.Generator) -> Attention:
    Q, K = np.ones((N, D)), np.tile(signs(random, 1, D), (M, 1))
    return _held(conventions, Q, K, random.normal(size=(M, 2)))


def _zero_queries(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _held(conventions, np.zeros((N, D)), random.normal(size=(M, D)), random.normal(size=(M, 2)))


def _denormal_scores(conventions: Conventions, random: np.random.Generator) -> Attention:
    least = _least(conventions)
    Q, K = (least * random.integers(-9, 10, size=(rows, D)).astype(np.float64) for rows in (N, M))
    return _held(conventions, Q, K, random.normal(size=(M, 2)))


def _denormal_values(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _plain(conventions, random, _least(conventions) * random.integers(-9, 10, size=(M, 2)).astype(np.float64))


def _huge_values(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _plain(conventions, random, LARGEST_FINITE[conventions.dtype] / (8 * M) * random.uniform(-1, 1, size=(M, 2)))


def _tiny_values(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _plain(conventions, random, TINY[conventions.dtype] * 2.0**20 * random.uniform(-1, 1, size=(M, 2)))


def _one_query(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _held(conventions, random.normal(size=(1, D)), random.normal(size=(M, D)), random.normal(size=(M, 2)))


def _one_key(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _held(conventions, random.normal(size=(N, D)), random.normal(size=(1, D)), random.normal(size=(1, 2)))


def _negative_scale(conventions: Conventions, random: np.random.Generator) -> Attention:
    return _plain(conventions, random, random.normal(size=(M, 2)), -1.0)


EXTREMES: tuple[tuple[str, Extreme], ...] = (
    ("scores of 1000", _logits(1e3)),
    ("scores of 10000", _logits(1e4)),
    ("all scores equal", _equal_scores),
    ("queries of zero", _zero_queries),
    ("denormal queries and keys", _denormal_scores),
    ("denormal values", _denormal_values),
    ("huge values", _huge_values),
    ("tiny values", _tiny_values),
    ("one query", _one_query),
    ("one key", _one_key),
    ("negative scale", _negative_scale),
)


def extremes(kernel: Kernel) -> Iterator[Result]:
    """Each of the extreme inputs."""
    for place, (what, extreme) in enumerate(EXTREMES):
        name = f"extremes/{what}"
        inputs = extreme(kernel.conventions, drawn(kernel, place))
        expected = exact(inputs, range(inputs.n))
        yield measured(kernel, name, inputs, expected, demand(kernel, inputs, expected))


def _plain(conventions: Conventions, random: np.random.Generator, V: Floats, sign: float = 1.0) -> Attention:
    return _held(conventions, 2 * random.normal(size=(N, D)), random.normal(size=(M, D)), V, sign)


def _held(conventions: Conventions, Q: Floats, K: Floats, V: Floats, sign: float = 1.0) -> Attention:
    return held(Q, K, V, sign * usual_scale(conventions, D), conventions.dtype)


def _least(conventions: Conventions) -> float:
    """The least positive number of the dtype."""
    return {"float64": 2.0**-1074, "float32": 2.0**-149, "float16": 2.0**-24, "bfloat16": 2.0**-133}[conventions.dtype]
