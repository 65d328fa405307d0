"""Plain functions f(Q, K, V, scale) as attention algorithms."""

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, Protocol

import numpy as np

from attention.algorithm import Unpromised, check_mechanism
from instances.coded import Floats
from instances.faults import BadInput, PlugInFault, one_line
from instances.memory import MEMORY_BUDGET, within
from instances.task import Attention

UNSCALED = "f(Q, K, V) -> (n, v)"
"""The signature that is wanted of attention with a scale that is built in."""


class Form(NamedTuple):
    """What a plain function gets before the scale, by name, what it returns, and what such a plug-in is called."""

    operands: str
    returns: str
    called: str

    @property
    def signature(self) -> str:
        return f"f({self.operands}, scale) -> {self.returns}"


OF_ATTENTION = Form("Q, K, V", "(n, v)", "an attention plug-in")
OF_GRADIENTS = Form("Q, K, V, dO", "(dQ, dK, dV)", "a plug-in for gradients")
OF_NETWORKS = Form("X, WQ, WK, WV, WO, residual", "(N, w)", "a plug-in for networks")
OF_TENSORS = Form("Q, K1, K2, V1, V2", "(n, v)", "a plug-in for tensor attention")

_OF_SOMETHING_ELSE = re.compile("mask|bias|causal|drop")

USUAL: Mapping[str, object] = dict.fromkeys(OF_ATTENTION.operands.split(", "))
"""The operands of attention."""

MISUSED = (TypeError, AttributeError, ValueError)
"""What a function raises that was given arrays of another library than its own."""


@dataclass(frozen=True)
class PlainFunction(Unpromised):
    """A function that computes softmax attention, as its author says; it has no promise, so it can win YES and never NO.

    f(Q, K, V, scale) gets Q (n, d), K (m, d), V (m, v): 2-D, C-contiguous, read-only copies in `precision`, and returns
    (n, v); the scale by its name where a parameter is called so. Errors: `BadInput` for a function with another signature;
    `Declined` where the dense copies exceed `memory` bytes; `PlugInFault`, with what it was given, for what speaks of types.
    """

    function: Callable[..., Any]
    name: str
    precision: Literal["float64", "float32"] = "float64"
    memory: int = MEMORY_BUDGET

    def __post_init__(self) -> None:
        check_signature(self.function, self.name)

    @property
    def key(self) -> str:
        return self.name

    def __call__(self, inputs: Attention) -> Floats:
        check_mechanism(self, inputs)
        size = {"n": inputs.n, "m": inputs.m, "d": inputs.d}
        within(16 * (inputs.n + inputs.m) * inputs.d, self.memory, f"dense Q and K for {self.name}", size)
        Q, K = inputs.queries(slice(0, inputs.n)), inputs.keys(slice(0, inputs.m))
        answer: Floats = answered(self, OF_ATTENTION, [Q, K, inputs.V], inputs.scale)
        return answer


class Plain(Protocol):
    """A plain function as an algorithm: what `answered` needs of it."""

    @property
    def function(self) -> Callable[..., Any]: ...
    @property
    def name(self) -> str: ...
    @property
    def precision(self) -> str: ...


def answered(
    of: Plain, form: Form, given: Sequence[Floats | bool], scale: float, then: Callable[[Any], Any] | None = None
) -> Any:
    """What the function makes of read-only copies of arrays, of flags as they are, and of the scale, and `then` of that.

    Errors: `PlugInFault`, with what it was given, for what speaks of types.
    """
    operands = [x if isinstance(x, bool) else np.array(x, dtype=of.precision, order="C") for x in given]
    for operand in operands:
        if isinstance(operand, np.ndarray):
            operand.setflags(write=False)
    try:
        answer = called(of.function, operands, scale)
        return answer if then is None else then(answer)
    except MISUSED as error:
        names = dict(zip(form.operands.split(", "), given, strict=True))
        said = was_given(f"read-only NumPy arrays of {of.precision}", names)
        raise PlugInFault(f"{of.name} raised {type(error).__name__}: {one_line(error)}; {said}") from error


def called(function: Callable[..., Any], operands: list[Any], scale: float) -> Any:
    """function(*operands, scale), the scale by its name where a parameter is called so."""
    return function(*operands, scale=scale) if _names_scale(function) else function(*operands, scale)


def was_given(what: str, given: Mapping[str, object] = USUAL) -> str:
    """What an error about types adds; `given` are the operands by their names, each an array or a flag."""
    arrays, flags = ([name for name, x in given.items() if isinstance(x, bool) == flag] for flag in (False, True))
    also = "".join(f", {name} as a bool" for name in flags)
    return f"it gets {', '.join(arrays[:-1])} and {arrays[-1]} as {what}{also}, and scale as a float"


def check_signature(function: Callable[..., Any], name: str, scale: bool = True, form: Form = OF_ATTENTION) -> None:
    """Errors: `BadInput`, with the signature that is wanted and the one that was found, for a function that cannot be called as
    f(Q, K, V, scale), or f(Q, K, V) without `scale`; of another form with its operands. Where Python knows no signature
    (builtins), nothing is said.
    """
    signature = _signature(function)
    if signature is None:
        return
    operands, wanted, wrong = form.operands.count(",") + 1, form.signature if scale else UNSCALED, "takes"
    try:
        if scale and _names_scale(function):
            signature.bind(*[None] * operands, scale=1.0)
            return
        signature.bind(*[None] * (operands + scale))
        if not scale or not (other := _not_scale(signature, operands)):
            return
        wrong = f"has {other!r} where scale belongs, and takes"
    except TypeError:
        if scale and _binds(signature, operands):
            wrong = "has no place for scale, and takes"
    found = re.sub(r" at 0x[0-9a-f]+", "", str(signature))
    raise BadInput(f"{name} {wrong} {found:.120}: {form.called} is a function {wanted}, or an Algorithm")


def _not_scale(signature: inspect.Signature, place: int) -> str:
    """The name of the parameter at this place where it is one for something else; empty where it may be the scale."""
    there = dict(enumerate(signature.parameters.values())).get(place)
    if there is None or there.kind is there.VAR_POSITIONAL or "scal" in there.name.lower():
        return ""
    optional = there.default is not there.empty
    return there.name if optional or _OF_SOMETHING_ELSE.search(there.name.lower()) else ""


def _binds(signature: inspect.Signature, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True


def _names_scale(function: Callable[..., Any]) -> bool:
    signature = _signature(function)
    parameter = None if signature is None else signature.parameters.get("scale")
    return parameter is not None and parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    """What Python knows of it; None of builtins, and of objects that answer wrongly when they are asked."""
    try:
        return inspect.signature(function)
    except Exception:
        return None
