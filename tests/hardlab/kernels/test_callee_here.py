"""Kernels called in this process: what they give, change and refuse, gradients by a function, the arrays of the call before."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hardlab.conformance.dense import meant
from hardlab.conformance.planting import Shape
from hardlab.kernels.call import Call
from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Answer, Conventions
from hardlab.work.failure import Failure
from instances.faults import BadInput
from tests.support.planted import drawn

SOURCE = """
import numpy as np

SEEN = []
WHAT = []


def weights(Q, K, scale):
    P = np.exp(scale * Q @ np.swapaxes(np.repeat(K, Q.shape[1] // K.shape[1], axis=1), 2, 3))
    return P / P.sum(axis=3, keepdims=True)


def attention(Q: np.ndarray, K, V, scale):
    SEEN.append((Q, K, V))
    if WHAT:
        return WHAT[0](Q, K, V)
    return weights(Q, K, scale) @ np.repeat(V, Q.shape[1] // V.shape[1], axis=1)


def built_in(Q: np.ndarray, K, V):
    return attention(Q, K, V, Q.shape[3] ** -0.5)


def back(Q, K, V, dO, scale):
    P, H, G = weights(Q, K, scale), Q.shape[1], K.shape[1]
    f = dO @ np.swapaxes(np.repeat(V, H // G, axis=1), 2, 3)
    dS = P * (f - (P * f).sum(axis=3, keepdims=True))
    dQ = scale * dS @ np.repeat(K, H // G, axis=1)
    dK, dV = scale * np.swapaxes(dS, 2, 3) @ Q, np.swapaxes(P, 2, 3) @ dO
    of_heads = [X.reshape(X.shape[0], G, H // G, *X.shape[2:]).sum(axis=2) for X in (dK, dV)]
    return WHAT[0](dQ, *of_heads) if WHAT else (dQ, *of_heads)


def back_built_in(Q, K, V, dO, scale):
    return back(Q, K, V, dO, Q.shape[3] ** -0.5)
"""

SHAPE = Shape(2, 4, 2, 5, 7, 3, 3)


@pytest.fixture
def kernel(tmp_path: Path, request: pytest.FixtureRequest) -> Callee:
    """A function of a new file, by its conventions."""
    file = tmp_path / "kernel.py"
    file.write_text(SOURCE)
    how = {"convention": "heads", "backward": f"{file}:back", **getattr(request, "param", {})}
    name = "attention" if how.get("scale", "argument") == "argument" else "built_in"
    if name == "built_in":
        how["backward"] = f"{file}:back_built_in"
    return Callee(f"{file}:{name}", None, Conventions(**how))


def module_of(kernel: Callee) -> Any:
    return kernel.object.__globals__


def said(kernel: Callee, does: Any, call: Call | None = None) -> Failure:
    """What it comes to where the function does that."""
    module_of(kernel)["WHAT"][:] = [does]
    try:
        found = kernel.call(call or drawn(SHAPE))
    finally:
        module_of(kernel)["WHAT"].clear()
    assert isinstance(found, Failure)
    return found


def fails(error: BaseException) -> Any:
    def does(*given: Any) -> Any:
        raise error

    return does


@pytest.mark.parametrize("kernel", [{}, {"scale": "1/sqrt(d)"}, {"dtype": "float32"}], indirect=True)
@pytest.mark.parametrize("scale", [3**-0.5, 0.2, -1.0])
def test_outputs_and_gradients(kernel: Callee, scale: float) -> None:
    """With a scale that is built in, Q is multiplied by what is missing, and its gradient with it."""
    dtype = kernel.conventions.dtype
    call = replace(drawn(SHAPE, dtype=dtype, gradients=True), scale=scale)
    found = kernel.call(call)
    assert isinstance(found, Answer)
    assert (found.dtype, found.noticed, found.operators) == (dtype, (), ())
    assert found.gradients is not None
    expected = (meant(call).output(), *meant(call).gradients())
    for given, right in zip((found.output, *found.gradients), expected, strict=True):
        np.testing.assert_allclose(given, right, atol=1e-12 if dtype == "float64" else 1e-4)
    without = kernel.call(replace(call, dO=None))
    assert isinstance(without, Answer)
    assert without.gradients is None
    assert np.array_equal(without.output, found.output)


def test_what_is_no_answer(kernel: Callee) -> None:
    for given, what in (
        (np.zeros((2, 4, 5, 2)), "shape (2, 4, 5, 2) (float64)"),
        (np.zeros((2, 4, 5, 3), bool), "what is no array of real numbers (bool)"),
        ("word", "what is no array of real numbers (str)"),
    ):  # fmt: skip
        expected = f"the kernel gave {what}, expected (2, 4, 5, 3) of real numbers"
        assert said(kernel, lambda *of, given=given: given) == Failure("shape", expected)


def test_gradients_that_are_none(kernel: Callee) -> None:
    call = drawn(SHAPE, gradients=True)
    module_of(kernel)["attention"] = lambda Q, K, V, scale: np.zeros((2, 4, 5, 3))
    kernel.object = module_of(kernel)["attention"]
    for does, reason in (
        (lambda dQ, dK, dV: (dQ, dK), "gave 2 things, expected (dQ, dK, dV)"),
        (lambda dQ, dK, dV: dQ, "gave a ndarray, expected"),
        (lambda dQ, dK, dV: (dK, dK, dV), "dQ is of shape (2, 2, 7, 3), expected (2, 4, 5, 3)"),
        (lambda dQ, dK, dV: [dQ, "word", dV], "dK is no array of real numbers, expected (2, 2, 7, 3)"),
        (lambda dQ, dK, dV: [dQ, dK, dV[:1]], "dV is of shape (1, 2, 7, 3), expected (2, 2, 7, 3)"),
    ):  # fmt: skip
        module = kernel.backward.__globals__
        module["WHAT"][:] = [does]
        found = kernel.call(call)
        module["WHAT"].clear()
        assert isinstance(found, Failure)
        assert found.kind == "shape"
        assert reason in found.reason
    kernel.backward = None
    found = kernel.call(call)
    assert isinstance(found, Failure)
    assert found == Failure("declined", "NumPy arrays carry no gradients: name a function by --backward")


@pytest.mark.parametrize("changes", ["Q", "K", "V", "QV"])
def test_inputs_that_are_changed(changes: str, kernel: Callee) -> None:
    def does(*given: Any) -> Any:
        for name, X in zip("QKV", given, strict=True):
            if name in changes:
                X[-1, -1, -1, -1] += 1
        return np.zeros((2, 4, 5, 3))

    found = said(kernel, does)
    assert found == Failure("mutated", f"the kernel changed its input {' and '.join(changes)}")


def test_what_is_raised(kernel: Callee) -> None:
    """Of a call that all kernels take it is an error; of others, a way of declining them."""
    usual, extra = drawn(Shape(1, 1, 1, 5, 5, 3, 3)), drawn(SHAPE)
    for error in (ValueError("no"), TypeError("no"), RuntimeError("no"), AssertionError("no")):
        assert said(kernel, fails(error), extra).kind == "declined"
        assert said(kernel, fails(error), usual).kind == "raised"
    for call in (usual, extra):
        assert said(kernel, fails(NotImplementedError("no")), call).kind == "declined"
        assert said(kernel, fails(KeyError("no")), call).kind == "raised"
    assert said(kernel, fails(TypeError("no")), usual).reason.startswith("TypeError: no; ")
    assert "NumPy arrays of float64" in said(kernel, fails(TypeError("no")), usual).reason
    assert said(kernel, fails(KeyError("no")), usual).reason == "KeyError: 'no'"


def test_the_arrays_of_the_call_before_may_be_filled_anew(kernel: Callee) -> None:
    seen = module_of(kernel)["SEEN"]
    first, second = drawn(SHAPE, seed=1), drawn(SHAPE, seed=2)
    kernel.call(first)
    for again, same in ((False, False), (True, True)):
        before = seen[-1]
        found = kernel.call(replace(second, again=again))
        assert isinstance(found, Answer)
        np.testing.assert_allclose(found.output, meant(second).output(), atol=1e-12)
        assert [X is Y for X, Y in zip(before, seen[-1], strict=True)] == [same] * 3
    other = drawn(replace(SHAPE, n=6), seed=3)
    before = seen[-1]
    found = kernel.call(replace(other, again=True))
    assert isinstance(found, Answer)
    np.testing.assert_allclose(found.output, meant(other).output(), atol=1e-12)
    assert seen[-1][0] is not before[0]


def test_it_is_not_asked_for_a_device(tmp_path: Path) -> None:
    file = tmp_path / "kernel.py"
    file.write_text(SOURCE)
    with pytest.raises(BadInput, match="numpy arrays, which are nowhere but here"):
        Callee(f"{file}:attention", None, Conventions(convention="heads", device="cuda"))
