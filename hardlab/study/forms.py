"""The forms of attention whose exponent is measured: random inputs of each, and the exponent that a hypothesis gives it.

A form of power p has n^p pairs (of a row and a key that it sees; gradients have those of their forward pass) to within a
constant, and by its chain from orthogonal vectors no algorithm takes n^(p - q): the lists have N = n^(p/2) vectors, so that
would be N^(2 - 2q/p). With windows of ceil(n^(3/4)) keys p is 7/4; a window of constant width has nothing to be hard about.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import isqrt

import numpy as np

from hardlab.names.chains import chain
from hardlab.study.measuring import uniform
from instances.faults import BadInput
from instances.gradients import OF, Gradient
from instances.mechanism import SOFTMAX
from instances.task import Attention
from instances.vectors import OrthogonalVectors
from instances.visibility import ALL, Visibility
from reductions.hypotheses import Conclusion, weakest


@dataclass(frozen=True)
class Form:
    """What is computed, `n^power` pairs of it, and the chain by which it is hard; `of` is the gradient, if it is one."""

    name: str
    power: float
    chain: str
    of: str | None = None

    @cached_property
    def conclusion(self) -> Conclusion:
        """What its hardness rests on."""
        return weakest(chain(self.chain, OrthogonalVectors))

    def sees(self, n: int) -> Visibility:
        """The keys that rows see."""
        return {"causal": Visibility(right=0), "window": Visibility(width(n) - 1, 0)}.get(self.name, ALL)

    def inputs(self, n: int, d: int, B: float, entropy: Sequence[int], positive_values: bool = False) -> Attention:
        """Those of `uniform`, with what rows see; of gradients the first column, and dO (n, d) uniform in [-1, 1]."""
        plain = uniform(n, d, B, entropy, positive_values)
        if self.of is None:
            return replace(plain, mechanism=replace(SOFTMAX, sees=self.sees(n)), copy=False)
        dO = np.random.default_rng(np.random.SeedSequence([*entropy, n])).uniform(-1.0, 1.0, (n, d))
        return Gradient(plain.Q, plain.K, plain.V, plain.scale, copy=False, dO=dO, of=self.of, column=0)


def width(n: int) -> int:
    """ceil(n^(3/4)): the keys that a row sees in a window."""
    return isqrt(isqrt(n**3 - 1)) + 1


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("attention", 2, "ov-attention"),
        Form("causal", 2, "ov-hamming,hamming-causal"),
        Form("window", 1.75, "ov-hamming,hamming-window"),
        *(Form(of, 2, f"ov-hamming,hamming-{'dx-one' if of == 'dX' else of.lower()}", of) for of in OF),
    )
}
"""By their names."""


def form_named(name: str) -> Form:
    """Errors: `BadInput` with those that there are."""
    if name not in FORMS:
        raise BadInput(f"--form {name}: an exponent is measured of {', '.join(FORMS)}")
    return FORMS[name]
