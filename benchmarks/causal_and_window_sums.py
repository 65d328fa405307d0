"""Causal and windowed attention with bounded entries (`attend`, planning included) against torch's
scaled_dot_product_attention(is_causal=True) in float32 and against our exact kernel in float64.

Q, K, V uniform in [-1/2, 1/2], d = v = 8, scale 1/d, error 1e-6. Torch gets the first PEER rows and keys, and its time is
scaled up by the square; our exact kernel gets QUERIES rows in the middle, which see as many keys as a row does on average, and
its time is scaled up by the rows. Torch has windows by a mask alone, which takes it longer than all keys do: they are compared
with our own. Errors are those of 64 rows. All have one thread, and what is compared is processor time: ours is
made of some twenty short kernels, each of which waits for all threads, so that other work on the same cores slows it down more.
"""

import sys
from time import process_time
from typing import Any

import numba
import numpy as np

from attention import Softmax, attend
from benchmarks.timing import library, medians
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility

CASES: tuple[tuple[int, int | None, float, float], ...] = ((1 << 17, None, 100.0, 10.0), (1 << 17, 1 << 14, 0.0, 4.0))
"""n, keys of a window, and how many times as fast as torch and as our exact kernel it should be."""

REPEATS, PEER, QUERIES, ROWS = 5, 1 << 14, 2048, 64


def main() -> int:
    torch = library("torch", "torch")
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    print("n       window   ours ms   torch s (required)   exact s (required)   algorithm   error: promised, measured")
    kept = [compare(torch, *case) for case in CASES]
    return 0 if all(kept) else 1


def compare(torch: Any, n: int, window: int | None, of_torch: float, of_exact: float) -> bool:
    rng, d = np.random.default_rng(n), 8
    Q, K, V = (rng.uniform(-0.5, 0.5, (n, d)) for _ in range(3))
    left = None if window is None else (window - 1, None)

    def ours() -> Any:
        return attend(Q, K, V, scale=1 / d, error=1e-6, causal="top-left", window=left)

    rows = slice(n // 2 - QUERIES // 2, n // 2 + QUERIES // 2)
    sees = Visibility(left=None if window is None else window - 1, right=0, corner="bottom-right")
    part = Attention(Q[rows], K[: rows.stop], V[: rows.stop], 1 / d, Mechanism(sees=sees))
    q, k, v = (torch.tensor(x[None, None, :PEER], dtype=torch.float32) for x in (Q, K, V))
    sdpa = torch.nn.functional.scaled_dot_product_attention
    a, b, c = medians(
        [ours, lambda: Softmax()(part), lambda: sdpa(q, k, v, scale=1 / d, is_causal=True)], REPEATS, clock=process_time
    )
    exact, peer = b * n / QUERIES, c * (n / PEER) ** 2
    found, some = ours(), np.linspace(0, n - 1, ROWS).astype(np.int64)
    off = 0.0
    for i in some:
        keys = slice(0 if window is None else max(0, i - window + 1), i + 1)
        row = Softmax()(Attention(Q[i : i + 1], K[keys], V[keys], 1 / d))
        off = max(off, float(np.abs(found.output[i] - row[0]).max()))
    against = f"{peer:8.2f} {peer / a:6.1f} ({of_torch:g})" if window is None else f"{'-':>20}"
    print(
        f"{n:<8}{window or 'causal':<8} {1e3 * a:8.1f}   {against}   {exact:8.2f} {exact / a:6.1f} ({of_exact:g})"
        f"   {found.algorithm}   {found.promise:.2e} {off:.1e}",
        flush=True,
    )
    return off <= found.promise and peer >= of_torch * a and exact >= of_exact * a


if __name__ == "__main__":
    sys.exit(main())
