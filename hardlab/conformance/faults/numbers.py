"""Faults of the numbers themselves: what is normalised, left out, stored elsewhere or not written."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from hardlab.conformance.dense import Sees
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.told import Fault, reread
from instances.bits import Bools, Ints
from instances.coded import Floats

TILES = (8, 16, 32, 64, 128, 256)


def of_numbers(evidence: Evidence) -> Iterator[Fault]:
    yield Fault("zeros are given", lambda: np.zeros(evidence.given.shape))
    yield from _keys_left_out(evidence)
    yield from _places(evidence)
    if evidence.part == "output":
        yield from _weights(evidence)
        yield from _rows(evidence)
    yield Fault("no numbers are given (NaN or infinities)", partial(_odd, evidence))


def _keys_left_out(evidence: Evidence) -> Iterator[Fault]:
    reading, m = evidence.reading, evidence.reading.K.shape[2]
    wholes: dict[str, Bools] = {
        "the last key is never seen": np.arange(m) < m - 1,
        "the first key is never seen": np.arange(m) > 0,
    }
    for tile in TILES:
        if m % tile and m > tile:
            wholes[f"the keys behind the last full block of {tile} are left out"] = np.arange(m) < m // tile * tile
        if m > tile:
            wholes[f"the first block of {tile} keys is left out"] = np.arange(m) >= tile
            wholes[f"only the first block of {tile} keys is seen"] = np.arange(m) < tile
    for sentence, kept in wholes.items():
        yield reread(sentence, evidence, replace(reading, sees=_only(reading.sees, kept)))
    near = _asked(evidence)
    if near is not None:
        low, high = int(near.min()), int(near.max())
        if low == high:
            kept = np.arange(m) != low
            yield reread(f"key {low} is never seen", evidence, replace(reading, sees=_only(reading.sees, kept)))
        elif high - low < m // 2:
            kept = (np.arange(m) < low) | (np.arange(m) > high)
            yield reread(f"keys about {low} to {high} are not seen", evidence, replace(reading, sees=_only(reading.sees, kept)))
    n = reading.Q.shape[2]
    if n < m:
        few = replace(reading, sees=_only(reading.sees, np.arange(m) < n))
        yield reread("only as many keys are seen as there are queries", evidence, few)


def _asked(evidence: Evidence) -> Ints | None:
    """The keys that wrong rows were asked about."""
    if evidence.part == "dQ" or evidence.part == "output":
        found: Ints = evidence.planted.asked[evidence.wrong.any(axis=3)]
        return found if found.size else None
    return None


def _only(sees: Sees, kept: Bools) -> Sees:
    return lambda batch, head, rows: sees(batch, head, rows) & kept


def _places(evidence: Evidence) -> Iterator[Fault]:
    """The right numbers in other places."""
    whole = evidence.expected if np.isfinite(evidence.expected).all() else None
    if whole is None:
        return
    b, h = whole.shape[:2]
    part = evidence.part
    in_fortran = np.ravel(whole, order="F").reshape(whole.shape)
    yield Fault(f"{part} is stored in Fortran order", lambda: in_fortran)
    yield Fault(f"{part} is stored as (b, n, h, d)", lambda: whole.swapaxes(1, 2).reshape(whole.shape))
    yield Fault(f"{part} is stored as (b, h, d, n)", lambda: whole.swapaxes(2, 3).reshape(whole.shape))
    yield Fault(f"row i of {part} is that of row i + 1", lambda: np.roll(whole, -1, axis=2))
    yield Fault(f"row i of {part} is that of row i - 1", lambda: np.roll(whole, 1, axis=2))
    yield Fault(f"the rows of {part} are in reverse order", lambda: whole[:, :, ::-1])
    yield Fault(f"the columns of {part} are in reverse order", lambda: whole[..., ::-1])
    if h > 1:
        yield Fault(f"head 0 of {part} is given for all heads", lambda: np.broadcast_to(whole[:, :1], whole.shape))
        yield Fault(f"the heads of {part} are shifted by one", lambda: np.roll(whole, 1, axis=1))
        yield Fault(f"the heads of {part} are shifted by one the other way", lambda: np.roll(whole, -1, axis=1))
    if b > 1:
        yield Fault(f"batch member 0 of {part} is given for all", lambda: np.broadcast_to(whole[:1], whole.shape))
        yield Fault(f"the batch members of {part} are shifted by one", lambda: np.roll(whole, 1, axis=0))
    yield Fault(f"entries of {part} that are small are given as zero", partial(_small, evidence))


def _small(evidence: Evidence) -> Floats:
    """Zero where zero was given, if larger entries are right."""
    zero = evidence.given == 0
    if not zero.any() or not (zero | ~evidence.wrong).all():
        return evidence.expected
    least = np.abs(evidence.expected[~zero]).min(initial=np.inf)
    return np.where(np.abs(evidence.expected) <= least, 0.0, np.nan)


def _shifted(scores: Floats) -> Floats:
    """exp(score - peak), 0 where a key is not seen."""
    found: Floats = np.exp(scores - scores.max(axis=1, keepdims=True))
    return found


def _share(numbers: Floats, more: Floats | float = 0.0) -> Floats:
    found: Floats = numbers / (numbers.sum(axis=1, keepdims=True) + more)
    return found


WEIGHTS: Mapping[str, Callable[[Floats], Floats]] = {
    "the output is the mean of the visible values": lambda scores: _share(np.isfinite(scores).astype(np.float64)),
    "weights are not normalised: exponentials less the row's maximum are summed": _shifted,
    "weights are normalised by the number of keys": lambda scores: _shifted(scores) / scores.shape[1],
    "weights are the square of those of softmax": lambda scores: _share(_shifted(scores)) ** 2,
    "the row's largest weight takes all": lambda scores: (scores == scores.max(axis=1, keepdims=True)).astype(np.float64),
    "one key too many, of score 0, is in the denominator": lambda scores: _share(
        _shifted(scores), np.exp(-scores.max(axis=1, keepdims=True))
    ),
    "1 is added to the sum of weights": lambda scores: _share(_shifted(scores), 1.0),
}
"""What takes the place of P, from the scores, which are minus infinity where a key is not seen."""


def _by_blocks(tile: int, scores: Floats) -> Floats:
    blocks = [_share(_shifted(scores[:, first : first + tile])) for first in range(0, scores.shape[1], tile)]
    return np.nan_to_num(np.hstack(blocks)) / len(blocks)


def _twice(tile: int, scores: Floats) -> Floats:
    m = scores.shape[1]
    again = (np.arange(m) >= m - tile) & (np.arange(m) < m // tile * tile)
    return _share(_shifted(scores) * np.where(again, 2.0, 1.0))


def _weights(evidence: Evidence) -> Iterator[Fault]:
    for sentence, made in WEIGHTS.items():
        yield Fault(sentence, partial(_weighted, evidence, made))
    for tile in TILES:
        if tile < evidence.reading.K.shape[2]:
            sentence = f"each block of {tile} keys is normalised by itself, and the answers are averaged"
            yield Fault(sentence, partial(_weighted, evidence, partial(_by_blocks, tile)))
        if evidence.reading.K.shape[2] % tile and tile < evidence.reading.K.shape[2]:
            sentence = f"the last block of {tile} keys begins early, and keys count twice"
            yield Fault(sentence, partial(_weighted, evidence, partial(_twice, tile)))
    yield Fault("softmax runs over the queries instead of the keys", partial(_over_queries, evidence))


def _weighted(evidence: Evidence, made: Callable[[Floats], Floats]) -> Floats:
    reading = evidence.reading
    found = np.full(evidence.given.shape, np.nan)
    wrong = evidence.rows
    for batch, head in np.ndindex(*wrong.shape[:2]):
        rows = np.flatnonzero(wrong[batch, head])
        if len(rows):
            with np.errstate(all="ignore"):
                scores = reading.scale * reading.Q[batch, head][rows] @ reading.K[tuple(reading.keys_of[batch, head])].T
                if reading.added is not None:
                    scores = scores + reading.added(batch, head, rows)
                scores = np.where(reading.sees(batch, head, rows), scores, -np.inf)
                found[batch, head, rows] = made(scores) @ reading.V[tuple(reading.values_of[batch, head])]
    return found


def _over_queries(evidence: Evidence) -> Floats:
    reading, found = evidence.reading, np.full(evidence.given.shape, np.nan)
    n, m = reading.Q.shape[2], reading.K.shape[2]
    if n * m > 2**20:
        return found
    rows = np.arange(n)
    for batch, head in np.ndindex(*found.shape[:2]):
        with np.errstate(all="ignore"):
            scores = reading.scale * reading.Q[batch, head] @ reading.K[tuple(reading.keys_of[batch, head])].T
            scores = np.where(reading.sees(batch, head, rows), scores, -np.inf)
            weights = np.exp(scores - scores.max(axis=0, keepdims=True))
            weights = np.nan_to_num(weights / weights.sum(axis=0, keepdims=True))
        found[batch, head] = weights @ reading.V[tuple(reading.values_of[batch, head])]
    return found


def _rows(evidence: Evidence) -> Iterator[Fault]:
    """What takes the place of rows."""
    reading, n = evidence.reading, evidence.given.shape[2]
    for tile in TILES:
        if n % tile and n > tile and np.isfinite(evidence.expected).all():
            whole, last = evidence.expected, n // tile * tile
            repeated = whole[:, :, np.where(np.arange(n) < last, np.arange(n), np.arange(n) - tile)]
            yield Fault(f"the rows behind the last full block of {tile} repeat those before", partial(np.array, repeated))
    if reading.V.shape[2] >= n:
        values = np.array(
            [
                [reading.V[tuple(reading.values_of[x, h])][:n] for h in range(evidence.given.shape[1])]
                for x in range(evidence.given.shape[0])
            ]
        )
        yield Fault("the output of row i is value i", partial(np.array, values))


def _odd(evidence: Evidence) -> Floats:
    """The numbers given themselves, where they are none."""
    return np.where(np.isfinite(evidence.given), np.nan, evidence.given)
