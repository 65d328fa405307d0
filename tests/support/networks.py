"""Networks of attention by their definition in NumPy, and ones that get it wrong."""

from dataclasses import dataclass
from typing import Any, ClassVar, cast

import numpy as np

from attention import Layers, Promise
from instances.coded import Floats
from instances.network import WEIGHTS, Network
from instances.task import Attention


def network(X: Floats, WQ: Any, WK: Any, WV: Any, WO: Any, residual: bool, scale: float) -> Floats:
    """A plug-in: the definition."""
    for layer in range(len(WQ)):
        total = X.copy() if residual else np.zeros_like(X)
        for q, k, v, o in zip(WQ[layer], WK[layer], WV[layer], WO[layer], strict=True):
            scores = scale * (X @ q) @ (X @ k).T
            P = np.exp(scores - scores.max(axis=1, keepdims=True))
            total += P / P.sum(axis=1, keepdims=True) @ (X @ v) @ o
        X = total
    return X


def arrays(of: Attention) -> tuple[Any, ...]:
    """What a plug-in gets."""
    assert isinstance(of, Network)
    return of.tokens, *(getattr(of, name) for name in WEIGHTS), of.residual, of.scale


def drawn(seed: int, N: int = 5, L: int = 2, H: int = 2, residual: bool = True, size: float = 0.7, column: int = 1) -> Network:
    rng, w, k, v = np.random.default_rng(seed), 4, 3, 2
    shapes = ((L, H, w, k), (L, H, w, k), (L, H, w, v), (L, H, v, w))
    X, *weights = (size * rng.normal(size=shape) for shape in ((N, w), *shapes))
    return Network.of(X, 0.6, weights, residual=residual, column=column)


@dataclass(frozen=True)
class Faulty:
    """Promises what is right and does something else: a head dropped, (layer, head), or what the name says."""

    fault: str | tuple[int, int]

    key: ClassVar[str] = "faulty"
    logarithmic: ClassVar[bool] = False
    networks: ClassVar[bool] = True

    def promise(self, inputs: Attention) -> Promise:
        return Layers().promise(inputs)

    def __call__(self, inputs: Attention) -> Floats:
        assert isinstance(inputs, Network)
        X, WQ, WK, WV, WO, residual, scale = arrays(inputs)
        WO = WO.copy()
        if isinstance(self.fault, tuple):
            WO[self.fault] = 0
        elif self.fault == "head 0 for all":
            WK = np.broadcast_to(WK[:1, :1], WK.shape)
        elif self.fault == "mean":
            WO /= WO.shape[1]
        elif self.fault == "residual lost":
            for layer in range(inputs.layers):
                given = X.copy()
                given[:, inputs.column] = 0
                X = network(given, WQ[[layer]], WK[[layer]], WV[[layer]], WO[[layer]], residual, scale)
            return cast(Floats, X[:, [inputs.column]])
        else:
            raise ValueError(self.fault)
        return network(X, WQ, WK, WV, WO, residual, scale)[:, [inputs.column]]
