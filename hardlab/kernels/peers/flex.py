"""torch's flex_attention with all that this project knows of attention, said as a mask_mod and a score_mod: as the library runs
it when it is called (dense, whatever the device), and compiled (its own kernels, C++ on a CPU and Triton on a GPU).

Rows that see no key are given zeros. Gradients there are on a GPU alone: torch refuses them on a CPU.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

Mod = Callable[..., Any]

COMPILATIONS = 10_000
"""As many as a run may need: at its own limit of 8 torch goes on with the dense form, and only logs that."""


def _kernel(compiled: bool) -> Callable[..., Any]:
    def kernel(
        Q: "torch.Tensor",
        K: "torch.Tensor",
        V: "torch.Tensor",
        scale: float,
        *,
        causal: str | None = None,
        window: tuple[int | None, int | None] | None = None,
        keep: Any = None,
        mask: Any = None,
        bias: Any = None,
        alibi: Any = None,
        cu_seqlens: tuple[Any, Any] | None = None,
    ) -> Any:
        library = import_module("torch.nn.attention.flex_attention")
        (b, H, n, _), (G, m) = Q.shape, K.shape[1:3]
        diagonal, together = _places(n, m, causal, cu_seqlens, Q.device)
        left, right = window or (None, None)
        mods = [] if together is None else [together]
        if causal is not None:
            mods.append(lambda b, h, i, j: j <= diagonal(i))
        if left is not None:
            mods.append(lambda b, h, i, j: j >= diagonal(i) - left)
        if right is not None:
            mods.append(lambda b, h, i, j: j <= diagonal(i) + right)
        if keep is not None:
            mods.append(lambda b, h, i, j: keep[b, j])
        if mask is not None:
            pairs = mask.expand(b, H, n, m)
            mods.append(lambda b, h, i, j: pairs[b, h, i, j])
        blocks = library.create_block_mask(library.and_masks(*mods), b, H, n, m, device=Q.device) if mods else None
        added = None if bias is None and alibi is None else _added(bias, alibi, diagonal, (b, H, n, m))
        with _compiling() if compiled else _dense():
            run = _compiled(Q.device.type) if compiled else library.flex_attention
            return run(Q, K, V, score_mod=added, block_mask=blocks, scale=scale, enable_gqa=H != G)

    kernel.__name__ = kernel.__qualname__ = "flex_compiled" if compiled else "flex"
    return kernel


@lru_cache
def _compiled(device: str) -> Any:
    """For a CPU, shape by shape: with sizes left open torch 2.13 writes C++ that does not compile where it has ten."""
    run, dynamic = import_module("torch.nn.attention.flex_attention").flex_attention, False if device == "cpu" else None
    return import_module("torch").compile(run, fullgraph=True, dynamic=dynamic)


@contextmanager
def _compiling() -> Iterator[None]:
    config = import_module("torch._dynamo").config
    with warnings.catch_warnings(), config.patch(recompile_limit=COMPILATIONS, accumulated_recompile_limit=COMPILATIONS):
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@contextmanager
def _dense() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "flex_attention called without torch.compile")
        yield


def _places(
    n: int, m: int, causal: str | None, cu_seqlens: tuple[Any, Any] | None, device: Any
) -> tuple[Callable[[Any], Any], Mod | None]:
    """The key on each row's diagonal, and whether a row and a key are of one sequence; None where there is one."""
    if cu_seqlens is None:
        shift = m - n if causal == "bottom-right" else 0
        return (lambda i: i + shift), None
    torch = import_module("torch")
    (queries, of_rows), (keys, of_keys) = (
        (ends, torch.searchsorted(ends, torch.arange(count, device=device), right=True) - 1)
        for ends, count in (
            (torch.as_tensor(cu, device=device).long(), count) for cu, count in zip(cu_seqlens, (n, m), strict=True)
        )
    )
    shifts = keys[:-1] - queries[:-1]
    if causal == "bottom-right":
        shifts = shifts + keys.diff() - queries.diff()
    diagonals = torch.arange(n, device=device) + shifts[of_rows]
    return (lambda i: diagonals[i]), (lambda b, h, i, j: of_rows[i] == of_keys[j])


def _added(bias: Any, alibi: Any, diagonal: Callable[[Any], Any], shape: tuple[int, ...]) -> Mod:
    """The score_mod of a bias, of slopes, or of both."""
    if bias is None:
        return lambda score, b, h, i, j: score - alibi[h] * (j - diagonal(i)).abs()
    whole = bias.expand(shape)
    if alibi is None:
        return lambda score, b, h, i, j: score + whole[b, h, i, j]
    return lambda score, b, h, i, j: score + whole[b, h, i, j] - alibi[h] * (j - diagonal(i)).abs()


flex = _kernel(compiled=False)
flex_compiled = _kernel(compiled=True)
