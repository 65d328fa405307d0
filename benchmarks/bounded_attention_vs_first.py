"""Attention with bounded entries (`attend`, planning included) against version 0.1.0 of this project, whose checkout is given:

    git clone . /tmp/first && git -C /tmp/first checkout 908c5df
    python -m benchmarks.bounded_attention_vs_first /tmp/first

Q, K, V uniform in [-B, B], scale 1/d, V as wide as K. Each version computes the same arrays in a process of its own, in turns;
seconds are medians. Errors are those of 16 rows, against float64.
"""

import json
import os
import statistics
import subprocess
import sys
import time

from benchmarks.timing import PAUSE

CASES = ((131072, 8, 0.5, 1e-6, 1.5), (65536, 8, 1.0, 1e-6, 1.6), (131072, 16, 0.7, 1e-5, 4.0), (1 << 20, 8, 0.5, 1e-6, 1.5))
"""n, d, B, error, and how many times as fast as the first version it should be."""

TURNS = 7

SERVER = """
import json, sys, time
import numpy as np
from attention import attend
for line in sys.stdin:
    n, d, B, error = json.loads(line)
    rng = np.random.default_rng(n + d)
    Q, K, V = (rng.uniform(-B, B, (n, d)) for _ in range(3))
    start = time.perf_counter()
    found = attend(Q, K, V, scale=1 / d, error=error)
    seconds = time.perf_counter() - start
    w = np.exp(Q[:16] @ K.T / d)
    off = float(np.abs(found.output[:16] - w @ V / w.sum(axis=1, keepdims=True)).max())
    print(json.dumps([seconds, float(found.promise), off, found.algorithm]), flush=True)
"""


class Version:
    """A version of the project in a process of its own, which answers one case after the other."""

    def __init__(self, checkout: str) -> None:
        env = {**os.environ, "PYTHONPATH": checkout}
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVER], cwd=checkout, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __call__(self, case: tuple[float, ...]) -> tuple[float, float, float, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        time.sleep(PAUSE)
        self._process.stdin.write(json.dumps(case) + "\n")
        self._process.stdin.flush()
        seconds, promise, off, algorithm = json.loads(self._process.stdout.readline())
        return seconds, promise, off, algorithm


def main() -> int:
    first, now = Version(sys.argv[1]), Version(os.getcwd())
    print("n        d   B    error  required    first ms    now ms   ratio    promised    off by")
    kept = []
    for *case, required in CASES:
        turns = [(first(tuple(case)), now(tuple(case))) for _ in range(TURNS + 1)][1:]
        before, after = (statistics.median(turn[which][0] for turn in turns) for which in (0, 1))
        _, promise, off, algorithm = turns[-1][1]
        kept.append(before / after >= required and off <= promise)
        n, d, B, error = case
        print(
            f"{n:<8} {d:<3} {B:<4} {error:<6g} {required:<8} {1e3 * before:10.1f} {1e3 * after:9.1f} {before / after:7.2f}    "
            f"{promise:.2e}    {off:.1e} ({algorithm})",
            flush=True,
        )
    return 0 if all(kept) else 1


if __name__ == "__main__":
    raise SystemExit(main())
