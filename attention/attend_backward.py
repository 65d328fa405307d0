"""Gradients of attention of plain arrays, each with an error that is proved."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from attention.algorithm import checked_error
from attention.costs import gradients_seconds
from attention.exact.gradients import gradients
from attention.options import Heads, Lengths, Options, Window, check_shapes, checked_scale, given_array, heads_of
from attention.polynomial.gradients import GradientPlan, backward, forward, planned
from attention.rounding import U64, WIDEN
from attention.tensors import Output
from instances.coded import Floats, finite
from instances.faults import BadInput, Declined
from instances.gradients import Three
from instances.task import Attention
from instances.visibility import Corner

Array = NDArray[np.floating[Any]]

Name = Literal["auto", "polynomial", "softmax", "softmax32"]

ALGORITHMS_OF_GRADIENTS = get_args(Name)
"""What `attend_backward` knows by name."""

LONG = 5e-3
"""Where the definition takes no more than so many seconds, `auto` takes it."""

Of = Callable[[Attention, Floats], tuple[Three, Three]]
"""The gradients of one head, and the largest errors."""


@dataclass(frozen=True)
class Differentiated:
    """Gradients of sum(dO * Att): |dQ' - dQ| <= promise.dQ in every entry, and so for dK and dV. Of tensors they are such.

    `plans` say how, a head after the other, those were computed that are by `polynomial`.
    """

    dQ: Array
    dK: Array
    dV: Array
    promise: Three
    algorithm: str
    plans: tuple[GradientPlan, ...] = ()

    def __repr__(self) -> str:
        promises = ", ".join(f"{name} {error:.3g}" for name, error in self.promise._asdict().items())
        return f"Differentiated({self.dQ.dtype}, algorithm={self.algorithm!r}, promise: {promises})"


def attend_backward(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    dO: ArrayLike,
    *,
    scale: float | None = None,
    error: float | None = None,
    algorithm: Name = "auto",
    causal: Corner | None = None,
    window: Window | None = None,
    keep: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    alibi: ArrayLike | None = None,
    lengths: Lengths | None = None,
    cu_seqlens: Lengths | None = None,
    blind: float | None = None,
) -> Differentiated:
    """dQ, dK and dV of sum(dO * Att), each within its own promise in every entry, the rounding of the output included.

    All is as in `attend`; dO has the shape of the output. dK and dV are summed over the heads of queries that read a head of
    keys. `softmax32` works in float32, `softmax` in float64, by the bound `gradient errors` of module `exact.gradients`: a
    promise holds whatever the inputs are, and its size is found in the run, from the sums of weights in the columns of P.
    `polynomial` takes O((n + m) r v) where exponents are bounded (module `polynomial.gradients`): its promise is known before
    anything is computed, and kept within `error`, which it must be given.
    `auto` takes `polynomial` where an `error` is given, kept, and the definition should take longer; else `softmax32` where all
    arrays are float32 or narrower, and `softmax` where they are not, or that keeps no promise or not `error`.
    `error` None takes what the definition promises. A row that sees no key is refused, unless `blind` is a number: then what
    stands there is constant, its dQ is 0, and its dO is not used.
    Errors: `BadInput` as `attend` has them, or for `polynomial` without an error; `Declined` where some promise is not finite,
    or above `error`.
    """
    arrays = [given_array(values, name) for values, name in ((Q, "Q"), (K, "K"), (V, "V"), (dO, "dO"))]
    check_shapes(arrays[:3])
    heads = heads_of(arrays[:3], Options(causal, window, keep, mask, bias, alibi, lengths, cu_seqlens, blind))
    shape = (*arrays[0].shape[:-1], arrays[2].shape[-1])
    if arrays[3].shape != shape:
        raise BadInput(f"dO has shape {arrays[3].shape}: give that of the output, {shape}")
    if error is not None:
        checked_error(error)
    if algorithm not in ALGORITHMS_OF_GRADIENTS:
        raise BadInput(f"algorithm = {algorithm!r}: known are {', '.join(ALGORITHMS_OF_GRADIENTS)}")
    scale = checked_scale(scale, arrays[0].shape[-1])
    as_output = Output.of((Q, K, V, dO), arrays)
    q, k, v, given = (finite(array, name, copy=False) for array, name in zip(arrays, ("Q", "K", "V", "dO"), strict=True))
    wanted = inf if error is None else error
    if algorithm == "polynomial" and error is None:
        raise BadInput("polynomial without an error: say how far its gradients may be off, such as error=1e-6")
    names: list[str] = [algorithm]
    plans: list[GradientPlan] = []
    if algorithm == "auto":
        names = ["softmax"] if as_output.dtype == np.float64 else ["softmax32", "softmax"]
    if algorithm == "polynomial" or (algorithm == "auto" and error is not None):
        plans = _plans(q, k, v, given, scale, heads, wanted, as_output.relative, names[0])
        names = ["polynomial", *names] if plans and algorithm == "auto" else names
    for name in names:
        found, errors = _heads(q, k, v, given, scale, heads, _of(name, plans))
        promise = Three(*map(_with_rounding, errors, found, [as_output] * 3))
        if max(promise) < inf and max(promise) <= wanted:
            dq, dk, dv = (as_output.given(as_output.rounded(x, _largest(x))) for x in found)
            return Differentiated(dq, dk, dv, promise, name, tuple(plans) if name == "polynomial" else ())
    if max(promise) < inf:
        said = ", ".join(f"{bound:.3g} for {of}" for of, bound in promise._asdict().items())
        wider = "" if as_output.dtype == np.float64 else ", or give float64 arrays"
        raise Declined(f"{name} promises {said}, above error = {error:.3g}: raise error{wider}")
    where = f"for gradients of {as_output.name} of these inputs"
    raise Declined(f"{name} promises nothing certain {where}: scale Q, K, V or dO down, or give float64 arrays")


def _of(name: str, plans: list[GradientPlan]) -> Of:
    """What computes a head after the other."""
    if name != "polynomial":
        dtype = np.float32 if name == "softmax32" else np.float64
        return lambda inputs, dO: gradients(inputs, dO, dtype)
    following = iter(plans)

    def by_plan(inputs: Attention, dO: Floats) -> tuple[Three, Three]:
        plan, most = next(following), _largest(dO)
        return backward(plan, forward(plan, inputs)[1], inputs, dO), Three(*(x * most + 2.0**-1070 for x in plan.gradients))

    return by_plan


def _plans(
    q: Floats, k: Floats, v: Floats, dO: Floats, scale: float, heads: Heads, error: float, relative: float, instead: str
) -> list[GradientPlan]:
    """How polynomials compute all heads within the error; none where the definition, `instead`, should be as fast or there is
    no way. Errors: `Declined`, where nothing is instead.
    """
    count, sizes = int(np.prod(q.shape[:-2])), (q.shape[-2], k.shape[-2], q.shape[-1], v.shape[-1])
    auto = instead != "polynomial"
    by_definition = count * gradients_seconds(*sizes, "float32" if instead == "softmax32" else "float64") if auto else inf
    if by_definition <= LONG:
        return []
    plans = []
    for head in np.ndindex(q.shape[:-2]):
        most = heads.share * _largest(dO[head])
        try:
            plans.append(planned(heads.inputs(head, q, k, v, scale), inf, error / most / WIDEN if most else inf, relative))
        except Declined:
            if auto:
                return []
            raise
    n, m, _, width = sizes
    return plans if sum(plan.seconds(n, m, width) for plan in plans) < by_definition else []


def _heads(q: Floats, k: Floats, v: Floats, dO: Floats, scale: float, heads: Heads, of: Of) -> tuple[Three, Three]:
    """The gradients of all heads in float64, and the largest errors: those of heads that share keys add up."""
    total = Three(*(np.zeros(x.shape) for x in (q, k, v)))
    of_keys, of_queries = np.zeros((2, *k.shape[:-2])), 0.0
    for head in np.ndindex(q.shape[:-2]):
        at, inputs = heads.of_keys(head), heads.inputs(head, q, k, v, scale)
        found, error = of(inputs, dO[head])
        total.dQ[head] = found.dQ
        of_queries = max(of_queries, error.dQ)
        for number, (sums, part, bound) in enumerate(((total.dK, found.dK, error.dK), (total.dV, found.dV, error.dV))):
            with np.errstate(over="ignore", invalid="ignore"):
                sums[at] += part
                of_keys[(number, *at)] += bound + 2 * U64 * (_largest(sums[at]) + _largest(part))
    return total, Three(of_queries, *(float(errors.max(initial=0.0)) for errors in of_keys))


def _with_rounding(error: float, found: Floats, as_output: Output) -> float:
    """The error with the rounding to the output's type; infinite where that cannot hold what was found."""
    largest = _largest(found)
    return float(error) + as_output.rounding(largest) if largest < as_output.largest else inf


def _largest(found: Floats) -> float:
    """The largest absolute value; infinite where there is NaN."""
    largest = float(np.abs(found).max(initial=0.0))
    return largest if largest < inf else inf
