"""A call of foreign code, watched from inside its process."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from hardlab.kernels.watching.finding import Finding
from hardlab.kernels.watching.held import LARGEST, Held, arrays, extent, held, odd_class, overlap, size
from hardlab.kernels.watching.replaced import Functions
from hardlab.kernels.watching.searching import Search, listening
from hardlab.kernels.watching.state import State

R = TypeVar("R")

OUTPUTS = 64
"""Outputs of the calls before that are held, at most."""


AT_LOADING = ("exit-handler", "tracing", "float-rounding", "float-denormals", "garbage", "folder")
"""What no file has to do when it is loaded; other states are set there for good reasons."""


@contextmanager
def at_loading() -> Iterator[list[Finding]]:
    """While this lasts a kernel is loaded; what was seen is in the list when it is over."""
    found: list[Finding] = []
    state = State(seeded=True)
    before = state.read()
    yield found
    found += [finding for finding in state.changed(before) if finding.key in AT_LOADING]


class Seen:
    """What was seen of one call. Hand what the kernel gave through `gave`; `findings` are there when the call is over."""

    def __init__(self) -> None:
        self.findings: tuple[Finding, ...] = ()
        self.given: Any = None

    def gave(self, given: R) -> R:
        """The same; its memory is looked at after the call and before later ones."""
        self.given = given
        return given


class Watch:
    """Watches one kernel, from when it is loaded, through its calls.

        watch = Watch()
        with watch.call({"Q": Q, "K": K, "V": V}) as seen:
            given = seen.gave(kernel(Q, K, V, scale))
        seen.findings

    What changes late is found at the next call, or by `late`. Code in the same process can get round all of this if it is
    written to.
    """

    def __init__(self, seeded: bool = False) -> None:
        self._state, self._functions = State(seeded), Functions()
        self._threads = set(threading.enumerate())
        self._left: list[str] = []
        self._operands: list[Held] = []
        self._outputs: list[Held] = []

    @contextmanager
    def call(self, operands: Mapping[str, Any], folder: Path | None = None, seen: Seen | None = None) -> Iterator[Seen]:
        """While this lasts the kernel runs. `operands` are what it is given, `folder` is where its inputs lie as files. What is
        seen is kept in `seen`, where the call ends with an exception too.
        """
        seen, found = seen or Seen(), self.late()
        search = Search(folder, [where for X in operands.values() if (where := extent(X)) is not None])
        before = self._state.read()
        try:
            with listening(search):
                yield seen
        finally:
            found += [*search.found, *self._state.changed(before), *self._functions.replaced()]
            found += self._after(operands, seen.given)
            seen.findings = tuple(dict.fromkeys(found))

    def late(self) -> list[Finding]:
        """What changed since the last call was over. Operands are then let go: ask before the same arrays are written anew."""
        changed = [X.name for X in self._operands if X.changed]
        found = [Finding("operand-late", f"{name} changed after the call had returned") for name in changed]
        if any(X.changed for X in self._outputs):
            found.append(Finding("output-late", "an output changed after the call that gave it had returned"))
            self._outputs = held((X.name, X.array) for X in self._outputs)
        if found and self._left:
            found.append(Finding("thread-left", f"threads went on after the call: {', '.join(self._left)}"))
        self._operands = []
        return found

    def _after(self, operands: Mapping[str, Any], given: Any) -> list[Finding]:
        """Findings about where the outputs lie and what they are. They and the operands are held for the next call."""
        found = []
        outputs = arrays(given)
        for X in outputs:
            odd = odd_class(X)
            if odd is not None:
                found.append(Finding("output-class", odd))
            lent = [name for name, operand in operands.items() if overlap(X, operand)]
            if lent:
                found.append(Finding("output-operand", f"the output lies in the memory of {' and '.join(lent)}"))
        others = [old for old in self._outputs if not any(overlap(X, old.array) for X in outputs)]
        if len(others) < len(self._outputs):
            found.append(Finding("output-again", "the output lies in the memory of an output given before"))
        self._outputs = [*held(("output", X) for X in outputs), *others][:OUTPUTS]
        while sum(size(X.array) for X in self._outputs) > LARGEST:
            self._outputs.pop()
        self._operands = held(iter(operands.items()))
        self._left = [thread.name for thread in threading.enumerate() if thread not in self._threads]
        return found
