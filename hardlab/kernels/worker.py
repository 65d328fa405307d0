"""The process in which a kernel runs: `python -m hardlab.kernels.worker REQUESTS ANSWERS LIFE`, three inherited descriptors.

Each line on REQUESTS is a JSON object, answered by one line on ANSWERS; nothing is read from stdin or written to stdout.

| request | answer |
|---|---|
| first {"target", "path", "conventions", "memory", "pythonpath", "alarm"} | {"ready": promises?} or {"bad": sentence} |
| {"call": folder, "scale", "alarm"} | {"dtype", "seconds"}, the output in folder/T.npy; or {"kind", "reason"} of a `Failure` |
| {"promise": folder, "scale", "alarm"} | {"promise": the largest error, or null}; or {"kind", "reason"} |

folder holds Q.npy, K.npy and V.npy in float64. The address space is limited to what stands after loading plus `memory`.

How a target is called. An object with `promise` (`attention.Algorithm`) takes `Attention` in float64 and the scale in it.
Anything else that is callable is a function f(Q, K, V, scale), or f(Q, K, V) where the scale is built in: Q is then
multiplied by scale/(built-in scale) and rounded to the dtype, which is exact where that factor is a power of two. It gets
NumPy arrays, or torch tensors if it is torch's own, a `torch.nn.Module`, has an attribute `tensors = True`, or has its
first parameter annotated as a Tensor; and in bfloat16 always.
"""

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np

from hardlab.kernels.callee import Callee
from hardlab.kernels.kernel import Conventions
from hardlab.work.failure import Failure, failure_of
from hardlab.work.limits import limit_memory
from hardlab.work.serving import Message, serve
from instances.faults import BadInput


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
        return {"bad": str(error)}, None
    return {"ready": callee.promises}, callee


def _answer(callee: Callee, request: Message) -> Message:
    folder = Path(request.get("call") or request["promise"])
    try:
        Q, K, V = (np.load(folder / f"{name}.npy") for name in "QKV")
        if "promise" in request:
            promise = callee.promise(Q, K, V, request["scale"])
            return asdict(promise) if isinstance(promise, Failure) else {"promise": promise}
        outcome = callee.call(Q, K, V, request["scale"])
        if isinstance(outcome, Failure):
            return asdict(outcome)
        np.save(folder / "T.npy", outcome.output)
        return {"dtype": outcome.dtype, "seconds": outcome.seconds}
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
