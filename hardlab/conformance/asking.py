"""Planted calls put to a kernel: a result each, with the evidence where something is wrong."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace

import numpy as np

from hardlab.conformance.case import Case
from hardlab.conformance.comparing import beyond_precision, failed
from hardlab.conformance.drawing import Draw
from hardlab.conformance.evidence import Evidence, evidence, useful
from hardlab.conformance.result import Result
from hardlab.kernels.kernel import Kernel, Offer
from hardlab.work.failure import Failure

Cases = Callable[[Draw, Offer], Iterable[Case]]

KIND = "reading"


def asked(kernel: Kernel, name: str, cases: Cases, seed_of_check: int, quick: bool) -> Iterator[Result]:
    """The results of the cases that the kernel is asked; one that says why where it is asked none."""
    offer, why, count = kernel.offer, "", 0
    for case in cases(Draw(seed_of_check, name, offer, quick), offer):
        posed = replace(case, causal=offer.always) if offer.always else case
        lacking = posed.lacks(offer)
        if lacking:
            why = why or lacking
            continue
        count += 1
        yield replace(read(kernel, posed), needs=posed.needs)
    if not count:
        yield Result(name, "skipped", why or "there is nothing of this kind to ask")


def read(kernel: Kernel, case: Case) -> Result:
    """One call, and what it shows."""
    planted = case.planted(kernel.conventions)
    outcome = kernel.call(planted.call)
    if isinstance(outcome, Failure):
        return failed(case.name, outcome)
    found = evidence(case, planted, outcome, kernel.conventions.dtype)
    wrong = [one for one in found if one.wrong.any()]
    if wrong:
        first = wrong[0]
        place = first.place
        demanded, lost = float(first.allowed[place]), float(abs(first.given[place] - first.expected[place]))
        delivered = lost if np.isfinite(lost) else None
        return Result(
            case.name,
            "wrong",
            "; ".join(f"{one.said}; {one.rows.sum()} of {one.rows.size} rows are wrong" for one in wrong),
            demanded,
            delivered,
            counterexample=counterexample(kernel, first),
            evidence=tuple(wrong),
        )
    if not any(useful(one) for one in found):
        return beyond_precision(case.name, kernel.conventions.dtype)
    worst = max(float(np.where(np.isfinite(x.allowed), np.abs(x.given - x.expected) / x.allowed, 0.0).max()) for x in found)
    rows = found[0].near or int(np.isfinite(found[0].allowed).all(axis=3).sum())
    parts = ", ".join(one.part for one in found)
    return Result(case.name, "passed", f"{parts}: {rows} rows, errors up to {worst:.2g} of what is allowed")


def counterexample(kernel: Kernel, one: Evidence) -> dict[str, object]:
    """All that a replay needs, and what it will find."""
    conventions, place = kernel.conventions, one.place
    given = float(one.given[place])
    return {
        "kind": KIND,
        "case": {**asdict(one.case), "shape": asdict(one.case.shape)},
        "dtype": conventions.dtype,
        "scale": conventions.scale,
        "task": one.planted.call.identity,
        "part": one.part,
        "place": list(place),
        "output": given if np.isfinite(given) else str(given),
        "expected": float(one.expected[place]),
        "allowed": float(one.allowed[place]),
    }
