"""A loaded kernel, called by its conventions."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from attention.function import MISUSED, called, was_given
from hardlab.kernels.adapters import adapter_named, likely, on_device
from hardlab.kernels.adapters.adapter import Adapter, NoGradients, WrongGradients
from hardlab.kernels.adapters.of_numpy import ADAPTER as NUMPY
from hardlab.kernels.arrays import scaled
from hardlab.kernels.call import Call
from hardlab.kernels.conventions import convention_of
from hardlab.kernels.fitting import asked_in_parts
from hardlab.kernels.kernel import Answer, Conventions, Offer, Outcome
from hardlab.kernels.model import offered, sizes_of
from hardlab.kernels.of_algorithms import answered, promised
from hardlab.kernels.offering import (
    backward_of,
    checked_signature,
    object_of,
    offer_of_algorithm,
    offer_of_function,
    parameters_of,
)
from hardlab.kernels.spelling import ConventionFault, beside, laid, untold, words_of
from hardlab.kernels.storing import memory
from hardlab.kernels.watching import Finding, Seen, Watch, at_loading
from hardlab.kernels.watching.operators import attention_of_libraries, operators
from hardlab.work.failure import Failure, failure_of
from instances.coded import Floats
from instances.faults import BadInput

EXTRAS = {"batch", "heads", "gqa", "cross", "width", "layouts"}
"""What conventions assume of a kernel and its signature does not say."""

REFUSALS = (ValueError, TypeError, RuntimeError, AssertionError)

TRIED = ((2, 8), (64, 64), (64, 128))
"""n and d of the calls by which it is found whose arrays a kernel takes: some take no others."""


def _said(finding: Finding) -> str:
    return f"{finding.key}: {finding.sentence}"


class Callee:
    """A loaded target under its conventions. Errors: `BadInput` where the two do not fit."""

    def __init__(self, target: str, path: Path | None, conventions: Conventions) -> None:
        self.target, self.conventions = target, conventions
        self.convention = convention_of(conventions, path)
        self.sizes = sizes_of(target, path) if self.convention.name == "kernelbench" else None
        if self.convention.name == "kernelbench":
            self.convention = replace(self.convention, parameters=offered(self.convention.parameters, self.sizes))
        with at_loading() as seen:
            self.object = object_of(target, path, self.convention, conventions)
        self._early = [_said(finding) for finding in seen]
        self.promises = callable(getattr(self.object, "promise", None))
        self.backward = backward_of(conventions.backward, path)
        self._last: Sequence[Any] | None = None
        self._watch = Watch(conventions.seed is not None)
        self.folder: Path | None = None
        if self.promises and (conventions.scale != "argument" or conventions.layout != "nd" or self.convention.name != "plain"):
            raise BadInput(f"{target} is an Algorithm: it takes (n, d) and the scale in its inputs, leave both conventions")
        if self.convention.name == "plain" and not self.promises:
            checked_signature(self.object, target, conventions)
        self._parameters = parameters_of(self.object)
        self.adapter = self._adapter()
        self.offer = self._offered()
        on_device(self.adapter, conventions.device, target)

    def _has(self, name: str) -> bool:
        return self._parameters is None or name in self._parameters

    def _adapter(self) -> Adapter:
        """Of the library whose arrays it takes; where that is not said, the first with which a small call goes well."""
        if self.promises:
            return adapter_named("numpy", self.target)
        names = likely(self.object)
        if self.conventions.dtype == "bfloat16":
            names = [name for name in names if name != "numpy"] or ["torch"]
        if len(names) > 1:
            self.offer = self._offered()
            for (n, d), name in product(TRIED, names):
                self.adapter = adapter_named(name, self.target)
                ones = np.ones((1, 1, n, d))
                outcome = self.call(Call(ones, ones, ones[..., :1] if self.convention.sums else ones, 1.0))
                if isinstance(outcome, Answer):
                    self._early += outcome.noticed
                    return self.adapter
        return adapter_named(names[0], self.target)

    def _offered(self) -> Offer:
        if self.promises:
            return offer_of_algorithm(self.target, self.object, self.conventions)
        arrays = getattr(self, "adapter", NUMPY)
        return offer_of_function(self.target, self._parameters, self.convention, self.conventions, arrays, self.sizes)

    def call(self, call: Call) -> Outcome:
        """What a call of it comes to, whatever it does short of ending the process."""
        if self.promises:
            return answered(self.object, call, lambda error: self._failed(error, call))
        return self._called(call) if self.convention.sums else asked_in_parts(self._called, call, self.offer.features)

    def _called(self, call: Call) -> Outcome:
        call = untold(call, self.offer)
        b, H, G, n, m, d, v = call.sizes
        how = replace(self.conventions, scale=self.offer.scale)
        Q = scaled(call.Q, call.scale, how.built_in(d))
        views = [
            laid(X, word, how.dtype, self.convention.axes)
            for X, word in zip((Q, *call.operands[1:]), call.stored, strict=False)
        ]
        kept = [memory(view)[0].tobytes() for view in views]
        watched, forward = Seen(), list[bool]()  # whether the output was given that is differentiated
        try:
            operands = [self.adapter.operand(view, how.device) for view in views]
            operands = self._in_place(operands) if call.again else operands
            self._last = operands
            words = words_of(self.convention, call, self._other)
            words = {name: given for name, given in words.items() if name not in self.convention.optional or self._has(name)}
            run = self._bound(words, call.scale, how)
            if how.seed is not None:
                self.adapter.seed(how.seed)
            with self._watch.call(dict(zip(("Q", "K", "V", "dO"), operands, strict=False)), self.folder, watched) as seen:
                start = time.perf_counter()
                if call.dO is None:
                    given, gradients = run(*operands), None
                else:
                    given, gradients = self._differentiated(run, operands, words, call.scale, forward)
                self.adapter.wait(given)
                seconds = time.perf_counter() - start
                seen.gave(given if gradients is None else (given, *gradients))
            dtype, output = self.adapter.numbers(given)
            noticed = (*self._early, *map(_said, seen.findings))
            self._early = []
            used = attention_of_libraries(operators(lambda: run(*operands[:3]))) if call.listen else ()
            found = None if gradients is None else [self.adapter.numbers(gradient)[1] for gradient in gradients]
        except NoGradients as error:
            return Failure("declined", str(error))
        except WrongGradients as error:
            return Failure("shape", str(error))
        except ConventionFault as error:
            return Failure("raised", str(error))
        except BaseException as error:
            self._early += map(_said, watched.findings)
            return failure_of(error) if forward and isinstance(error, REFUSALS) else self._failed(error, call)
        if not call.again:
            changed = [
                name
                for name, view, old in zip(("Q", "K", "V", "dO"), views, kept, strict=False)
                if memory(view)[0].tobytes() != old
            ]
            if changed:
                return Failure("mutated", f"the kernel changed its input {' and '.join(changed)}")
        expected = self.convention.shape(b, H, n, v)
        if output is None or output.shape != expected:
            what = f"shape {output.shape}" if output is not None else "what is no array of real numbers"
            return Failure("shape", f"the kernel gave {what} ({dtype}), expected {expected} of real numbers")
        whole = self.convention.back(output, b, H, n, v)
        if found is None:
            return Answer(whole, dtype, seconds, None, noticed, used)
        shapes = ((b, H, n, d), (b, G, m, d), (b, G, m, v))
        for name, gradient, shape in zip("QKV", found, shapes, strict=True):
            wanted = self.convention.shape(*shape)
            if gradient is None or gradient.shape != wanted:
                what = "no array of real numbers" if gradient is None else f"of shape {gradient.shape}"
                return Failure("shape", f"d{name} is {what}, expected {wanted}")
        dQ, dK, dV = (self.convention.back(x, *shape) for x, shape in zip(found, shapes, strict=True) if x is not None)
        own = how.built_in(d)
        dQ = dQ if own is None or own == call.scale else dQ * (call.scale / own)
        return Answer(whole, dtype, seconds, (dQ, dK, dV), noticed, used)

    def _other(self, array: NDArray[Any]) -> Any:
        return self.adapter.other(beside(array, self.conventions.dtype), self.conventions.device)

    def _in_place(self, operands: list[Any]) -> list[Any]:
        """The arrays of the call before, with these values, where that can be."""
        self._watch.late()
        last = self._last or ()
        if len(last) == len(operands) and all(self.adapter.refill(old, new) for old, new in zip(last, operands, strict=True)):
            return list(last)
        return operands

    def _bound(self, words: dict[str, Any], scale: float, how: Conventions) -> Callable[..., Any]:
        if how.scale != "argument":
            return lambda *operands: self.object(*operands, **words)
        if self.convention.name == "plain":
            return lambda *operands: called(self.object, list(operands), scale)
        name, given = self.convention.scale, 2 if self.convention.sums else None
        return lambda *operands: self.object(*operands[:given], **{name: scale}, **words)

    def _differentiated(
        self, run: Callable[..., Any], operands: Sequence[Any], words: dict[str, Any], scale: float, forward: list[bool]
    ) -> tuple[Any, Sequence[Any]]:
        """The output, noted in `forward` where the library differentiates it, and three gradients.

        Errors: `NoGradients`, `WrongGradients`.
        """

        def noted(*given: Any) -> Any:
            output = run(*given)
            forward.append(True)
            return output

        if self.backward is None:
            return self.adapter.differentiated(noted, operands[:3], operands[3])
        given = run(*operands[:3])
        found = self.backward(*operands, scale, **words)
        if not isinstance(found, tuple | list) or len(found) != 3:
            count = f"{len(found)} things" if isinstance(found, tuple | list) else f"a {type(found).__name__}"
            raise WrongGradients(f"{self.conventions.backward} gave {count}, expected (dQ, dK, dV)")
        return given, found

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        """The largest error promised, None where it promises nothing or declines."""
        return promised(self.object, Q, K, V, scale)

    def _failed(self, error: BaseException, call: Call) -> Failure:
        """What an exception comes to; of one that speaks of types, with what was given.

        What is raised on purpose for a call that not all kernels need take is a way of declining it.
        """
        failure = failure_of(error)
        if self.promises or failure.kind != "raised":
            return failure
        if isinstance(error, NotImplementedError) or (isinstance(error, REFUSALS) and self._is_extra(call)):
            return Failure("declined", failure.reason)
        if not isinstance(error, MISUSED):
            return failure
        kind = {"numpy": "NumPy arrays", "torch": "torch tensors"}.get(self.adapter.name, f"{self.adapter.name} arrays")
        return Failure("raised", f"{failure.reason:.100}; {was_given(f'{kind} of {self.conventions.dtype}')}")

    def _is_extra(self, call: Call) -> bool:
        """Whether it needs more than all kernels have, or has other sizes than the kernel's file speaks of."""
        if self.convention.sums:
            return False
        return bool(EXTRAS & set(call.needs)) or self.sizes not in (None, call.sizes)
