"""Causal attention and its gradients against torch's scaled_dot_product_attention(is_causal=True) and its backward pass.

n = m = 8192 Gaussian rows, d = 64, one head, float32, scale 1/sqrt(d), on two threads. Ours: `softmax32`, and `attend_backward`
in float32, which makes the forward pass again, where the peer has kept it, and finds the sizes of its promises; the check of
the arrays is in both. Errors are against our float64.
"""

import sys
from typing import Any

import numpy as np

from attention import Softmax, attend, attend_backward
from benchmarks.timing import library, medians
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import Visibility

N, D = 8192, 64

REPEATS = 5
ALLOWED = {"causal": 1.2, "backward": 2.0}
"""How many times as long as the peer ours may take."""


def main() -> int:
    torch = library("torch", "torch")
    torch.set_num_threads(2)
    generator = np.random.default_rng(0)
    Q, K, V, dO = (generator.standard_normal((N, D)).astype(np.float32) for _ in range(4))
    kept = [torch.tensor(x)[None, None].requires_grad_(k < 3) for k, x in enumerate((Q, K, V, dO))]
    free = [x.detach() for x in kept]
    sdpa = torch.nn.functional.scaled_dot_product_attention
    q, k, v = (x.astype(np.float64) for x in (Q, K, V))
    causal = Attention(q, k, v, D**-0.5, Mechanism(sees=Visibility.causal()))

    def forward() -> Any:
        return sdpa(*free[:3], is_causal=True)

    out = sdpa(*kept[:3], is_causal=True)

    def backward() -> Any:
        return torch.autograd.grad(out, kept[:3], kept[3], retain_graph=True)

    def ours() -> Any:
        return attend_backward(Q, K, V, dO, causal="top-left", algorithm="softmax32")

    reached = [
        told("causal", lambda: Softmax("float32")(causal), forward),
        told("causal", lambda: attend(Q, K, V, causal="top-left", error=1.0, algorithm="softmax32"), forward),
        told("backward", ours, backward),
    ]
    exact = attend(q, k, v, causal="top-left", algorithm="softmax").output
    found = attend(Q, K, V, causal="top-left", error=1.0, algorithm="softmax32")
    peer = forward()[0, 0].numpy()
    print(f"Att: promise {found.promise:.1e}; errors {off(found.output, exact):.1e}, {off(peer, exact):.1e}")
    wide = attend_backward(q, k, v, dO.astype(np.float64), causal="top-left")
    narrow, others = ours(), [x[0, 0].numpy() for x in backward()]
    for name, promise, other in zip(("dQ", "dK", "dV"), narrow.promise, others, strict=True):
        exact = getattr(wide, name)
        print(f"{name}: promise {promise:.1e}; errors {off(getattr(narrow, name), exact):.1e}, {off(other, exact):.1e}")
    return 0 if all(reached) else 1


def told(name: str, ours: Any, peer: Any) -> bool:
    """Print both times; whether ours is within what is allowed."""
    a, b = medians([ours, peer], REPEATS)
    print(f"{name:<9} ours {1e3 * a:7.1f} ms, sdpa {1e3 * b:7.1f} ms: {a / b:.2f} times as long (allowed {ALLOWED[name]})")
    return bool(a <= ALLOWED[name] * b)


def off(found: Any, exact: Any) -> float:
    return float(np.abs(found - exact).max())


if __name__ == "__main__":
    sys.exit(main())
