"""What the tests of peers share."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec

import pytest


@pytest.fixture(autouse=True)
def doubles() -> Iterator[None]:
    """JAX, where it is there, with float64, which it rounds to float32 otherwise."""
    if find_spec("jax") is None:
        yield
        return
    config = import_module("jax").config
    config.update("jax_enable_x64", True)
    yield
    config.update("jax_enable_x64", False)
