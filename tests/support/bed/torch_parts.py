"""What kernels on torch tensors are put together from; all of it right. Q (b, H, n, d), K (b, G, m, d), V (b, G, m, v)."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

Corner = str | None


def wide(X: Tensor) -> Tensor:
    """Numbers of 16 bits as float32, others as they are."""
    return X.float() if X.dtype in (torch.float16, torch.bfloat16) else X


def repeated(X: Tensor, H: int) -> Tensor:
    return X.repeat_interleave(H // X.shape[1], dim=1)


def keys_of(K: Tensor) -> Tensor:
    return torch.arange(K.shape[2], device=K.device)


def diagonal(Q: Tensor, K: Tensor, corner: Corner) -> Tensor:
    """The key on the diagonal of each row, (n, 1)."""
    n, m = Q.shape[2], K.shape[2]
    return torch.arange(n, device=Q.device)[:, None] + (m - n if corner == "bottom-right" else 0)


def below(Q: Tensor, K: Tensor, corner: Corner, reach: int = 0) -> Tensor | None:
    """Keys up to so many beyond the diagonal; None where there is no corner."""
    return keys_of(K) <= diagonal(Q, K, corner) + reach if corner else None


def within(Q: Tensor, K: Tensor, left: int, right: int, corner: Corner) -> Tensor:
    """Keys from so many before the diagonal to so many after it, -1 for no border."""
    apart = keys_of(K) - diagonal(Q, K, corner)
    return ((apart >= -left) | (left < 0)) & ((apart <= right) | (right < 0))


def tilted(slopes: Tensor, Q: Tensor, K: Tensor, corner: Corner) -> Tensor:
    """What slopes (H,) add to the scores."""
    return -slopes[:, None, None] * (keys_of(K) - diagonal(Q, K, corner)).abs()


def masked(mask: Tensor | None) -> tuple[Tensor | None, Tensor | None]:
    """What an `attn_mask` hides and what it adds."""
    if mask is None:
        return None, None
    return (mask, None) if mask.dtype == torch.bool else (None, mask)


def scores(Q: Tensor, K: Tensor, scale: float, added: Any = None) -> Tensor:
    S = wide(Q) @ wide(repeated(K, Q.shape[1])).transpose(2, 3) * scale
    return S if added is None else S + added.to(S.dtype)


def hidden(S: Tensor, sees: Any) -> Tensor:
    """Scores with those of unseen keys at minus infinity."""
    return S if sees is None else S.masked_fill(~sees, float("-inf"))


def averaged(P: Tensor, V: Tensor, like: Tensor) -> Tensor:
    """P V, in the type of `like`."""
    return (P @ wide(repeated(V, P.shape[1]))).to(like.dtype)


def attend(Q: Tensor, K: Tensor, V: Tensor, scale: float, sees: Any = None, added: Any = None) -> Tensor:
    return averaged(torch.softmax(hidden(scores(Q, K, scale, added), sees), dim=3), V, Q)


def usual(scale: float | None, Q: Tensor) -> float:
    """The scale, 1/sqrt(d) unless it is given."""
    return float(Q.shape[-1] ** -0.5) if scale is None else scale


def by_heads(attention: Callable[..., Tensor], q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Of tensors (b, n, h, d), by a function of tensors (b, h, n, d)."""
    return attention(*(X.transpose(1, 2) for X in (q, k, v))).transpose(1, 2)


class Backward:
    """The weights P of a call and what its backward pass is put together from; gradients are given in the type of Q."""

    def __init__(self, Q: Tensor, K: Tensor, V: Tensor, scale: float, sees: Any = None, added: Any = None) -> None:
        H, self.G, self.scale, self.dtype = Q.shape[1], K.shape[1], scale, Q.dtype
        self.q, self.k, self.v = wide(Q), wide(repeated(K, H)), wide(repeated(V, H))
        self.S, self.sees = scores(Q, K, scale, added), sees
        self.P = torch.softmax(hidden(self.S, sees), dim=3)

    def again(self, others: Any = None) -> Tensor:
        """Weights made again from the logarithms of the sums, for other keys that are seen."""
        return torch.exp(hidden(self.S, others) - torch.logsumexp(hidden(self.S, self.sees), dim=3, keepdim=True))

    def dP(self, dO: Tensor) -> Tensor:
        return wide(dO) @ self.v.transpose(2, 3)

    def dS(self, dO: Tensor, P: Tensor | None = None) -> Tensor:
        """Of other weights where they are given; averages are those of the forward pass."""
        dP = self.dP(dO)
        return (self.P if P is None else P) * (dP - (self.P * dP).sum(dim=3, keepdim=True))

    def shared(self, X: Tensor) -> Tensor:
        """The sums over the heads of queries that read one head of keys."""
        b, H, m, d = X.shape
        return X.reshape(b, self.G, H // self.G, m, d).sum(dim=2).to(self.dtype)

    def dQ(self, dS: Tensor) -> Tensor:
        return (self.scale * dS @ self.k).to(self.dtype)

    def each_dK(self, dS: Tensor) -> Tensor:
        """Of each head of queries."""
        return self.scale * dS.transpose(2, 3) @ self.q

    def each_dV(self, P: Tensor, dO: Tensor) -> Tensor:
        return P.transpose(2, 3) @ wide(dO)

    def all(self, dO: Tensor, dS: Tensor | None = None, P: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        dS = self.dS(dO, P) if dS is None else dS
        return self.dQ(dS), self.shared(self.each_dK(dS)), self.shared(self.each_dV(self.P if P is None else P, dO))


def differentiable(Q: Tensor, K: Tensor, V: Tensor, call: Backward, backward: Callable[[Tensor], Any]) -> Tensor:
    """The output of the call as a function of its own of Q, K and V, whose gradients are those that `backward` gives for dO."""

    def forward(ctx: Any, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return (call.P @ call.v).to(call.dtype)

    def back(ctx: Any, dO: Tensor) -> Any:
        return backward(dO)

    made: Any = type(
        "Attention", (torch.autograd.Function,), {"forward": staticmethod(forward), "backward": staticmethod(back)}
    )
    output: Tensor = made.apply(Q, K, V)
    return output
