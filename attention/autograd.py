"""Attention for torch's autograd whose output and gradients have promises that are known before the backward pass.

It needs torch, which nothing else in this package imports: `from attention.autograd import promised_attention`. Of each head
the forward pass keeps the sums over the keys, D and N/D (module `polynomial.gradients`), O(r v + n v) numbers, and the backward
pass takes some two and a half forward passes. Where no polynomial keeps the error both are those of the definition in float64.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from math import inf
from typing import Any, NamedTuple

import numpy as np

from attention.algorithm import checked_error
from attention.exact.gradients import beforehand, gradients
from attention.exact.softmax import Softmax
from attention.options import Heads, Options, check_shapes, checked_scale, heads_of
from attention.polynomial.gradients import GradientPlan, Kept, backward, forward, planned, power_above
from attention.rounding import U64, WIDEN
from attention.tensors import Output, array_of, is_tensor
from instances.coded import Floats, finite, largest_entry
from instances.faults import BadInput, Declined
from instances.gradients import Three
from instances.task import Attention

torch: Any = import_module("torch")


class Promises(NamedTuple):
    """|O' - Att| <= output; and gradients of sum(dO * Att) are off by at most dQ, dK and dV for each unit of max|dO|."""

    output: float
    dQ: float
    dK: float
    dV: float


@dataclass(frozen=True)
class Promised:
    """The output, a tensor with a gradient; what computed it and will compute that, "polynomial" or "softmax"; its promises.

    `plans` are those of the heads, where polynomials have them; `why` says why they have none.
    """

    output: Any
    algorithm: str
    promise: Promises
    plans: tuple[GradientPlan, ...] = ()
    why: str = ""

    def __repr__(self) -> str:
        promises = ", ".join(f"{name} {error:.3g}" for name, error in self.promise._asdict().items())
        return f"Promised({tuple(self.output.shape)}, algorithm={self.algorithm!r}, promise: {promises})"


@dataclass(frozen=True)
class _How:
    """What the function needs beside its tensors."""

    scale: float
    heads: Heads
    as_output: Output
    plans: tuple[GradientPlan, ...]
    promise: Promises

    def inputs(self, *tensors: Any) -> Iterator[tuple[tuple[int, ...], Attention]]:
        """Every head, and what is asked of it."""
        q, k, v = (finite(array_of(x.detach(), name), name, copy=False) for x, name in zip(tensors, "qkv", strict=True))
        for head in np.ndindex(q.shape[:-2]):
            yield head, self.heads.inputs(head, q, k, v, self.scale)


def promised_attention(
    q: Any, k: Any, v: Any, scale: float | None = None, error: float = 1e-6, *, plans: tuple[GradientPlan, ...] | None = None
) -> Promised:
    """Softmax attention with |O' - Att| <= error, and gradients that are off by at most error max|dO|, rounding included.

    q (n, d), k (m, d), v (m, v), or (b, H, n, d), (b, G, m, d), (b, G, m, v), G dividing H: torch tensors of one type on the
    CPU; all is computed in float64 and rounded to that type. dK and dV are summed over heads that read a head of keys. Where
    no polynomial promises the error (`why`), the definition takes its place, whose promise may be above it for gradients.
    `output.grad_fn.promise` has the promises too. What underflows in the type itself comes on top of them.
    `plans` are those of a `Promised`: its frozen map is carried out, of which the gradients are the exact ones, whatever the
    tensors are; how far from attention that is nobody promises (infinities).
    Errors: `BadInput` as `attend` has them; `Declined` where the definition does not promise the error for the output.
    """
    for tensor, name in ((q, "q"), (k, "k"), (v, "v")):
        if not is_tensor(tensor):
            raise BadInput(f"{name} is a {type(tensor).__name__}: give a torch tensor, or use attend")
    if len({tensor.dtype for tensor in (q, k, v)}) > 1:
        raise BadInput(f"q, k, v are of {q.dtype}, {k.dtype}, {v.dtype}: give tensors of one type")
    arrays = [array_of(tensor.detach(), name) for tensor, name in ((q, "q"), (k, "k"), (v, "v"))]
    check_shapes(arrays)
    checked_error(error)
    scale = checked_scale(scale, arrays[0].shape[-1])
    heads, as_output = heads_of(arrays, Options()), Output.of((q, k, v), arrays)
    wide = Three(*(finite(array, name, copy=False) for array, name in zip(arrays, ("q", "k", "v"), strict=True)))
    inputs, why = [heads.inputs(head, *wide, scale) for head in np.ndindex(wide.dQ.shape[:-2])], ""
    if plans is not None:
        if len(plans) != len(inputs):
            raise BadInput(f"plans are of {len(plans)} heads, and q has {len(inputs)}: give those of the same heads")
        promise = Promises(inf, inf, inf, inf)
    else:
        of_output = as_output.rounding(largest_entry(wide.dV))
        try:
            if of_output >= error:
                raise Declined(f"error = {error:.3g} is below the rounding of the output, {of_output:.3g}")
            of_head = error / heads.share / WIDEN
            plans = tuple(planned(of, error - of_output, of_head, as_output.relative) for of in inputs)
            outputs, errors = [plan.output for plan in plans], [(plan.gradients, plan.largest) for plan in plans]
        except Declined as declined:
            plans, why = (), str(declined)
            outputs, errors = [Softmax().promise(of).largest_error(of) for of in inputs], [beforehand(of) for of in inputs]
        promise = Promises(float(max(outputs, default=0.0)) + of_output, *_gradients(errors, heads.share, as_output))
        if promise.output > error:
            raise Declined(f"{why}; softmax promises {promise.output:.3g} for the output: raise error")
    output = Function.apply(q, k, v, _How(scale, heads, as_output, plans, promise))
    return Promised(output, "softmax" if why else "polynomial", promise, plans, why)


class Function(torch.autograd.Function):
    """What autograd calls; `promised_attention` is what people call."""

    @staticmethod
    def forward(ctx: Any, q: Any, k: Any, v: Any, how: _How) -> Any:
        output, kept = np.empty((*q.shape[:-1], v.shape[-1])), list[Kept]()
        for number, (head, inputs) in enumerate(how.inputs(q, k, v)):
            if how.plans:
                output[head], of = forward(how.plans[number], inputs)
                kept.append(of)
            else:
                output[head] = Softmax()(inputs)
        ctx.save_for_backward(q, k, v)
        ctx.how, ctx.kept, ctx.promise = how, kept, how.promise
        largest = largest_entry(array_of(v.detach(), "v"))
        return how.as_output.given(how.as_output.rounded(output, largest))

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, dO: Any) -> tuple[Any, ...]:
        how, tensors = ctx.how, ctx.saved_tensors
        given = finite(array_of(dO.detach(), "dO"), "dO", copy=False)
        total = Three(*(np.zeros(tuple(tensor.shape)) for tensor in tensors))
        for number, (head, inputs) in enumerate(how.inputs(*tensors)):
            at = how.heads.of_keys(head)
            if how.plans:
                found = backward(how.plans[number], ctx.kept[number], inputs, given[head])
            else:
                found = _by_definition(inputs, given[head])
            total.dQ[head] = found.dQ
            total.dK[at] += found.dK
            total.dV[at] += found.dV
        of = how.as_output
        return *(of.given(of.rounded(x, of.largest)) for x in total), None


def _by_definition(inputs: Attention, dO: Floats) -> Three:
    """With dO brought between 1/2 and 1, as `beforehand` has it."""
    unit = power_above(largest_entry(dO))
    return Three(*(x * unit for x in gradients(inputs, dO / unit, np.float64)[0]))


def _gradients(errors: list[tuple[Three, Three]], share: int, as_output: Output) -> Iterator[float]:
    """Of each gradient what it is off by once it is summed over the heads that share keys, and rounded."""
    for place, heads in enumerate((1, share, share)):
        error, size = (heads * max((of[which][place] for of in errors), default=0.0) for which in (0, 1))
        error += 2 * heads * U64 * (error + size)
        yield float(error + as_output.rounding(error + size)) * WIDEN
