"""Locks that survive a fork: what another thread held then is free in the child, where that thread is not."""

import os
from threading import RLock
from typing import Any


def lock() -> Any:
    """A lock that its thread may take again; free in a child made by fork, whoever held it."""
    found: Any = RLock()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=found._at_fork_reinit)
    return found
