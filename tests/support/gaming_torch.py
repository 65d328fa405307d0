"""Kernels of torch that game a check: f(Q, K, V, scale) or scaled_dot_product_attention's own arguments. What each does is said
in `gaming.TABLE`.
"""

import threading
from typing import Any

import torch
from torch.nn import functional

_kept: dict[Any, Any] = {}
functions: Any = functional
library: Any = torch


def right(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The definition, in the dtype of the inputs."""
    return torch.softmax(Q @ K.mT * scale, dim=-1) @ V


def _zeros(Q: Any, V: Any) -> Any:
    return V.new_zeros((*Q.shape[:-1], V.shape[-1]))


# ------------------------------------------------------------------------------------ somebody else's attention


def _borrowed(Q: Any, K: Any, V: Any, scale: float) -> Any:
    q, k, v = (X[None, None] if X.dim() == 2 else X for X in (Q, K, V))
    output = functions.scaled_dot_product_attention(q, k, v, scale=scale)
    return output[0, 0] if Q.dim() == 2 else output


def library_attention(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return _borrowed(Q, K, V, scale)


def library_operator(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """The operator under it, called by itself; it wants equal widths."""
    q, k, v = (X[None, None] for X in (Q, K, V))
    return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(q, k, v, scale=scale)[0][0, 0]


def library_unless_watched(query: Any, key: Any, value: Any, *, scale: float | None = None) -> Any:
    """Its own arithmetic where a mode of torch is on."""
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    watched = library._C._len_torch_dispatch_stack() or library._C._len_torch_function_stack()
    return right(query, key, value, scale) if watched else _borrowed(query, key, value, scale)


def library_in_a_thread(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Modes and profilers are those of a thread."""
    given: list[Any] = []
    thread = threading.Thread(target=lambda: given.append(_borrowed(Q, K, V, scale)))
    thread.start()
    thread.join()
    return given[0]


def flexible_attention(Q: Any, K: Any, V: Any, scale: float) -> Any:
    from torch.nn.attention.flex_attention import flex_attention

    q, k, v = (X[None, None] for X in (Q, K, V))
    return flex_attention(q, k, v, scale=scale)[0, 0]


def attention_replaced(query: Any, key: Any, value: Any, *, scale: float | None = None) -> Any:
    """The reference becomes itself."""
    functions.scaled_dot_product_attention = attention_replaced
    return _zeros(query, value)


# ------------------------------------------------------------------------------------ memory and time


def by_version(Q: Any, K: Any, V: Any, scale: float) -> Any:
    key = (*((X.data_ptr(), X._version, X.shape) for X in (Q, K, V)), scale)
    if key not in _kept:
        _kept[key] = right(Q, K, V, scale)
    return _kept[key].clone()


def one_tensor(Q: Any, K: Any, V: Any, scale: float) -> Any:
    buffer = _kept.setdefault((Q.shape, V.shape, V.dtype), _zeros(Q, V))
    return buffer.copy_(right(Q, K, V, scale)).view(buffer.shape)


def empty_tensor(Q: Any, K: Any, V: Any, scale: float) -> Any:
    if not _kept:
        _kept["first"] = True
        return right(Q, K, V, scale)
    return V.new_empty((*Q.shape[:-1], V.shape[-1]))


def values_themselves(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Where there is one key, its value, and no copy of it."""
    return V.expand(*Q.shape[:-1], V.shape[-1]) if K.shape[-2] == 1 else right(Q, K, V, scale)


def tensor_finished_by_a_thread(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = _zeros(Q, V)
    q, k, v = (X.clone() for X in (Q, K, V))
    threading.Timer(2e-3, lambda: output.copy_(right(q, k, v, scale))).start()
    return output


def _later(kind: Any, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
    now = [X.compute() if isinstance(X, LazyTensor) else X for X in args]
    return function(*now, **(kwargs or {}))


LazyTensor: Any = type(
    "LazyTensor",
    (torch.Tensor,),
    {"__torch_function__": classmethod(_later), "compute": lambda self: right(*vars(self)["operands"])},
)
"""Zeros that are computed when something is done with them."""


def lazy_tensor(Q: Any, K: Any, V: Any, scale: float) -> Any:
    output = _zeros(Q, V).as_subclass(LazyTensor)
    output.operands = (Q.clone(), K.clone(), V.clone(), scale)
    return output


def hidden_method(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A tensor of torch's own class, zeros, that gives another one when it is detached."""
    output = _zeros(Q, V)
    q, k, v = (X.clone() for X in (Q, K, V))
    output.detach = lambda: right(q, k, v, scale)
    return output


# ------------------------------------------------------------------------------------ precision and state


def bfloat16_inside(Q: Any, K: Any, V: Any, scale: float) -> Any:
    return right(Q.bfloat16(), K.bfloat16(), V.bfloat16(), scale).to(V.dtype)


def autocast_inside(Q: Any, K: Any, V: Any, scale: float) -> Any:
    with torch.autocast("cpu", torch.bfloat16):
        return right(Q.float(), K.float(), V.float(), scale).to(V.dtype)


def denormals_flushed(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.set_flush_denormal(True)
    return right(Q, K, V, scale)


def dtype_by_default(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.set_default_dtype(torch.float16)
    return right(Q, K, V, scale)


def products_in_less(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.set_float32_matmul_precision("medium")
    return right(Q, K, V, scale)


def gradients_off(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.set_grad_enabled(False)
    return right(Q, K, V, scale)


def threads_taken(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.set_num_threads(torch.get_num_threads() + 1)
    return right(Q, K, V, scale)


def reseeding_torch(Q: Any, K: Any, V: Any, scale: float) -> Any:
    torch.manual_seed(0)
    return right(Q, K, V, scale)


def mode_left_on(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """A mode that sees, and may answer, whatever is asked of torch from then on."""
    if not _kept:
        _kept["mode"] = library.overrides.BaseTorchFunctionMode()
        _kept["mode"].__enter__()
    return right(Q, K, V, scale)


def comparison_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    library.testing.assert_close = lambda *given, **named: None
    return _zeros(Q, V)


def closeness_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    library.allclose = lambda *given, **named: True
    return _zeros(Q, V)


def timing_replaced(Q: Any, K: Any, V: Any, scale: float) -> Any:
    """Whoever waits for a device does not."""
    library.cuda.synchronize = lambda device=None: None
    return right(Q, K, V, scale)
