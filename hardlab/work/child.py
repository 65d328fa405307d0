"""Processes with limits: started in a group of their own, asked over pipes, ended with all that they started.

`Child` is a process that serves requests, one line of JSON each way (`serving.serve` is its side). It ends with
the process that started it, in the middle of a request too (`life.end_with_pipe`).
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
from collections.abc import Mapping
from typing import Any

from hardlab.work.failure import Failure, failure_of_end
from hardlab.work.serving import Message
from instances.faults import one_line

GRACE = 2.0
"""Seconds for a process whose pipe has closed to end by itself, so that its exit code is its own."""

LINE = 2**24
"""Bytes of an answer, at most."""


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
    command: list[str], *, inherited: tuple[int, ...] = (), environment: Mapping[str, str] | None = None, heard: bool = True
) -> "subprocess.Popen[bytes]":
    """A process in a process group of its own, with nothing on stdin, its stdout dropped and its stderr piped; or, where its
    last words are not to be `heard`, both on our stderr.
    """
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if heard else 2,
        stderr=subprocess.PIPE if heard else None,
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


class Child:
    """A process of `module`, which calls `serve`, and the pipes to it. `who` runs there, in the reasons of failures.

    It finds modules where this process does. Errors: `OSError` where no process can be started.
    """

    def __init__(self, module: str, who: str, environment: Mapping[str, str] | None = None, heard: bool = True) -> None:
        self._who = who
        with contextlib.ExitStack() as stack:
            incoming, self.requests = _pipe(stack)
            self.answers, outgoing = _pipe(stack)
            theirs, self._life = _pipe(stack)
            inherited = (incoming, outgoing, theirs)
            command = [sys.executable, "-P", "-m", module, *map(str, inherited)]
            path = os.pathsep.join(folder or os.getcwd() for folder in sys.path)
            set_ = {**os.environ, **(environment or {}), "PYTHONPATH": path}
            self.process = started(command, inherited=inherited, environment=set_, heard=heard)
            for descriptor in inherited:
                os.close(descriptor)
            stack.pop_all()
        self._words = Words(self.process.stderr) if heard else None

    def ask(self, request: Message, seconds: float, memory: int) -> Message:
        """The answer to a request; `memory` is the limit that reasons name. Errors: `Gone`."""
        try:
            os.write(self.requests, (json.dumps(request) + "\n").encode())
        except BrokenPipeError:
            raise Gone(self._end_of_itself(memory)) from None
        line, until = b"", time.monotonic() + seconds
        while not line.endswith(b"\n") and len(line) <= LINE:
            if time.monotonic() >= until:
                raise Gone(Failure("timeout", f"no answer after {seconds:g} seconds"))
            ready = select.select([self.answers], [], [], min(0.1, max(0.0, until - time.monotonic())))[0]
            block = os.read(self.answers, 2**16) if ready else b""
            line += block
            if not block and (ready or ended(self.process, 0.0)):
                raise Gone(self._end_of_itself(memory))
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Gone(Failure("crashed", f"{self._who} wrote into the pipe of its process"))
        return answer

    def _end_of_itself(self, memory: int) -> Failure:
        if not ended(self.process, GRACE):
            return Failure("crashed", f"{self._who} closed the pipe of its process")
        return failure_of_end(end(self.process), self._words.last() if self._words else "", memory)

    def end(self) -> None:
        end(self.process)
        for descriptor in (self.requests, self.answers, self._life):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        if self._words:
            self._words.last()


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    ends = os.pipe()
    for descriptor in ends:
        stack.callback(os.close, descriptor)
    return ends
