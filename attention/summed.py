"""Outputs with the logarithms of what their rows were divided by, from algorithms that give both."""

from collections.abc import Callable
from math import inf
from typing import Any, NamedTuple

import numpy as np

from attention.algorithm import Algorithm
from instances.coded import Floats
from instances.faults import Declined, PlugInFault, blamed
from instances.task import Attention


class Summed(NamedTuple):
    """(n, v) the output T, and (n,) the logarithms of what the rows were divided by."""

    T: Floats
    logsumexp: Floats


def summed(algorithm: Algorithm, inputs: Attention) -> Summed:
    """The output and the logarithms, as `answers` has the output. Errors: `PlugInFault`; `Declined` passes through."""
    given: Any = blamed(f"{algorithm.key} raised", lambda: _of_sums(algorithm, "summed")(inputs))
    T, L = (np.asarray(part, dtype=np.float64) for part in given)
    if T.shape != inputs.shape or L.shape != inputs.shape[:1]:
        raise PlugInFault(
            f"{algorithm.key} gave shapes {T.shape} and {L.shape}, expected {inputs.shape} and {inputs.shape[:1]}"
        )
    return Summed(T, L)


def logsumexp_error(algorithm: Algorithm, inputs: Attention) -> float:
    """What the algorithm promises of the logarithms. Errors: `Declined` where it gives none, or promises nothing of them."""
    found: Any = blamed(f"{algorithm.key} raised", lambda: _of_sums(algorithm, "logsumexp_error")(inputs))
    return promised_logsumexp(float(found), algorithm.key)


def promised_logsumexp(error: float, key: str) -> float:
    """The error that is promised. Errors: `Declined` where it says nothing."""
    if not 0 <= error < inf:
        raise Declined(f"{key} promises nothing of its logsumexp for these inputs: use softmax, or certified")
    return error


def _of_sums(algorithm: Algorithm, name: str) -> Callable[[Attention], Any]:
    """A method of those that give logarithms. Errors: `Declined`."""
    found = getattr(algorithm, name, None)
    if not callable(found):
        others = "auto, polynomial, split, low-rank, boxes, boolean, softmax or certified"
        raise Declined(f"{algorithm.key} gives no logsumexp: use {others}")
    return found  # type: ignore[no-any-return]
