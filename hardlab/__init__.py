"""A laboratory that executes fine-grained reductions from SAT to attention and checks them end to end."""

from attention import Certified, Logspace, PlainFunction, Promise, Softmax, Trusted
from hardlab.naming import chain
from instances.cnf import CNF
from instances.families import random_ksat
from solvers import Decision, Threshold, Through, Verdict

__all__ = [
    "CNF",
    "Certified",
    "Decision",
    "Logspace",
    "PlainFunction",
    "Promise",
    "Softmax",
    "Threshold",
    "Through",
    "Trusted",
    "Verdict",
    "chain",
    "random_ksat",
]
