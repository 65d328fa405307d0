"""Attention in one to three dimensions (`Boxes`, planning included) against torch's scaled_dot_product_attention in float32.

Q, K, V uniform in [-1, 1], v = d, scale 1, 10 and 100, error 1e-6, n = m = 2^20. The peer gets 256 of the queries and its
time is scaled up: it is linear in them. The inputs are new for every repeat, as plans are kept. Errors are measured against
the exact kernel in float64 on 64 rows. Then the growth of the time from n = 2^15 to 2^20, and the peak of memory at n = 2^20
in a process of its own. Arguments: dimensions, all three unless given.
"""

import subprocess
import sys
from statistics import median
from typing import Any

import numpy as np

from attention import Boxes, Softmax
from benchmarks.timing import kibibytes, library, seconds
from instances.task import Attention

LARGEST = 1 << 20
REQUIRED = {1: 200, 2: 200, 3: 15}
EXPONENT = {1: 1.1, 2: 1.1, 3: 1.2}
SCALES = (1.0, 10.0, 100.0)
REPEATS, QUERIES, ROWS, PEAK = 3, 256, 64, 400


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--memory"]:
        return memory(int(arguments[1]))
    torch = library("torch", "torch")
    print("n        d  scale  required    ours s    sdpa s   ratio    error: promised, measured, sdpa's")
    dimensions = [int(d) for d in arguments] or list(REQUIRED)
    kept = [compare(torch, LARGEST, d, s) for d in dimensions for s in SCALES]
    kept += [growth(d) <= EXPONENT[d] for d in dimensions]
    for d in dimensions:
        said = subprocess.run(
            [sys.executable, "-m", "benchmarks.low_dimension_vs_sdpa", "--memory", str(d)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        peak = float(said.stdout)
        print(f"peak memory beyond the inputs at n = 2^20, d = {d}: {peak:.0f} MiB (required below {PEAK})", flush=True)
        kept.append(peak < PEAK)
    return 0 if all(kept) else 1


def drawn(n: int, d: int, s: float) -> Attention:
    rng = np.random.default_rng(n + d)
    Q, K, V = (rng.uniform(-1, 1, (n, d)) for _ in range(3))
    return Attention(Q, K, V, s, copy=False)


def again(inputs: Attention) -> Attention:
    """The same, of which no plan is kept."""
    return Attention(inputs.Q, inputs.K, inputs.V, inputs.scale, copy=False)


def compare(torch: Any, n: int, d: int, s: float) -> bool:
    inputs, algorithm = drawn(n, d, s), Boxes(1e-6)
    K, V = inputs.keys(slice(None)), inputs.V
    q, k, v = (torch.tensor(X, dtype=torch.float32)[None, None] for X in (inputs.queries(slice(0, QUERIES)), K, V))

    def peer() -> Any:
        return torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=s)

    found, theirs = algorithm(inputs), peer()
    times = [(seconds(lambda: algorithm(again(inputs))), seconds(peer)) for _ in range(REPEATS)]
    ours, sdpa = (median(column) for column in zip(*times, strict=True))
    sdpa *= n / QUERIES
    exact = Softmax()(Attention(inputs.queries(slice(0, ROWS)), K, V, s, copy=False))
    errors = np.abs(found[:ROWS] - exact).max(), np.abs(theirs[0, 0, :ROWS].numpy() - exact).max()
    promise = algorithm.plan(inputs).error
    print(
        f"{n:<8} {d:<2} {s:<6g} {REQUIRED[d]:<8} {ours:10.2f} {sdpa:9.0f} {sdpa / ours:7.0f}    "
        f"{promise:.1e} {errors[0]:.1e} {errors[1]:.1e}",
        flush=True,
    )
    return bool(sdpa / ours >= REQUIRED[d] and errors[0] <= promise <= 1e-6)


def growth(d: int) -> float:
    """The largest exponent of the time in n from 2^15 to 2^20, of the scales."""
    exponents = []
    for s in SCALES:
        times = []
        for n in (1 << 15, LARGEST):
            inputs = drawn(n, d, s)
            algorithm = Boxes(1e-6, always=True)
            algorithm(again(inputs))
            times.append(median(seconds(lambda a=algorithm, i=inputs: a(again(i))) for _ in range(REPEATS)))  # type: ignore[misc]
        exponents.append(float(np.log2(times[1] / times[0]) / 5))
    said = ", ".join(f"{x:.2f}" for x in exponents)
    print(f"d = {d}: exponents of the time from n = 2^15 to 2^20: {said} (required {EXPONENT[d]})", flush=True)
    return max(exponents)


def memory(d: int) -> int:
    """Print the MiB by which one call at n = 2^20 raises the peak of this process above what it held; kernels loaded."""
    inputs, algorithm = drawn(LARGEST, d, 10.0), Boxes(1e-6)
    Boxes(1e-6, always=True)(drawn(1000, d, 10.0))
    held = kibibytes("VmRSS")
    found = algorithm(inputs)
    print((kibibytes("VmHWM") - held) / 1024)
    return 0 if found.shape == inputs.shape else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
