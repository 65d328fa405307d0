"""A call as a kernel of a convention is told it, and what the answer to it must be: of kernels that run elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.arrays import cast, scaled
from hardlab.kernels.call import FEATURES, Call
from hardlab.kernels.conventions import Axes, Convention, Make
from hardlab.kernels.kernel import Answer, Conventions, Dtype, Offer, Outcome, Scale
from hardlab.kernels.storing import stored
from hardlab.kernels.tensors import Tensor
from hardlab.work.failure import Failure, failure_of
from instances.coded import Floats
from instances.faults import BadInput

GRADIENTS = ("dQ", "dK", "dV")


def offer_of(convention: Convention, conventions: Conventions, without: Mapping[str, str], **more: Any) -> Offer:
    """What is offered by a kernel whose signature nobody sees: all that the convention has, or what `conventions.features` name
    of it, but for what it is `without`, with the reasons. Errors: `BadInput` for a feature that cannot be.
    """
    if convention.sums:
        raise BadInput("kernel sums are checked in a process of ours: name a function, module:object or FILE.py:object")
    argument = conventions.scale == "argument" and bool(convention.scale)
    has = [name for name in FEATURES if name in convention.parameters and name not in without]
    has += ["scale"] if argument else []
    features, always, foreign = conventions.chosen(has, ("scale",))
    if foreign is not None:
        why = without.get(foreign, f"the convention {convention.name} has it not")
        raise BadInput(f"--features {foreign}: {why}; there are {', '.join(has)}")
    missing = {name: without.get(name, f"the convention {convention.name} has no such thing") for name in FEATURES}
    missing = {name: why for name, why in missing.items() if name not in has}
    scale: Scale = "1/sqrt(d)" if conventions.scale == "argument" and not argument else conventions.scale
    return Offer(features, convention.corners, always, convention.apart, scale=scale, missing=missing, watched=False, **more)


@dataclass(frozen=True, eq=False)
class Told:
    """Q, K, V, and dO for gradients, in the dtype and the axes of the convention, as they lie in memory; the scale, None where
    it is built in; what else is given by keyword. Arrays of bfloat16 are their bits.
    """

    operands: Mapping[str, NDArray[Any]]
    scale: float | None
    words: Mapping[str, Any]


def told(call: Call, convention: Convention, dtype: Dtype, offer: Offer) -> Told:
    """The call for a kernel of this offer: it is not told what it does always, nor a scale that is built in."""
    call = untold(call, offer)
    own = _own(call, offer)
    Q = scaled(call.Q, call.scale, own)
    operands = [laid(X, word, dtype, convention.axes) for X, word in zip((Q, *call.operands[1:]), call.stored, strict=False)]
    words = convention.words(call, lambda array: beside(array, dtype))
    scale = float(call.scale) if own is None else None
    return Told(dict(zip(("Q", "K", "V", "dO"), operands, strict=False)), scale, words)


class ConventionFault(Exception):
    """A convention raised: that is no fault of the kernel's."""


def words_of(convention: Convention, call: Call, make: Make) -> dict[str, Any]:
    """The keywords of a call. Errors: `ConventionFault` for whatever the convention raises."""
    try:
        return convention.words(call, make)
    except Exception as error:
        raise ConventionFault(f"the convention {convention.name} raised {failure_of(error).reason}") from error


def untold(call: Call, offer: Offer) -> Call:
    """The call without a causal mask that is always there."""
    if "causal" in offer.features or call.options.causal is None:
        return call
    return replace(call, options=replace(call.options, causal=None))


def laid(X: Floats, word: Any, dtype: Dtype, axes: Axes) -> NDArray[Any]:
    """The operand in its dtype, with the axes of the convention, as it lies in memory."""
    if word == "shared":
        one = laid(X[:, :1], "packed", dtype, axes)
        place = one.ndim - 3 if axes == "bhnd" else one.ndim - 2
        return np.broadcast_to(one, (*one.shape[:place], X.shape[1], *one.shape[place + 1 :]))
    array = cast(X, dtype)
    if axes in ("bhnd", "nd"):
        view = stored(array, word)
    elif axes == "bnhd":
        view = stored(array.swapaxes(1, 2), word)
    else:
        view = stored(array.swapaxes(1, 2).reshape(1, -1, X.shape[1], X.shape[3]), word)
    return view[0, 0] if axes == "nd" else view[0] if axes == "tnd" else view


def beside(array: NDArray[Any], dtype: Dtype) -> NDArray[Any]:
    """A mask, a bias, lengths: floating point in the call's dtype, but slopes in float32 at least."""
    if array.dtype.kind == "f":
        array = cast(array, "float32" if array.ndim == 1 and dtype != "float64" else dtype)
    return np.array(array, order="C")


def answer_of(
    given: Mapping[str, Tensor], call: Call, convention: Convention, offer: Offer, seconds: float, who: str
) -> Outcome:
    """What the tensors T, or out, and dQ, dK, dV come to, which `who` gave."""
    b, H, G, n, m, d, v = call.sizes
    name = next((name for name in ("T", "out") if name in given), None)
    if name is None:
        return Failure("shape", f"the output has the tensors {', '.join(sorted(given)) or '(none)'}: T or out is missing")
    wanted = {name: (b, H, n, v)}
    if call.dO is not None:
        wanted |= dict(zip(GRADIENTS, ((b, H, n, d), (b, G, m, d), (b, G, m, v)), strict=True))
        missing = [gradient for gradient in GRADIENTS if gradient not in given]
        if missing == list(GRADIENTS):
            return Failure("declined", f"{who} gave no gradients")
        if missing:
            return Failure(
                "shape", f"the output has the tensors {', '.join(sorted(given))}: {' and '.join(missing)} is missing"
            )
    found: list[Floats] = []
    for tensor, shape in wanted.items():
        expected, each = convention.shape(*shape), given[tensor]
        if each.numbers is None or each.shape != expected:
            said = f"shape {each.shape} of {each.dtype}{'' if tensor == name else f' for {tensor}'}"
            return Failure("shape", f"{who} gave {said}, expected {expected} of real numbers")
        found.append(convention.back(each.numbers, *shape))
    own = _own(call, offer)
    if len(found) == 4 and own is not None and own != call.scale:
        found[1] = found[1] * (call.scale / own)
    gradients = (found[1], found[2], found[3]) if len(found) == 4 else None
    return Answer(found[0], given[name].dtype, seconds, gradients)


def _own(call: Call, offer: Offer) -> float | None:
    """The scale that the kernel applies by itself."""
    return Conventions(offer.scale).built_in(call.Q.shape[-1])
