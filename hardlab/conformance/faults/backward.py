"""Faults of a backward pass: of what dQ, dK and dV are made."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

import numpy as np

from hardlab.conformance.dense import Reading
from hardlab.conformance.evidence import PARTS, Evidence
from hardlab.conformance.faults.told import Fault, call_of, reread
from instances.bits import Bools, Ints
from instances.coded import Floats


def _right(P: Floats, f: Floats) -> Floats:
    return P * (f - _delta(P, f))


SENSITIVITIES: Mapping[str, Callable[[Floats, Floats], Floats]] = {
    "delta is dropped: dS is P times <dO, V>": lambda P, f: P * f,
    "delta is added, not subtracted": lambda P, f: P * (f + _delta(P, f)),
    "delta is the mean of <dO, V>": lambda P, f: P * (f - f.mean(axis=1, keepdims=True)),
    "delta is not that of the row but of the next one": lambda P, f: P * (f - np.roll(_delta(P, f), -1, axis=0)),
    "dS lacks the weights P": lambda P, f: f - _delta(P, f),
    "the weights P stand in the place of dS": lambda P, f: P,
}
"""What takes the place of dS, from P and f = <dO, V>."""


def of_backward(evidence: Evidence) -> Iterator[Fault]:
    reading, part, right = evidence.reading, evidence.part, evidence.expected
    _, H, G, n, m, _, _ = call_of(evidence).sizes
    if part in ("dQ", "dK"):
        yield from _of_scores(evidence, n == m)
    else:
        yield Fault("dV is that of weights that are not normalised", partial(_unnormalised, evidence))
        yield Fault("dV is made of V instead of dO", partial(_of_values, evidence))
        if n == m:
            yield Fault("P is not transposed in dV", partial(_transposed_weights, evidence))
    if part != "dQ":
        yield from _rows_left_out(evidence, n)
    if part != "dQ" and H != G:
        r = H // G
        yield Fault(f"{part} is the mean over the heads of a group, not their sum", lambda: right / r)
        for which, name in ((0, "first"), (r - 1, "last")):
            yield Fault(f"{part} holds the {name} head of each group alone", partial(_one_of_group, evidence, which))
        yield Fault(f"{part} of the heads goes to key head h mod Hkv", partial(_interleaved, evidence))
    if reading.added is not None:
        yield Fault("what is added to the scores is ignored in the backward pass", partial(_without_added, evidence))
    factors = {"has the wrong sign": -1.0, "is twice too large": 2.0, "is half as large": 0.5, "is zero": 0.0}
    for sentence, factor in factors.items():
        yield Fault(f"{part} {sentence}", partial(np.multiply, right, factor))
    for kept in (False, True):
        unmasked = replace(reading, backward=partial(_everything, m), by_kept_sums=kept)
        yield reread("the backward pass ignores the mask", evidence, unmasked)


def _rows_left_out(evidence: Evidence, n: int) -> Iterator[Fault]:
    """Of sums over rows."""
    reading, part = evidence.reading, evidence.part
    assert reading.dO is not None
    for tile in (1, 16, 32, 64, 128, 256, 512, 1024):
        for first in {tile, n // tile * tile if n % tile else n - 1}:
            if 0 < first < n:
                dO = np.where(np.arange(n)[:, None] < first, reading.dO, 0.0)
                yield reread(f"rows from {first} on do not enter {part}", evidence, replace(reading, dO=dO))


def _of_scores(evidence: Evidence, square: bool) -> Iterator[Fault]:
    """Of dQ and dK."""
    reading, part, right = evidence.reading, evidence.part, evidence.expected
    for sentence, made in SENSITIVITIES.items():
        yield Fault(sentence, partial(_changed, evidence, made))
    yield Fault(f"{part} lacks the scale", lambda: right / reading.scale)
    yield Fault(f"the scale is applied twice to {part}", lambda: right * reading.scale)
    if reading.Q.shape == reading.K.shape:
        yield Fault("dQ and dK are exchanged", lambda: reading.gradients()[1 if part == "dQ" else 0])
    if square:
        transposed = "dS is not transposed in dK" if part == "dK" else "dS is transposed in dQ"
        yield Fault(transposed, partial(_changed, evidence, lambda P, f: _right(P, f).T))
        own, other = ("Q", "K") if part == "dQ" else ("K", "Q")
        yield Fault(f"{part} is made of {own} instead of {other}", partial(_with_own, reading, part))


def _everything(m: int, batch: int, head: int, rows: Ints) -> Bools:
    return np.ones((len(rows), m), dtype=np.bool_)


def _delta(P: Floats, f: Floats) -> Floats:
    found: Floats = (P * f).sum(axis=1, keepdims=True)
    return found


def _heads(reading: Reading) -> Iterator[tuple[int, int, Floats, Floats, Floats]]:
    """Batch, head, P, f and dO of each head."""
    assert reading.dO is not None
    rows = np.arange(reading.Q.shape[2])
    for batch, head in np.ndindex(*reading.Q.shape[:2]):
        dO = reading.dO[batch, head]
        P = reading.weights(batch, head, rows, reading.backward)
        yield batch, head, P, dO @ reading.V[tuple(reading.values_of[batch, head])].T, dO


def _changed(evidence: Evidence, made: Callable[[Floats, Floats], Floats]) -> Floats:
    """dQ or dK with something else in the place of dS."""
    reading, found = evidence.reading, np.zeros(evidence.given.shape)
    for batch, head, P, f, _ in _heads(reading):
        dS, k = made(P, f), tuple(reading.keys_of[batch, head])
        if evidence.part == "dQ":
            found[batch, head] = reading.scale * dS @ reading.K[k]
        else:
            found[k] += reading.scale * dS.T @ reading.Q[batch, head]
    return found


def _transposed_weights(evidence: Evidence) -> Floats:
    reading, found = evidence.reading, np.zeros(evidence.given.shape)
    for batch, head, P, _, dO in _heads(reading):
        found[tuple(reading.values_of[batch, head])] += P @ dO
    return found


def _with_own(reading: Reading, part: str) -> Floats:
    found = np.zeros(reading.Q.shape if part == "dQ" else reading.K.shape)
    for batch, head, P, f, _ in _heads(reading):
        dS, k = _right(P, f), tuple(reading.keys_of[batch, head])
        if part == "dQ":
            found[batch, head] = reading.scale * dS @ reading.Q[batch, head]
        else:
            found[k] += reading.scale * dS.T @ reading.K[k]
    return found


def _unnormalised(evidence: Evidence) -> Floats:
    reading, found, rows = evidence.reading, np.zeros(evidence.given.shape), np.arange(evidence.reading.Q.shape[2])
    assert reading.dO is not None
    for batch, head in np.ndindex(*reading.Q.shape[:2]):
        k, v = tuple(reading.keys_of[batch, head]), tuple(reading.values_of[batch, head])
        scores = reading.scale * reading.Q[batch, head] @ reading.K[k].T
        scores = np.where(reading.sees(batch, head, rows), scores, -np.inf)
        with np.errstate(all="ignore"):
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        found[v] += np.nan_to_num(weights).T @ reading.dO[batch, head]
    return found


def _of_values(evidence: Evidence) -> Floats:
    reading, found = evidence.reading, np.zeros(evidence.given.shape)
    if reading.V.shape[2] != reading.Q.shape[2]:
        return np.full(found.shape, np.nan)
    for batch, head, P, _, _ in _heads(reading):
        v = tuple(reading.values_of[batch, head])
        found[v] += P.T @ reading.V[v]
    return found


def _one_of_group(evidence: Evidence, which: int) -> Floats:
    reading, found = evidence.reading, np.zeros(evidence.given.shape)
    r = reading.Q.shape[1] // reading.K.shape[1]
    for batch, head, P, f, dO in _heads(reading):
        if head % r != which:
            continue
        at = (batch, head // r)
        dS = _right(P, f)
        found[at] = reading.scale * dS.T @ reading.Q[batch, head] if evidence.part == "dK" else P.T @ dO
    return found


def _interleaved(evidence: Evidence) -> Floats:
    reading, found = evidence.reading, np.zeros(evidence.given.shape)
    for batch, head, P, f, dO in _heads(reading):
        dS = _right(P, f)
        at = (batch, head % reading.K.shape[1])
        found[at] += reading.scale * dS.T @ reading.Q[batch, head] if evidence.part == "dK" else P.T @ dO
    return found


def _without_added(evidence: Evidence) -> Floats:
    return replace(evidence.reading, added=None).gradients()[PARTS.index(evidence.part) - 1]
