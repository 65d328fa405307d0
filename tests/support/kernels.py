"""Kernels for tests of the conformance checks: functions called in this process, right ones and ones with planted bugs."""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from hardlab.conformance.arithmetic import representable
from hardlab.kernels.kernel import Answer, Conventions, Outcome
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import Declined

Function = Callable[..., Any]
"""f(Q, K, V, scale), or f(Q, K, V) where the scale is built in."""


@dataclass(frozen=True)
class InProcess:
    """A function as a kernel, without limits: exceptions are failures; arrays are of the dtype (float32 for bfloat16)."""

    function: Function
    conventions: Conventions = field(default_factory=Conventions)

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", "function")

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        built_in, dtype = self.conventions.built_in(Q.shape[1]), self.conventions.dtype
        if built_in is not None:
            Q = representable(Q * (scale / built_in), dtype)
        type_ = np.float32 if dtype == "bfloat16" else np.dtype(dtype)
        given = [X.astype(type_) for X in (Q, K, V)]
        if self.conventions.layout == "bhnd":
            given = [X[None, None] for X in given]
        before = [X.copy() for X in given]
        if self.conventions.seed is not None:
            np.random.seed(self.conventions.seed)
        start = perf_counter()
        try:
            with np.errstate(all="ignore"):
                output = self.function(*given) if built_in is not None else self.function(*given, scale)
        except Declined as declined:
            return Failure("declined", str(declined))
        except MemoryError as error:
            return Failure("memory", str(error))
        except Exception as error:
            return Failure("raised", f"{type(error).__name__}: {error}")
        seconds = perf_counter() - start
        if not all(np.array_equal(x, y) for x, y in zip(before, given, strict=True)):
            return Failure("mutated", "the kernel wrote to its inputs")
        output = output[0, 0] if self.conventions.layout == "bhnd" else output
        if output.shape != (len(Q), V.shape[1]):
            return Failure("shape", f"the output has shape {output.shape}, not {(len(Q), V.shape[1])}")
        return Answer(output.astype(np.float64), "bfloat16" if dtype == "bfloat16" else str(output.dtype), seconds)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | None:
        return None


def right(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The definition, in the type of its inputs."""
    A = _exponentials(Q, K, scale)
    return A @ V / A.sum(axis=1, keepdims=True)


def _exponentials(Q: Any, K: Any, scale: float) -> Any:
    S = (Q @ K.T) * Q.dtype.type(scale)
    return np.exp(S - S.max(axis=1, keepdims=True))


def no_subtraction(Q: Any, K: Any, V: Any, scale: float) -> Any:
    A = np.exp((Q @ K.T) * Q.dtype.type(scale))
    return A @ V / A.sum(axis=1, keepdims=True)


def wrong_scale(Q: Any, K: Any, V: Any) -> Any:
    """1/sqrt(d), declared as 1/d."""
    return right(Q, K, V, Q.shape[1] ** -0.5)


def wrong_axis(Q: Any, K: Any, V: Any, scale: float) -> Any:
    S = (Q @ K.T) * Q.dtype.type(scale)
    A = np.exp(S - S.max(axis=0, keepdims=True))
    return (A / A.sum(axis=0, keepdims=True)) @ V


def dropped_block(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Keys beyond the last full block of 64 are not seen, where there is one."""
    m = len(K) // 64 * 64 or len(K)
    return right(Q, K[:m], V[:m], scale)


def masked_key(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Key 157 is not seen."""
    seen = np.arange(len(K)) != 157
    return right(Q, K[seen], V[seen], scale)


def rough_sums(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Sums are kept to the 8 bits of bfloat16."""
    A = _exponentials(Q, K, scale)
    N, D = np.zeros((len(Q), V.shape[1])), np.zeros((len(Q), 1))
    for j in range(len(K)):
        N = representable(N + A[:, j, None].astype(float) * V[j], "bfloat16")
        D = representable(D + A[:, j, None], "bfloat16")
    return (N / D).astype(Q.dtype)


def next_row(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Rows beyond the first block of 64 are those of the row before."""
    output = right(Q, K, V, scale)
    return np.vstack([output[:64], output[63:-1]]) if len(Q) > 64 else output


def uninitialised(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Rows beyond the last full block of 64 are not written, where there is one."""
    n = len(Q) // 64 * 64 or len(Q)
    output = np.empty((len(Q), V.shape[1]), Q.dtype)
    output[:n] = right(Q[:n], K, V, scale)
    return output


def mutating(Q: Any, K: Any, V: Any, scale: float) -> Any:
    Q *= Q.dtype.type(scale)
    return right(Q, K, V, 1.0)


_random = np.random.default_rng(0)


def nondeterministic(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = right(Q, K, V, scale)
    return output * (1 + Q.dtype.type(1e-6) * _random.normal(size=output.shape).astype(Q.dtype))


def fallback_below_4096(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Exact on fewer than 4096 keys; a third of the keys, taken regularly, otherwise."""
    return right(Q, K, V, scale) if len(K) < 4096 else right(Q, K[::3], V[::3], scale)


def third_of_the_keys(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """An approximation at all sizes."""
    return right(Q, K[::3], V[::3], scale)


def negative_from_4096(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Of the wrong sign on 4096 keys or more."""
    return right(Q, K, V, scale) * (1 if len(K) < 4096 else -1)


def last_row_of_63(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The last row is lost where the last block of 64 lacks one."""
    output = right(Q, K, V, scale)
    output[-1] *= len(Q) % 64 != 63
    return output


def sixteen_columns(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Columns of V beyond the sixteenth are lost."""
    output = right(Q, K, V, scale)
    output[:, 16:] = 0
    return output
