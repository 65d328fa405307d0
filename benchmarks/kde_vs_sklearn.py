"""Kernel sums (`kde`) against scikit-learn's KernelDensity with its kd-tree, relative error 1e-6.

As many queries as points, normal in 2 and 3 dimensions; sklearn's bandwidth is a tenth of the standard deviation. scikit-learn
gets 256 of the queries and its time is scaled up: it is linear in them. Errors are those of these queries, against the
definition.
Skipped where scikit-learn is not installed.
"""

import sys
from math import pi, sqrt
from statistics import median
from typing import Any

import numpy as np

from attention import kde
from benchmarks.timing import library, seconds

CASES = ((1 << 16, 2, 20), (1 << 18, 2, 100), (1 << 16, 3, 5), (1 << 18, 3, 100))
"""n, d, and how many times as fast it should be."""

BANDWIDTH, REPEATS, QUERIES = 0.1, 3, 256


def main() -> int:
    neighbors = library("sklearn.neighbors", "scikit-learn")
    print("n        d  required    ours s   sklearn s   ratio    largest relative error: ours, sklearn's")
    kept = [compare(neighbors, *case) for case in CASES]
    return 0 if all(kept) else 1


def compare(neighbors: Any, n: int, d: int, required: float) -> bool:
    rng = np.random.default_rng(n + d)
    X, Y = rng.normal(size=(n, d)), rng.normal(size=(n, d))
    b = BANDWIDTH
    theirs, some, h = neighbors.KernelDensity(bandwidth=b, rtol=1e-6, atol=0).fit(Y), X[:QUERIES], sqrt(2) * b
    exact = np.array([np.exp(-((Y - x) ** 2).sum(axis=1) / h**2).sum() for x in some])
    sums = np.exp(theirs.score_samples(some)) * n * (sqrt(2 * pi) * b) ** d
    errors = [float(np.abs(S / exact - 1).max()) for S in (kde(X, Y, h).values[:QUERIES], sums)]
    times = [(seconds(lambda: kde(X, Y, h)), seconds(lambda: theirs.score_samples(some))) for _ in range(REPEATS)]
    ours, peer = (median(column) for column in zip(*times, strict=True))
    peer *= n / QUERIES
    print(
        f"{n:<8} {d:<2} {required:<8} {ours:10.2f} {peer:11.1f} {peer / ours:7.0f}    {errors[0]:.1e} {errors[1]:.1e}",
        flush=True,
    )
    return peer / ours >= required and errors[0] <= 1e-6


if __name__ == "__main__":
    sys.exit(main())
