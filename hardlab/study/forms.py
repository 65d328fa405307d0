"""The forms of attention whose exponent is measured: random inputs of each, and the exponent that a hypothesis gives it.

A form of power p has n^p pairs (of a row and a key that it sees; gradients have those of their forward pass) to within a
constant, and by its chain from l lists of N = n^(p/l) vectors no algorithm takes n^(p - q), which would be N^(l - l q/p), and
2^((1 - q/p) v) for k-SAT. With windows of ceil(n^(3/4)) keys p is 7/4; a constant width has nothing to be hard about. Entries
are critical at order (log n)^(1/2), of tensor attention, whose exponents are sums of products of three, at (log n)^(1/3).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import isqrt, log

import numpy as np

from hardlab.names.chains import chain
from hardlab.study.measuring import uniform
from instances.faults import BadInput
from instances.gradients import Gradient
from instances.mechanism import SOFTMAX
from instances.task import Attention
from instances.tensor import TensorAttention
from instances.visibility import Visibility
from reductions.hypotheses import Conclusion, weakest


@dataclass(frozen=True)
class Form:
    """What is computed, its n^power pairs, the chain from lists of vectors by which it is hard, what it makes of plain inputs
    and of numbers to draw more by, what it `asks` of an algorithm, and how many entries its exponents are products of.
    """

    name: str
    power: float
    chain: str
    made: Callable[[Attention, Sequence[int]], Attention]
    asks: str = ""
    factors: int = 2

    @cached_property
    def conclusion(self) -> Conclusion:
        """What its hardness rests on."""
        return weakest(chain(self.chain))

    def inputs(self, n: int, d: int, B: float, entropy: Sequence[int], positive_values: bool = False) -> Attention:
        """Those of `uniform` in this form."""
        return self.made(uniform(n, d, B, entropy, positive_values), entropy)

    def critical(self, n: int) -> float:
        """The order of the entries at which fast algorithms stop, as n grows."""
        return float(log(n) ** (1 / self.factors))

    @property
    def order(self) -> str:
        """That in words."""
        return "sqrt(log n)" if self.factors == 2 else f"(log n)^(1/{self.factors})"


def width(n: int) -> int:
    """ceil(n^(3/4)): the keys that a row sees in a window."""
    return isqrt(isqrt(n**3 - 1)) + 1


def _causal(plain: Attention, entropy: Sequence[int]) -> Attention:
    return replace(plain, mechanism=replace(SOFTMAX, sees=Visibility(right=0)), copy=False)


def _windowed(plain: Attention, entropy: Sequence[int]) -> Attention:
    return replace(plain, mechanism=replace(SOFTMAX, sees=Visibility(width(plain.n) - 1, 0)), copy=False)


def _gradient(of: str, plain: Attention, entropy: Sequence[int]) -> Attention:
    """The first column, with dO (n, d) uniform in [-1, 1]."""
    dO = np.random.default_rng(np.random.SeedSequence([*entropy, plain.n])).uniform(-1.0, 1.0, (plain.n, plain.d))
    return Gradient(plain.Q, plain.K, plain.V, plain.scale, copy=False, dO=dO, of=of, column=0)


def _tensor(plain: Attention, entropy: Sequence[int]) -> Attention:
    """K2 as K1 and V2 as V1 are drawn, and exponents up to B^3."""
    generator = np.random.default_rng(np.random.SeedSequence([*entropy, plain.n]))
    K2, V2 = (X[generator.permutation(plain.n)] for X in (plain.keys(slice(None)), plain.V))
    return TensorAttention(plain.Q, plain.K, plain.V, plain.scale, copy=False, K2=K2, V2=V2)


FORMS: dict[str, Form] = {
    form.name: form
    for form in (
        Form("attention", 2, "ov-attention", lambda plain, entropy: plain),
        Form("causal", 2, "ov-hamming,hamming-causal", _causal),
        Form("window", 1.75, "ov-hamming,hamming-window", _windowed),
        Form("dQ", 2, "ov-hamming,hamming-dq", partial(_gradient, "dQ"), asks="gradients"),
        Form("dK", 2, "ov-hamming,hamming-dk", partial(_gradient, "dK"), asks="gradients"),
        Form("dV", 2, "ov-hamming,hamming-dv", partial(_gradient, "dV"), asks="gradients"),
        Form("dX", 2, "ov-hamming,hamming-dx-one", partial(_gradient, "dX"), asks="gradients"),
        Form("tensor", 3, "3ov-tensor", _tensor, asks="tensors", factors=3),
    )
}
"""By their names."""


def form_named(name: str) -> Form:
    """Errors: `BadInput` with those that there are."""
    if name not in FORMS:
        raise BadInput(f"--form {name}: an exponent is measured of {', '.join(FORMS)}")
    return FORMS[name]
