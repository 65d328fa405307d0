"""Records of runs with their pictures."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from attention import Boolean, Logspace, PlainFunction, Softmax
from hardlab.names.chains import chain
from hardlab.pages.json import plain
from hardlab.runs.running import run
from instances.cnf import CNF
from instances.families import random_ksat
from instances.task import AttentionTask
from reductions.chain import Chain
from tests.support.paths import OTHER_MECHANISMS

Record = dict[str, Any]

YES = CNF(4, ((1, 2), (-1, 3, 4), (-2, -3, 4), (-1, -2, -4)))
NO = CNF(3, ((1,), (-1, 2), (-2, 3), (-3, -1)))


def algorithm_for(steps: Chain) -> Any:
    """One that decides what the chain ends in; None for what serves a task that asks for more than attention."""
    if steps.target(CNF) is not AttentionTask:
        return None
    last = steps.steps[-1].key
    return Logspace() if last in ("balanced-attention", *OTHER_MECHANISMS) else Softmax()


@cache
def recorded(formula: CNF, keys: str, algorithm: Any = None) -> Record:
    """The record of a run, as its JSON holds it."""
    steps = chain(keys)
    found = run(formula, steps, algorithm or algorithm_for(steps), picture=True)
    return plain(dict(found.record))  # type: ignore[no-any-return]


def constant(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return np.full((len(Q), V.shape[1]), V.min())


def noise(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return np.random.default_rng(0).uniform(V.min(), V.max(), size=(len(Q), V.shape[1]))


def exact(Q: Any, K: Any, V: Any, scale: float) -> Any:
    weights = np.exp(scale * Q @ K.T)
    return weights / weights.sum(axis=1, keepdims=True) @ V


LEMMA_4_7 = "cnf-ov,ov-hamming,hamming-balanced,balanced-attention"

RECORDS: dict[str, Callable[[], Record]] = {
    "yes": lambda: recorded(YES, "auto"),
    "no": lambda: recorded(NO, "auto"),
    "no promise": lambda: recorded(NO, "auto", PlainFunction(exact, "exact")),
    "wrong": lambda: recorded(YES, "auto", PlainFunction(constant, "constant")),
    "weak": lambda: recorded(random_ksat(16, 90, 3, seed=1), LEMMA_4_7, Softmax("float32")),
    "disjunction": lambda: recorded(YES, "cnf-cubes[fix=2],auto"),
    "tiles": lambda: recorded(YES, "cnf-ov,ov-tiles[rows=2,columns=3],ov-attention", Boolean()),
    "two disjunctions": lambda: recorded(YES, "cnf-cubes[fix=1],cnf-ov,ov-tiles[rows=2,columns=2],ov-attention"),
    "all members NO": lambda: recorded(NO, "cnf-cubes[fix=1],cnf-ov,ov-attention"),
}
"""A record of each kind of page."""
