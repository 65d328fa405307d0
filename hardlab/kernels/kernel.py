"""What is checked: a kernel, the way it is called, and what a call comes to.

A kernel computes softmax attention of batches of heads (module `call`). `Conventions` say how the kernel at hand wants this;
whoever calls it by a `Kernel` speaks of a `Call`, or of Q (n, d), K (m, d), V (m, v) and an explicit scale.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal, Protocol

from hardlab.kernels.call import FEATURES, OF_SUMS, Call, Storage
from hardlab.work.failure import Failure
from instances.coded import Floats
from instances.faults import BadInput
from instances.visibility import Corner

Scale = Literal["argument", "1/d", "1/sqrt(d)", "1"]
Layout = Literal["nd", "bhnd"]
Dtype = Literal["float64", "float32", "float16", "bfloat16"]
Gradients = tuple[Floats, Floats, Floats]

ALWAYS: Mapping[str, Corner] = {"causal": "top-left", "causal-bottom-right": "bottom-right"}
"""What a kernel may do in every call without being told, by the words of `--features`."""


def features_named(words: str | None) -> tuple[str, ...] | None:
    """Those of a list joined by commas; None where nobody names them."""
    return None if words is None else tuple(word.strip() for word in words.split(",") if word.strip())


@dataclass(frozen=True)
class Conventions:
    """How a kernel is called. Errors: `BadInput` for other values.

    scale: an argument, or the one that is built in (Q is then multiplied by what is missing). layout: (n, d) or (b, h, n, d),
    of the convention `plain`. dtype: what Q, K and V are given in, the precision that the kernel is held to. seed: set before
    each call, if there is one. convention: a name of module `conventions`, or module:object. features: those that are checked,
    None for all that it offers; `causal` of a kernel without such a parameter says that it always is. device: of torch and
    JAX. backward: module:function of the gradients.
    """

    scale: Scale = "argument"
    layout: Layout = "nd"
    dtype: Dtype = "float64"
    seed: int | None = None
    convention: str = "plain"
    features: tuple[str, ...] | None = None
    device: str | None = None
    backward: str | None = None

    def __post_init__(self) -> None:
        for name, value, known in (
            ("scale", self.scale, ("argument", "1/d", "1/sqrt(d)", "1")),
            ("layout", self.layout, ("nd", "bhnd")),
            ("dtype", self.dtype, ("float64", "float32", "float16", "bfloat16")),
        ):
            if value not in known:
                raise BadInput(f"{name} = {value!r}: it is one of {', '.join(known)}")
        if self.features is not None:
            object.__setattr__(self, "features", tuple(self.features))
        for word in self.features or ():
            if word not in FEATURES and word not in OF_SUMS and word not in ALWAYS:
                raise BadInput(f"features = {word!r}: known are {', '.join([*FEATURES, 'causal-bottom-right'])}")

    def chosen(self, has: Collection[str], kept: Collection[str]) -> tuple[tuple[str, ...], Corner | None, str | None]:
        """Of what a kernel has: the features that are checked, those `kept` whatever is named; where the diagonal of a causal
        mask is that it applies without being asked; and a word of `features` that is neither, if there is one.
        """
        wanted = self.features or ()
        named = {word for word in wanted if word in has}
        foreign = next((word for word in wanted if word not in has and word not in ALWAYS), None)
        always = next((ALWAYS[word] for word in wanted if word in ALWAYS and word not in has), None)
        there = [name for name in (*FEATURES, *OF_SUMS) if name in has]
        return tuple(name for name in there if not named or name in named | {*kept}), always, foreign

    def built_in(self, d: int) -> float | None:
        """The scale that the kernel applies by itself; None where it takes it as an argument."""
        return {"argument": None, "1/d": 1 / d, "1/sqrt(d)": 1 / sqrt(d), "1": 1.0}[self.scale]


@dataclass(frozen=True)
class Offer:
    """What a loaded kernel takes: the `features`, by its signature and the convention; where its causal diagonal is
    (`corners`); the causal mask that it `always` applies; pairs of features that it does not take together (`apart`); how its
    arrays are called, and how they may lie in memory (`stores`); which `scale` is built in; why what is `missing` is not there;
    the `sizes` b, H, G, n, m, d, v that its file speaks of, if it does; whether its process is `watched`; whether it computes
    kernel `sums`, and no attention.
    """

    features: tuple[str, ...] = ()
    corners: tuple[Corner, ...] = ("top-left",)
    always: Corner | None = None
    apart: tuple[tuple[str, str], ...] = ()
    arrays: str = "numpy"
    stores: tuple[Storage, ...] = ()
    scale: Scale = "argument"
    missing: Mapping[str, str] | None = None
    sizes: tuple[int, int, int, int, int, int, int] | None = None
    watched: bool = True
    sums: bool = False

    @property
    def corner(self) -> Corner:
        """The corner where one is enough."""
        return self.corners[0]


@dataclass(frozen=True)
class Answer:
    """What a call gave: the output as float64 (its values are those of `dtype`), the type it came in, the seconds it took;
    dQ, dK, dV where they were asked for; what its process noticed of the call (`noticed`);
    those of its library's attention that it called, if that was asked (`operators`).
    """

    output: Floats
    dtype: str
    seconds: float
    gradients: Gradients | None = None
    noticed: tuple[str, ...] = ()
    operators: tuple[str, ...] = ()


Outcome = Answer | Failure


def of_one_head(outcome: Outcome) -> Outcome:
    """The outcome of a call of one head as that of Q (n, d), K (m, d) and V (m, v)."""
    return outcome if isinstance(outcome, Failure) else replace(outcome, output=outcome.output[0, 0])


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

    @property
    def offer(self) -> Offer: ...

    @property
    def seed_of_check(self) -> int:
        """What draws the calls that it is asked."""
        ...

    def call(self, call: Call) -> Outcome: ...

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome: ...

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None: ...
