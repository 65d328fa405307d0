"""A kernel in a process of its own: whatever it does there, a call gives an `Outcome` and the caller is unharmed.

`ChildKernel` sends Q, K and V to `worker` in files of a temporary folder, over pipes that are not its stdout. A call that does
not answer in `timeout` seconds ends the process and all that it started (its process group). So does every failure after
which the process may not be what it was (all but `declined` and `shape`); the next call starts afresh. `memory` bytes of
address space are allowed beside what loading took.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, get_args

import numpy as np

from hardlab.kernels.kernel import Answer, Conventions, Failure, FailureKind, Outcome
from hardlab.kernels.worker import speaks_of_memory
from instances.coded import Floats
from instances.problem import BadInput, bytes_text, one_line

LOADING = 120.0
"""Seconds in which a kernel must be loaded."""

LONGEST = 1e6
"""The largest timeout in seconds."""

LINE = 2**16
"""Bytes of an answer, at most."""

GRACE = 2.0
"""Seconds for a process whose pipe has closed to end by itself, so that its exit code is its own."""

Message = dict[str, Any]


class Gone(Exception):
    """The process ended, or did not answer in time: the failure that this is."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


class Words:
    """The end of what a process writes, read as it comes; no more than `most` bytes are kept."""

    def __init__(self, stream: Any, most: int = 4096) -> None:
        self._kept, self._most = b"", most
        self._reader = threading.Thread(target=self._read, args=(stream,), daemon=True)
        self._reader.start()

    def _read(self, stream: Any) -> None:
        with stream:
            while block := stream.read1():
                self._kept = (self._kept + block)[-self._most :]

    def last(self) -> str:
        """The last line, empty where there is none."""
        self._reader.join(GRACE)
        lines = self._kept.decode(errors="replace").strip().splitlines()
        return one_line(lines[-1]) if lines else ""


def started(
    command: list[str], *, inherited: tuple[int, ...] = (), environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """A process in a process group of its own, with nothing on stdin, its stdout dropped and its stderr piped."""
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=inherited,
        env=environment,
        start_new_session=True,
    )


def ended(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    """Whether it ends in that time; it stays a zombie, so that its process group still is its own."""
    until = time.monotonic() + seconds
    while process.returncode is None and os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)
    return True


def end(process: "subprocess.Popen[bytes]") -> int:
    """End it and its process group; its exit code."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    return process.wait()


def failure_of_end(code: int, words: str, memory: int) -> Failure:
    """What the end of a process by itself comes to, by its exit code and its last words."""
    said = f"; it said: {words}" if words else ""
    if speaks_of_memory(words):
        return Failure("memory", f"{words} (the limit is {bytes_text(memory)})")
    if code == -signal.SIGKILL:
        return Failure("memory", f"killed by SIGKILL, as systems do when memory runs out{said}")
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        return Failure("crashed", f"killed by {name}{said}")
    return Failure("crashed", f"the process ended with exit code {code}{said}")


def check_limits(timeout: float, memory: int) -> None:
    """Errors: `BadInput` for limits that are none."""
    if not 0 < timeout <= LONGEST:
        raise BadInput(f"a timeout of {timeout:g} seconds: it must be positive and at most {LONGEST:g}")
    if memory < 1:
        raise BadInput(f"a memory limit of {memory} bytes: it must be at least 1")


class _Child:
    """One process of `worker`, and the pipes to it."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        with contextlib.ExitStack() as stack:
            incoming, self._requests = _pipe(stack)
            self._answers, outgoing = _pipe(stack)
            command = [sys.executable, "-P", "-m", "hardlab.kernels.worker", str(incoming), str(outgoing)]
            environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folder or os.getcwd() for folder in sys.path)}
            self.process = started(command, inherited=(incoming, outgoing), environment=environment)
            os.close(incoming)
            os.close(outgoing)
            stack.pop_all()
        self._words = Words(self.process.stderr)

    def ask(self, request: Message, seconds: float) -> Message:
        """The answer to a request. Errors: `Gone`."""
        try:
            os.write(self._requests, (json.dumps(request) + "\n").encode())
        except BrokenPipeError:
            raise Gone(self._end_of_itself()) from None
        line, until = b"", time.monotonic() + seconds
        while not line.endswith(b"\n") and len(line) <= LINE:
            if time.monotonic() >= until:
                raise Gone(Failure("timeout", f"no answer after {seconds:g} seconds"))
            ready = select.select([self._answers], [], [], min(0.1, max(0.0, until - time.monotonic())))[0]
            block = os.read(self._answers, 2**16) if ready else b""
            line += block
            if not block and (ready or ended(self.process, 0.0)):
                raise Gone(self._end_of_itself())
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Gone(Failure("crashed", "the kernel wrote into the pipe of its process"))
        return answer

    def _end_of_itself(self) -> Failure:
        if not ended(self.process, GRACE):
            return Failure("crashed", "the kernel closed the pipe of its process")
        return failure_of_end(end(self.process), self._words.last(), self._memory)

    def end(self) -> None:
        end(self.process)
        for descriptor in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._words.last()


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for descriptor in ends:
        stack.callback(os.close, descriptor)
    return ends


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
        self._running: list[_Child] = []
        self._promises = True
        self._known = False
        self._finalizer = weakref.finalize(self, _end_all, self._running)

    def load(self) -> "ChildKernel":
        """Start the process and load the target, if that is not done. Errors: `BadInput`."""
        try:
            self._child()
        except Gone as gone:
            self.close()
            within = f" in {LOADING:g} seconds" if gone.failure.kind == "timeout" else ""
            raise BadInput(f"{self.name} cannot be loaded{within}: {gone.failure.reason}") from None
        return self

    def __call__(self, Q: Floats, K: Floats, V: Floats, scale: float) -> Outcome:
        with self._asked("call", Q, K, V, scale) as (answer, folder):
            outcome = _outcome(answer, folder, (Q.shape[0], V.shape[1]), self._memory)
        if isinstance(outcome, Failure) and outcome.kind not in ("declined", "shape"):
            self.close()
        return outcome

    def promise(self, Q: Floats, K: Floats, V: Floats, scale: float) -> float | Failure | None:
        """The largest error that the kernel promises, None where it promises nothing or declines. Errors: as a call."""
        if not self._known:
            self.load()
        if not self._promises:
            return None
        with self._asked("promise", Q, K, V, scale) as (answer, _):
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
    def _asked(self, what: str, Q: Floats, K: Floats, V: Floats, scale: float) -> Iterator[tuple[Message | Failure, Path]]:
        """The answer about inputs, and the folder they are in while this lasts. Errors: `BadInput` at the first loading."""
        with TemporaryDirectory(prefix="hardlab-", ignore_cleanup_errors=True) as folder:
            try:
                child = self._child() if self._known else self.load()._child()
                for name, X in zip("QKV", (Q, K, V), strict=True):
                    np.save(Path(folder) / f"{name}.npy", X)
                request = {what: folder, "scale": float(scale), "alarm": self._timeout}
                answer: Message | Failure = child.ask(request, self._timeout)
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

    def _child(self) -> _Child:
        """The process, with the target loaded. Errors: `BadInput`; `Gone`."""
        if self._running and ended(self._running[0].process, 0.0):
            self.close()
        if not self._running:
            try:
                child = _Child(self._memory)
            except OSError as error:
                raise Gone(Failure("crashed", f"no process could be started: {one_line(error)}")) from None
            self._running.append(child)
            try:
                answer = child.ask(self._specification(), LOADING)
            except KeyboardInterrupt:
                self.close()
                raise
            if "bad" in answer:
                self.close()
                raise BadInput(str(answer["bad"]))
            self._promises, self._known = answer.get("ready") is True, True
        return self._running[0]

    def _specification(self) -> Message:
        return {
            "target": self.name,
            "path": None if self._path is None else str(self._path),
            "conventions": asdict(self.conventions),
            "memory": self._memory,
            "pythonpath": os.environ.get("PYTHONPATH"),
            "alarm": LOADING,
        }


def _end_all(running: list[_Child]) -> None:
    while running:
        running.pop().end()


def _outcome(answer: Message | Failure, folder: Path, shape: tuple[int, int], memory: int) -> Outcome:
    """The outcome that an answer of `worker` stands for."""
    if isinstance(answer, Failure) or "kind" in answer:
        return _failure(answer, memory)
    try:
        output = np.load(folder / "T.npy", allow_pickle=False)
        if output.shape == shape and output.dtype == np.float64:
            return Answer(output, str(answer["dtype"]), float(answer["seconds"]))
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
