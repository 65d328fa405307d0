"""What the record of a run has for its page: a picture and a theorem of each stage, and the exact outputs of some rows."""

from contextlib import suppress

import numpy as np

from attention.exact.certified import certified_row
from hardlab.runs.page.seen import final, pictures
from hardlab.runs.record import RunRecord
from instances.faults import Declined
from instances.threshold import ThresholdTask
from reductions.chain import Chain, Trace
from solvers import Decision
from solvers.own import work_of_a_row

ANSWERS = 1024
"""About so many outputs are kept for a picture."""

WORK = 1 << 30
"""What the exact outputs of rows may take, as pairs of words that are counted: about a second."""


def picture_into(record: RunRecord, trace: Trace, chain: Chain, decision: Decision) -> None:
    """Adds `picture` and `theorem` to each stage, and `exact` to the answers, for rows among those that are drawn."""
    deciding = decision.route[-1] if decision.route else None
    answers = record.get("answers")
    given = None if answers is None else dict(zip(answers["rows"], answers["given"], strict=True))
    seen = pictures(trace, chain, deciding, given)
    for stage, more in zip(record["stages"], seen, strict=True):
        stage["picture"], stage["theorem"] = more["picture"], more["theorem"]
    task = final(trace, deciding)
    if answers is None or not isinstance(task, ThresholdTask):
        return
    shown = seen[-1]["picture"].get("picture", seen[-1]["picture"])
    rows = [int(row) for row in shown.get("weights") or shown["ways"]][: max(1, WORK // work_of_a_row(task.inputs))]
    answers["exact"], answers["wrong"] = {}, []
    sides = dict(zip(answers["rows"], answers["sides"], strict=True))
    for row in rows:
        with suppress(Declined):
            exact = certified_row(task.inputs, row, answers["logarithmic"])[0]
            answers["exact"][str(row)] = _short(exact)
            other = "no" if exact >= answers["high"] else "yes" if exact <= answers["low"] else None
            if other is not None and sides.get(row) in (other, "none"):
                answers["wrong"].append(row)
    answers["given"] = [_short(value) for value in answers["given"]]


def _short(value: float) -> float:
    return float(f"{value:.6g}") if np.isfinite(value) else value
