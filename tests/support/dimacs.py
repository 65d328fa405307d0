"""DIMACS texts that are refused."""

import pytest

from instances import dimacs
from instances.faults import BadInput


def refused(text: bytes | str) -> str:
    """The message, one short line."""
    with pytest.raises(BadInput) as caught:
        dimacs.parse(text, "f.cnf")
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 250
    return message
