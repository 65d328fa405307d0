"""Attention of other libraries as kernels f(Q, K, V, scale): softmax attention of Q (n, d), K (m, d), V (m, v), or their
approximation to it, by their own code on the CPU and in the dtype of Q.

A library is imported when its kernel is called. Widths are met by columns of zeros, which change neither scores nor the columns
of V that are returned; a built-in scale by the square root of what is missing in Q and in K.
"""

from collections.abc import Callable
from importlib import import_module
from math import copysign, sqrt
from typing import Any

from instances.faults import Declined

FEATURES = 256
"""Random features of Performer."""

LANDMARKS = 64
"""Landmarks of Nystromformer, as in its paper."""

SEED = 0
"""Of the random features."""


def _tensors(kernel: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a kernel as one that takes torch tensors."""
    marked: Any = kernel
    marked.tensors = True
    return kernel


@_tensors
def torch_sdpa(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """torch's scaled_dot_product_attention; K and V are made equally wide, without which it needs n m memory."""
    functional = import_module("torch").nn.functional
    width = max(Q.shape[1], V.shape[1])
    q, k, v = (_widened(X, width)[None, None] for X in (Q, K, V))
    return functional.scaled_dot_product_attention(q, k, v, scale=scale)[0, 0, :, : V.shape[1]]


@_tensors
def performer(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """performer-pytorch: FastAttention with its positive random features of softmax, the same ones in every call."""
    torch, FastAttention = import_module("torch"), import_module("performer_pytorch").FastAttention
    d = Q.shape[1]
    missing = scale * sqrt(d)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(SEED)
        attention = FastAttention(dim_heads=d, nb_features=FEATURES)
        q, k = Q * copysign(sqrt(abs(missing)), missing), K * sqrt(abs(missing))
        return attention(q[None, None], k[None, None], V[None, None])[0, 0]


@_tensors
def taylor_series(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """taylor-series-linear-attention: 1 + x + x^2/2 for exp(x), without its projections."""
    torch = import_module("torch")
    module = import_module("taylor_series_linear_attention").TaylorSeriesLinearAttn
    with torch.no_grad():
        attention = module(1, dim_head=Q.shape[1], heads=1, combine_heads=False, remove_even_power_dups=True)
        attention.scale, attention.to_q = scale, torch.nn.Identity()
        del attention.to_kv
        attention.to_kv = lambda both: both
        return attention(Q[None, None], context=(K[None, None], V[None, None]))[0]


@_tensors
def nystrom(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """nystrom-attention, without its projections and convolution. It takes as many queries as keys: blocks of them, the last
    one filled up with the first queries. Errors: `Declined` for fewer keys than landmarks.
    """
    torch, m = import_module("torch"), len(K)
    if m < LANDMARKS:
        raise Declined(f"nystrom-attention projects keys to {LANDMARKS} landmarks, and there are {m}")
    module = import_module("nystrom_attention").NystromAttention
    width = max(Q.shape[1], V.shape[1])
    with torch.no_grad():
        attention = module(1, dim_head=1, heads=1, num_landmarks=LANDMARKS, residual=False)
        attention.scale, attention.to_qkv, attention.to_out = scale, torch.nn.Identity(), torch.nn.Identity()
        k, v = _widened(K, width), _widened(V, width)
        count = -(-len(Q) // m) * m
        blocks = _widened(Q, width)[torch.arange(count) % len(Q)].split(m)
        seen = torch.ones((1, m), dtype=torch.bool)
        outputs = [attention(torch.cat([q, k, v], dim=1)[None], mask=seen)[0] for q in blocks]
        return torch.cat(outputs)[: len(Q), : V.shape[1]]


@_tensors
def keops(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """KeOps: the softmax of a symbolic matrix of scores, reduced without being stored. Widths are multiples of 64 and 8, since
    it compiles its formula anew for each.
    """
    LazyTensor = import_module("pykeops.torch").LazyTensor
    d, v = (-(-X.shape[1] // step) * step for X, step in ((Q, 64), (V, 8)))
    q, k = LazyTensor((scale * _widened(Q, d))[:, None]), LazyTensor(_widened(K, d)[None])
    values = LazyTensor(_widened(V, v)[None])
    return (q | k).sumsoftmaxweight(values, axis=1)[:, : V.shape[1]]


def _widened(X: Any, width: int) -> Any:
    """A tensor with columns of zeros up to that width."""
    return import_module("torch").nn.functional.pad(X, (0, width - X.shape[1]))
