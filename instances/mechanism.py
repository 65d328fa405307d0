"""Which weights attention uses: the kernel, whether a row is normalised, which keys it sees, what is done to its scores.

| name | w_ij | Att_i |
|---|---|---|
| `softmax` | exp(scale <q_i, k_j> + b_ij) | sum_j w_ij V_j / sum_j w_ij |
| `exp` | exp(scale <q_i, k_j> + b_ij) | sum_j w_ij V_j |
| `gaussian` | exp(-scale ||q_i - k_j||^2 + b_ij) | sum_j w_ij V_j (kernel density estimation) |
| `gaussian-mean` | exp(-scale ||q_i - k_j||^2 + b_ij) | sum_j w_ij V_j / sum_j w_ij |

The sums are over the keys that row i sees (module `visibility`): all of them, unless more is said, as in `softmax[window=8]`,
which is |i - j| <= 8, in `softmax[causal=top-left]` or `softmax[causal=bottom-right,left=7,heads=1:8:2]`. b is 0 unless it is
given (module `bias`). A normalised row that sees no key has no answer. With `rotary=10000` in the brackets q_i and k_j are
turned to their positions first (module `rotary`), under the kernels `softmax` and `exp`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

from instances import rotary, visibility
from instances.bias import NO_BIAS, Bias
from instances.brackets import one
from instances.faults import BadInput, unknown
from instances.rotary import Rotary
from instances.seen import Seen
from instances.visibility import ALL, Visibility

_NAMES = {
    ("dot", True): "softmax",
    ("dot", False): "exp",
    ("gaussian", False): "gaussian",
    ("gaussian", True): "gaussian-mean",
}
NAMES = tuple(_NAMES.values())
_KINDS: Mapping[str, Any] = {name: kind for kind, name in _NAMES.items()}

_PLAIN = re.compile(r"[a-z0-9=,:.+\[\]-]+")
"""What mechanisms are spelled with."""

LONGEST = 300
"""So many characters, at most."""


@dataclass(frozen=True)
class Mechanism:
    """One of the four kinds of weights, the keys that rows see, the bias, and rotary positions, if any.

    Errors: `BadInput` for other values, and for rotary positions of a gaussian kernel.
    """

    kernel: Literal["dot", "gaussian"] = "dot"
    normalised: bool = True
    sees: Visibility = ALL
    bias: Bias = NO_BIAS
    rotary: Rotary | None = None

    def __post_init__(self) -> None:
        if (self.kernel, self.normalised) not in _NAMES:
            raise BadInput(f"kernel = {self.kernel!r}, normalised = {self.normalised!r}: the kernels are dot and gaussian")
        if not isinstance(self.sees, Visibility) or not isinstance(self.bias, Bias):
            raise BadInput(f"sees = {self.sees!r}, bias = {self.bias!r}: give a Visibility and a Bias")
        if self.rotary is not None and (not isinstance(self.rotary, Rotary) or self.kernel != "dot"):
            raise BadInput(f"rotary = {self.rotary!r}, kernel = {self.kernel!r}: give a Rotary, and inner products to turn")

    @classmethod
    def of(cls, text: str, arrays: Mapping[str, Any] | None = None) -> Self:
        """The mechanism whose `word` is the text, with the parts that are arrays by their names. Errors: `BadInput`."""
        given = dict(arrays or {})
        bias = Bias(given.pop("bias", None), given.pop("slopes", None))
        try:
            name, word = one(text if len(text) <= LONGEST and _PLAIN.fullmatch(text) else "", "mechanism")
            (kernel, normalised), (sees, rotary) = _KINDS[name], _bracketed(name, word)
        except (BadInput, KeyError) as error:
            known = f"it is one of {', '.join(NAMES)}, with a window as in softmax[window=8]"
            why = f" ({error})" if isinstance(error, BadInput) and text.startswith(NAMES) and len(text) <= LONGEST else ""
            raise BadInput(f"mechanism = {text!r:.80}: {known}{why}") from None
        return cls(kernel, normalised, replace(sees, **given) if given else sees, bias, rotary)

    @property
    def name(self) -> str:
        """Its name without what rows see, what is added and positions."""
        return _NAMES[self.kernel, self.normalised]

    @property
    def word(self) -> str:
        """All of it but the parts that are arrays."""
        said = ",".join(filter(None, (self.sees.word, "" if self.rotary is None else self.rotary.word)))
        return self.name + (f"[{said}]" if said else "")

    @property
    def arrays(self) -> Mapping[str, Any]:
        """The parts of it that are arrays, by their names."""
        return {**self.sees.arrays, **self.bias.arrays}

    def __str__(self) -> str:
        return " with ".join([self.word, *([", ".join(self.arrays)] if self.arrays else [])])

    @property
    def plain(self) -> bool:
        """Whether every row sees every key, nothing is added, and nothing is turned."""
        return self.sees.is_all and self.bias.is_none and self.rotary is None

    @property
    def window(self) -> int | None:
        """w where all there is to it is that row i sees the keys with |i - j| <= w; None otherwise."""
        w = self.sees.left
        return w if w is not None and self == replace(self, sees=Visibility.window(w), bias=NO_BIAS, rotary=None) else None

    def over(self, n: int, m: int) -> Seen:
        """What each of n rows sees of m keys. Errors: `BadInput` where its parts do not fit these."""
        self.bias.check(n, m, (self.sees.heads or (1, 1, 1))[1])
        return self.sees.over(n, m)


def _bracketed(name: str, word: str) -> tuple[Visibility, Rotary | None]:
    """What stands in the brackets. Errors: `BadInput`."""
    parts = [part for part in word.split(",") if part.strip()]
    named = {part: part.partition("=")[0].strip() for part in parts}
    for wrong in (given for given in named.values() if given not in (*visibility.WORDS, *rotary.WORDS)):
        raise unknown(f"parameter of {name}", wrong, (*visibility.WORDS, *rotary.WORDS))
    of_rotary, of_sees = (",".join(part for part in parts if (named[part] in rotary.WORDS) is its) for its in (True, False))
    return Visibility.of(name, of_sees), Rotary.of(name, of_rotary) if of_rotary else None


SOFTMAX = Mechanism()
