"""Softmax attention over all keys, its weights and its gradients, as matrices."""

from typing import NamedTuple

import numpy as np

from instances.coded import Floats
from instances.task import Attention


class Dense(NamedTuple):
    P: Floats
    T: Floats
    dQ: Floats
    dK: Floats
    dV: Floats


def dense(of: Attention, dO: Floats) -> Dense:
    Q, K = of.queries(slice(None)), of.keys(slice(None))
    scores = of.scale * (Q @ K.T)
    P = np.exp(scores - scores.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    T = P @ of.V
    dS = P * (dO @ of.V.T - (dO * T).sum(axis=1, keepdims=True))
    return Dense(P, T, of.scale * (dS @ K), of.scale * (dS.T @ Q), P.T @ dO)
