"""A small model trained by attention with promised gradients, and by torch's exact one: the same losses, step by step.

A layer of attention (8 columns, scale 1/8) learns the output of another, whose weights are given, from tokens uniform in
[-1, 1]: mean squared error, Adam. n = 2048 tokens by both; n = 65,536 by ours alone, while a step of the peer there is 64
times one for 1024 of the queries. Written to docs/pages/assets/training.json with --record; `docs.site.training` draws it.
"""

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.timing import library
from instances.files import atomic_write

RECORDS = Path(__file__).parents[1] / "docs" / "pages" / "assets" / "training.json"

SHORT, LONG, QUERIES, D, STEPS, ERROR, RATE = 2048, 1 << 16, 1024, 8, 40, 1e-4, 0.02


def main() -> int:
    torch = library("torch", "torch")
    torch.set_num_threads(2)
    by_both = [fit(torch, SHORT, ours) for ours in (True, False)]
    long = fit(torch, LONG, True)
    apart = max(abs(one - other) for one, other in zip(by_both[0]["losses"], by_both[1]["losses"], strict=True))
    peer = LONG / QUERIES * peer_seconds(torch)
    record = {"error": ERROR, "apart": apart, "short": {"n": SHORT, "promised": by_both[0], "exact": by_both[1]},
              "long": {"n": LONG, "promised": long, "exact_seconds": peer}}  # fmt: skip
    first, last = by_both[0]["losses"][0], by_both[0]["losses"][-1]
    print(f"n = {SHORT:,}: loss {first:.2e} to {last:.2e} in {STEPS} steps, at most {apart:.1e} from that of exact attention")
    seconds = long["seconds"]
    print(f"n = {LONG:,}: {seconds:.2f} s a step by {long['algorithm']}, exact {peer:.1f} s: {peer / seconds:.0f} times")
    if "--record" in sys.argv[1:]:
        with atomic_write(RECORDS) as file:
            file.write((json.dumps(record, indent=1) + "\n").encode())
    return 0 if apart < 1e-3 * first and {run["algorithm"] for run in (by_both[0], long)} == {"polynomial"} else 1


def fit(torch: Any, n: int, ours: bool) -> dict[str, Any]:
    """The losses, the median seconds a step, and what computed."""
    generator = torch.Generator().manual_seed(0)
    tokens = 2 * torch.rand(n, D, generator=generator) - 1
    sizes = torch.tensor([0.15, 0.15, 0.5])[:, None, None]  # of the weights of queries, keys and values
    teacher, weights = (sizes * torch.randn(3, D, D, generator=generator) for _ in range(2))
    with torch.no_grad():
        target = attention(torch, tokens, teacher, ours=True)[0]
    weights.requires_grad_()
    optimiser = torch.optim.Adam([weights], lr=RATE)
    losses, seconds, names = list[float](), list[float](), set[str]()
    for _ in range(STEPS):
        start = time.perf_counter()
        output, name = attention(torch, tokens, weights, ours)
        loss = ((output - target) ** 2).mean()
        optimiser.zero_grad()
        (D * n * loss).backward()  # so that gradients of the outputs are about 1, as the promise counts them
        optimiser.step()
        seconds.append(time.perf_counter() - start)
        losses.append(float(loss.detach()))
        names.add(name)
    return {"losses": losses, "seconds": median(seconds), "algorithm": "+".join(sorted(names))}


def attention(torch: Any, tokens: Any, weights: Any, ours: bool) -> tuple[Any, str]:
    from attention.autograd import promised_attention

    q, k, v = (tokens @ matrix for matrix in weights)
    if ours:
        found = promised_attention(q, k, v, 1 / D, ERROR)
        return found.output, found.algorithm
    return torch.nn.functional.scaled_dot_product_attention(q[None, None], k[None, None], v[None, None], scale=1 / D)[
        0, 0
    ], "exact"


def peer_seconds(torch: Any) -> float:
    """The median of three forward and backward passes of QUERIES queries over LONG keys."""
    q, k, v = (torch.rand(1, 1, n, D).requires_grad_() for n in (QUERIES, LONG, LONG))
    found = list[float]()
    for _ in range(4):
        start = time.perf_counter()
        torch.nn.functional.scaled_dot_product_attention(q, k, v, scale=1 / D).sum().backward()
        found.append(time.perf_counter() - start)
    return median(found[1:])


if __name__ == "__main__":
    sys.exit(main())
