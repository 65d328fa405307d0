"""A planted call by its recipe: plain values, from which anybody builds the same call again."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from typing import Any, Literal, get_args

import numpy as np

from attention.options import Options
from hardlab.conformance.arithmetic import representable
from hardlab.conformance.planting import TOP, Mode, Planted, Shape, planted
from hardlab.kernels.call import PACKED, Storage
from hardlab.kernels.kernel import Conventions, Dtype, Offer
from instances.bits import Bools
from instances.coded import Floats
from instances.faults import BadInput
from instances.visibility import Corner

Axes = Literal["pairs", "members", "heads"]
"""A mask (n, m), one a batch member (b, 1, n, m), one a head (b, H, n, m)."""

TILTED = 50.0
"""What the steepest slope of ALiBi takes from the furthest key: so much that without it another key has the mass."""

LARGEST = 2**27
"""Numbers in all operands of a call that a file may ask for."""


@dataclass(frozen=True)
class Case:
    """`name` is that of its result. What rows see and what is added, by words: `keep` "some" or "lengths", `mask` and `bias` by
    their axes, `packed` the number of sequences. `seed` draws all numbers.
    """

    name: str
    shape: Shape
    mode: Mode
    seed: tuple[int, ...]
    causal: Corner | None = None
    window: tuple[int | None, int | None] | None = None
    keep: Literal["some", "lengths"] | None = None
    mask: Axes | None = None
    bias: Axes | None = None
    alibi: bool = False
    packed: int = 0
    gradients: bool = False
    stored: tuple[Storage, ...] = PACKED
    size: float = 1.0
    steep: float = 1.0
    corner: Corner | None = None
    """Of a window or slopes without `causal`."""

    def planted(self, conventions: Conventions) -> Planted:
        """The call in this dtype, with the scale that is built in."""
        random = np.random.default_rng(self.seed)
        scale = conventions.built_in(self.shape.d)
        options = self._options(random, conventions.dtype)
        return planted(
            self.shape, self.mode, random, conventions.dtype, options, scale, self.gradients, self.stored, self.size, self.steep
        )

    @property
    def needs(self) -> tuple[str, ...]:
        """The features that it needs of a kernel, in the words of `call.FEATURES`."""
        s = self.shape
        needed = {
            "batch": s.b > 1,
            "heads": s.H > 1,
            "gqa": s.H != s.G,
            "cross": s.n != s.m,
            "width": s.d != s.v,
            "causal": self.causal is not None,
            "window": self.window is not None,
            "lengths": self.keep == "lengths",
            "keep": self.keep == "some",
            "mask": self.mask is not None,
            "bias": self.bias is not None,
            "alibi": self.alibi,
            "packed": self.packed > 0,
            "layouts": self.stored != PACKED,
            "backward": self.gradients,
        }
        return tuple(word for word, holds in needed.items() if holds)

    def lacks(self, offer: Offer) -> str:
        """Why a kernel that offers this is not asked; empty where it is."""
        needs = [word for word in self.needs if not (offer.always and word == "causal")]
        for word in needs:
            if word not in offer.features:
                why = (offer.missing or {}).get(word, "it is left out by --features")
                return f"{word} is not offered: {why}"
        for one, other in offer.apart:
            if {one, other} <= set(needs):
                return f"{one} and {other} are not taken in one call"
        return ""

    def _options(self, random: np.random.Generator, dtype: Dtype) -> Options:
        shape, n, m = self.shape, self.shape.n, self.shape.m
        keep: Bools | None = None
        if self.keep == "lengths":
            keep = np.arange(m) < random.integers(max(1, m // 3), m + 1, size=(shape.b, 1))
        elif self.keep == "some":
            keep = random.random((shape.b, m)) < 0.6
            keep[np.arange(shape.b), random.integers(0, m, shape.b)] = True
        mask = None if self.mask is None else _mask(random, self._axes(self.mask))
        bias = None if self.bias is None else representable(_bias(random, self._axes(self.bias)), dtype)
        slopes = None
        if self.alibi:
            steep = TILTED / max(self.shape.n, self.shape.m) * (1 - 0.6 * random.permutation(shape.H) / shape.H)
            slopes = representable(steep, "bfloat16")
        cumulative = None
        if self.packed:
            cuts = [np.sort(random.choice(np.arange(1, total), self.packed - 1, replace=False)) for total in (n, m)]
            cuts = [cuts[0], cuts[0] if n == m else cuts[1]]
            cumulative = tuple(
                np.concatenate([[0], cut, [total]]).astype(np.int32) for cut, total in zip(cuts, (n, m), strict=True)
            )
        return Options(self.causal, self.window, keep, mask, bias, slopes, cu_seqlens=cumulative, corner=self.corner)

    def _axes(self, axes: Axes) -> tuple[int, ...]:
        pairs = (self.shape.n, self.shape.m)
        return pairs if axes == "pairs" else (self.shape.b, 1 if axes == "members" else self.shape.H, *pairs)


def _mask(random: np.random.Generator, shape: tuple[int, ...]) -> Bools:
    """Half of all pairs, in stretches, and one key of each row."""
    noise = random.random(shape)
    mask: Bools = (noise + np.roll(noise, 1, axis=-1)) / 2 < 0.5
    np.put_along_axis(mask, random.integers(0, shape[-1], size=(*shape[:-1], 1)), True, axis=-1)
    return mask


def _bias(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Between -c and c: so large that a wrong multiple of it decides for another key."""
    return np.round(random.uniform(-0.6, 0.6, size=shape) * TOP * 4) / 4


def case_of(given: Mapping[str, Any]) -> Case:
    """The case that a file describes. Errors: `BadInput`."""
    try:
        fields = dict(given)
        shape = Shape(**{name: int(size) for name, size in fields.pop("shape").items()})
        tuples = {name: tuple(fields.pop(name)) for name in ("seed", "stored")}
        window = fields.pop("window", None)
        case = Case(shape=shape, window=None if window is None else tuple(window), **tuples, **fields)  # type: ignore[arg-type]
        s = case.shape
        numbers = s.b * (s.H * s.n * (s.d + s.v) + s.G * s.m * (s.d + s.v))
        if (
            min(asdict(s).values()) < 1
            or s.H % s.G
            or case.mode not in get_args(Mode)
            or len(case.stored) != len(PACKED)
            or set(case.stored) - set(get_args(Storage))
            or not all(isinstance(part, int) and part >= 0 for part in (*case.seed, case.packed))
            or not all(isinstance(part, int | float) and 0 < part < inf for part in (case.size, case.steep))
            or numbers > LARGEST
            or s.n * s.m > LARGEST
        ):
            raise ValueError(f"shape {s}, mode {case.mode!r}, stored {case.stored}, seed {case.seed}: one of these is none")
        return case
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise BadInput(f"this describes no planted call: {type(error).__name__}: {error}") from None
