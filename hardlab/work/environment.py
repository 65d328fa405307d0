"""On what a result was made: versions of Python and of the packages that it may depend on, and the machine."""

import os
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("hardness-lab", "numpy", "scipy", "networkx", "python-sat", "dratify", "numba", "python-flint")


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that a result may depend on."""
    return {"python": platform.python_version(), **{package: _version(package) for package in PACKAGES}}


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def machine() -> str:
    """The system and its processor; records of sweeps have this, and the cores under a key of their own."""
    return f"{platform.system()} {platform.machine()}"


def machine_with_cores() -> str:
    """The same with the number of its cores, as records of checked kernels have it."""
    return f"{machine()}, {os.cpu_count()} cores"
