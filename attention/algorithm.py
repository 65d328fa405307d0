"""What an attention algorithm is, and what it may promise."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import expm1, inf, isnan
from typing import Any, ClassVar, Protocol, TypeVar
from weakref import WeakKeyDictionary

import numpy as np

from instances.arrays import finite_number
from instances.coded import Floats
from instances.faults import BadInput, Declined, blamed
from instances.faults import PlugInFault as PlugInFault
from instances.mechanism import SOFTMAX
from instances.task import Attention

P = TypeVar("P")
A = TypeVar("A", bound=Attention)

_PLANS: "WeakKeyDictionary[Attention, dict[Hashable, Any]]" = WeakKeyDictionary()


@dataclass(frozen=True)
class Promise:
    """|T - Att| <= absolute + relative * (mean of |V| under the row's weights), entrywise, but with probability `failure`.

    Where the mechanism is not normalised, the sum of |V| under the row's weights takes the place of the mean; where a column of
    a gradient is asked for, the |entry| itself.

    For an algorithm that answers in logarithms (V >= 0) it says |ln T - ln Att| <= ln(1 + relative) instead, and absolute
    must be 0. An infinite error promises nothing. Errors: `BadInput` for negative numbers, NaN, or a failure above 1.
    """

    absolute: float
    relative: float
    failure: float = 0.0

    def __post_init__(self) -> None:
        numbers = (self.absolute, self.relative, self.failure)
        if any(isnan(number) or number < 0 for number in numbers) or self.failure > 1:
            raise BadInput(f"a promise of {numbers}: errors must be numbers >= 0 and the failure at most 1")

    @classmethod
    def of_logarithm(cls, delta: float) -> "Promise":
        return cls(0.0, expm1(delta) if delta < 700 else inf)

    @property
    def made(self) -> bool:
        """Whether anything is promised at all."""
        return self.absolute < inf and self.relative < inf

    def largest_error(self, inputs: Attention) -> float:
        """What it says of the error of any entry: absolute + relative max |V|; infinite unless it is certain, and for gradients
        and rows that are not normalised, where a relative error has no bound.
        """
        bounded = inputs.mechanism.normalised and inputs.averages
        if not self.made or self.failure > 0 or not (bounded or self.relative == 0):
            return inf
        largest = inputs.largest_value if self.relative else 0.0  # a pass over V
        return float(self.absolute + self.relative * largest) * (1 + 2.0**-50)


NO_PROMISE = Promise(inf, inf)


def checked_error(error: float) -> None:
    """Errors: `BadInput` unless the error, which an algorithm is asked to promise, is a positive finite number."""
    if not (finite_number(error) and error > 0):
        raise BadInput(f"error = {error!r}: the error to be promised must be a positive finite number")


class Algorithm(Protocol):
    """Computes T close to Att.

    `promise` may look at the inputs but must be cheap, and hold whatever the run then does. Calling gives the (n, v) array T,
    or ln T where `logarithmic`. Both raise `Declined` for inputs that are not supported. An algorithm for other kernels than
    that of softmax attention, and for windows |i - j| <= w, says so by an attribute `mechanisms = True`, one that heeds all
    that rows see and the bias by `visibility = True`, one for rows that see intervals of keys whose ends rise with the rows by
    `intervals = True`, one that turns rows to rotary positions by `rotary = True`; without them it is asked for softmax
    attention over all keys alone. Rows that see no key have no answer, and whatever it gives for them is not read. One that
    says `gradients = True` is also given a `Gradient`, which is an `Attention` with more to it, and gives the one column that
    is asked for; one that says `tensors = True` a `TensorAttention`, `networks = True` a `Network`.

    One that also gives L_i = ln sum_j exp(scale <q_i, k_j>), the sum over the keys that row i sees, has two more methods:
    `summed(inputs)` gives both (`summed.Summed`), and `logsumexp_error(inputs)` is known before: |L' - L| is at most that in
    every row, infinite where nothing is promised. L of a row that sees no key is minus infinity.
    """

    @property
    def key(self) -> str: ...

    @property
    def logarithmic(self) -> bool: ...

    def promise(self, inputs: Attention) -> Promise: ...

    def __call__(self, inputs: Attention) -> Floats: ...


_SERVERS = {"": "softmax", "gradients": "backward", "tensors": "tensor", "networks": "layers"}
"""Which algorithm computes what asks for more than attention."""


def _server(inputs: Attention) -> str:
    return _SERVERS[inputs.asks]


def check_mechanism(algorithm: Any, inputs: Attention) -> None:
    """Errors: `Declined` where the inputs ask for a mechanism that the algorithm does not say it computes."""
    mechanism = inputs.mechanism
    if inputs.asks and not says(algorithm, inputs.asks):
        raise Declined(f"{algorithm.key} computes attention, this asks for {inputs.asked}: use {_server(inputs)} or certified")
    if mechanism.name != SOFTMAX.name and not says(algorithm, "mechanisms"):
        raise Declined(f"{algorithm.key} computes softmax attention, this is {mechanism}: use logspace or certified")
    if mechanism.rotary is not None and not says(algorithm, "rotary"):
        raise Declined(f"{algorithm.key} turns no rows to positions, this is {mechanism}: use softmax or certified")
    rising = says(algorithm, "intervals") and mechanism.bias.is_none and (inputs.seen is None or inputs.seen.rising)
    heeded = mechanism.plain or says(algorithm, "visibility") or rising
    if not heeded and not (says(algorithm, "mechanisms") and mechanism.window is not None):
        of = "" if says(algorithm, "mechanisms") else "softmax "
        over = "all keys, or intervals of them that rise with the rows" if says(algorithm, "intervals") else "all keys"
        others = "softmax, logspace or certified" if mechanism.name == SOFTMAX.name else "logspace or certified"
        raise Declined(f"{algorithm.key} computes {of}attention over {over}, this is {mechanism}: use {others}")


def kept_plan(algorithm: Any, inputs: Attention, plan: Callable[[Attention], P]) -> P:
    """What `plan` makes of the inputs for the algorithm, which is hashable, kept for as long as the inputs are.

    Errors: those of `check_mechanism`; what `plan` raises, which is not kept.
    """
    check_mechanism(algorithm, inputs)
    kept = _PLANS.setdefault(inputs, {})
    if algorithm not in kept:
        kept[algorithm] = plan(inputs)
    found: P = kept[algorithm]
    return found


def asked_for(kind: type[A], key: str, inputs: Attention) -> A:
    """The inputs as what an algorithm of that key computes. Errors: `Declined` where something else is asked for."""
    if not isinstance(inputs, kind):
        use = f"{_server(inputs)}, or a chain that ends there"
        raise Declined(f"{key} computes {kind.computed}, this asks for {inputs.asked}: use {use}")
    return inputs


def says(algorithm: Any, what: str) -> bool:
    """Whether the algorithm has the attribute `what` and it is True."""
    return getattr(algorithm, what, False) is True


def answers(algorithm: Algorithm, inputs: Attention) -> Floats:
    """The algorithm's output as a float64 array of the inputs' shape. Errors: `PlugInFault`; `Declined` passes through."""
    check_mechanism(algorithm, inputs)
    array = blamed(f"{algorithm.key} raised", lambda: np.asarray(algorithm(inputs)))
    shape = inputs.shape
    if array.shape != shape or array.dtype.kind not in "fiu":
        raise PlugInFault(f"{algorithm.key} gave shape {array.shape} of type {array.dtype}, expected {shape} of floats")
    return np.asarray(array, dtype=np.float64)


def promised(algorithm: Algorithm, inputs: Attention) -> Promise:
    """The algorithm's promise. Errors: `PlugInFault` where it raises or is not a `Promise`."""
    check_mechanism(algorithm, inputs)
    promise: Any = blamed(f"the promise of {algorithm.key} raised", lambda: algorithm.promise(inputs))
    if not isinstance(promise, Promise):
        raise PlugInFault(f"the promise of {algorithm.key} is a {type(promise).__name__}, expected a Promise")
    return promise


class Unpromised:
    """The base of algorithms that answer T itself and promise nothing."""

    logarithmic: ClassVar[bool] = False

    def promise(self, inputs: Attention) -> Promise:
        check_mechanism(self, inputs)
        return NO_PROMISE


@dataclass
class Wrapped:
    """An algorithm that does as another does; the base of those that change one thing about it."""

    algorithm: Algorithm

    @property
    def key(self) -> str:
        return self.algorithm.key

    @property
    def logarithmic(self) -> bool:
        return self.algorithm.logarithmic

    @property
    def mechanisms(self) -> bool:
        return says(self.algorithm, "mechanisms")

    @property
    def visibility(self) -> bool:
        return says(self.algorithm, "visibility")

    @property
    def intervals(self) -> bool:
        return says(self.algorithm, "intervals")

    @property
    def rotary(self) -> bool:
        return says(self.algorithm, "rotary")

    @property
    def gradients(self) -> bool:
        return says(self.algorithm, "gradients")

    @property
    def tensors(self) -> bool:
        return says(self.algorithm, "tensors")

    @property
    def networks(self) -> bool:
        return says(self.algorithm, "networks")

    def promise(self, inputs: Attention) -> Promise:
        return self.algorithm.promise(inputs)

    def __call__(self, inputs: Attention) -> Floats:
        return self.algorithm(inputs)


@dataclass
class Trusted(Wrapped):
    """An algorithm with the user's claim that its absolute error is at most `error`, in place of its own promise.

    For an algorithm that answers in logarithms, that the error of the logarithm is. Errors: `BadInput` for a negative or
    infinite error.
    """

    error: float

    def __post_init__(self) -> None:
        if not 0 <= self.error < inf:
            raise BadInput(f"a trusted error of {self.error}: it must be a finite number >= 0")

    def promise(self, inputs: Attention) -> Promise:
        return Promise.of_logarithm(self.error) if self.logarithmic else Promise(self.error, 0.0)
