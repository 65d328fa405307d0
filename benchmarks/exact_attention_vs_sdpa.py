"""Exact attention against torch's scaled_dot_product_attention of the same dtype, and against KeOps where it is installed.

n = m = 16384 Gaussian rows, scale 1/sqrt(d), V as wide as K: `softmax`, `softmax32`, and `logspace` against `softmax`.
Then `boolean` on a task of `hamming-attention` with 32768 rows and d about 128; its V has one column, and the peer gets V
with zeros up to d columns, since with one column it leaves its fast path and needs n^2 memory. The peer runs on 1024 rows.
"""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from attention import Boolean, Certified, Logspace, Softmax
from attention.exact.certified import certified_row
from benchmarks.timing import kibibytes, library, medians, seconds
from instances.bits import BitMatrix
from instances.task import Attention, AttentionTask
from instances.vectors import GapHamming
from reductions.edges.hamming_attention import HammingAttention

N = 16384
SOME = 256
"""Rows that KeOps computes; its time is scaled up."""

REPEATS = 5
REQUIRED = {("softmax", 8): 2.0, ("softmax32", 8): 2.0, ("softmax", 64): 1.0, ("softmax32", 64): 0.9}


def main() -> int:
    torch = library("torch", "torch")
    reached = [plain(torch, 8), plain(torch, 64), boolean(torch)]
    return 0 if all(reached) else 1


def gaussian(n: int, d: int) -> Attention:
    generator = np.random.default_rng(d)
    Q, K, V = (generator.standard_normal((n, d)) for _ in range(3))
    return Attention(Q, K, np.abs(V), d**-0.5)


def coded(n: int) -> AttentionTask:
    """A task of `hamming-attention` with n rows and nearly as many keys, d about 128."""
    generator = np.random.default_rng(n)
    A, B = (BitMatrix.of(generator.random((rows, 112)) < 0.5) for rows in (n, n - round(n**0.5)))
    return HammingAttention().apply(GapHamming(A, B, 20, 40))


def plain(torch: Any, d: int) -> bool:
    inputs = gaussian(N, d)
    scores = inputs.queries(slice(0, 64)) @ inputs.keys(slice(None)).T * inputs.scale
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    exact = weights @ inputs.V / weights.sum(axis=1, keepdims=True)
    reached, softmax = True, 0.0
    for algorithm, dtype in ((Softmax(), torch.float64), (Softmax("float32"), torch.float32)):
        q, k, v = (torch.tensor(np.array(x), dtype=dtype)[None, None] for x in (inputs.Q, inputs.K, inputs.V))

        def peer(q: Any = q, k: Any = k, v: Any = v) -> Any:
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=inputs.scale)

        contestants: list[Any] = [lambda algorithm=algorithm: algorithm(inputs), peer]
        lazy = keops(q[0, 0, :SOME], k[0, 0], v[0, 0], inputs.scale)
        ours, sdpa = medians(contestants, REPEATS)
        others = [t * N / SOME for t in medians([lazy], 1)] if lazy else []
        softmax = softmax or ours
        required = REQUIRED[algorithm.key, d]
        errors = np.abs(algorithm(inputs)[:64] - exact).max(), np.abs(peer()[0, 0, :64].numpy() - exact).max()
        print(
            f"d={d:<3} {algorithm.key:<10} ours {1e3 * ours:7.1f} ms, sdpa {1e3 * sdpa:7.1f} ms: ratio {sdpa / ours:5.2f} "
            f"(required {required}); errors {errors[0]:.1e}, {errors[1]:.1e}"
            + (f"; KeOps {1e3 * others[0]:.1f} ms: ratio {others[0] / ours:.2f}" if others else "; KeOps not installed")
        )
        reached &= bool(sdpa / ours >= required)
    logarithms, again = medians([lambda: Logspace()(inputs), lambda: Softmax()(inputs)], REPEATS)
    print(f"d={d:<3} logspace   ours {1e3 * logarithms:7.1f} ms, {logarithms / again:.2f} times softmax (required at most 2)")
    return reached and logarithms <= 2 * again


def keops(q: Any, k: Any, v: Any, scale: float) -> Any:
    """The same computation by KeOps, which compiles its formula with the C++ compiler of the machine; None without it."""
    try:
        LazyTensor = import_module("pykeops.torch").LazyTensor
    except ImportError:
        return None
    Q, K, V = LazyTensor(q[:, None] * scale), LazyTensor(k[None]), LazyTensor(v[None])
    return lambda: (Q | K).sumsoftmaxweight(V, axis=1)


def boolean(torch: Any) -> bool:
    inputs = coded(32768).inputs
    Q, K = inputs.queries(slice(0, 1024)), inputs.keys(slice(None))
    V = np.zeros((inputs.m, inputs.d))
    V[:, :1] = inputs.V
    reached = True
    for dtype, required in ((torch.float64, 20), (torch.float32, 10)):
        q, k, v = (torch.tensor(x, dtype=dtype)[None, None] for x in (Q, K, V))

        def peer(q: Any = q, k: Any = k, v: Any = v) -> Any:
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=inputs.scale)

        ours, sdpa = medians([lambda: Boolean()(inputs), peer], REPEATS)
        sdpa *= inputs.n / 1024
        needed = peak_mebibytes(peer)
        assert needed < 100, f"the peer took {needed:.0f} MiB: it has left its path of O(n d) memory"
        errors = np.abs(Boolean()(inputs)[:16, 0] - [certified_row(inputs, i)[0] for i in range(16)]).max()
        print(
            f"n={inputs.n} m={inputs.m} d={inputs.d} boolean {1e3 * ours:.0f} ms, sdpa {dtype} {sdpa:.2f} s: "
            f"ratio {sdpa / ours:.1f} (required {required}); error {errors:.1e}"
        )
        reached &= bool(sdpa / ours >= required)
    small = coded(4096).inputs
    taken = seconds(lambda: Certified()(small))
    print(f"certified, all {small.n} rows, m={small.m} d={small.d}: {taken:.1f} s (required below 10)")
    return reached and taken < 10


def peak_mebibytes(work: Any) -> float:
    """By how much the peak of this process's memory lies above what it held before."""
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    held = kibibytes("VmRSS")
    work()
    return (kibibytes("VmHWM") - held) / 1024


if __name__ == "__main__":
    sys.exit(main())
