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

import importlib
import importlib.util
import inspect
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Promise
from hardlab.kernels.kernel import Conventions
from hardlab.names.installed import OURS, algorithm_named, installed, unknown
from hardlab.work.child import Message, limit_memory, serve, speaks_of_memory
from instances.coded import Floats
from instances.problem import MEMORY_BUDGET, BadInput, one_line
from instances.task import Attention

FILE = re.compile(r"(?P<file>.+\.py)(?::(?P<object>[^:/]+))?", re.DOTALL)
"""FILE.py or FILE.py:object."""

PAST_OUR_OWN = 30
"""Seconds past the limit after which a process that nobody ended any more ends itself."""


def found(target: str, path: str | None) -> Any:
    """The object that a target names; classes are called without arguments. Errors: `BadInput`."""
    name = target.partition("[")[0]
    if name in OURS["hardlab.attention"]:
        return _ours(target)
    points = installed("hardlab.attention")
    if target in points:
        loaded = _loading(points[target].load, target)
    elif (spelled := FILE.fullmatch(target)) is not None:
        loaded = _loading(lambda: _in_file(Path(spelled["file"]), spelled["object"]), target)
    elif ":" in target:
        loaded = _loading(lambda: _in_module(target, path), target)
    else:
        raise unknown("kernel", target, [*OURS["hardlab.attention"], *points])
    made = _loading(loaded, target) if inspect.isclass(loaded) else loaded
    if not callable(made):
        raise BadInput(f"{target} is a {type(made).__name__}: a kernel is a function f(Q, K, V, scale) or an Algorithm")
    return made


def _ours(target: str) -> Any:
    from hardlab.cli.options import algorithm_from  # slow to import

    return algorithm_named(target) if "[" not in target else algorithm_from(target, "float64", None, MEMORY_BUDGET)


def _loading(load: Callable[[], Any], target: str) -> Any:
    try:
        return load()
    except BadInput:
        raise
    except BaseException as error:
        raise BadInput(f"{target} cannot be loaded: {type(error).__name__}: {one_line(error)}") from None


def _in_module(target: str, path: str | None) -> Any:
    module, _, attribute = target.partition(":")
    if path is not None:
        sys.path.insert(0, path)
    return _attribute(importlib.import_module(module), attribute)


def _in_file(file: Path, attribute: str | None) -> Any:
    """The object of that name in a file; without a name `attention`, else its only public function or class."""
    if not file.is_file():
        raise BadInput(f"{file}: there is no such file")
    sys.path.insert(0, str(file.parent.resolve()))
    name = f"kernel_in_{file.stem}"  # not the stem, which may be that of a module in use
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None  # there is one for every name that ends in .py
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    if attribute is not None:
        return _attribute(module, attribute)
    if hasattr(module, "attention"):
        return module.attention
    own = [
        attribute
        for attribute, value in vars(module).items()
        if not attribute.startswith("_") and callable(value) and getattr(value, "__module__", None) == name
    ]
    if len(own) != 1:
        raise BadInput(f"{file} defines {', '.join(own) or 'no function'}: name the kernel, as in {file}:attention")
    return getattr(module, own[0])


def _attribute(module: Any, dotted: str) -> Any:
    for part in dotted.split("."):
        module = getattr(module, part)
    return module


def prepared(Q: Floats, K: Floats, V: Floats, scale: float, conventions: Conventions) -> list[NDArray[Any]]:
    """Q, K and V as a kernel wants them: writable copies in its dtype (bfloat16 by its bits) and layout, Q with the scale that
    is missing.
    """
    own = conventions.built_in(Q.shape[1])
    with np.errstate(over="ignore", under="ignore"):
        scaled = Q if own is None or own == scale else Q * (scale / own)
        cast = [bits_of(X) if conventions.dtype == "bfloat16" else X.astype(conventions.dtype) for X in (scaled, K, V)]
    return [np.array(X if conventions.layout == "nd" else X[None, None], order="C") for X in cast]


def bits_of(X: Floats) -> NDArray[np.uint16]:
    """The bfloat16 numbers nearest to X's float32 numbers, as their bits; X holds no NaN."""
    wide = X.astype(np.float32).view(np.uint32)
    return ((wide + 0x7FFF + ((wide >> 16) & 1)) >> 16).astype(np.uint16)


class Callee:
    """A loaded target under its conventions. Errors: `BadInput` where the two do not fit."""

    def __init__(self, target: str, path: str | None, conventions: Conventions) -> None:
        self.object, self.conventions = found(target, path), conventions
        self.promises = callable(getattr(self.object, "promise", None))
        if self.promises and (conventions.scale != "argument" or conventions.layout != "nd"):
            raise BadInput(f"{target} is an Algorithm: it takes (n, d) and the scale in its inputs, leave both conventions")
        self.tensors = not self.promises and (conventions.dtype == "bfloat16" or _takes_tensors(self.object))
        if self.tensors:
            try:
                importlib.import_module("torch")
            except Exception as error:
                raise BadInput(f"{target} takes torch tensors, and torch cannot be imported: {one_line(error)}") from None
        self.keyword = _has_keyword_scale(self.object)

    def call(self, Q: Floats, K: Floats, V: Floats, scale: float) -> tuple[Message, Floats | None]:
        """The answer, and the output where there is one."""
        if self.promises:
            arrays: list[NDArray[Any]] = [X.copy() for X in (Q, K, V)]
        else:
            arrays = prepared(Q, K, V, scale, self.conventions)
        kept = [X.copy() for X in arrays]
        self._seed()
        try:
            run = self._bound(arrays, scale)
            start = time.perf_counter()
            given = run()
            seconds = time.perf_counter() - start
            dtype, output = _numbers(given, getattr(self.object, "logarithmic", False) is True and self.promises)
        except BaseException as error:
            return failure_of(error), None
        changed = [name for name, X, Y in zip("QKV", arrays, kept, strict=True) if X.tobytes() != Y.tobytes()]
        if changed:
            return {"kind": "mutated", "reason": f"the kernel changed its input {' and '.join(changed)}"}, None
        expected = (Q.shape[0], V.shape[1])
        shape = (1, 1, *expected) if self.conventions.layout == "bhnd" else expected
        if output is None or output.shape != shape:
            what = f"shape {output.shape}" if output is not None else "what is no array of real numbers"
            return {"kind": "shape", "reason": f"the kernel gave {what} ({dtype}), expected {shape} of real numbers"}, None
        return {"dtype": dtype, "seconds": seconds}, output.reshape(expected)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Message:
        """The largest error promised. For an answer in logarithms, what taking its exponential adds is in it."""
        try:
            inputs = Attention(Q, K, V, scale)
            given = self.object.promise(inputs)
            error = Promise(float(given.absolute), float(given.relative), float(given.failure)).largest_error(inputs)
            if getattr(self.object, "logarithmic", False) is True:
                error += 2.0**-50 * (error + float(np.abs(V).max(initial=0.0)))
        except BaseException as error_:
            failure = failure_of(error_)
            return {"promise": None} if failure["kind"] == "declined" else failure
        return {"promise": error if error < np.inf else None}

    def _bound(self, arrays: list[NDArray[Any]], scale: float) -> Callable[[], Any]:
        if self.promises:
            inputs = Attention(arrays[0], arrays[1], arrays[2], scale, copy=False)
            return lambda: self.object(inputs)
        operands = [_tensor(X) for X in arrays] if self.tensors else arrays
        if self.conventions.scale != "argument":
            return lambda: self.object(*operands)
        return lambda: self.object(*operands, scale=scale) if self.keyword else self.object(*operands, scale)

    def _seed(self) -> None:
        seed = self.conventions.seed
        if seed is not None:
            random.seed(seed)
            np.random.seed(seed % 2**32)
            if "torch" in sys.modules:
                sys.modules["torch"].manual_seed(seed)


def _takes_tensors(callee: Any) -> bool:
    """Whether it is torch's own, a module of torch, or says that it takes tensors."""
    if getattr(callee, "tensors", False) is True or str(getattr(callee, "__module__", "")).partition(".")[0] == "torch":
        return True
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(callee, torch.nn.Module):
        return True
    try:
        first = next(iter(inspect.signature(callee).parameters.values()))
    except (StopIteration, TypeError, ValueError):
        return False
    annotation = first.annotation
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__qualname__", "")
    return str(name).rpartition(".")[2] == "Tensor"


def _has_keyword_scale(callee: Any) -> bool:
    try:
        parameter = inspect.signature(callee).parameters.get("scale")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)


def _tensor(X: NDArray[Any]) -> Any:
    """A torch tensor in the memory of an array; bits become bfloat16."""
    torch = importlib.import_module("torch")
    return torch.from_numpy(X.view(np.int16)).view(torch.bfloat16) if X.dtype == np.uint16 else torch.from_numpy(X)


def _numbers(given: Any, logarithms: bool) -> tuple[str, Floats | None]:
    """The name of the type that the output came in, and its numbers as float64; None where it has no real numbers."""
    if type(given).__module__.partition(".")[0] == "torch" and hasattr(given, "detach"):
        dtype = str(given.dtype).removeprefix("torch.")
        if given.is_complex() or dtype == "bool":
            return dtype, None
        array = given.detach().cpu().double().numpy()
    else:
        try:
            array = np.asarray(given)
        except (TypeError, ValueError):
            return type(given).__name__, None
        dtype = array.dtype.name if isinstance(given, np.ndarray) else type(given).__name__
        if array.dtype.kind not in "fiu" and array.dtype.name != "bfloat16":
            return dtype, None
    with np.errstate(all="ignore"):
        numbers = np.array(array, dtype=np.float64)
        return dtype, np.exp(numbers) if logarithms else numbers


def failure_of(error: BaseException) -> Message:
    """What an exception comes to: declined for a class of that name, memory for want of it, else raised."""
    reason = f"{type(error).__name__}: {one_line(error)}"
    if any(kind.__name__ == "Declined" for kind in type(error).__mro__):
        return {"kind": "declined", "reason": one_line(error)}
    return {"kind": "memory" if isinstance(error, MemoryError) or speaks_of_memory(reason) else "raised", "reason": reason}


def _loaded(request: Message) -> tuple[Message, Callee | None]:
    """The answer to the first request. PYTHONPATH was set for this process; those that it starts get the user's own."""
    os.environ.pop("PYTHONPATH", None)
    if request["pythonpath"] is not None:
        os.environ["PYTHONPATH"] = request["pythonpath"]
    signal.alarm(int(request["alarm"]) + PAST_OUR_OWN)
    try:
        callee = Callee(request["target"], request["path"], Conventions(**request["conventions"]))
        limit_memory(request["memory"])
    except BadInput as error:
        return {"bad": str(error)}, None
    finally:
        signal.alarm(0)
    return {"ready": callee.promises}, callee


def _answer(callee: Callee, request: Message) -> Message:
    folder = Path(request.get("call") or request["promise"])
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(request["alarm"]) + PAST_OUR_OWN)
    try:
        Q, K, V = (np.load(folder / f"{name}.npy") for name in "QKV")
        if "promise" in request:
            return callee.promise(Q, K, V, request["scale"])
        answer, output = callee.call(Q, K, V, request["scale"])
        if output is not None:
            np.save(folder / "T.npy", output)
        return answer
    except Exception as error:
        return failure_of(error)
    finally:
        signal.alarm(0)


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
