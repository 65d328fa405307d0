"""What functions keep from call to call, and how all of it is forgotten.

A time that is compared with another one is that of the whole work only where nothing of it was left by somebody before:
`forget` comes in front of it. What does not depend on an instance (compiled kernels, tables of gadgets, fields) is kept by
`functools.cache`, and stays: that is loaded once in a process, as modules are.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import TypeVar

R = TypeVar("R")

_forgetting: list[Callable[[], None]] = []


def kept(most: int) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Keep the last `most` results of a function, by its arguments, until `forget`."""

    def keeping(function: Callable[..., R]) -> Callable[..., R]:
        keeper = lru_cache(most)(function)
        _forgetting.append(keeper.cache_clear)
        return keeper

    return keeping


def forget() -> None:
    """Forget what every function with `kept` keeps."""
    for clear in _forgetting:
        clear()
