"""What is checked: a kernel, the way it is called, and what a call comes to.

A kernel computes softmax attention: f(Q, K, V, scale), Q (n, d), K (m, d), V (m, v), and gives (n, v). `Conventions` say how
the kernel at hand wants this; whoever calls it by a `Kernel` speaks of Q, K, V and an explicit scale only.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Literal, Protocol

from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput

Scale = Literal["argument", "1/d", "1/sqrt(d)", "1"]
Layout = Literal["nd", "bhnd"]
Dtype = Literal["float64", "float32", "float16", "bfloat16"]


@dataclass(frozen=True)
class Conventions:
    """How a kernel is called. Errors: `BadInput` for other values.

    scale: an argument, or the one that is built in (Q is then multiplied by what is missing). layout: (n, d) or (1, 1, n, d).
    dtype: what Q, K and V are given in, the precision that the kernel is held to. seed: set before each call, if there is one.
    """

    scale: Scale = "argument"
    layout: Layout = "nd"
    dtype: Dtype = "float64"
    seed: int | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("scale", self.scale, ("argument", "1/d", "1/sqrt(d)", "1")),
            ("layout", self.layout, ("nd", "bhnd")),
            ("dtype", self.dtype, ("float64", "float32", "float16", "bfloat16")),
        ):
            if value not in known:
                raise BadInput(f"{name} = {value!r}: it is one of {', '.join(known)}")

    def built_in(self, d: int) -> float | None:
        """The scale that the kernel applies by itself; None where it takes it as an argument."""
        return {"argument": None, "1/d": 1 / d, "1/sqrt(d)": 1 / sqrt(d), "1": 1.0}[self.scale]


@dataclass(frozen=True)
class Answer:
    """What a call gave: the output as float64 (its values are those of `dtype`), the type it came in, the seconds it took."""

    output: Floats
    dtype: str
    seconds: float


Outcome = Answer | Failure


class Kernel(Protocol):
    """A kernel under its name, called within limits. `promise` is the error that it promises for such a call, None
    where it promises nothing or declines, or how asking for it failed.

    A call never raises and never harms the caller: a crash, a hang and a memory blow-up are failures. Q, K and V are float64
    arrays whose values the kernel's dtype holds exactly.
    """

    @property
    def name(self) -> str: ...

    @property
    def conventions(self) -> Conventions: ...

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome: ...

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None: ...
