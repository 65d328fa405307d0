"""Kernels that are a formula, and the checks of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

import numpy as np

from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Answer, Conventions, Outcome
from instances.coded import Floats
from tests.support.kernels import OneHead

Formula = Callable[[Floats, Floats, Floats, float], Floats]


DEFAULT = Conventions()


@dataclass(frozen=True)
class Toy(OneHead):
    """A kernel in this process."""

    formula: Formula
    conventions: Conventions = DEFAULT
    promised: float | None = None
    name: str = "toy"

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return Answer(np.asarray(self.formula(Q, K, V, scale), dtype=np.float64), self.conventions.dtype, 0.0)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | None:
        return self.promised


def softmax(type_: type[np.floating] = np.float64) -> Formula:
    def formula(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
        scores = (Q.astype(type_) @ K.astype(type_).T) * type_(scale)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return (weights @ V.astype(type_)) / weights.sum(axis=1, keepdims=True)  # type: ignore[no-any-return]

    return formula


def statuses(results: Sequence[Result]) -> set[str]:
    return {result.status for result in results}


# ------------------------------------------------------------------------------------------------ planted faults


def sampling_keys(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    """Right where softmax is flat: 64 keys stand for all."""
    kept = np.random.default_rng(0).permutation(len(K))[:64]
    return softmax()(Q, K[kept], V[kept], scale)


def not_a_number(Q: Floats, K: Floats, V: Floats, scale: float) -> Floats:
    return np.full((len(Q), V.shape[1]), nan)
