"""Tensor attention over all pairs of keys (`Tensor`) against NumPy's einsum over all pairs at once, in blocks of queries.

Q, K1, K2 standard normal over two, d = 32, v = 1, scale 1. NumPy holds BLOCK x m x l weights; `Tensor` m x 512 a thread. All
have two threads. The error is that of a few rows in ball arithmetic, beside the promise. `hardlab run` on the largest has cubic
work: 134 million weights.
"""

import sys

import numpy as np

from attention import Certified, Tensor
from benchmarks.timing import medians
from instances.coded import Floats
from instances.tensor import TensorAttention

CASES = ((128, 1.0), (512, 1.0))
"""n = m = l, and how many times as fast as NumPy it should be."""

REPEATS, BLOCK = 3, 8


def drawn(n: int) -> TensorAttention:
    rng = np.random.default_rng(n)
    Q, K1, K2 = (rng.normal(size=(n, 32)) / 2 for _ in range(3))
    return TensorAttention(Q, K1, rng.normal(size=(n, 1)), 1.0, K2=K2, V2=rng.normal(size=(n, 1)))


def by_numpy(of: TensorAttention) -> Floats:
    found = np.empty(of.shape)
    for start in range(0, of.n, BLOCK):
        rows = slice(start, start + BLOCK)
        queries = of.queries(rows)[:, None, :] * of.keys(slice(None))
        W = (queries.reshape(-1, of.d) @ np.asarray(of.K2).T).reshape(len(queries), of.m, of.m2)
        W = np.exp(W - W.max(axis=(1, 2), keepdims=True))
        found[rows] = ((W @ of.V2) * of.V).sum(axis=1) / W.sum(axis=(1, 2))[:, None]
    return found


def compare(n: int, required: float) -> bool:
    of, tensor = drawn(n), Tensor()
    ours, peer = medians([lambda: tensor(of), lambda: by_numpy(of)], REPEATS)
    promise = tensor.promise(of)
    some = of.part([0, n // 2])
    off = float(np.abs(Certified()(some) - tensor(some)).max())
    bound = promise.absolute + promise.relative * of.largest_value
    print(f"{n:<6}{ours:8.2f} {peer:8.2f} {peer / ours:6.2f} ({required:g})   {bound:.1e} {off:.1e}", flush=True)
    return peer >= required * ours and off <= bound


def main() -> int:
    print("n       ours s   NumPy s (required)   error: promised, measured")
    kept = [compare(*case) for case in CASES]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
