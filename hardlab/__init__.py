"""A laboratory that executes fine-grained reductions from SAT to attention and checks them end to end."""

from typing import TYPE_CHECKING

from instances.faces import face
from instances.showing import drawn_by

if TYPE_CHECKING:
    from attention import Auto as Auto
    from attention import Boolean as Boolean
    from attention import Certified as Certified
    from attention import Logspace as Logspace
    from attention import PlainFunction as PlainFunction
    from attention import Polynomial as Polynomial
    from attention import Promise as Promise
    from attention import Softmax as Softmax
    from attention import Trusted as Trusted
    from attention import attend as attend
    from attention import attend_backward as attend_backward
    from attention import kde as kde
    from hardlab.names.chains import chain as chain
    from instances.cnf import CNF as CNF
    from instances.dimacs import read_dimacs as read_dimacs
    from instances.families import random_ksat as random_ksat
    from solvers import Decision as Decision
    from solvers import Threshold as Threshold
    from solvers import Through as Through
    from solvers import Verdict as Verdict

face(__name__, {
    "attention": (
        "Auto", "Boolean", "Certified", "Logspace", "PlainFunction", "Polynomial", "Promise", "Softmax", "Trusted", "attend",
        "attend_backward", "kde",
    ),
    "hardlab.names.chains": ("chain",),
    "instances.cnf": ("CNF",),
    "instances.dimacs": ("read_dimacs",),
    "instances.families": ("random_ksat",),
    "solvers": ("Decision", "Threshold", "Through", "Verdict"),
})  # fmt: skip

drawn_by("hardlab.runs.notebook:html_of")
