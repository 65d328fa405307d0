"""The process in which a kernel runs: `python -m hardlab.kernels.worker REQUESTS ANSWERS LIFE`, three inherited descriptors.

Each line on REQUESTS is a JSON object, answered by one line on ANSWERS; nothing is read from stdin or written to stdout.

| request | answer |
|---|---|
| first {"target", "path", "conventions", "memory", "pythonpath", "alarm"} | {"ready", "offer"} or {"bad", "kernel"} |
| {"folder", "call", "promise": false, "alarm"} | {"dtype", "seconds", "noticed"}; or {"kind", "reason"} of a `Failure` |
| {"folder", "call", "promise": true, "alarm"} | {"promise": the largest error, or null}; or {"kind", "reason"} |

folder holds the arrays of the call (`Call.save`), and then those of the answer: T.npy, and dQ.npy, dK.npy, dV.npy where
gradients are asked for. The address space is limited to what stands after loading plus `memory`.

How a target is called. An object with `promise` (`attention.Algorithm`) takes `Attention` in float64 and the scale in it.
Anything else that is callable is a function in its convention (module `conventions`); where the scale is built in, Q is
multiplied by scale/(built-in scale) and rounded to the dtype, which is exact where that factor is a power of two. It gets
the arrays of the library that it says or seems to be written for (`adapters`); in bfloat16 never NumPy's.
"""

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from hardlab.kernels.call import Call
from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Conventions
from hardlab.kernels.offering import NoKernel
from hardlab.work.failure import Failure, failure_of
from hardlab.work.limits import limit_memory
from hardlab.work.serving import Message, serve
from instances.faults import BadInput

OUTPUTS = ("T", "dQ", "dK", "dV")
"""The files of an answer."""


def _loaded(request: Message) -> tuple[Message, Callee | None]:
    """The answer to the first request. PYTHONPATH was set for this process; those that it starts get the user's own."""
    os.environ.pop("PYTHONPATH", None)
    if request["pythonpath"] is not None:
        os.environ["PYTHONPATH"] = request["pythonpath"]
    path = request["path"]
    try:
        callee = Callee(request["target"], None if path is None else Path(path), Conventions(**request["conventions"]))
        limit_memory(request["memory"])
    except BadInput as error:
        return {"bad": str(error), "kernel": not isinstance(error, NoKernel)}, None
    return {"ready": callee.promises, "offer": asdict(callee.offer)}, callee


def _answer(callee: Callee, request: Message) -> Message:
    folder = Path(request["folder"])
    try:
        call = Call.load(folder, request["call"])
        if request["promise"]:
            promise = callee.promise(call.Q[0, 0], call.K[0, 0], call.V[0, 0], call.scale)
            return asdict(promise) if isinstance(promise, Failure) else {"promise": promise}
        callee.folder = folder
        outcome = callee.call(call)
        if isinstance(outcome, Failure):
            return asdict(outcome)
        for name, array in zip(OUTPUTS, (outcome.output, *(outcome.gradients or ())), strict=False):
            np.save(folder / f"{name}.npy", array)
        return {
            "dtype": outcome.dtype,
            "seconds": outcome.seconds,
            "noticed": list(outcome.noticed),
            "operators": list(outcome.operators),
        }
    except Exception as error:
        return asdict(failure_of(error))


def main() -> None:
    """Serve requests until there are no more."""
    callee: Callee | None = None

    def answer(request: Message) -> Message:
        nonlocal callee
        if callee is not None:
            return _answer(callee, request)
        answered, callee = _loaded(request)
        return answered

    serve(answer)


if __name__ == "__main__":
    main()
