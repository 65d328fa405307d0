"""Calls of one kernel, compared with the definition and watched: on what a careless check asks, and on what it does not."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from hardlab.kernels.watching import Watch
from tests.support.gaming_answers import right

Case = tuple[Any, Any, Any, float]
Convert = Callable[[Any], Any]


def _same(X: Any) -> Any:
    return X


def gaussian(shape: tuple[int, int, int, int], seed: int = 0, heads: tuple[int, ...] = ()) -> Case:
    """Q (n, d), K (m, d), V (m, v), with batch and heads in front where asked for; the scale is 1/sqrt(d)."""
    n, m, d, v = shape
    generator = np.random.default_rng(seed)
    Q, K, V = (generator.normal(size=(*heads, *sides)) for sides in ((n, d), (m, d), (m, v)))
    return Q, K, V, d**-0.5


def ordeal(heads: tuple[int, ...] = ()) -> Iterator[Case]:
    """A checker in small. Inputs that follow another are that one in the same arrays, with something changed in place."""
    Q, K, V, scale = gaussian((64, 64, 16, 16), 1, heads)
    yield Q, K, V, scale
    generator = np.random.default_rng(2)
    for X in (V, K, Q):
        X[..., 8:-8, :] = generator.permutation(X[..., 8:-8, :], axis=-2)  # the same sum, moments, and corners
        yield Q, K, V, scale
    V[..., 20, 5] += 3
    yield Q, K, V, scale
    Q[..., 21, 5] += 3
    yield Q, K, V, scale
    yield *gaussian((64, 64, 16, 16), 3, heads)[:3], scale
    for shape in ((64, 64, 16, 16), (37, 53, 7, 5), (64, 128, 16, 16), (1, 1, 1, 1), (300, 300, 8, 8)):
        yield gaussian(shape, 4, heads)
    for factor in (0.1, 20.0):
        yield *(factor * X for X in gaussian((64, 64, 16, 16), 5, heads)[:2]), V, scale
    signs = [np.sign(X) * 3 for X in gaussian((64, 64, 16, 16), 6, heads)[:2]]
    yield *signs, V, scale
    yield gaussian((48, 64, 16, 16), 7, heads)[0] ** 3, K, V, 1.0
    for seed in range(60):
        yield gaussian((6, 8, 4, 4), seed, heads)


def trial(
    kernel: Callable[..., Any], cases: Iterable[Case], convert: Convert = _same, folder: Path | None = None, wait: float = 0.0
) -> tuple[set[str], float]:
    """The keys of what was found, and the largest error of an output, as it was when its call was over."""
    watch = Watch()
    keys: set[str] = set()
    worst = 0.0
    for Q, K, V, scale in cases:
        expected = right(Q, K, V, scale)
        before = [X.tobytes() for X in (Q, K, V)]
        operands = {name: convert(X) for name, X in zip("QKV", (Q, K, V), strict=True)}
        with watch.call(operands, folder) as seen:
            given = seen.gave(kernel(*operands.values(), scale=scale))
        worst = max(worst, error(given, expected))
        if [X.tobytes() for X in (Q, K, V)] != before:
            keys.add("mutated")
        time.sleep(wait)
        keys |= {finding.key for finding in (*seen.findings, *watch.late())}
    return keys, worst


def error(given: Any, expected: Any) -> float:
    """The largest one; infinite where it is no number or has another shape."""
    values = np.asarray(given.detach() if hasattr(given, "detach") else given)
    if values.shape != expected.shape:
        return np.inf
    with np.errstate(all="ignore"):
        worst = float(np.abs(values - expected).max())
    return worst if worst == worst else np.inf
