"""Arrays as a kernel wants them, and what it gives as float64."""

import importlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hardlab.kernels.kernel import Conventions
from instances.coded import Floats


def prepared(Q: Floats, K: Floats, V: Floats, scale: float, conventions: Conventions) -> list[NDArray[Any]]:
    """Q, K and V as a kernel wants them: writable copies in its dtype (bfloat16 by its bits) and layout, Q with the scale that
    is missing.
    """
    own = conventions.built_in(Q.shape[1])
    with np.errstate(over="ignore", under="ignore"):
        scaled = Q if own is None or own == scale else Q * (scale / own)
        cast = [bits_of(X) if conventions.dtype == "bfloat16" else X.astype(conventions.dtype) for X in (scaled, K, V)]
    return [np.array(X if conventions.layout == "nd" else X[None, None], order="C") for X in cast]


def bits_of(X: Floats) -> NDArray[np.uint16]:
    """The bfloat16 numbers nearest to X's float32 numbers, as their bits; X holds no NaN."""
    wide = X.astype(np.float32).view(np.uint32)
    return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)


def tensor(X: NDArray[Any]) -> Any:
    """A torch tensor in the memory of an array; bits become bfloat16."""
    torch = importlib.import_module("torch")
    return torch.from_numpy(X.view(np.int16)).view(torch.bfloat16) if X.dtype == np.uint16 else torch.from_numpy(X)


def numbers_of(given: Any, logarithms: bool) -> tuple[str, Floats | None]:
    """The name of the type that the output came in, and its numbers as float64; None where it has no real numbers."""
    if type(given).__module__.partition(".")[0] == "torch" and hasattr(given, "detach"):
        dtype = str(given.dtype).removeprefix("torch.")
        if given.is_complex() or dtype == "bool":
            return dtype, None
        array = given.detach().cpu().double().numpy()
    else:
        try:
            array = np.asarray(given)
        except (TypeError, ValueError):
            return type(given).__name__, None
        dtype = array.dtype.name if isinstance(given, np.ndarray) else type(given).__name__
        if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
            return dtype, None
    with np.errstate(all="ignore"):
        numbers = np.array(array, dtype=np.float64)
        return dtype, np.exp(numbers) if logarithms else numbers
