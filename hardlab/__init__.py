"""A laboratory that executes fine-grained reductions from SAT to attention and checks them end to end."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attention import Auto, Boolean, Certified, Logspace, PlainFunction, Polynomial, Promise, Softmax, Trusted, attend
    from hardlab.names.chains import chain
    from instances.cnf import CNF
    from instances.families import random_ksat
    from solvers import Decision, Threshold, Through, Verdict

__all__ = [
    "CNF",
    "Auto",
    "Boolean",
    "Certified",
    "Decision",
    "Logspace",
    "PlainFunction",
    "Polynomial",
    "Promise",
    "Softmax",
    "Threshold",
    "Through",
    "Trusted",
    "Verdict",
    "attend",
    "chain",
    "random_ksat",
]

_ELSEWHERE = {"chain": "hardlab.names.chains", "CNF": "instances.cnf", "random_ksat": "instances.families"}
_ELSEWHERE |= dict.fromkeys(("Decision", "Threshold", "Through", "Verdict"), "solvers")


def __getattr__(name: str) -> Any:
    """Names are imported when they are first used: pytest loads this package for its plug-in in every run."""
    if name not in __all__:
        raise AttributeError(f"module 'hardlab' has no attribute {name!r}")
    globals()[name] = found = getattr(import_module(_ELSEWHERE.get(name, "attention")), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
