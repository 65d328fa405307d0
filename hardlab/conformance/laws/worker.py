"""The process in which a trial runs: `python -m hardlab.conformance.laws.worker REQUESTS ANSWERS LIFE`.

| request | answer |
|---|---|
| first {"target", "path", "seconds", "seed", "timeout", "memory", "notes", "pythonpath"} | {"ready", ...} or {"bad": why} |
| {"law", "fault", "problem", "source"} of a counterexample | {"confirmed", "said"} or {"bad"} |
| {"go": seconds} | {"done", "spent", "tally", "faults", "beyond", "sample"} after so many seconds, or when it is over |
| {"again": sample of another process} | {"other": the first of it that comes out in another way here, or null} |

What is being done stands in the file `notes`, for whoever ends this process.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Any

from hardlab.conformance.laws.guard import in_time, said, where
from hardlab.conformance.laws.of_reductions import OfReduction
from hardlab.conformance.laws.of_solvers import OfSolver
from hardlab.conformance.laws.referees import Referees
from hardlab.conformance.laws.trial import Trial
from hardlab.names.subjects import subject_named
from hardlab.work.limits import limit_memory
from hardlab.work.serving import Message, serve
from instances.faults import BadInput, Late
from reductions.reduction import Reduction

NOTE = 600
"""Bytes of a note."""


def _noting(file: str) -> Any:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)

    def tell(now: str) -> None:
        os.pwrite(descriptor, now.encode(errors="replace")[:NOTE].ljust(NOTE), 0)

    return tell


def _loaded(request: Message) -> tuple[Message, Trial | None]:
    os.environ.pop("PYTHONPATH", None)
    if request["pythonpath"] is not None:
        os.environ["PYTHONPATH"] = request["pythonpath"]
    target, path, timeout = request["target"], request["path"], request["timeout"]
    tell = _noting(request["notes"])
    try:
        found = in_time(lambda: subject_named(target, None if path is None else Path(path)), max(30.0, timeout))
        limit_memory(request["memory"])
    except BadInput as error:
        return {"bad": str(error)}, None
    except Late as error:
        return {"bad": f"{target} cannot be loaded: {where(error)} did not end"}, None
    except Exception as error:
        return {"bad": f"{target} cannot be loaded: {said(error)}"}, None
    limits = request["seconds"], request["seed"], timeout, tell
    trial: Trial
    if isinstance(found, Reduction):
        trial = OfReduction(found, *limits, Referees(None if path is None else Path(path)))
    else:
        trial = OfSolver(found, *limits)
    return {"ready": True, **trial.about}, trial


def main() -> None:
    """Serve requests until there are no more."""
    trial: Trial | None = None
    steps: Iterator[None] = iter(())

    def answer(request: Message) -> Message:
        nonlocal trial, steps
        if trial is None:
            answered, trial = _loaded(request)
            steps = iter(()) if trial is None else trial.run()
            return answered
        if "law" in request:
            try:
                holds, words = trial.repeated(request["law"], request["fault"], request["problem"], request["source"])
            except BadInput as error:
                return {"bad": str(error)}
            return {"confirmed": holds, "said": words}
        if "again" in request:
            return {"other": trial.otherwise(request["again"])}
        until, done = monotonic() + request["go"], True
        for _ in steps:
            if monotonic() > until:
                done = False
                break
        faults, beyond = ([asdict(fault) for fault in of.values()] for of in (trial.faults, trial.beyond))
        found = {"tally": trial.tally.plain, "faults": faults, "beyond": beyond, "sample": trial.sample if done else []}
        return {"done": done, "spent": trial.spent(), **found}

    serve(answer)


if __name__ == "__main__":
    main()
