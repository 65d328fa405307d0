"""Faults of what rows see and of what is added to scores."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from hardlab.conformance.dense import Sees, Sight
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.added import wrongly_added
from hardlab.conformance.faults.told import Fault, call_of, reread, sees
from instances.bits import Bools, Ints

TILES = (8, 16, 32, 64, 128)


def of_sight(evidence: Evidence) -> Iterator[Fault]:
    """Each in the whole kernel and, of gradients, in the backward pass alone."""
    for sentence, seeing in _sights(evidence):
        if evidence.part != "output":
            for kept in (False, True):
                reading = replace(evidence.reading, backward=seeing, by_kept_sums=kept)
                yield reread(f"in the backward pass {sentence}", evidence, reading)
        yield reread(sentence, evidence, replace(evidence.reading, sees=seeing))
    for sentence, adding in wrongly_added(evidence):
        yield reread(sentence, evidence, replace(evidence.reading, added=adding))


def _sights(evidence: Evidence) -> Iterator[tuple[str, Sees]]:
    call = call_of(evidence)
    sight, o = Sight.of(call), call.options
    n, m = sight.n, sight.m
    if o.causal:
        if n != m or o.cu_seqlens is not None:
            yield (
                f"the causal mask is aligned {sight.other}",
                sees(replace(sight, bottom_right=not sight.bottom_right)),
            )
            if n != m:
                for by in (-1, 1):
                    name = f"the causal diagonal is off by {abs(by)} to the {'left' if by < 0 else 'right'}"
                    yield name, sees(replace(sight, right=by, left=None if sight.left is None else sight.left - by))
        yield "the causal mask is ignored", sees(replace(sight, right=None))
        yield "the causal mask is strict: the diagonal is hidden", sees(replace(sight, right=-1))
        yield "one key too many is visible behind the causal diagonal", sees(replace(sight, right=1))
        yield (
            "the causal mask is turned round: rows see the keys from the diagonal on",
            sees(replace(sight, left=0, right=None)),
        )
        if o.window is None:
            yield (
                "the causal mask is strict and turned round: rows see the keys behind the diagonal",
                sees(replace(sight, left=-1, right=None)),
            )
        for tile in TILES:
            yield f"the causal mask is rounded up to tiles of {tile} keys", _tiled(sight, tile, rows=False)
            yield (
                f"the causal mask is that of tiles of {tile} rows: rows see as much as the last of their tile",
                _tiled(sight, tile, rows=True),
            )
    if o.window is not None:
        yield from _windows(sight)
    if o.keep is not None:
        yield from _kept(sight)
    if o.mask is not None:
        yield from _masked(sight)
    if o.cu_seqlens is not None:
        yield from _packed(sight)
    for tile in TILES[:4]:
        if sight.m % tile and sight.m > tile and (o.causal or o.keep is not None or o.mask is not None):
            yield f"masks are not looked at beyond the last full block of {tile} keys", _beyond(sight, tile)
    if o.causal and (o.keep is not None or o.mask is not None):
        yield "behind the causal mask the other mask is ignored", sees(replace(sight, keep=None, mask=None))


def _beyond(sight: Sight, tile: int) -> Sees:
    def of(batch: int, head: int, rows: Ints) -> Bools:
        found: Bools = sees(sight)(batch, head, rows) | (np.arange(sight.m) >= sight.m // tile * tile)
        return found

    return of


def _tiled(sight: Sight, tile: int, rows: bool) -> Sees:
    def of(batch: int, head: int, these: Ints) -> Bools:
        last = these // tile * tile + tile - 1 if rows else these
        diagonal = sight.diagonal(these) + (last - these)
        stop = diagonal + 1 if rows else (diagonal // tile + 1) * tile
        everything = sees(replace(sight, right=None))(batch, head, these)
        found: Bools = everything & (np.arange(sight.m) < stop[:, None])
        return found

    return of


def _windows(sight: Sight) -> Iterator[tuple[str, Sees]]:
    left, right = sight.left, sight.right
    if sight.n != sight.m or sight.queries is not None:
        yield f"the window is aligned {sight.other}", sees(replace(sight, bottom_right=not sight.bottom_right))
    yield "the window is ignored", sees(replace(sight, left=None, right=0 if right == 0 else None))
    yield "the window is ignored, on both sides", sees(replace(sight, left=None, right=None))
    if left is not None:
        yield "the window reaches one key too far to the left", sees(replace(sight, left=left + 1))
        yield "the window ends one key too early on the left", sees(replace(sight, left=left - 1))
        yield "the left side of the window is ignored", sees(replace(sight, left=None))
        yield "the window is open on both sides alike, as if right were left", sees(replace(sight, right=left))
        yield "the window is closed on the right", sees(replace(sight, right=0))
        for tile in TILES:
            yield f"the left side of the window is rounded to tiles of {tile} keys", _left_tiled(sight, tile)
    if right is not None:
        yield "the window reaches one key too far to the right", sees(replace(sight, right=right + 1))
        yield "the window ends one key too early on the right", sees(replace(sight, right=right - 1))
        yield "the right side of the window is ignored", sees(replace(sight, right=None))
    if left is not None and right is not None:
        yield "the sides of the window are exchanged", sees(replace(sight, left=right, right=left))
        for by in (-1, 1):
            towards = "left" if by < 0 else "right"
            yield f"the window is shifted by one key to the {towards}", sees(replace(sight, left=left - by, right=right + by))
        yield "the window is one key too wide on both sides", sees(replace(sight, left=left + 1, right=right + 1))
        yield "the window is one key too narrow on both sides", sees(replace(sight, left=left - 1, right=right - 1))


def _left_tiled(sight: Sight, tile: int) -> Sees:
    def of(batch: int, head: int, rows: Ints) -> Bools:
        assert sight.left is not None
        start = (sight.diagonal(rows) - sight.left) // tile * tile
        found: Bools = sees(replace(sight, left=None))(batch, head, rows) & (np.arange(sight.m) >= start[:, None])
        return found

    return of


def _kept(sight: Sight) -> Iterator[tuple[str, Sees]]:
    assert sight.keep is not None
    keep = sight.keep
    yield "the padding mask is ignored", sees(replace(sight, keep=None))
    yield "the padding mask is inverted", sees(replace(sight, keep=~keep))
    yield "the padding mask of batch member 0 is used for all", sees(replace(sight, keep=np.broadcast_to(keep[:1], keep.shape)))
    yield "the padding mask of the next batch member is used", sees(replace(sight, keep=np.roll(keep, -1, axis=0)))
    yield "one padded key too many is visible", sees(replace(sight, keep=keep | np.roll(keep, 1, axis=1)))
    yield "the last key that is kept is hidden", sees(replace(sight, keep=keep & np.roll(keep, -1, axis=1)))
    yield "the padding mask is shifted by one key to the right", sees(replace(sight, keep=np.roll(keep, 1, axis=1)))
    yield "the padding mask is shifted by one key to the left", sees(replace(sight, keep=np.roll(keep, -1, axis=1)))


def _masked(sight: Sight) -> Iterator[tuple[str, Sees]]:
    assert sight.mask is not None
    mask, shape = sight.mask, sight.mask.shape
    yield "the mask is ignored", sees(replace(sight, mask=None))
    yield "the mask is inverted", sees(replace(sight, mask=~mask))
    yield "the mask of head 0 is used for all heads", sees(replace(sight, mask=np.broadcast_to(mask[:, :1], shape)))
    yield "the mask of batch member 0 is used for all", sees(replace(sight, mask=np.broadcast_to(mask[:1], shape)))
    yield (
        "the mask of head 0 of batch member 0 is used for all",
        sees(replace(sight, mask=np.broadcast_to(mask[:1, :1], shape))),
    )
    yield "row 0 of the mask is used for all rows", sees(replace(sight, mask=np.broadcast_to(mask[:, :, :1], shape)))
    if shape[2] == shape[3]:
        yield "the mask is transposed", sees(replace(sight, mask=mask.swapaxes(2, 3)))
    for axis, what in ((2, "row"), (3, "key")):
        for by in (1, -1):
            yield f"the mask is shifted by one {what}", sees(replace(sight, mask=np.roll(mask, by, axis=axis)))
    yield "the mask is read in another order of memory", sees(replace(sight, mask=mask.swapaxes(2, 3).reshape(shape)))


def _packed(sight: Sight) -> Iterator[tuple[str, Sees]]:
    yield "the borders of the packed sequences are ignored", sees(replace(sight, queries=None, keys=None))
    assert sight.queries is not None
    assert sight.keys is not None
    changes = {
        "sequences see one key too many in front": (-1, 0),
        "sequences lack their first key": (1, 0),
        "sequences see one key too many at their end": (0, 1),
        "sequences lack their last key": (0, -1),
        "the borders of the keys are off by one to the right": (1, 1),
        "the borders of the keys are off by one to the left": (-1, -1),
    }
    for sentence, (first, last) in changes.items():
        yield sentence, _borders(sight, first, last)
    yield (
        "the borders of the packed sequences are those of the first two",
        sees(replace(sight, queries=_first_two(sight.queries), keys=_first_two(sight.keys))),
    )


def _first_two(cumulative: Ints) -> Ints | None:
    return None if len(cumulative) < 3 else np.array([0, cumulative[1], cumulative[-1]])


def _borders(sight: Sight, first: int, last: int) -> Sees:
    inside = sees(replace(sight, queries=None, keys=None, left=None, right=None))

    def of(batch: int, head: int, rows: Ints) -> Bools:
        _, _, start, end = sight.bounds(rows)
        j, diagonal = np.arange(sight.m), sight.diagonal(rows)[:, None]
        found: Bools = inside(batch, head, rows) & (j >= start[:, None] + first) & (j < end[:, None] + last)
        if sight.right is not None:
            found &= j <= diagonal + sight.right
        return found if sight.left is None else found & (j >= diagonal - sight.left)

    return of
