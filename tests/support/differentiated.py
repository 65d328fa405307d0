"""Gradients of a second implementation, and gradients from the definition in float64."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from attention import Backward, Promise
from instances.bias import NO_BIAS, Bias
from instances.bits import Bools
from instances.coded import Floats
from instances.gradients import Gradient, GradientTask
from instances.mechanism import Mechanism
from instances.task import Attention
from instances.visibility import ALL, Visibility
from tests.support.fixtures import fixture, floats

Answers = tuple[Floats, Floats, Floats]


class Case(NamedTuple):
    """Attention, dO, and what dQ, dK and dV are."""

    name: str
    inputs: Attention
    dO: Floats
    expected: Answers

    def column(self, of: str, column: int) -> Gradient:
        return column_of(self.inputs, self.dO, of, column)

    def exact(self, of: str) -> Floats:
        """The gradient of that name; dX = Q^T dQ."""
        named = dict(zip(("dQ", "dK", "dV"), self.expected, strict=True))
        return self.inputs.queries(slice(None)).T @ named["dQ"] if of == "dX" else named[of]


def column_of(of: Attention, dO: Floats, name: str, column: int) -> Gradient:
    return Gradient(of.Q, of.K, of.V, of.scale, of.mechanism, dO=dO, of=name, column=column)


def _sees(case: dict[str, Any]) -> Visibility:
    corner: Any = case.get("align", "top_left").replace("_", "-")
    if case["rule"] == "packed":
        return Visibility(queries=np.array(case["cu_q"]), keys=np.array(case["cu_k"]))
    if case["rule"] == "kept":
        return Visibility(keep=np.array(case["keep"]) > 0)
    if case["rule"] == "causal":
        return Visibility.causal(corner)
    return Visibility(case["left"], case["right"], corner) if case["rule"] == "window" else ALL


def cases() -> Iterator[Case]:
    """The gradients of `gradients.json`, and those of batches of grouped heads of `gradients_grouped.json`."""
    given, expected = fixture("gradients")
    for name, case in given["cases"].items():
        bias = Bias(floats(case["bias"])) if "bias" in case else NO_BIAS
        mechanism = Mechanism(sees=_sees(case), bias=bias)
        Q, K, V, dO = (floats(case[key]) for key in ("Q", "K", "V", "dO"))
        inputs = Attention(Q, K, V, float(given["scale"]), mechanism)
        yield Case(name, inputs, dO, tuple(floats(expected[name][key]) for key in ("dQ", "dK", "dV")))  # type: ignore[arg-type]
    given, expected = fixture("gradients_grouped")
    Q, K, V, dO = (floats(given[key]) for key in ("Q", "K", "V", "dO"))
    heads = (Q.shape[0], Q.shape[1], K.shape[1])
    for name, sees in (("plain", Visibility(heads=heads)), ("causal_bottom_right", Visibility(None, 0, "bottom-right", heads))):
        inputs = Attention(_flat(Q), _flat(K), _flat(V), float(given["scale"]), Mechanism(sees=sees))
        found = tuple(_flat(floats(expected[name][key])) for key in ("dQ", "dK", "dV"))
        yield Case(f"grouped {name}", inputs, _flat(dO), found)  # type: ignore[arg-type]


def _flat(heads: Floats) -> Floats:
    return heads.reshape(-1, heads.shape[-1])


def scores(of: Attention) -> Floats:
    found: Floats = of.scale * of.queries(slice(None)) @ of.keys(slice(None)).T
    bias = of.bias(slice(0, of.n), slice(0, of.m))
    return found if bias is None else found + bias


def seen(of: Attention) -> Bools:
    hidden = None if of.seen is None else of.seen.hidden(slice(0, of.n), slice(0, of.m))
    return np.ones((of.n, of.m), dtype=np.bool_) if hidden is None else ~hidden


def weights(of: Attention, backward: Bools | None = None) -> Floats:
    """P, from the definition in float64; 0 for rows that see no key. With `backward`, as a kernel makes it again from the
    logarithms of the sums over the keys that are seen, but for the keys of that mask.
    """
    x, visible = scores(of), seen(of)
    peak = np.where(visible, x, -np.inf).max(axis=1, keepdims=True, initial=-1e300)
    with np.errstate(over="ignore"):
        W = np.exp(x - peak)
    D = np.where(visible, W, 0.0).sum(axis=1, keepdims=True)
    P: Floats = np.divide(W, D, out=np.zeros_like(W), where=D > 0)
    return np.where(visible if backward is None else backward, P, 0.0)


class Faulty:
    """Gradients by the definition in float64 with one thing wrong, and the promise of the right ones.

    `seen` is what rows see in the fault of the backward mask: by default all keys.
    """

    key, logarithmic, gradients, visibility = "faulty", False, True, True

    def __init__(self, fault: str = "", seen: Bools | None = None, rows: slice = slice(1, 2)) -> None:
        self.fault, self.seen, self.rows = fault, seen, rows

    def promise(self, inputs: Attention) -> Promise:
        return Backward().promise(inputs)

    def __call__(self, inputs: Any) -> Floats:
        of, dO = inputs, inputs.dO
        if self.fault == "mask dropped":
            of = Attention(of.Q, of.K, of.V, of.scale)
        P, f = weights(of), dO @ of.V.T
        delta = (P * f).sum(axis=1, keepdims=True) * (self.fault != "delta dropped")
        if self.fault == "mask of the backward pass":
            P = weights(of, np.ones((of.n, of.m), dtype=np.bool_) if self.seen is None else self.seen)
        if self.fault == "row dropped":
            P[self.rows] = 0
        dS, scale = P * (f - delta), 1.0 if self.fault == "scale dropped" else of.scale
        Q, K = of.queries(slice(None)), of.keys(slice(None))
        dQ = scale * dS @ K
        dK = scale * (dS if self.fault == "not transposed" else dS.T) @ Q
        if self.fault == "exchanged":  # where the shapes differ, cut or filled up with zeros
            dQ, dK = np.resize(dK, dQ.shape), np.resize(dQ, dK.shape)
        dV = P.T @ dO
        if self.fault == "mean over the group":
            shared = of.mechanism.sees.heads[1] // of.mechanism.sees.heads[2]
            dK, dV = dK / shared, dV / shared
        found = {"dQ": dQ, "dK": dK, "dV": dV, "dX": Q.T @ dQ}[inputs.of]
        return np.asarray(found[:, [inputs.column]])


def task_of(inputs: dict[str, Any], of: str, column: int, read: list[int], low: float, high: float) -> GradientTask:
    """A question about the arrays of a fixture, its dO negated so that YES is above."""
    Q, K, V, dO = (floats(inputs[key]) for key in ("Q", "K", "V", "dO"))
    computation = Gradient(Q, K, V, float(inputs["constants"]["scale"]), dO=-dO, of=of, column=column)
    return GradientTask(computation, low, high, np.array(read))
