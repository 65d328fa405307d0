"""What `auto` chooses, against every algorithm that promises the error: (n, m, d, range, error), long rows, masks, and bits.

Each cell is timed on fresh inputs (nothing planned before), medians of interleaved repeats. Required: the chosen one within
1.5 times the best in 95% of the cells, and each algorithm chosen somewhere.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import product

import numpy as np

from attention import Algorithm, Auto
from attention.auto import contestants, predicted_seconds
from benchmarks.timing import medians
from instances.bits import BitMatrix
from instances.faults import Declined
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.vectors import GapHamming
from reductions.edges.hamming_attention import HammingAttention

REPEATS = 7
SEEN = {"softmax[causal=top-left]": "tri ", "softmax[left=256,right=0]": "near"}
"""What rows see, by its name in the table: no later keys; those 256 before."""

SHAPES = ((512, 512), (4096, 4096), (16384, 16384), (256, 16384), (16384, 256))


def main() -> int:
    print("n      m      d    B    error   chosen      predicted ms   measured ms   best        ms     ratio")
    ratios, chosen = [], Counter[str]()
    for label, inputs, error in cells():
        candidates = [found for found in contestants(error) if promises(found, inputs, error)]
        if not candidates:
            continue
        times = medians([partial(fresh, found, inputs) for found in candidates], REPEATS, pause=0)
        choice = Auto(error).choice(inputs)
        mine, best = times[candidates.index(choice)], min(times)
        ratios.append(mine / best)
        chosen[choice.key] += 1
        print(
            f"{label} {choice.key:<11} {1e3 * predicted_seconds(choice, inputs):12.2f} {1e3 * mine:13.2f}   "
            f"{candidates[times.index(best)].key:<10} {1e3 * best:7.2f} {mine / best:7.2f}",
            flush=True,
        )
    near = sum(ratio <= 1.5 for ratio in ratios) / len(ratios)
    print(f"within 1.5 of the best in {100 * near:.0f}% of {len(ratios)} cells (required 95%); chosen: {dict(chosen)}")
    return 0 if near >= 0.95 and set(chosen) == {found.key for found in contestants(1.0)} else 1


def cells() -> Iterator[tuple[str, Attention, float]]:
    for (n, m), d, B, error in product(SHAPES, (2, 8, 32), (0.3, 1.0, 3.0), (1e-2, 1e-4, 1e-7)):
        generator = np.random.default_rng([n, m, d])
        Q, K, V = (generator.uniform(-B, B, (rows, d)) for rows in (n, m, m))
        yield f"{n:<6} {m:<6} {d:<4} {B:<4} {error:<7g}", Attention(Q, K, V / B, 1 / d), error
    for n, d, (every, far), error in product((4096, 16384), (2, 8, 16), ((100, 10), (1000, 30)), (1e-4, 1e-6)):
        generator = np.random.default_rng([n, d, far])
        Q, K, V = (generator.uniform(-0.5, 0.5, (n, d)) for _ in range(3))
        for X in (Q, K):
            X[generator.permutation(n)[: n // every]] *= far
        yield f"{n:<6} {n:<6} {d:<4} x{far:<3} {error:<7g}", Attention(Q, K, V, 1 / d), error
    for n, d, (word, name), error in product((1024, 16384), (2, 8, 32), SEEN.items(), (1e-4, 1e-6)):
        generator = np.random.default_rng([n, d])
        Q, K, V = (generator.uniform(-0.5, 0.5, (n, d)) for _ in range(3))
        yield f"{n:<6} {n:<6} {d:<4} {name} {error:<7g}", Attention(Q, K, V, 1 / d, Mechanism.of(word)), error
    for n, d in product((256, 2048, 16384), (60, 120, 400)):
        generator = np.random.default_rng([n, d])
        A, B_ = (BitMatrix.of(generator.random((n, d)) < 0.5) for _ in range(2))
        inputs = HammingAttention().apply(GapHamming(A, B_, d // 6, d // 3)).inputs
        yield f"{inputs.n:<6} {inputs.m:<6} {inputs.d:<4} code 1e-07  ", inputs, 1e-7


def promises(algorithm: Algorithm, inputs: Attention, error: float) -> bool:
    try:
        return algorithm.promise(inputs).largest_error(inputs) <= error
    except Declined:
        return False


def fresh(algorithm: Algorithm, inputs: Attention) -> None:
    """Run it on the same inputs in an object for which nothing has been planned."""
    algorithm(Attention(inputs.Q, inputs.K, inputs.V, inputs.scale, inputs.mechanism))


if __name__ == "__main__":
    sys.exit(main())
