"""A loaded kernel, called by its conventions."""

import importlib
import inspect
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.algorithm import Promise
from attention.function import MISUSED, called, check_signature, was_given
from hardlab.kernels.arrays import numbers_of, prepared, tensor
from hardlab.kernels.kernel import Answer, Conventions, Outcome
from hardlab.names.deciders import our_algorithm
from hardlab.names.installed import OURS, installed
from hardlab.names.loading import loaded
from hardlab.work.failure import Failure, failure_of
from instances.coded import Floats
from instances.faults import BadInput, one_line
from instances.task import Attention


class Callee:
    """A loaded target under its conventions. Errors: `BadInput` where the two do not fit."""

    def __init__(self, target: str, path: Path | None, conventions: Conventions) -> None:
        self.object, self.conventions = object_of(target, path), conventions
        self.promises = callable(getattr(self.object, "promise", None))
        if self.promises and (conventions.scale != "argument" or conventions.layout != "nd"):
            raise BadInput(f"{target} is an Algorithm: it takes (n, d) and the scale in its inputs, leave both conventions")
        self.tensors = not self.promises and (conventions.dtype == "bfloat16" or _takes_tensors(self.object))
        if self.tensors:
            try:
                importlib.import_module("torch")
            except Exception as error:
                raise BadInput(f"{target} takes torch tensors, and torch cannot be imported: {one_line(error)}") from None
        if not self.promises:
            _check_signature(self.object, target, conventions)

    def call(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        """What a call of it comes to, whatever it does short of ending the process."""
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
            dtype, output = numbers_of(given, getattr(self.object, "logarithmic", False) is True and self.promises)
        except BaseException as error:
            return self._failed(error)
        changed = [name for name, X, Y in zip("QKV", arrays, kept, strict=True) if X.tobytes() != Y.tobytes()]
        if changed:
            return Failure("mutated", f"the kernel changed its input {' and '.join(changed)}")
        expected = (Q.shape[0], V.shape[1])
        shape = (1, 1, *expected) if self.conventions.layout == "bhnd" else expected
        if output is None or output.shape != shape:
            what = f"shape {output.shape}" if output is not None else "what is no array of real numbers"
            return Failure("shape", f"the kernel gave {what} ({dtype}), expected {shape} of real numbers")
        return Answer(output.reshape(expected), dtype, seconds)

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        """The largest error promised, None where it promises nothing or declines. For an answer in logarithms, what taking its
        exponential adds is in it.
        """
        try:
            inputs = Attention(Q, K, V, scale)
            given = self.object.promise(inputs)
            error = Promise(float(given.absolute), float(given.relative), float(given.failure)).largest_error(inputs)
            if getattr(self.object, "logarithmic", False) is True:
                error += 2.0**-50 * (error + float(np.abs(V).max(initial=0.0)))
        except BaseException as error_:
            failure = failure_of(error_)
            return None if failure.kind == "declined" else failure
        return error if error < np.inf else None

    def _bound(self, arrays: list[NDArray[Any]], scale: float) -> Callable[[], Any]:
        if self.promises:
            inputs = Attention(arrays[0], arrays[1], arrays[2], scale, copy=False)
            return lambda: self.object(inputs)
        operands = [tensor(X) for X in arrays] if self.tensors else arrays
        if self.conventions.scale != "argument":
            return lambda: self.object(*operands)
        return lambda: called(self.object, operands, scale)

    def _failed(self, error: BaseException) -> Failure:
        """What an exception comes to; of one that speaks of types, with what was given."""
        failure = failure_of(error)
        if self.promises or failure.kind != "raised" or not isinstance(error, MISUSED):
            return failure
        what = f"{'torch tensors' if self.tensors else 'NumPy arrays'} of {self.conventions.dtype}"
        return Failure("raised", f"{failure.reason:.100}; {was_given(what)}")

    def _seed(self) -> None:
        seed = self.conventions.seed
        if seed is not None:
            random.seed(seed)
            np.random.seed(seed % 2**32)
            if "torch" in sys.modules:
                sys.modules["torch"].manual_seed(seed)


def object_of(target: str, path: Path | None) -> Any:
    """The object that a target names; classes are called without arguments. Errors: `BadInput`."""
    ours = our_algorithm(target)
    if ours is not None:
        return ours
    made = loaded(target, "kernel", installed("hardlab.attention"), OURS["hardlab.attention"], path, said=target, alone=True)
    if not callable(made):
        raise BadInput(f"{target} is a {type(made).__name__}: a kernel is a function f(Q, K, V, scale) or an Algorithm")
    return made


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


def _check_signature(callee: Any, target: str, conventions: Conventions) -> None:
    """Errors: `BadInput` for another signature than the conventions ask for."""
    argument = conventions.scale == "argument"
    try:
        check_signature(callee, target, scale=argument)
    except BadInput as error:
        raise BadInput(f"{error}; or --scale says which one is built in" if argument else f"{error}") from None
