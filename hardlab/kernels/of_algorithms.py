"""Algorithms of this lab, and of their kind, called as kernels: head by head, with what each sees."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from attention.algorithm import Promise
from hardlab.kernels.adapters.of_numpy import ADAPTER
from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Outcome
from hardlab.work.failure import Failure, failure_of
from instances.coded import Floats
from instances.task import Attention


def answered(algorithm: Any, call: Call, failed: Callable[[BaseException], Failure]) -> Outcome:
    """What a call of it comes to."""
    if call.dO is not None:
        return Failure("declined", "an Algorithm has no gradients here")
    b, H, _, n, _, _, v = call.sizes
    output, start, dtype = np.empty((b, H, n, v)), time.perf_counter(), ""
    for head in np.ndindex(b, H):
        Q, K, V = call.Q[head].copy(), call.K[call.heads.of_keys(head)].copy(), call.V[call.heads.of_keys(head)].copy()
        inputs = Attention(Q, K, V, call.scale, call.heads.mechanism(head), copy=False)
        kept = [X.tobytes() for X in (Q, K, V)]
        try:
            given = algorithm(inputs)
            dtype, found = ADAPTER.numbers(given)
        except BaseException as error:
            return failed(error)
        if changed := [name for name, X, old in zip("QKV", (Q, K, V), kept, strict=True) if X.tobytes() != old]:
            return Failure("mutated", f"the kernel changed its input {' and '.join(changed)}")
        if found is None or found.shape != (n, v):
            what = f"shape {found.shape}" if found is not None else "what is no array of real numbers"
            return Failure("shape", f"the kernel gave {what} ({dtype}), expected {(n, v)} of real numbers")
        with np.errstate(all="ignore"):
            output[head] = np.exp(found) if _logarithmic(algorithm) else found
    return Answer(output, dtype, time.perf_counter() - start)


def promised(algorithm: Any, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
    """The largest error promised, None where it promises nothing or declines. For an answer in logarithms, what taking its
    exponential adds is in it.
    """
    try:
        inputs = Attention(Q, K, V, scale)
        given = algorithm.promise(inputs)
        error = Promise(float(given.absolute), float(given.relative), float(given.failure)).largest_error(inputs)
        if _logarithmic(algorithm):
            error += 2.0**-50 * (error + float(np.abs(V).max(initial=0.0)))
    except BaseException as error_:
        failure = failure_of(error_)
        return None if failure.kind == "declined" else failure
    return error if error < np.inf else None


def _logarithmic(algorithm: Any) -> bool:
    return getattr(algorithm, "logarithmic", False) is True
