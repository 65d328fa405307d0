"""Does a kernel decide tasks of attention that come from reductions, and where it does not: is it the kernel or its precision?

A row's truth is that of the vectors which it is reduced from (module `ladder`). The kernel is given the task as its dtype
holds it, and a row is wrong if its output is not strictly on the truth's side of the midpoint of the two thresholds. Whether
the kernel is to blame is module `counterexample`'s to say; of the wrong rows at most `JUDGED` with different queries are asked.

demanded: (high - low)/2, the error below which no row is lost. delivered: the largest error on a sample (every row where
that is cheap) and on the wrong rows judged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from math import inf
from typing import Any

import numpy as np

from hardlab.conformance import arithmetic
from hardlab.conformance.comparing import ask, failed
from hardlab.conformance.counterexample import Posed
from hardlab.conformance.ladder import Rung
from hardlab.conformance.record import EndRecord
from hardlab.conformance.result import Result, Status
from hardlab.kernels.kernel import Kernel
from hardlab.work.failure import Failure
from instances.bits import Ints
from instances.coded import Floats
from instances.faults import BadInput, Declined
from instances.task import Attention

JUDGED = 64


def decisions(kernel: Kernel, rungs: Iterable[Rung]) -> Iterator[Result]:
    """One result for each rung, as it is reached."""
    return (decision(kernel, rung) for rung in rungs)


def decision(kernel: Kernel, rung: Rung) -> Result:
    """The result of one rung: passed, beyond, wrong with a counterexample, declined, crashed, timeout or skipped."""
    name = f"decisions/{rung.name}"
    axes: tuple[tuple[str, float | str], ...] = ()
    try:
        axes = rung.axes
        posed = Posed.of(rung, kernel.conventions)
    except (Declined, BadInput) as why:
        return Result(name, "skipped", str(why), axes=axes)
    demanded, B = posed.task.additive.value, dict(axes)["B"]
    outcome = ask(kernel, posed.task.inputs)
    if isinstance(outcome, Failure):
        return replace(failed(name, outcome), demanded=demanded, axes=axes)
    outputs = outcome.output[posed.task.counted, 0]
    wrong = posed.wrong(outputs)
    judged = _judged(posed, wrong, outputs)
    delivered = max(posed.error(place, float(outputs[place])) for place in (*posed.sample, *judged))
    status, counterexample = _status(posed, outputs, judged)
    reason = (
        f"at B = {B:.3g} sqrt(ln n) {_lost(posed, wrong, status)}: the error is {delivered:.3g}, {demanded:.3g} is demanded"
    )
    if status == "beyond" and delivered < demanded:
        reason += "; to round Q, K and V has moved the exact outputs as well"
    return Result(name, status, reason, demanded, delivered, axes=axes, counterexample=counterexample)


def ends(results: Sequence[Result]) -> list[EndRecord]:
    """For each construction and R0: the largest n, and the largest B (in multiples of sqrt(ln n)), up to which all passed.

    n and B are None where already the least of them did not; "fails" names the first rung that did not pass, None if all did.
    Rungs that were skipped or declined do not count.
    """
    table: dict[tuple[str, float], list[Result]] = {}
    for result in results:
        if result.axes and result.status not in ("skipped", "declined"):
            axes = dict(result.axes)
            table.setdefault((str(axes["construction"]), float(axes["R0"])), []).append(result)
    return [
        {
            "construction": construction,
            "R0": R0,
            "n": _end(found, "n"),
            "B": _end(found, "B"),
            "rungs": len(found),
            "passed": sum(result.status == "passed" for result in found),
            "fails": next((result.name for result in found if result.status != "passed"), None),
        }
        for (construction, R0), found in table.items()
    ]


def _end(found: Sequence[Result], axis: str) -> float | None:
    """The largest value of the axis below which, and at which, all passed."""
    lost = min((float(dict(result.axes)[axis]) for result in found if result.status != "passed"), default=inf)
    return max((float(dict(result.axes)[axis]) for result in found if float(dict(result.axes)[axis]) < lost), default=None)


def _judged(posed: Posed, wrong: Ints, outputs: Floats) -> list[int]:
    """At most `JUDGED` of the wrong places, no two with the same query: those without a number, and the largest margins."""
    places = list({posed.query(place).tobytes(): place for place in wrong.tolist()}.values())
    if len(places) <= JUDGED:
        return places
    inputs = posed.task.inputs
    Q = np.concatenate([posed.query(place) for place in places])
    nearly = arithmetic.reference(Attention(Q, inputs.keys(slice(0, inputs.m)), inputs.V, inputs.scale), "float64")[:, 0]
    margin = np.where(posed.truth[places], nearly - posed.midpoint, posed.midpoint - nearly)
    order = np.lexsort((-margin, np.isfinite(outputs[places])))
    return [places[k] for k in order[:JUDGED]]


def _status(posed: Posed, outputs: Floats, judged: Sequence[int]) -> tuple[Status, dict[str, Any] | None]:
    if not judged:
        return "passed", None
    blamed = [blame for blame in posed.blames(judged, outputs[list(judged)].tolist()) if blame.holds]
    if not blamed:
        return "beyond", None
    worst = max(blamed, key=lambda blame: blame.margin)
    return "wrong", posed.counterexample(worst, float(outputs[worst.place]))


def _lost(posed: Posed, wrong: Ints, status: Status) -> str:
    yes, no = int(posed.truth.sum()), int((~posed.truth).sum())
    if status == "passed":
        return f"all of {yes} YES and {no} NO rows are right"
    lost = int(posed.truth[wrong].sum())
    why = "some that the precision keeps" if status == "wrong" else "none that the precision surely keeps"
    return f"{lost} of {yes} YES and {len(wrong) - lost} of {no} NO rows are wrong, {why}"
