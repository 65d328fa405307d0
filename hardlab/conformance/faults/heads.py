"""Faults of which head and batch member is read, of the scale, and of operands whose memory is misread."""

from collections.abc import Iterator
from dataclasses import replace
from math import e, log, log2, sqrt
from typing import Any

import numpy as np

from hardlab.conformance.dense import Reading
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults.told import Fault, call_of, reread
from hardlab.kernels.storing import read_as_packed, stored
from instances.bits import Ints
from instances.coded import Floats


def of_heads(evidence: Evidence) -> Iterator[Fault]:
    yield from _maps(evidence)
    yield from _scales(evidence)
    yield from _memory(evidence)


def _maps(evidence: Evidence) -> Iterator[Fault]:
    reading = evidence.reading
    b, H, G, *_ = call_of(evidence).sizes
    right = reading.keys_of
    for sentence, wrong in _wrong_maps(b, H, G):
        if (wrong == right).all():
            continue
        yield reread(sentence.format(what="key"), evidence, replace(reading, keys_of=wrong, values_of=wrong))
        yield reread(f"{sentence.format(what='key')}, but the values are right", evidence, replace(reading, keys_of=wrong))
        yield reread(f"{sentence.format(what='value')}, but the keys are right", evidence, replace(reading, values_of=wrong))


def _wrong_maps(b: int, H: int, G: int) -> Iterator[tuple[str, Ints]]:
    x, h = np.meshgrid(np.arange(b), np.arange(H), indexing="ij")
    g = h // (H // G)
    yield "query head h reads {what} head h mod Hkv instead of floor(h/r)", np.stack([x, h % G], axis=2)
    yield "all query heads read {what} head 0", np.stack([x, 0 * g], axis=2)
    yield "query heads read the {what} heads in reverse order", np.stack([x, G - 1 - g], axis=2)
    yield "query heads read the next {what} head", np.stack([x, (g + 1) % G], axis=2)
    yield "query heads read the {what} head before", np.stack([x, (g - 1) % G], axis=2)
    yield "query head h reads {what} head floor((h+1)/r)", np.stack([x, (h + 1) // (H // G) % G], axis=2)
    yield "query head h reads {what} head min(h, Hkv - 1)", np.stack([x, np.minimum(h, G - 1)], axis=2)
    yield "all batch members read the {what}s of batch member 0", np.stack([0 * x, g], axis=2)
    yield "batch members read the {what}s of the next one", np.stack([(x + 1) % b, g], axis=2)
    yield "batch members read the {what}s of the one before", np.stack([(x - 1) % b, g], axis=2)
    yield "all read the {what}s of head 0 of batch member 0", np.stack([0 * x, 0 * g], axis=2)


def _scales(evidence: Evidence) -> Iterator[Fault]:
    scale, d, v = evidence.reading.scale, call_of(evidence).sizes[5], call_of(evidence).sizes[6]
    scales = {
        "there is no scale: scores are not divided by sqrt(d)": 1.0,
        "the scale is 1/d": 1 / d,
        "the scale is 1/sqrt(d), not the one that is given": 1 / sqrt(d),
        "the scale is 1/sqrt(v), of the width of V": 1 / sqrt(v),
        "the scale is applied twice": scale * abs(scale),
        "only the root of the scale is applied": sqrt(abs(scale)),
        "exponentials are in base 2: a factor log2(e) is missing": scale * log(2),
        "a factor log2(e) too many is in the scores": scale * log2(e),
        "scores have the wrong sign": -scale,
        "the scale is twice too large": 2 * scale,
        "the scale is half as large": scale / 2,
        "the scale is multiplied instead of divided": 1 / scale,
    }
    for sentence, other in scales.items():
        if abs(other - scale) > 1e-6 * abs(scale):
            yield reread(sentence, evidence, replace(evidence.reading, scale=other))


def _memory(evidence: Evidence) -> Iterator[Fault]:
    call, reading = call_of(evidence), evidence.reading
    for name, X, word in zip(("Q", "K", "V", "dO"), call.operands, call.stored, strict=False):
        if word != "packed":
            misread = read_as_packed(stored(X, word))
            yield reread(f"{name} is read as if it were packed", evidence, _with(reading, name, misread))
            if word in ("offset", "reversed"):
                whole = read_as_packed(stored(X, word), from_start=True)
                sentence = f"{name} is read from the beginning of the array that it is a part of"
                yield reread(sentence, evidence, _with(reading, name, whole))
            if word in ("transposed", "columns"):
                axes = (1, 2) if word == "transposed" else (2, 3)
                if X.shape[axes[0]] == X.shape[axes[1]]:
                    yield reread(f"{name} is read transposed", evidence, _with(reading, name, X.swapaxes(*axes)))


def _with(reading: Reading, name: str, X: Floats) -> Reading:
    """The reading with another Q, K, V or dO."""
    changed: dict[str, Any] = {name: X}
    return replace(reading, **changed)
