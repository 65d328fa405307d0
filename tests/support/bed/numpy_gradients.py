"""What backward passes on NumPy arrays are put together from; all of it right."""

from typing import Any

import numpy as np

from tests.support.bed.numpy_parts import Array, hidden, repeated, scores, softmax, wide

Gradients = tuple[Any, Any, Any]


class Backward:
    """The weights P, dP = dO V^T and its averages delta, of a call; gradients are given in the type of Q."""

    def __init__(
        self, Q: Array, K: Array, V: Array, dO: Array, scale: float, sees: Any = None, added: Any = None, P: Array | None = None
    ) -> None:
        H, self.G, self.scale, self.dtype = Q.shape[1], K.shape[1], scale, Q.dtype
        self.q, self.k, self.v, self.do = wide(Q), wide(repeated(K, H)), wide(repeated(V, H)), wide(dO)
        self.P = softmax(hidden(scores(Q, K, scale, added), sees)) if P is None else P
        self.dP = self.do @ self.v.swapaxes(2, 3)
        self.delta = (self.P * self.dP).sum(axis=3, keepdims=True)

    @property
    def dS(self) -> Array:
        return np.asarray(self.P * (self.dP - self.delta))

    def shared(self, X: Array) -> Array:
        """The sums over the heads of queries that read one head of keys."""
        b, H, m, d = X.shape
        return np.asarray(X.reshape(b, self.G, H // self.G, m, d).sum(axis=2).astype(self.dtype))

    def dQ(self, dS: Array, scale: float | None = None) -> Array:
        return np.asarray(((self.scale if scale is None else scale) * dS @ self.k).astype(self.dtype))

    def each_dK(self, dS: Array, scale: float | None = None) -> Array:
        """Of each head of queries."""
        return np.asarray((self.scale if scale is None else scale) * dS.swapaxes(2, 3) @ self.q)

    def each_dV(self, P: Array) -> Array:
        return np.asarray(P.swapaxes(2, 3) @ self.do)

    def all(self, dS: Array | None = None) -> Gradients:
        """dQ, dK, dV; of another dS where one is given."""
        dS = self.dS if dS is None else dS
        return self.dQ(dS), self.shared(self.each_dK(dS)), self.shared(self.each_dV(self.P))
