"""A laboratory that executes fine-grained reductions from SAT to attention and checks them end to end."""

from attention import Auto, Boolean, Certified, Logspace, PlainFunction, Polynomial, Promise, Softmax, Trusted, attend
from hardlab.naming import chain
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
