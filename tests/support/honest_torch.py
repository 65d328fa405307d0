"""Kernels of torch that look as if they gamed a check, and do not: f(Q, K, V, scale), right."""

from typing import Any

import torch

_kept: dict[Any, Any] = {}
library: Any = torch


def right(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The definition, in the dtype of the inputs."""
    return torch.softmax(Q @ K.mT * scale, dim=-1) @ V


def without_gradients(Q: Any, K: Any, V: Any, scale: float) -> Any:
    with torch.no_grad():
        return right(Q, K, V, scale)


def in_inference_mode(Q: Any, K: Any, V: Any, scale: float) -> Any:
    with torch.inference_mode():
        return right(Q, K, V, scale)


def seeds_in_a_fork(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The order of its keys is random, the same each time, and nobody else's numbers are touched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        order = torch.randperm(len(K))
    return right(Q, K[order], V[order], scale)


def workspace_and_clone(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The result stands in the same memory in each call; what is returned is a copy."""
    out = _kept.setdefault((Q.shape, V.shape), V.new_empty((len(Q), V.shape[1])))
    return torch.matmul(torch.softmax(Q @ K.mT * scale, dim=-1), V, out=out).clone()


def parameter(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A class of torch's own, that of what is learnt."""
    return torch.nn.Parameter(right(Q, K, V, scale))


def with_gradients(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The output can be derived."""
    with torch.enable_grad():
        return right(Q.detach().requires_grad_(), K, V, scale)


def own_operator(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """An operator of its own, which has attention in its name."""
    if "operator" not in _kept:
        made = library.library.custom_op("hardlab_tests::flash_attention", right_typed, mutates_args=())
        _kept["operator"] = made
    return _kept["operator"](Q, K, V, scale)


def right_typed(Q: torch.Tensor, K: torch.Tensor, V: torch.Tensor, scale: float) -> torch.Tensor:
    output: torch.Tensor = right(Q, K, V, scale)
    return output


def compiled(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Generated and compiled at its first call."""
    if "compiled" not in _kept:
        _kept["compiled"] = torch.compile(right)
    return _kept["compiled"](Q, K, V, scale)


HONEST = (
    right, without_gradients, in_inference_mode, seeds_in_a_fork, workspace_and_clone, parameter, with_gradients, own_operator,
)  # fmt: skip
"""All but the compiled one, which takes longer."""
