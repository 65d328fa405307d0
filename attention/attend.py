"""The front door: attention of plain arrays, with an error that is promised before anything is computed."""

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any
from warnings import warn

import numpy as np
from numpy.typing import ArrayLike

from attention.algorithm import Algorithm, answers, checked_error, promised
from attention.attended import Attended, Given
from attention.auto import Auto, Considered, predicted_seconds
from attention.exact.softmax import Softmax
from attention.mixed.boxes import Boxes
from attention.mixed.long_rows import few_long_rows
from attention.mixed.low_rank import LowRank
from attention.mixed.split import Split
from attention.options import Lengths, Options, Window, check_shapes, checked_scale, given_array, heads_of
from attention.polynomial.polynomial import Polynomial
from attention.summed import logsumexp_error, summed
from attention.tensors import Output
from instances.coded import Floats, finite, largest_entry
from instances.faults import BadInput, Declined, PlugInFault
from instances.task import Attention
from instances.visibility import Corner

DEFAULT_ERROR = 1e-6

SCALABLE = 1e300
"""From here on sums of values may be beyond float64."""

BY_NAME = (
    "auto",
    "polynomial",
    "taylor",
    "taylor-from-below",
    "split",
    "low-rank",
    "boxes",
    "softmax",
    "softmax32",
    "certified",
)
"""What `attend` knows by name."""


def attend(
    Q: ArrayLike,
    K: ArrayLike,
    V: ArrayLike,
    *,
    scale: float | None = None,
    error: float | None = None,
    algorithm: str | Algorithm = "auto",
    causal: Corner | None = None,
    window: Window | None = None,
    keep: ArrayLike | None = None,
    mask: ArrayLike | None = None,
    bias: ArrayLike | None = None,
    alibi: ArrayLike | None = None,
    lengths: Lengths | None = None,
    cu_seqlens: Lengths | None = None,
    blind: float | None = None,
    logsumexp: bool = False,
) -> Attended:
    """Softmax attention Att = D^-1 exp(scale Q K^T) V with |output - Att| <= promise <= error in every entry.

    Q (n, d), K (m, d), V (m, v), or (b, H, n, d), (b, G, m, d), (b, G, m, v), G dividing H; real numbers, as the nearest
    float64 (integers beyond 2^53 are rounded). `scale` None is 1/sqrt(d), as kernels have it (Alman and Song: 1/d). The output
    is float32 where all inputs are float32 or narrower, and its rounding is in the promise. Torch tensors on the CPU give a
    tensor, of the type of all if they have one: float64, float32, float16 or bfloat16 (module `tensors`). Arrays must not
    change while this runs.
    `error` None is 1e-6, and for outputs of 16 bits their rounding more.
    `algorithm`: a name of `BY_NAME`, or an object, which keeps its own parameters and must promise at most `error`.
    `causal` to `cu_seqlens` say which keys a row sees and what is added to its scores (`options.Options`). A row that sees no
    key has no answer: it is given the number `blind`, and is refused where that is None.
    `logsumexp`: the logarithms of what rows are divided by are given too, with a promise (`Attended`), so that `merge` can join
    parts over disjoint sets of keys.
    Errors: `BadInput` for arrays that do not fit together, are empty where they must not be, are masked, or hold NaN or
    infinities, rows that see no key, and tensors that require grad or are not on the CPU; `Declined`, with the figures, where
    the algorithm does not promise `error` for these inputs, or gives no logsumexp; `PlugInFault` where an object's answers
    cannot be.
    """
    arrays = [given_array(values, name) for values, name in ((Q, "Q"), (K, "K"), (V, "V"))]
    check_shapes(arrays)
    options = Options(causal, window, keep, mask, bias, alibi, lengths, cu_seqlens, blind)
    heads = heads_of(arrays, options)
    as_output = Output.of((Q, K, V), arrays)
    if error is None:
        error = DEFAULT_ERROR + (as_output.rounding(largest_entry(arrays[2])) if as_output.torch_dtype is not None else 0.0)
    else:
        checked_error(error)
    if algorithm not in BY_NAME if isinstance(algorithm, str) else not _is_algorithm(algorithm):
        hint = ", as PlainFunction(f, name) makes one of a function, and Trusted its promise" if callable(algorithm) else ""
        raise BadInput(f"algorithm = {algorithm!r}: known are {', '.join(BY_NAME)}; or give an Algorithm{hint}")
    q, k, v = arrays
    scale = checked_scale(scale, q.shape[-1])
    if 0 in q.shape[:-2]:  # no head will look at them
        for array, name in zip(arrays, "QKV", strict=True):
            finite(array, name, copy=False)
    output = np.empty((*q.shape[:-1], v.shape[-1]), as_output.dtype)
    if blind is not None and np.isfinite(blind) and abs(blind) > float(np.finfo(output.dtype).max):
        raise BadInput(f"blind = {blind!r}: {output.dtype} does not hold it, give a number that it does")
    names, largest, plans, looked_at, given = set(), 0.0, list[Any](), list[Considered](), Given(heads, q, k, v, scale)
    masses, of_masses = np.empty(q.shape[:-1] if logsumexp else 0), 0.0
    for head in np.ndindex(q.shape[:-2]):
        inputs = given.inputs(head)
        found = _head(inputs, error, algorithm, as_output, logsumexp)
        if head:
            output[head] = found.output
        else:
            output = np.ascontiguousarray(found.output)
        if len(inputs.blind):
            output[head][inputs.blind] = blind
        if found.logsumexp is not None:
            masses[head], of_masses = found.logsumexp, max(of_masses, found.logsumexp_promise)
        names.add(found.algorithm)
        largest = max(largest, found.promise)
        plans += found.plans
        looked_at += found.considered
    asked = algorithm if isinstance(algorithm, str) else algorithm.key
    result = Attended(
        as_output.given(output), "+".join(sorted(names)) or asked, largest, tuple(plans), given, considered=tuple(looked_at)
    )
    return replace(result, logsumexp=as_output.beside(masses), logsumexp_promise=of_masses) if logsumexp else result


def _head(inputs: Attention, error: float, algorithm: str | Algorithm, as_output: Output, logsumexp: bool) -> Attended:
    largest = largest_entry(inputs.V) if as_output.relative else 0.0  # a pass over V
    rounding = as_output.rounding(largest)
    if rounding and error <= rounding:
        kind, below = as_output.name, f"error = {error:.3g} is below the rounding of a {as_output.name} output, {rounding:.3g}"
        wider = "float64 arrays" if kind == "float32" else "float32 or float64"
        raise Declined(f"{below}: " + _what_helps(inputs, error, rounding, wider))
    chosen = _named(algorithm, error - rounding) if isinstance(algorithm, str) else algorithm
    considered: tuple[Considered, ...] = ()
    if isinstance(chosen, Auto):
        try:
            chosen, considered = chosen.considered(inputs)
        except Declined as declined:
            raise Declined(f"{declined}: {_what_helps(inputs, error, rounding)}") from None
    if chosen.logarithmic:
        raise BadInput(f"algorithm {chosen.key} answers in logarithms: give one that answers T itself")
    by_name = algorithm != "auto" and isinstance(algorithm, str) and isinstance(chosen, Polynomial)
    try:
        promise = promised(chosen, inputs).largest_error(inputs) + rounding
    except Declined as declined:
        exact = predicted_seconds(Softmax(), inputs)
        if by_name and (hint := few_long_rows(inputs, error - rounding, exact, "the definition")):
            raise Declined(f"{declined}; {hint}") from None
        raise
    if not promise <= error:
        if promise < inf:
            above = f"{promise:.3g} for these inputs, above error = {error:.3g}: raise error, or use auto"
        elif isinstance(algorithm, str):
            above = f"nothing certain for these inputs: {_what_helps(inputs, error, rounding)}"
        else:
            asked = f"error = {error:.3g} is asked for: vouch for it by Trusted (--trust), or use auto"
            above = f"nothing certain for these inputs, {asked}"
        raise Declined(f"{chosen.key} promises {above}")
    if by_name and (hint := few_long_rows(inputs, error - rounding, predicted_seconds(chosen, inputs), "this")):
        warn(f"{chosen.key}: {hint}", stacklevel=3)
    of_masses = logsumexp_error(chosen, inputs) if logsumexp else inf
    output, masses = summed(chosen, inputs) if logsumexp else (answers(chosen, inputs), None)
    if not isinstance(algorithm, str):
        output = output.copy()  # it may be kept elsewhere, and written to
        _check_answers(np.delete(output, inputs.blind, axis=0), inputs, promise, chosen.key)
        masses = None if masses is None else masses.copy()
    plans = (chosen.plan(inputs),) if isinstance(chosen, Polynomial | Split | LowRank | Boxes) else ()
    return Attended(
        as_output.rounded(output, largest), chosen.key, promise, plans, logsumexp=masses, logsumexp_promise=of_masses,
        considered=considered,
    )  # fmt: skip


def _what_helps(inputs: Attention, error: float, rounding: float, wider: str = "") -> str:
    """What to do where `error` is not promised: wider inputs, where softmax promises it of them, or the error that it promises;
    where it promises none, what is in its way.
    """
    least = promised(Softmax(), inputs).largest_error(inputs)
    if wider and least <= error:
        return f"give {wider}"
    enough = 1.1 * (least + rounding)
    if enough < inf:
        return f"give error = {enough:.2g} or more" + (f" ({wider} would be off by up to {least:.2g})" if wider else "")
    if inputs.m * largest_entry(inputs.V) > SCALABLE:
        return "divide V by its largest entry, and multiply the output, which is linear in V, by it"
    return "use certified, which takes O(m d) ball operations a row"


def _named(name: str, error: float) -> Algorithm:
    """The algorithm of that name, which is to promise this error."""
    from attention.exact.certified import Certified
    from attention.polynomial.polynomial import Taylor, TaylorFromBelow

    if name in ("softmax", "softmax32"):
        return Softmax("float64" if name == "softmax" else "float32")
    if name == "certified":
        return Certified()
    kinds: dict[str, Callable[[float], Algorithm]] = {
        "auto": Auto,
        "polynomial": Polynomial,
        "taylor": Taylor,
        "taylor-from-below": TaylorFromBelow,
        "split": Split,
        "low-rank": LowRank,
        "boxes": Boxes,
    }
    return kinds[name](error)


def _check_answers(output: Floats, inputs: Attention, promise: float, key: str) -> None:
    """Errors: `PlugInFault` where an answer is not finite, or outside of its column of V by more than was promised."""
    low, high = inputs.V.min(axis=0, initial=inf) - promise, inputs.V.max(axis=0, initial=-inf) + promise
    if not ((low <= output) & (output <= high)).all():
        raise PlugInFault(
            f"{key} promised an error of {promise:.3g} and gave answers that are not finite or further outside of V"
        )


def _is_algorithm(found: object) -> bool:
    return callable(getattr(found, "promise", None)) and not isinstance(found, type)
