"""tinygrad's Tensor.scaled_dot_product_attention: the scale 1/sqrt(d) is built in, gradients come by Tensor.backward.

tinygrad 0.14 compiles for a CPU by clang. So that none is needed, it is asked for its interpreter, which takes minutes for some
heads of 64 queries and keys. The environment variable DEV asks for another device: CPU with a recent clang, CPU:X86 with any.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tinygrad.tensor

os.environ.setdefault("DEV", "PYTHON")


def sdpa(
    query: "tinygrad.tensor.Tensor",
    key: "tinygrad.tensor.Tensor",
    value: "tinygrad.tensor.Tensor",
    attn_mask: "tinygrad.tensor.Tensor | None" = None,
    is_causal: bool = False,
    enable_gqa: bool = False,
) -> Any:
    """(b, h, n, d), causal from the top left, a mask of booleans (True is seen) or of numbers that are added."""
    return query.scaled_dot_product_attention(key, value, attn_mask, is_causal=is_causal, enable_gqa=enable_gqa)
