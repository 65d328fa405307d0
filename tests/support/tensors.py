"""Tensor attention by its definition in NumPy, all pairs at once; and kernels that get it wrong."""

from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np

from attention import Promise, Tensor
from instances.bits import BitMatrix
from instances.coded import Floats, dense
from instances.task import Attention
from instances.tensor import TensorAttention
from instances.triples import ThreeOrthogonalVectors

WITNESS = (0, 1, 2)

ONE_WITNESS = ThreeOrthogonalVectors(
    BitMatrix.of(["110", "111"]), BitMatrix.of(["111", "101", "111"]), BitMatrix.of(["111", "111", "011"])
)
"""Its only orthogonal triple is WITNESS, at j != k."""

NONE = ThreeOrthogonalVectors(BitMatrix.of(["111", "101"]), BitMatrix.of(["111", "101", "111"]), BitMatrix.of(["111"] * 3))
"""There is none."""


def tensor(Q: Floats, K1: Floats, K2: Floats, V1: Floats, V2: Floats, scale: float) -> Floats:
    """A plug-in: the definition."""
    scores = scale * np.einsum("ic,jc,kc->ijk", Q, K1, K2)
    W = np.exp(scores - scores.max(axis=(1, 2), keepdims=True))
    answers: Floats = np.einsum("ijk,jc,kc->ic", W, V1, V2) / W.sum(axis=(1, 2))[:, None]
    return answers


def arrays(of: Attention) -> tuple[Floats, Floats, Floats, Floats, Floats, float]:
    """What a plug-in gets."""
    assert isinstance(of, TensorAttention)
    Q, K1, K2 = (np.array(dense(matrix, slice(None))) for matrix in (of.Q, of.K, of.K2))
    return Q, K1, K2, of.V, of.V2, of.scale


@dataclass(frozen=True)
class Faulty:
    """Promises what is right and does something else, by its name."""

    fault: str

    key: ClassVar[str] = "faulty"
    logarithmic: ClassVar[bool] = False
    tensors: ClassVar[bool] = True

    def promise(self, inputs: Attention) -> Promise:
        return Tensor().promise(inputs)

    def __call__(self, inputs: Attention) -> Floats:
        Q, K1, K2, V1, V2, scale = arrays(inputs)
        if self.fault == "diagonal":
            m = min(len(K1), len(K2))
            W = np.exp(scale * np.einsum("ic,jc,jc->ij", Q, K1[:m], K2[:m]))
            found: Floats = W @ (V1[:m] * V2[:m]) / W.sum(axis=1, keepdims=True)
            return found
        if self.fault == "rows":
            W = np.exp(scale * np.einsum("ic,jc,kc->ijk", Q, K1, K2))
            inner = np.einsum("ijk,jc->ikc", W, V1) / W.sum(axis=1)[:, :, None]
            return cast(Floats, np.einsum("ikc,kc->ic", inner, V2) / len(K2))
        if self.fault == "exchanged":
            return tensor(Q, K2, K1, V1, V2, scale)
        if self.fault == "scale":
            return tensor(Q, K1, K2, V1, V2, scale / Q.shape[1])
        raise ValueError(self.fault)


def drawn(seed: int, sizes: tuple[int, int, int] = (4, 5, 6), d: int = 3, v: int = 2, size: float = 1.0) -> TensorAttention:
    rng = np.random.default_rng(seed)
    Q, K1, K2 = (size * rng.normal(size=(rows, d)) for rows in sizes)
    return TensorAttention(Q, K1, rng.normal(size=(sizes[1], v)), 0.7, K2=K2, V2=rng.normal(size=(sizes[2], v)))
