"""Calls on which every bit of what rows see is read off: each row has near keys, and all else weighs next to nothing.

A row is near two keys: the one it is *asked* about, and one that it surely sees (its *stay*). With scores T for the first and
T - GAP for the second, the output is nearly the value of the first where it is seen, and that of the second where it is not: in
both cases one key has nearly all the weight, so that rounding moves little even in 16 bits, and one wrong bit of a mask moves
the output from one value to the other (Lemma U). For gradients both score T: each has half the weight, and dS is +-(f - f')/4
there, or 0 where the first is not seen.

Which keys rows are asked about: `inside`, a key that is seen beside one that is not; `outside`, one that is not seen beside one
that is; `spread`, keys that are seen, such that rows and keys meet in every pair of tiles, and the rows of all heads together
leave out no key that is seen by all, if they are enough. `gaussian`, `uniform` and `negative` ask nothing, they are random.

All key heads hold the same keys, each in an order of its own: who reads another head, batch member or layout finds near keys
too, but with other values. What is added to the scores is taken into account: a bias decides, and a wrong multiple of it shows.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

import numpy as np

from attention.options import NONE, Options
from hardlab.conformance.arithmetic import representable
from hardlab.conformance.dense import Reading, meant
from hardlab.kernels.call import PACKED, Call, Storage
from hardlab.kernels.kernel import Dtype
from hardlab.kernels.storing import alike
from instances.bits import Bools, Ints
from instances.coded import Floats

Mode = Literal["inside", "outside", "spread", "gaussian", "uniform", "negative"]
BORDERS: tuple[Mode, ...] = ("inside", "outside")
MODES: tuple[Mode, ...] = (*BORDERS, "spread")

RANDOM: tuple[Mode, ...] = ("gaussian", "uniform")
"""Entries without a plan, as tests draw them: standard normal, and from 0 to 1."""

NEGATIVE = {"float64": 900.0}
"""Where all scores are negative they are about -this, -200 in narrower types: their exponentials are zero."""

GAP = 12.0
"""The second key scores so much less than the first."""

TOP, TOP_OF_GRADIENTS = 26.0, 14.0
"""T."""

STEEP = 2000.0
"""What scores are multiplied by, to 50,000, to outweigh a large number that is taken from hidden ones."""

TILE = 64


@dataclass(frozen=True)
class Shape:
    """b, H, G, n, m, d, v."""

    b: int = 1
    H: int = 1
    G: int = 1
    n: int = 16
    m: int = 16
    d: int = 64
    v: int = 64

    def __str__(self) -> str:
        heads = "" if self.H == 1 else f"H={self.H}," if self.H == self.G else f"H={self.H},G={self.G},"
        batch = "" if self.b == 1 else f"b={self.b},"
        return f"{batch}{heads}n={self.n}" + ("" if self.n == self.m else f",m={self.m}")


@dataclass(frozen=True, eq=False)
class Planted:
    """A call and, for each of b, H, n, the key that the row is asked about and its stay, which may be one and the same."""

    call: Call
    asked: Ints
    stay: Ints
    reading: Reading


def planted(
    shape: Shape,
    mode: Mode,
    random: np.random.Generator,
    dtype: Dtype,
    options: Options = NONE,
    scale: float | None = None,
    gradients: bool = False,
    stored: tuple[Storage, ...] = PACKED,
    size: float = 1.0,
    steep: float = 1.0,
) -> Planted:
    """The call of this mode; `size` is what entries of Q are multiplied by, and those of K divided; `steep` is what all scores
    are multiplied by.
    """
    b, H, G, n, m, d, v = (getattr(shape, name) for name in ("b", "H", "G", "n", "m", "d", "v"))
    scale = 1 / sqrt(d) if scale is None else scale
    base = random.choice([-1.0, 1.0], size=(m, d))
    orders = np.array([[random.permutation(m) for _ in range(G)] for _ in range(b)])
    if "broadcast" in stored[1:3]:
        orders[:] = orders[:1]
    if "shared" in stored[1:3]:
        orders[:] = orders[:, :1]
    top, gap = (TOP_OF_GRADIENTS if gradients else TOP) * steep, GAP * steep
    unit = sqrt(top / (abs(scale) * d))
    K = unit * base[orders]
    V, dO = _signed(random, (b, G, m, v)), _signed(random, (b, H, n, v))
    V[:], dO[:] = alike(V, stored[2]), alike(dO, stored[3])
    call = Call(np.zeros((b, H, n, d)), representable(K / size, dtype), representable(V, dtype), scale, options, None, stored)
    if mode == "negative":
        return _negative(call, random, dtype)
    if mode in RANDOM:
        return _random(call, random.standard_normal if mode == "gaussian" else random.random, dtype, size)
    reading = meant(call)
    Q = np.zeros((b, H, n, d))
    asked, stay = np.zeros((b, H, n), np.int64), np.zeros((b, H, n), np.int64)
    members, turn = 1 if stored[0] == "broadcast" else b, int(random.integers(m))
    for batch, head in np.ndindex(members, H):
        rows, g, start = np.arange(n), head // (H // G), turn + (batch * H + head) * n
        for first in range(0, n, _step(m)):
            these = rows[first : first + _step(m)]
            near, second = _chosen(reading.sees(batch, head, these), mode, these + start, random)
            asked[batch, head, these], stay[batch, head, these] = near, second
            one, two = np.full(len(these), top), np.full(len(these), top if gradients else top - gap)
            if reading.added is not None:
                bias = np.broadcast_to(reading.added(batch, head, these), (len(these), m))
                place = np.arange(len(these))
                one, two = one - bias[place, near], two - bias[place, second]
            two = np.where(near == second, 0.0, two)
            keys = base[orders[batch, g]]
            Q[batch, head, these] = (one[:, None] * keys[near] + two[:, None] * keys[second]) / top * unit * np.sign(scale)
    if members < b:
        Q[:], asked[:], stay[:] = Q[:1], asked[:1], stay[:1]
    given = representable(Q * size, dtype)
    whole = replace(call, Q=given, dO=representable(dO, dtype) if gradients else None)
    return Planted(whole, asked, stay, meant(whole))


def unplanned(call: Call) -> Planted:
    """A call whose rows are asked about nothing: its answer is held against the definition alone."""
    nowhere = np.zeros(call.Q.shape[:3], np.int64)
    return Planted(call, nowhere, nowhere, meant(call))


def _random(call: Call, drawn: Callable[[tuple[int, ...]], Floats], dtype: Dtype, size: float) -> Planted:
    """Operands of independent entries; of standard normal ones scores have the standard deviation `size`."""
    b, H, _, n, _, d, _ = call.sizes
    K, V = (representable(drawn(X.shape), dtype) for X in (call.K, call.V))
    Q = representable(drawn((b, H, n, d)) * size / (abs(call.scale) * sqrt(d)), dtype)
    return unplanned(replace(call, Q=Q, K=K, V=V))


def _negative(call: Call, random: np.random.Generator, dtype: Dtype) -> Planted:
    """Scores far below zero, all of them: nothing is left of a row that is not divided by its own largest exponential."""
    b, H, _, n, _, d, _ = call.sizes
    K = representable(random.uniform(0.5, 1.0, call.K.shape), dtype)
    size = NEGATIVE.get(dtype, 200.0) / (abs(call.scale) * d * 0.75**2)
    Q = representable(-np.sign(call.scale) * size * random.uniform(0.5, 1.0, (b, H, n, d)), dtype)
    return unplanned(replace(call, Q=Q, K=K))


def _signed(random: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Of both signs, from 1 to 2."""
    return random.choice([-1.0, 1.0], size=shape) * random.uniform(1.0, 2.0, size=shape)


def _step(m: int) -> int:
    return max(1, 2**22 // m)


def _chosen(seen: Bools, mode: Mode, turns: Ints, random: np.random.Generator) -> tuple[Ints, Ints]:
    """For each row a key to ask about, and one that is seen: another one if there is one. 0 where none is seen.

    A row whose turn it is to ask key k of tile t has the turn k tiles + t.
    """
    count, m = seen.shape
    noise = random.random((count, m))
    if mode == "spread":
        tiles = -(-m // TILE)
        tile = (turns % tiles)[:, None]
        own = tile * TILE + (turns[:, None] // tiles) % np.minimum(TILE, m - tile * TILE)
        np.put_along_axis(noise, own, 2.0, axis=1)
        near = _first(seen & (np.arange(m) // TILE == tile), seen, noise)
    else:
        border, change = np.zeros(seen.shape, dtype=np.bool_), seen[:, 1:] != seen[:, :-1]
        border[:, 1:] |= change
        border[:, :-1] |= change
        near = _first(border & seen, seen, noise) if mode == "inside" else _first(border & ~seen, seen, noise)
    others = seen.copy()
    np.put_along_axis(others, near[:, None], False, axis=1)
    return near, _first(others, seen, random.random((count, m)))


def _first(wanted: Bools, otherwise: Bools, noise: Floats) -> Ints:
    """A random key of those wanted in each row, or else of the others."""
    has = np.asarray(wanted.any(axis=1))
    from_ = np.where(has[:, None], wanted, otherwise)
    found: Ints = np.where(from_, noise, -1.0).argmax(axis=1)
    return found
