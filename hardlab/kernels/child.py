"""A kernel in a process of its own: whatever it does there, a call gives an `Outcome` and the caller is unharmed.

`ChildKernel` sends Q, K and V to `worker` in files of a temporary folder, over pipes that are not its stdout. A call that does
not answer in `timeout` seconds ends the process and all that it started (its process group). So does every failure after
which the process may not be what it was (all but `declined` and `shape`); the next call starts afresh. `memory` bytes of
address space are allowed beside what loading took.
"""

import contextlib
import os
import weakref
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, get_args

import numpy as np

from hardlab.kernels.call import Call
from hardlab.kernels.kernel import Answer, Conventions, Offer, Outcome, of_one_head
from hardlab.kernels.offering import NoKernel
from hardlab.work.child import Child, Gone, ended
from hardlab.work.failure import Failure, FailureKind
from hardlab.work.limits import LEAST_LOADING, LOADING, check_limits
from hardlab.work.serving import Message
from instances.coded import Floats
from instances.faults import BadInput, one_line
from instances.memory import bytes_text


class ChildKernel:
    """A kernel by its target: a name of ours or of an entry point (parameters in brackets), `module:object`, FILE.py[:object].

    Errors: `BadInput` at construction for limits that are none; by `load`, or by the first call, where the target cannot be
    loaded.
    """

    def __init__(
        self,
        target: str,
        conventions: Conventions,
        timeout: float,
        memory: int,
        path: Path | None = None,
    ) -> None:
        check_limits(timeout, memory)
        self.name, self.conventions = target, conventions
        self._timeout, self._memory, self._path = timeout, memory, path
        self._loading = min(LOADING, max(LEAST_LOADING, timeout))
        self._running: list[Child] = []
        self._promises = True
        self._known, self.seed_of_check = False, 0
        self._offer = Offer()
        self._finalizer = weakref.finalize(self, _end_all, self._running)

    def load(self) -> "ChildKernel":
        """Start the process and load the target, if that is not done. Errors: `BadInput`."""
        try:
            self._child()
        except Gone as gone:
            self.close()
            within = f" in {self._loading:g} seconds" if gone.failure.kind == "timeout" else ""
            raise BadInput(f"{self.name} cannot be loaded{within}: {gone.failure.reason}") from None
        return self

    @property
    def offer(self) -> Offer:
        """What it takes; the process is started for that. Errors: `BadInput`."""
        if not self._known:
            self.load()
        return self._offer

    def call(self, call: Call) -> Outcome:
        with self._asked(call) as (answer, folder):
            outcome = _outcome(answer, folder, call, self._memory)
        if isinstance(outcome, Failure) and outcome.kind not in ("declined", "shape"):
            self.close()
        return outcome

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        return of_one_head(self.call(Call(Q[None, None], K[None, None], V[None, None], scale)))

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        """The largest error that the kernel promises, None where it promises nothing or declines. Errors: as a call."""
        if not self._known:
            self.load()
        if not self._promises:
            return None
        with self._asked(Call(Q[None, None], K[None, None], V[None, None], scale), promise=True) as (answer, _):
            if isinstance(answer, Failure) or "kind" in answer:
                return _failure(answer, self._memory)
            return answer.get("promise")

    def close(self) -> None:
        """End the process, if there is one; a further call starts another."""
        _end_all(self._running)

    def __enter__(self) -> "ChildKernel":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    @contextlib.contextmanager
    def _asked(self, call: Call, promise: bool = False) -> Iterator[tuple[Message | Failure, Path]]:
        """The answer about a call, and the folder it is in while this lasts. Errors: `BadInput` at the first loading."""
        with TemporaryDirectory(prefix="hardlab-", ignore_cleanup_errors=True) as folder:
            try:
                child = self._child() if self._known else self.load()._child()
                message = call.save(Path(folder))
                request = {"folder": folder, "call": message, "promise": promise, "alarm": self._timeout}
                answer: Message | Failure = child.ask(request, self._timeout, self._memory)
            except Gone as gone:
                answer = gone.failure
                self.close()
            except BadInput as error:
                if not self._known:
                    raise
                answer = Failure("crashed", str(error))
            except OSError as error:
                answer = Failure("crashed", f"the inputs could not be written: {one_line(error)}")
                self.close()
            except BaseException:
                self.close()
                raise
            yield answer, Path(folder)

    def _child(self) -> Child:
        """The process, with the target loaded. Errors: `BadInput`; `Gone`."""
        if self._running and ended(self._running[0].process, 0.0):
            self.close()
        if not self._running:
            try:
                child = Child("hardlab.kernels.worker", "the kernel")
            except OSError as error:
                raise Gone(Failure("crashed", f"no process could be started: {one_line(error)}")) from None
            self._running.append(child)
            try:
                answer = child.ask(self._specification(), self._loading, self._memory)
            except KeyboardInterrupt:
                self.close()
                raise
            if "bad" in answer:
                self.close()
                raise (BadInput if answer.get("kernel", True) else NoKernel)(str(answer["bad"]))
            self._promises, self._known = answer.get("ready") is True, True
            self._offer = _offered(answer.get("offer"))
        return self._running[0]

    def _specification(self) -> Message:
        return {
            "target": self.name,
            "path": None if self._path is None else str(self._path),
            "conventions": asdict(self.conventions),
            "memory": self._memory,
            "pythonpath": os.environ.get("PYTHONPATH"),
            "alarm": self._loading,
        }


def _end_all(running: list[Child]) -> None:
    while running:
        running.pop().end()


def _offered(given: Any) -> Offer:
    """The offer that a process speaks of, as far as it is one."""
    try:
        lists = {name: tuple(map(str, given[name])) for name in ("features", "stores", "corners")}
        pairs = tuple((str(one), str(other)) for one, other in given["apart"])
        missing = {str(name): str(why) for name, why in given["missing"].items()}
        sizes = None if given["sizes"] is None else tuple(map(int, given["sizes"]))
        return Offer(**{**given, **lists, "apart": pairs, "missing": missing, "sizes": sizes})
    except (TypeError, KeyError, ValueError, AttributeError):
        return Offer()


def _outcome(answer: Message | Failure, folder: Path, call: Call, memory: int) -> Outcome:
    """The outcome that an answer of `worker` stands for."""
    if isinstance(answer, Failure) or "kind" in answer:
        return _failure(answer, memory)
    wanted = [(*call.Q.shape[:3], call.V.shape[3])]
    if call.dO is not None:
        wanted += [call.Q.shape, call.K.shape, call.V.shape]
    try:
        arrays = [np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("T", "dQ", "dK", "dV")[: len(wanted)]]
        if all(array.shape == shape and array.dtype == np.float64 for array, shape in zip(arrays, wanted, strict=True)):
            gradients = (arrays[1], arrays[2], arrays[3]) if len(arrays) == 4 else None
            noticed, used = (tuple(map(str, answer.get(name, ()))) for name in ("noticed", "operators"))
            return Answer(arrays[0], str(answer["dtype"]), float(answer["seconds"]), gradients, noticed, used)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return Failure("crashed", "the process of the kernel gave no output")


def _failure(answer: Message | Failure, memory: int) -> Failure:
    """The failure that an answer with a "kind" stands for."""
    if isinstance(answer, Failure):
        return answer
    kind: FailureKind = answer["kind"] if answer["kind"] in get_args(FailureKind) else "crashed"
    limit = f" (the limit is {bytes_text(memory)})" if kind == "memory" else ""
    return Failure(kind, one_line(answer.get("reason", "")) + limit)
