"""Gradients of a library, through its adapter, are those of the definition."""

from typing import Any

import numpy as np
import pytest

from hardlab.conformance.dense import meant
from hardlab.kernels.adapters import adapter_named
from hardlab.kernels.adapters.adapter import WrongGradients
from hardlab.kernels.call import Call


def operands() -> list[Any]:
    random = np.random.default_rng(0)
    return [random.standard_normal((1, 1, 3, 4)).astype(np.float32) for _ in range(4)]


def attention(library: str) -> Any:
    """softmax(Q K^T / 2) V of it."""
    if library == "jax":
        jax = pytest.importorskip("jax")
        return lambda q, k, v: jax.nn.softmax(q @ k.swapaxes(-1, -2) / 2, axis=-1) @ v
    return lambda q, k, v: (q @ k.transpose(-1, -2) / 2).softmax(-1) @ v


@pytest.mark.peers
@pytest.mark.parametrize("library", ["torch", "jax", "tinygrad"])
def test_gradients_are_those_of_the_definition(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV", "PYTHON")
    pytest.importorskip(library)
    adapter = adapter_named(library, "a test")
    made = [adapter.operand(X, None) for X in operands()]
    given, found = adapter.differentiated(attention(library), made[:3], made[3])
    Q, K, V, dO = (X.astype(np.float64) for X in operands())
    call = Call(Q, K, V, 0.5, dO=dO)
    for gradient, expected in zip((given, *found), (meant(call).output(), *meant(call).gradients()), strict=True):
        dtype, numbers = adapter.numbers(gradient)
        assert dtype == "float32"
        assert numbers is not None
        np.testing.assert_allclose(numbers, expected, atol=1e-6)


@pytest.mark.peers
@pytest.mark.parametrize("library", ["torch", "tinygrad"])
def test_an_operand_that_is_not_used_has_no_gradient(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEV", "PYTHON")
    pytest.importorskip(library)
    adapter, run = adapter_named(library, "a test"), attention(library)
    made = [adapter.operand(X, None) for X in operands()]
    with pytest.raises(WrongGradients, match="to V"):
        adapter.differentiated(lambda q, k, v: run(q, k, k), made[:3], made[3])
