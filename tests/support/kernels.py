"""Kernels for tests of the conformance checks: called in this process, right ones and ones with planted bugs."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any
from unittest import mock

import numpy as np

from hardlab.conformance.arithmetic import representable
from hardlab.kernels import callee, offering
from hardlab.kernels.call import Call
from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Answer, Conventions, Offer, Outcome, of_one_head
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import Declined

Function = Callable[..., Any]
"""f(Q, K, V, scale), or f(Q, K, V) where the scale is built in."""


class OneHead:
    """What a kernel of Q (n, d), K (m, d), V (m, v) has beside a call of it, in the convention `plain`."""

    conventions: Conventions
    seed_of_check = 0

    @property
    def offer(self) -> Offer:
        features = ("cross", "width") + (("scale",) if self.conventions.scale == "argument" else ())
        return Offer(features, scale=self.conventions.scale)

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        raise NotImplementedError

    def call(self, call: Call) -> Outcome:
        outcome = self(call.Q[0, 0], call.K[0, 0], call.V[0, 0], call.scale)
        return outcome if isinstance(outcome, Failure) else replace(outcome, output=outcome.output[None, None])

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        return None


@dataclass(frozen=True)
class InProcess(OneHead):
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


class Here:
    """A target, or a function itself, called in this process as the process of a kernel calls it."""

    seed_of_check = 0

    def __init__(self, target: str | Function, conventions: Conventions | None = None) -> None:
        self.name = target if isinstance(target, str) else target.__name__
        self.conventions = conventions or Conventions(convention="heads", dtype="float32")
        found = offering.object_of if isinstance(target, str) else lambda *_: target
        with mock.patch.object(callee, "object_of", found):
            self.callee = Callee(self.name, None, self.conventions)
        self.asked: list[str] = []

    @property
    def offer(self) -> Offer:
        return self.callee.offer

    def call(self, call: Call) -> Outcome:
        """As a child does it: by a copy of the call, whose identity is kept."""
        message, arrays = call.message()
        self.asked.append(call.identity)
        with np.errstate(all="ignore"):
            return self.callee.call(Call.of(message, {name: array.copy() for name, array in arrays.items()}))

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return of_one_head(self.call(Call(Q[None, None], K[None, None], V[None, None], scale)))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        return self.callee.promise(Q, K, V, scale) if self.callee.promises else None


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
    """Rows beyond the last full block of 64 are not written, where there is one, in memory that held V before."""
    n = len(Q) // 64 * 64 or len(Q)
    output = np.resize(V, (len(Q), V.shape[1]))
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
