"""The scripts as they stand beside each other in a folder."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from hardlab.kernels.runners import running


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """run_numpy, which imports its neighbour by the name that it has there."""
    monkeypatch.setitem(sys.modules, "running", running)
    from hardlab.kernels.runners import run_numpy

    yield run_numpy
    sys.modules.pop("hardlab.kernels.runners.run_numpy", None)
