"""Lists of vectors as files: packed words, or 2-D arrays of 0 and 1 of one's own, and what is asked of them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from instances.bits import BitMatrix, packed_bytes
from instances.faults import BadInput
from instances.memory import within
from instances.npz import Archive, Header
from instances.problem import Problem
from instances.storage.fields import SCALARS, checked
from instances.vectors import BalancedHamming, FarHamming, GapHamming, OrthogonalVectors, ThresholdProduct

Vectors = OrthogonalVectors | GapHamming | FarHamming | ThresholdProduct

MADE: Mapping[str, Any] = {
    made.__name__: made for made in (OrthogonalVectors, GapHamming, BalancedHamming, FarHamming, ThresholdProduct)
}

_THRESHOLDS: Mapping[str, tuple[list[str], ...]] = {
    "OrthogonalVectors": ([],),
    "GapHamming": (["t", "t2"], ["t", "eps"]),
    "BalancedHamming": (["t", "t2"], ["t", "eps"]),
    "FarHamming": (["t", "t2"],),
    "ThresholdProduct": (["t"],),
}


class Unasked(BadInput):
    """Two lists of vectors, and nothing says what is asked of them."""


def vector_fields(problem: Vectors) -> dict[str, Any]:
    fields = {"kind": type(problem).__name__, "instance": problem.identity, "d": problem.A.d}
    thresholds = {letter: value for letter, value in problem.size.items() if letter in ("t", "t2")}
    return {**fields, **thresholds, "A": problem.A.words, "B": problem.B.words}


def vectors(arrays: Archive, kind: str | None, memory: int) -> Problem:
    headers = {key: arrays.table(key) for key in ("A", "B")}
    A, B = _bits(arrays, headers, memory)
    if A.d != B.d:
        raise BadInput(f"A has {A.d} columns and B has {B.d}: both lists need the same")
    kind, gap = _question(arrays, kind)
    values = [arrays.scalar(key, *SCALARS[key]) for key in gap]
    if not np.all(np.isfinite(values)):
        raise BadInput(f"eps = {values[1]}: it must be finite")
    return checked(posed(kind, A, B, dict(zip(gap, values, strict=True))), arrays.instance)


def posed(kind: str, A: BitMatrix, B: BitMatrix, thresholds: Mapping[str, float]) -> Vectors:
    """The instance of the kind (a key of MADE) with the thresholds t, t2 and eps given. Errors: `BadInput` for others than
    the kind takes.
    """
    if list(thresholds) not in _THRESHOLDS.get(kind, ()):
        raise BadInput(
            f"A and B of kind {kind} with {' and '.join(thresholds) or 'no threshold'}: GapHamming and BalancedHamming take "
            f"t and one of t2 and eps, FarHamming t and t2, ThresholdProduct t, OrthogonalVectors none"
        )
    made = MADE[kind]
    problem: Vectors = (made.with_eps if "eps" in thresholds else made)(A, B, *thresholds.values())
    return problem


def _question(arrays: Archive, kind: str | None) -> tuple[str, list[str]]:
    """What the file, or else the caller, says is asked of A and B, and the keys of its thresholds."""
    gap: list[str] = [key for key in ("t", "t2", "eps") if key in arrays.keys]
    stored = arrays.scalar("kind", *SCALARS["kind"]) if "kind" in arrays.keys else kind
    if stored is None and "t" not in gap:
        raise Unasked("A and B without kind and without t: give --t with --t2 or --eps, --kind ov, or --nearest")
    return stored or "GapHamming", gap


def _bits(arrays: Archive, headers: Mapping[str, Header], memory: int) -> tuple[BitMatrix, BitMatrix]:
    A, B = headers["A"], headers["B"]
    size = {"n": A.shape[0], "m": B.shape[0], "d": A.shape[1]}
    if "d" not in arrays.keys:
        packed = packed_bytes(A.shape[0], A.shape[1]) + packed_bytes(B.shape[0], B.shape[1])
        within(A.bytes(3) + B.bytes(3) + packed, memory, "reading A and B", size)
        return _packed(arrays, "A"), _packed(arrays, "B")
    d = arrays.scalar("d", *SCALARS["d"])
    for key, header in headers.items():
        if header.dtype != np.uint64 or d < 0:
            raise BadInput(f"d = {d} and {key} of type {header.dtype}: d >= 0 goes with packed words, of type uint64")
    within(A.bytes(16) + B.bytes(16), memory, "reading A and B", {**size, "d": d})
    return BitMatrix(arrays.array("A"), d), BitMatrix(arrays.array("B"), d)


def _packed(arrays: Archive, key: str) -> BitMatrix:
    try:
        return BitMatrix.of(arrays.array(key))
    except BadInput as error:
        raise BadInput(f"{key}: {error}") from None
