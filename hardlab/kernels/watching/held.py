"""Arrays of NumPy and tensors of torch that are held after a call, to see whether they change."""

import sys
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

FRAMEWORKS = (
    ("numpy", "ndarray"),
    ("torch", "Tensor"),
    ("torch.nn", "Parameter"),
    ("jax._src.array", "ArrayImpl"),
    ("tinygrad", "Tensor"),
)
"""The array classes of the frameworks: module and name."""

PLAIN = (int, float, bool, complex, str, bytes, type(None))

LARGEST = 64 * 2**20
"""Bytes that are held at most, of outputs and of operands each."""

PRIME = 509


class Held(NamedTuple):
    """An array, its name, and what stood in it."""

    name: str
    array: Any
    digest: int

    @property
    def changed(self) -> bool:
        return digest(self.array) != self.digest


def _tensor(X: Any) -> Any:
    """The tensor without what led to it, which may be far larger, and without what hides its methods; None for what is none,
    or has no numbers in memory.
    """
    torch = sys.modules.get("torch")
    if torch is None or type(X) not in (torch.Tensor, torch.nn.Parameter):
        return None
    tensor = torch.Tensor.detach(X)
    return tensor if tensor.layout is torch.strided and not tensor.is_quantized and tensor.device.type != "meta" else None


def digest(X: Any) -> int | None:
    """A checksum of the numbers; None for what is no array of NumPy or torch, or has no bytes to look at."""
    if type(X) is np.ndarray:
        return None if X.dtype.hasobject else _folded(np.ascontiguousarray(X).reshape(-1).view(np.uint8))
    tensor = _tensor(X)
    if tensor is None:
        return None
    flat = tensor.resolve_conj().resolve_neg().cpu().reshape(-1).contiguous()
    return _folded(flat.view(sys.modules["torch"].uint8).numpy())


def _folded(octets: NDArray[np.uint8]) -> int:
    """The checksum of sums of words that lie PRIME words apart, several times faster than one of all octets."""
    whole = len(octets) // (8 * PRIME) * (8 * PRIME)
    words = octets[:whole].view(np.uint64).reshape(-1, PRIME)
    return zlib.crc32(np.add.reduce(words, axis=0).data, zlib.crc32(octets[whole:].data))


def held(named: Iterator[tuple[str, Any]]) -> list[Held]:
    """Those of the arrays that can be held, up to LARGEST bytes in all."""
    kept: list[Held] = []
    room = LARGEST
    for name, X in named:
        room -= size(X)
        seen = digest(X) if room >= 0 else None
        if seen is not None:
            kept.append(Held(name, X if type(X) is np.ndarray else _tensor(X), seen))
    return kept


def size(X: Any) -> int:
    """In bytes; 0 for what is no array."""
    low, high = extent(X) or (0, 0)
    return high - low


def extent(X: Any) -> tuple[int, int] | None:
    """The addresses that an array of NumPy or torch lies between; None for an empty one and for what is none."""
    if type(X) is np.ndarray:
        return np.lib.array_utils.byte_bounds(X) if X.size else None
    tensor = _tensor(X)
    if tensor is None or tensor.numel() == 0:
        return None
    last = sum((count - 1) * step for count, step in zip(tensor.shape, tensor.stride(), strict=True))
    return tensor.data_ptr(), tensor.data_ptr() + (last + 1) * tensor.element_size()


def overlap(X: Any, Y: Any) -> bool:
    """Whether the memory of one reaches into the other's."""
    first, second = extent(X), extent(Y)
    return first is not None and second is not None and first[0] < second[1] and second[0] < first[1]


def arrays(given: Any) -> list[Any]:
    """What was returned: one array, or those in a tuple or a list."""
    return list(given) if type(given) in (tuple, list) else [given]


def odd_class(X: Any) -> str | None:
    """Why it may not be what it seems: its class is no framework's own, or methods of its class are hidden. None otherwise."""
    kind = type(X)
    if kind in PLAIN or kind in (list, tuple) or (isinstance(X, np.generic) and kind.__module__ == "numpy"):
        return None
    if not any(getattr(sys.modules.get(module), name, None) is kind for module, name in FRAMEWORKS):
        return f"the output is a {kind.__module__}.{kind.__qualname__}, not a framework's own array"
    hidden = [name for name in getattr(X, "__dict__", ()) if hasattr(kind, name)]
    return f"the output hides {', '.join(sorted(hidden))} of its class" if hidden else None
