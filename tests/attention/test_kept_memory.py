"""How many bytes plain functions ask for before they are called is what it was: of two sizes."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import attention.function
import attention.gradient_function
import attention.network_function
import attention.tensor_function
from instances.faults import Declined
from instances.gradients import Gradient
from instances.network import Network
from instances.tensor import TensorAttention
from tests.support.bytes_asked import bytes_asked, rows
from tests.support.dyadic import dyadic
from tests.support.kept import NumbersKeeper


def given(scale: float) -> Any:
    raise Declined("that is all")


def tensor(n: int, d: int) -> TensorAttention:
    X = [dyadic(k, shape) for k, shape in enumerate(((n, d), (3, d), (3, 1), (5, d), (5, 1)))]
    return TensorAttention(X[0], X[1], X[2], 1.0, K2=X[3], V2=X[4])


def network(n: int, d: int) -> Network:
    weights = [*[np.ones((1, 2, d, 2))] * 3, np.ones((1, 2, 2, d))]
    return Network.of(np.ones((n, d)), 1.0, weights, residual=True, column=0)


def gradient(n: int, d: int) -> Gradient:
    of = rows(n, d)
    return Gradient(of.Q, of.K, of.V, 1.0, dO=np.ones((n, 2)), of="dQ", column=0)


ASKED: dict[str, tuple[ModuleType, Callable[[int, int], Any]]] = {
    "function": (
        attention.function,
        lambda n, d: attention.function.PlainFunction(lambda Q, K, V, scale: given(scale), "mine")(rows(n, d)),
    ),
    "tensors": (
        attention.tensor_function,
        lambda n, d: attention.tensor_function.TensorFunction(lambda Q, K1, K2, V1, V2, scale: given(scale), "m")(tensor(n, d)),
    ),
    "networks": (
        attention.network_function,
        lambda n, d: attention.network_function.NetworkFunction(
            lambda X, WQ, WK, WV, WO, residual, scale: given(scale), "mine"
        )(network(n, d)),
    ),
    "gradients": (
        attention.gradient_function,
        lambda n, d: attention.gradient_function.GradientFunction(
            lambda Q, K, V, dO, scale: given(scale), "mine"
        )(gradient(n, d)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", ASKED)
def test_bytes(which: str, kept_numbers: NumbersKeeper, monkeypatch: pytest.MonkeyPatch) -> None:
    kept_numbers(bytes_asked(monkeypatch, *ASKED[which]))
