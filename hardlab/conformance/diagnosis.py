"""Which faults explain what a kernel gave where it was wrong.

A fault explains a piece of evidence if what a kernel with it would give is, in `ENOUGH` of the wrong entries of which it says
anything, as near to what was given as rounding allows. Of all faults the one is named first that explains the most pieces, of
several such the one that says least of what was right; then what is left is explained in the same way, by a fault on top of
one that explains others if need be. Where a fault would change more than what was wrong, it is said where it acts: in one head,
from a row on.
"""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hardlab.conformance.arithmetic import ROUNDOFF
from hardlab.conformance.checks.honesty import KEPT, kept_under
from hardlab.conformance.evidence import Evidence
from hardlab.conformance.faults import faults
from hardlab.conformance.result import FAILED, Result
from hardlab.kernels.kernel import Dtype
from instances.bits import Bools
from instances.coded import Floats

ENOUGH = 0.97

PIECES = 24
"""Pieces of evidence that are looked at."""

SCANNED = 10
"""Pieces for which all faults are tried; others are held against those that explain some piece."""

TRIED = 3
"""Pieces for which all pairs of faults are tried."""

NOTICEABLE = 0.02

ROUGH = 0.03
"""Errors below this part of the largest entry are taken for rounding."""

PRECISIONS = ((2.0**-9, "bfloat16"), (2.0**-13, "float16 or TF32"), (2.0**-26, "float32"))
"""From which relative error on a precision is taken to be the one inside."""


@dataclass(frozen=True)
class Explained:
    """A sentence, the number of pieces that it explains, of how many that were looked at, and the checks that they are of."""

    sentence: str
    pieces: int
    of: int
    checks: tuple[str, ...]


@dataclass(frozen=True)
class _Fit:
    where: str
    beyond: float
    """The share of entries that the fault would have changed and that were right."""


def diagnosis(results: Sequence[Result], dtype: Dtype) -> list[Explained]:
    """The faults that explain the evidence of results, and what no fault explains, as a last one of that name."""
    pieces = _spread([(result.name, one) for result in results for one in result.evidence])
    fits: list[dict[str, _Fit]] = []
    met: dict[str, int] = {}
    scanned = 0
    for _, one in pieces:
        found = _fits(one, dtype, met) if met else {}
        if not found and scanned < SCANNED:
            scanned, found = scanned + 1, _fits(one, dtype)
        fits.append(found)
        for sentence in found:
            met[sentence] = met.get(sentence, 0) + 1
    usual = sorted(met, key=lambda sentence: -met[sentence])[:2]
    above: set[str] = set()
    tried = 0
    for place, (_, one) in enumerate(pieces):
        if not fits[place] and usual:
            fits[place] = _on_top(one, dtype, usual, above) if above else {}
            if not fits[place] and tried < TRIED:
                tried, fits[place] = tried + 1, _on_top(one, dtype, usual)
            above |= set(fits[place])
    return [*told(results), *_covered(pieces, fits)]


def told(results: Sequence[Result]) -> list[Explained]:
    """What the results say by themselves: what the process saw, which answers were kept, after which call all is wrong."""
    found = [
        Explained(result.reason, 1, 1, (result.name,))
        for result in results
        if result.status == "wrong" and result.name.startswith("honesty/")
    ]
    kept = [result.name.partition("/")[2] for result in results if result.reason.startswith(KEPT)]
    if kept:
        found.insert(0, Explained(kept_under(kept), len(kept), len(kept), ("replays",)))
    ran = [result for result in results if result.status in ("passed", *FAILED) and not result.name.startswith("honesty")]
    bad = [place for place, result in enumerate(ran) if result.status in FAILED]
    if bad and 2 < bad[0] < len(ran) - 8 and len(bad) == len(ran) - bad[0]:
        found.append(Explained(f"right in the first {bad[0]} checks, and wrong in all that came after", len(bad), len(bad), ()))
    for name, what in (("entries/gaussian", "Gaussian entries"), ("entries/Q times", "coded entries of other sizes")):
        some = [result.status for result in ran if result.name.startswith(name)]
        others = [
            result.status for result in ran if result.name.startswith(("keys", "entries")) and not result.name.startswith(name)
        ]
        if some and others and set(some) == {"passed"} and not set(others) - set(FAILED):
            found.append(Explained(f"right for {what} only", len(others), len(others), ("keys", "entries")))
    return found


def _covered(pieces: Sequence[tuple[str, Evidence]], fits: Sequence[dict[str, _Fit]]) -> list[Explained]:
    """As few faults as explain all pieces, taken by how many they explain."""
    found: list[Explained] = []
    left = set(range(len(pieces)))
    while left:
        counts: dict[str, list[int]] = {}
        for place in sorted(left):
            for sentence in fits[place]:
                counts.setdefault(sentence, []).append(place)
        if not counts:
            break
        best = max(counts, key=lambda sentence: (len(counts[sentence]), -_beyond(fits, counts[sentence], sentence)))
        places = counts[best]
        where = {fits[place][best].where for place in places}
        sentence = best + (f" ({where.pop()})" if len(where) == 1 and "" not in where else "")
        found.append(Explained(sentence, len(places), len(pieces), _checks(pieces, places)))
        left -= set(places)
    if left:
        unknown = _unknown([pieces[place][1] for place in sorted(left)])
        found.append(Explained(unknown, len(left), len(pieces), _checks(pieces, left)))
    return found


def _on_top(one: Evidence, dtype: Dtype, usual: Sequence[str], known: Container[str] | None = None) -> dict[str, _Fit]:
    """The faults, of all or of those `known`, that explain a piece together with one of those that explain others."""
    for fault in faults(one):
        if fault.sentence in usual and fault.reading is not None:
            both = replace(one, planted=replace(one.planted, reading=fault.reading))
            if found := _fits(both, dtype, known):
                return found
    return {}


def _checks(pieces: Sequence[tuple[str, Evidence]], places: Iterable[int]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(pieces[place][0].partition("/")[0] for place in sorted(places)))


def _beyond(fits: Sequence[dict[str, _Fit]], places: Sequence[int], sentence: str) -> float:
    return float(np.mean([fits[place][sentence].beyond for place in places]))


def _spread(pieces: list[tuple[str, Evidence]]) -> list[tuple[str, Evidence]]:
    """At most `PIECES`, in turn from each check and tensor, the small ones first."""
    by: dict[tuple[str, str], list[tuple[str, Evidence]]] = {}
    for name, one in pieces:
        by.setdefault((name.rpartition("/")[0] or name, one.part), []).append((name, one))
    queues = [sorted(queue, key=lambda each: each[1].given.size) for queue in by.values()]
    found: list[tuple[str, Evidence]] = []
    while len(found) < PIECES and any(queues):
        for queue in queues:
            if queue and len(found) < PIECES:
                found.append(queue.pop(0))
    return found


def _fits(one: Evidence, dtype: Dtype, known: Container[str] | None = None) -> dict[str, _Fit]:
    """The faults that explain a piece, of all or of those whose sentences are `known`."""
    found: dict[str, _Fit] = {}
    reach = float(np.nanmax(np.abs(np.where(np.isfinite(one.expected), one.expected, 0.0)), initial=0.0))
    slack = (
        np.where(np.isfinite(one.allowed), np.minimum(one.allowed, 0.05 * reach), 0.05 * reach) + 16 * ROUNDOFF[dtype] * reach
    )
    for fault in faults(one):
        if fault.sentence in found or (known is not None and fault.sentence not in known):
            continue
        with np.errstate(all="ignore"):
            numbers = fault.numbers()
        fit = _fit(one, numbers, slack)
        if fit is not None:
            found[fault.sentence] = fit
    return found


def _fit(one: Evidence, numbers: Floats, slack: Floats) -> _Fit | None:
    said = ~np.isnan(numbers) | (np.isnan(numbers) & np.isnan(one.given))
    asked = one.wrong & said
    if not asked.any() or asked.sum() < 0.5 * one.wrong.sum():
        return None
    with np.errstate(invalid="ignore"):  # infinities less each other
        near = np.abs(one.given - numbers) <= 2 * slack
    same = near | (one.given == numbers) | (np.isnan(one.given) & np.isnan(numbers))
    if same[asked].mean() < ENOUGH:
        return None
    changed = said & np.isfinite(one.expected) & ~(np.abs(numbers - one.expected) <= slack)
    if changed[asked].mean() < ENOUGH:  # what a fault leaves as it is, it does not explain
        return None
    unharmed = changed & ~one.wrong
    share = float(unharmed.sum() / max(1, changed.sum()))
    return _Fit(_where(one.wrong, changed) if share > NOTICEABLE else "", share)


def _where(wrong: Bools, changed: Bools) -> str:
    """Where a fault acts, if it would have acted elsewhere too."""
    said = []
    for axis, name in enumerate(("batch member", "head", "row", "column")):
        others = tuple(other for other in range(4) if other != axis)
        hit, could = (np.flatnonzero(mask.any(axis=others)) for mask in (wrong, changed))
        if len(hit) == len(could) or not len(hit):
            continue
        if len(hit) == 1:
            said.append(f"{name} {hit[0]}")
        elif set(hit) >= set(could[could >= hit.min()]):
            said.append(f"{name}s from {hit.min()} on")
        elif set(hit) >= set(could[could <= hit.max()]):
            said.append(f"{name}s up to {hit.max()}")
    return "in " + ", ".join(said) if said else "not everywhere"


def _unknown(pieces: Sequence[Evidence]) -> str:
    """What is said where no fault fits: how far it is out, and where."""
    one = pieces[0]
    error, share = _worst(one)
    if max(_worst(piece)[1] for piece in pieces) < ROUGH:
        much = f"{one.part} is off by up to {share:.2g} of its largest entry{_like(share)}"
        return f"numbers are less precise than the dtype: {much}"
    where = _where(one.wrong, np.isfinite(one.allowed) & np.isfinite(one.expected))
    rows = np.argwhere(one.wrong.any(axis=3))[:4].tolist()
    said = f"none of the faults that are known: {one.part} of {one.case.name} is off by up to {error:.3g}"
    return f"{said} {'' if where == 'not everywhere' else where + ' '}in rows (batch, head, row) {rows}".replace("  ", " ")


def _worst(one: Evidence) -> tuple[float, float]:
    """The largest error among the wrong entries, infinite where one is no number; and that in parts of the largest entry."""
    error = float(np.nan_to_num(np.abs(one.given - one.expected)[one.wrong], nan=np.inf).max(initial=0.0))
    return error, error / max(float(np.nanmax(np.abs(one.expected), initial=0.0)), 1e-300)


def _like(share: float) -> str:
    """The precision whose rounding is of that size."""
    return next((f", as where {name} is inside" for least, name in PRECISIONS if share >= least), "")
