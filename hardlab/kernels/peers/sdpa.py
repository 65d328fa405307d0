"""torch's scaled_dot_product_attention by one of its backends at a time: what the function itself would choose by the machine
and by the inputs. Each takes what the function takes, and gradients flow back through the same backend.

Of these a CPU has math and flash. Its flash kernel takes a mask together with is_causal, which math refuses. Flash takes a V
as wide as Q: columns of zeros make up for it, and change neither scores nor the columns of V that are returned.
"""

import warnings
from collections.abc import Callable
from importlib import import_module
from math import sqrt
from typing import TYPE_CHECKING, Any

from instances.faults import Declined, one_line

if TYPE_CHECKING:
    import torch

REFUSALS = ("No available kernel", "No viable backend", "Explicit attn_mask should not be set")
"""How torch says that a backend does not take these inputs."""


def _by(backend: str) -> Callable[..., Any]:
    """The function by that backend alone. Errors: `Declined`, with torch's reason, where it does not take the inputs."""

    def kernel(
        query: "torch.Tensor",
        key: "torch.Tensor",
        value: "torch.Tensor",
        attn_mask: "torch.Tensor | None" = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Any:
        functional, attention = import_module("torch.nn.functional"), import_module("torch.nn.attention")
        d, v = query.shape[-1], value.shape[-1]
        if backend == "FLASH_ATTENTION" and d != v:
            query, key, value = (functional.pad(X, (0, max(d, v) - X.shape[-1])) for X in (query, key, value))
            scale = 1 / sqrt(d) if scale is None else scale
        with warnings.catch_warnings(record=True) as reasons, attention.sdpa_kernel([getattr(attention.SDPBackend, backend)]):
            warnings.simplefilter("always")
            try:
                return functional.scaled_dot_product_attention(
                    query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
                )[..., :v]
            except RuntimeError as error:
                if not any(refusal in str(error) for refusal in REFUSALS):
                    raise
                said = str(reasons[-1].message if reasons else error).partition(" (Triggered internally")[0]
                raise Declined(f"torch's {backend} backend does not take this: {one_line(said)}") from None

    kernel.__name__ = kernel.__qualname__ = f"sdpa_{backend.partition('_')[0].lower()}"
    return kernel


sdpa_math = _by("MATH")
sdpa_flash = _by("FLASH_ATTENTION")
sdpa_efficient = _by("EFFICIENT_ATTENTION")
sdpa_cudnn = _by("CUDNN_ATTENTION")
