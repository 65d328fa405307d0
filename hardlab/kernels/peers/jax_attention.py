"""JAX's dot_product_attention for V of any width, which by itself takes one as wide as K: columns of zeros make up for it, and
change neither scores nor the columns of V that are returned.
"""

from importlib import import_module
from math import sqrt
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jax


def dot_product_attention(
    query: "jax.Array",
    key: "jax.Array",
    value: "jax.Array",
    bias: "jax.Array | None" = None,
    mask: "jax.Array | None" = None,
    *,
    scale: float | None = None,
    is_causal: bool = False,
    query_seq_lengths: "jax.Array | None" = None,
    key_value_seq_lengths: "jax.Array | None" = None,
    local_window_size: int | tuple[int, int] | None = None,
) -> Any:
    """(b, n, h, d), causal and windows from the top left; rows that see no key are given the mean of V."""
    numpy, d, v = import_module("jax.numpy"), query.shape[-1], value.shape[-1]
    q, k, values = (numpy.pad(X, [(0, 0)] * 3 + [(0, max(d, v) - X.shape[-1])]) if d != v else X for X in (query, key, value))
    output = import_module("jax.nn").dot_product_attention(
        q,
        k,
        values,
        bias,
        mask,
        scale=1 / sqrt(d) if scale is None else scale,
        is_causal=is_causal,
        query_seq_lengths=query_seq_lengths,
        key_value_seq_lengths=key_value_seq_lengths,
        local_window_size=local_window_size,
    )
    return output[..., :v]
