"""Faults of what is added to scores: a bias, and the slopes of ALiBi."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from math import e, log, log2

import numpy as np

from hardlab.conformance.dense import Added, Sight, added
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.told import call_of
from instances.bits import Ints
from instances.coded import Floats

TILES = (8, 16, 32, 64)


def wrongly_added(evidence: Evidence) -> Iterator[tuple[str, Added | None]]:
    call, reading = call_of(evidence), evidence.reading
    o, given = call.options, reading.added
    if given is None:
        return
    b, H, _, n, m, d, _ = call.sizes
    what = "the bias" if o.alibi is None else "ALiBi"
    yield f"{what} is ignored", None
    factors = {
        "is subtracted": -1.0,
        "is multiplied by the scale": call.scale,
        "is divided by the scale": 1 / call.scale,
        "is multiplied by 1/sqrt(d)": d**-0.5,
        "is multiplied by log2(e), as exponentials in base 2 have it": log2(e),
        "is multiplied by ln(2): exponentials are in base 2": log(2),
        "is halved": 0.5,
        "is doubled": 2.0,
    }
    for sentence, factor in factors.items():
        yield f"{what} {sentence}", _times(given, factor)
    for tile in TILES:
        if m % tile and m > tile:
            yield f"{what} is not added beyond the last full block of {tile} keys", _cut(given, m, tile)
    if o.bias is not None:
        bias = np.broadcast_to(np.asarray(o.bias, dtype=np.float64), (b, H, n, m))
        others = {
            "of head 0 is used for all heads": bias[:, :1],
            "of batch member 0 is used for all": bias[:1],
            "of head 0 of batch member 0 is used for all": bias[:1, :1],
            "of row 0 is used for all rows": bias[:, :, :1],
            "is shifted by one row": np.roll(bias, 1, axis=2),
            "is shifted by one key": np.roll(bias, 1, axis=3),
        }
        if n == m:
            others["is transposed"] = bias.swapaxes(2, 3)
        for sentence, changed in others.items():
            yield f"the bias {sentence}", _table(np.broadcast_to(changed, bias.shape))
    if o.alibi is not None:
        slopes = np.broadcast_to(np.asarray(o.alibi, dtype=np.float64), (H,))
        usual = 2.0 ** (-8.0 * np.arange(1, H + 1) / H)
        heads = {
            "the slope of head 0 is used for all heads": np.broadcast_to(slopes[:1], (H,)),
            "each head has the slope of the next one": np.roll(slopes, -1),
            "each head has the slope of the one before": np.roll(slopes, 1),
            "the slopes of the heads are in reverse order": slopes[::-1],
            "the slopes that were given are not used, but 2^(-8 h/H)": usual,
        }
        for sentence, changed in heads.items():
            yield f"ALiBi: {sentence}", added(replace(call, options=replace(o, alibi=changed)))
        corner = Sight.of(call).other
        other = replace(o, causal=o.causal and corner, corner=corner)
        yield "ALiBi: distances are counted from the other corner", added(replace(call, options=other))
        yield (
            "ALiBi: distances keep their signs, so that keys behind the diagonal gain",
            _signed(given, slopes, Sight.of(call), m),
        )


def _times(given: Added, factor: float) -> Added:
    return lambda batch, head, rows: factor * given(batch, head, rows)


def _cut(given: Added, m: int, tile: int) -> Added:
    return lambda batch, head, rows: np.where(np.arange(m) < m // tile * tile, given(batch, head, rows), 0.0)


def _signed(given: Added, slopes: Floats, sight: Sight, m: int) -> Added:
    def of(batch: int, head: int, rows: Ints) -> Floats:
        behind = np.maximum(np.arange(m) - sight.diagonal(rows)[:, None], 0)
        tilted: Floats = given(batch, head, rows) + 2 * slopes[head] * behind
        return tilted

    return of


def _table(bias: Floats) -> Added:
    return partial(_of_table, bias)


def _of_table(bias: Floats, batch: int, head: int, rows: Ints) -> Floats:
    found: Floats = bias[batch, head, rows]
    return found
