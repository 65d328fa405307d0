"""Attention in torch's autograd: the gradients of the frozen map by torch's own check, and promises that hold in balls."""

import warnings
from typing import Any

import numpy as np
import pytest
from flint import ctx

from instances.faults import BadInput, Declined
from tests.support.asked import BITS, gradients, heads, outputs
from tests.support.attending import arrays, grouped

pytestmark = pytest.mark.peers


@pytest.fixture(scope="module")
def torch() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch", reason="torch is not installed: make test-peers installs it")


@pytest.fixture(scope="module")
def module(torch: Any) -> Any:
    return pytest.importorskip("attention.autograd")


def leaves(torch: Any, given: list[Any], dtype: str = "float64") -> list[Any]:
    return [torch.tensor(x).to(getattr(torch, dtype)).requires_grad_() for x in given]


SHAPES = [arrays(), grouped(1, 4, 2, 4, 5), grouped(2, 2, 2, 3, 4)]


@pytest.mark.parametrize("given", SHAPES, ids=lambda given: str(given[0].shape))
@pytest.mark.parametrize("error", [0.3, 1e-4])
def test_gradcheck_of_the_frozen_map(torch: Any, module: Any, given: list[Any], error: float) -> None:
    """However coarse, its gradients are its own."""
    q, k, v = leaves(torch, [x / 2 for x in given])
    plans = module.promised_attention(q, k, v, error=error).plans
    assert plans
    assert torch.autograd.gradcheck(
        lambda *x: module.promised_attention(*x, plans=plans).output, (q, k, v), atol=1e-8, rtol=1e-6
    )


def test_gradcheck_sees_a_fault(torch: Any, module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    q, k, v = leaves(torch, arrays())
    plans = module.promised_attention(q, k, v, error=0.1).plans
    right = module.backward
    monkeypatch.setattr(module, "backward", lambda *given: right(*given)._replace(dK=1.001 * right(*given).dK))
    with pytest.raises(Exception, match="Jacobian mismatch"):
        torch.autograd.gradcheck(lambda *x: module.promised_attention(*x, plans=plans).output, (q, k, v), atol=1e-8, rtol=1e-6)


def held(torch: Any, module: Any, given: list[Any], dtype: str, error: float, unit: float = 1.0) -> Any:
    """That output and gradients are within what was promised before; dO is as large as `unit`."""
    tensors = leaves(torch, given, dtype)
    found = module.promised_attention(*tensors, error=error)
    assert found.promise.output <= error
    assert found.output.dtype == tensors[0].dtype
    assert found.output.grad_fn.promise == found.promise
    dO = torch.tensor(np.random.default_rng(3).uniform(-unit, unit, tuple(found.output.shape))).to(tensors[0].dtype)
    found.output.backward(dO)
    wide = [x.detach().double().numpy() for x in tensors]
    scale, most = wide[0].shape[-1] ** -0.5, float(dO.abs().max())
    answers = heads(*(x.grad.double().numpy() for x in tensors))
    with ctx.workprec(BITS):
        output = heads(found.output.detach().double().numpy())[0]
        Q, K, V = heads(*wide)
        for at, row in outputs(Q, K, V, scale, {}):
            assert all(abs(ball - float(x)) <= found.promise.output for ball, x in zip(row, output[at], strict=True))
        for exact, answer, promise in zip(
            gradients(heads(*wide, dO.double().numpy()), scale, {}), answers, found.promise[1:], strict=True
        ):
            assert all(abs(ball - float(answer[at])) <= promise * most for at, ball in exact.items())
    return found


@pytest.mark.parametrize("given", SHAPES, ids=lambda given: str(given[0].shape))
def test_promises_hold(torch: Any, module: Any, given: list[Any]) -> None:
    """By a polynomial, and where it declines by the definition, which says so."""
    short = [x / 2 for x in given]
    for dtype, error, unit in (
        ("float64", 1e-2, 1.0),
        ("float64", 1e-7, 1e-9),
        ("float32", 1e-2, 30.0),
        ("bfloat16", 0.3, 1.0),
    ):
        found = held(torch, module, short, dtype, error, unit)
        assert (found.algorithm, found.why) == ("polynomial", "")
        assert max(found.promise) <= error
    found = held(torch, module, short, "float64", 3e-14)
    assert found.algorithm == "softmax"
    assert "rounding in float64 alone" in found.why
    assert max(found.promise) < 1e-11
    found = held(torch, module, [x * 30 for x in given], "float64", 1e-6, 1e-9)
    assert found.algorithm == "softmax"
    assert "exponents within" in found.why
    assert not found.plans


def test_of_other_inputs_nothing_is_promised(torch: Any, module: Any) -> None:
    q, k, v = leaves(torch, arrays())
    plans = module.promised_attention(q, k, v, error=0.1).plans
    assert min(module.promised_attention(q, 2 * k, v, plans=plans).promise) == float("inf")


def test_it_is_differentiated_once_and_in_a_larger_graph(torch: Any, module: Any) -> None:
    q, k, v = leaves(torch, arrays())
    loss = (module.promised_attention(2 * q, k, v, error=1e-9).output ** 2).sum()
    exact = (torch.softmax(2 * q @ k.T / 3**0.5, -1) @ v).square().sum()
    for one, other in zip(
        torch.autograd.grad(loss, (q, k, v), create_graph=True), torch.autograd.grad(exact, (q, k, v)), strict=True
    ):
        assert float((one - other).detach().abs().max()) < 1e-8
    (gradient,) = torch.autograd.grad((module.promised_attention(q, k, v).output ** 2).sum(), q, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()
    with torch.no_grad():
        assert module.promised_attention(q, k, v).output.grad_fn is None
    changed = leaves(torch, arrays())
    values = changed[2] * 1
    output = module.promised_attention(changed[0], changed[1], values).output
    values += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()


def test_one_clear_line(torch: Any, module: Any) -> None:
    q, k, v = leaves(torch, arrays())
    for given, more, message in (
        ((q.detach().numpy(), k, v), {}, "^q is a ndarray: give a torch tensor, or use attend$"),
        ((q.float(), k, v), {}, "^q, k, v are of torch.float32, torch.float64, torch.float64: give tensors of one type$"),
        ((q, k, v), {"error": 0.0}, "^error = 0"),
        ((q, k, v[:3]), {}, "^Q, K, V have shapes"),
        ((q, k, v), {"plans": ()}, "^plans are of 0 heads, and q has 1"),
        ((q * float("nan"), k, v), {}, "^q holds NaN"),
    ):
        with pytest.raises(BadInput, match=message) as caught:
            module.promised_attention(*given, **more)
        assert "\n" not in str(caught.value)
    for given, error, message in (
        ((q.float(), k.float(), v.float()), 1e-9, "below the rounding of the output, .*; softmax promises .*: raise error$"),
        ((q, k, v), 1e-30, "softmax promises .* for the output: raise error$"),
    ):
        with pytest.raises(Declined, match=message):
            module.promised_attention(*given, error=error)
