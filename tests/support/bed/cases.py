"""Calls on which kernels are compared with the definition: small, each for what its name says; every row sees a key."""

from dataclasses import dataclass, field, replace
from functools import cache
from math import sqrt
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from tests.support.fake_torch import as_bfloat16

Array = NDArray[Any]


@dataclass(frozen=True)
class Case:
    """Shapes, features and the size of the entries of what is drawn.

    keep: right, left (padding there) or holes. mask, bias: shared (n, m) or each (b, H, n, m). spread: of the entries of Q and
    K. values: of those of V and dO. negative: of all scores. positive: of V. uniform: from [0, 1), not Gaussian. layout:
    packed, transposed (in memory b, n, h, d), offset (columns of a wider array), expanded (one head, or one number of dO, for
    all).
    """

    b: int = 2
    H: int = 4
    G: int = 4
    n: int = 32
    m: int = 32
    d: int = 16
    v: int = 16
    causal: str | None = None
    window: tuple[int | None, int | None] | None = None
    keep: str = ""
    mask: str = ""
    bias: str = ""
    alibi: bool = False
    cu_seqlens: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    spread: float = 1.0
    values: float = 1.0
    negative: bool = False
    positive: bool = False
    uniform: bool = False
    scale: float | None = None
    layout: str = "packed"

    @property
    def features(self) -> frozenset[str]:
        names = ("causal", "window", "keep", "mask", "bias", "alibi", "cu_seqlens")
        more = {"groups": self.G < self.H, "scale": self.scale is not None}
        return frozenset(name for name in (*names, *more) if more.get(name, getattr(self, name, False)))


@dataclass(frozen=True)
class Call:
    """What a kernel is asked: (b, h, n, d) in float64 with values that the dtype holds, and features as `heads` spells them."""

    Q: Array
    K: Array
    V: Array
    dO: Array
    scale: float
    features: dict[str, Any] = field(default_factory=dict)
    layout: str = "packed"


_short = Case(n=21, m=37)
_packed = ((0, 9, 22, 40), (0, 9, 22, 40))
_unequal = ((0, 5, 17, 30), (0, 9, 24, 41))
_late = Case(H=2, G=2, n=720, m=720)

CASES: dict[str, Case] = {
    "dense": Case(),
    "unequal lengths": _short,
    "scale": Case(scale=0.6),
    "grouped": Case(G=2, n=24, m=28),
    "wide values": Case(v=24),
    "twenty columns": Case(d=20, v=20),
    "one row": Case(n=1, m=19),
    "one key": Case(n=7, m=1),
    "one head": Case(b=1, H=1, G=1, n=19, m=70, d=8, v=5),
    "one short head": Case(b=1, H=1, G=1, n=33, m=16, d=20, v=20),
    "one large head": Case(b=1, H=1, G=1, n=19, m=70, d=8, v=5, spread=18.0),
    "long": _late,
    "flat long": Case(b=1, H=2, G=2, n=8, m=1500, spread=0.05, positive=True),
    "large scores": Case(spread=18.0),
    "huge scores": Case(spread=200.0),
    "negative scores": Case(spread=12.0, negative=True),
    "small values": Case(values=1e-4),
    "causal": Case(n=40, m=40, causal="top-left"),
    "causal, more keys": replace(_short, causal="top-left"),
    "causal, more rows": Case(n=37, m=21, causal="top-left"),
    "causal bottom-right": replace(_short, causal="bottom-right"),
    "causal bottom-right grouped": Case(n=13, m=50, G=2, causal="bottom-right"),
    "causal one row": Case(n=1, m=19, causal="top-left"),
    "causal grouped": Case(G=2, n=24, m=24, causal="top-left"),
    "causal large": Case(n=40, m=40, causal="top-left", spread=24.0),
    "causal huge": Case(n=40, m=40, causal="top-left", spread=200.0),
    "causal long": replace(_late, causal="top-left"),
    "window": Case(n=40, m=40, window=(6, 3)),
    "window of one": Case(window=(0, 0)),
    "window open to the left": Case(window=(None, 3)),
    "window causal": Case(n=40, m=40, window=(6, None), causal="top-left"),
    "window bottom-right": replace(_short, window=(6, None), causal="bottom-right"),
    "keep": Case(keep="right"),
    "keep left": Case(keep="left"),
    "keep holes": replace(_short, keep="holes"),
    "mask": replace(_short, mask="shared"),
    "mask square": Case(mask="shared"),
    "mask each": Case(n=24, m=29, mask="each"),
    "mask large": Case(mask="each", spread=18.0),
    "bias": replace(_short, bias="shared"),
    "bias square": Case(bias="shared"),
    "bias each": Case(n=24, m=29, bias="each"),
    "alibi": Case(alibi=True),
    "alibi grouped": Case(G=2, alibi=True),
    "alibi, more keys": replace(_short, alibi=True),
    "alibi causal": Case(alibi=True, causal="top-left"),
    "alibi bottom-right": replace(_short, alibi=True, causal="bottom-right"),
    "packed": Case(b=1, n=40, m=40, cu_seqlens=_packed),
    "packed unequal": Case(b=1, n=30, m=41, cu_seqlens=_unequal),
    "packed causal": Case(b=1, n=40, m=40, cu_seqlens=_packed, causal="bottom-right"),
    "packed bottom-right": Case(b=1, n=30, m=41, G=2, cu_seqlens=_unequal, causal="bottom-right"),
    "together": replace(_short, G=2, causal="bottom-right", keep="holes", mask="each", bias="each", alibi=True, scale=0.3),
    "transposed": replace(_short, layout="transposed"),
    "transposed square": Case(layout="transposed"),
    "offset": replace(_short, layout="offset"),
    "expanded": replace(_short, layout="expanded"),
}


def rounded(X: Array, dtype: str) -> Array:
    """The nearest numbers of the dtype, in float64."""
    return np.asarray((as_bfloat16(X) if dtype == "bfloat16" else X.astype(dtype)).astype(np.float64))


@cache
def drawn(name: str, dtype: str) -> Call:
    """The call of that name, the same each time."""
    return draw(CASES[name], dtype, crc32(name.encode()))


def draw(case: Case, dtype: str, seed: int) -> Call:
    """A call of such a kind."""
    random = np.random.default_rng(seed)
    b, H, G, n, m = case.b, case.H, case.G, case.n, case.m

    def entries(h: int, rows: int, columns: int, size: float) -> Array:
        shape = (b, h, rows, columns)
        X = size * (random.random(shape) if case.uniform else random.standard_normal(shape))
        return rounded(np.broadcast_to(X[:, :1], X.shape) if case.layout == "expanded" else X, dtype)

    Q, K = entries(H, n, case.d, case.spread), entries(G, m, case.d, case.spread)
    V, dO = entries(G, m, case.v, case.values), entries(H, n, case.v, case.values)
    if case.negative:
        Q, K = np.abs(Q), -np.abs(K)
    if case.positive:
        V = np.abs(V)
    if case.layout == "expanded":
        dO = np.ones_like(dO)
    features: dict[str, Any] = {name: getattr(case, name) for name in ("causal", "window") if getattr(case, name)}
    if case.keep:
        features["keep"] = _kept(case, random)
    if case.mask:
        mask = random.random(_shape(case, case.mask)) < 0.6
        mask[..., 0] = True
        features["mask"] = mask
    if case.bias:
        features["bias"] = rounded(2 * random.standard_normal(_shape(case, case.bias)), dtype)
    if case.alibi:
        features["alibi"] = rounded(np.linspace(0.9, 0.05, H) ** 2, "bfloat16")
    if case.cu_seqlens:
        features["cu_seqlens"] = tuple(np.array(lengths, np.int64) for lengths in case.cu_seqlens)
    scale = 1 / sqrt(case.d) if case.scale is None else case.scale
    return Call(Q, K, V, dO, scale, features, case.layout)


def _shape(case: Case, which: str) -> tuple[int, ...]:
    return (case.n, case.m) if which == "shared" else (case.b, case.H, case.n, case.m)


def _kept(case: Case, random: np.random.Generator) -> Array:
    """Booleans (b, m): a third of the keys and more is padding."""
    if case.keep == "holes":
        keep = random.random((case.b, case.m)) < 0.6
        keep[:, 0] = True
        return keep
    prefix = np.arange(case.m) < case.m - case.m // 3 - 2 * np.arange(case.b)[:, None]
    return prefix if case.keep == "right" else prefix[:, ::-1].copy()
