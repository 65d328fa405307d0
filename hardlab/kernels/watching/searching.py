"""What a kernel looks for in its process beside its operands, by Python's audit events while a call runs.

An event is the kernel's where the nearest code that is not Python's own library is the kernel's: what libraries do, and what is
imported, is no fault.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import fsdecode
from os.path import abspath, basename, dirname, join
from pathlib import Path
from types import FrameType
from typing import Any

from hardlab.kernels.watching.finding import Finding
from hardlab.kernels.watching.whose import OURS, own, standard

COMPILERS = ("cc", "c++", "gcc", "g++", "clang", "clang++", "nvcc", "hipcc", "ninja", "make", "cmake", "ld")
"""Programs by which a kernel may make itself."""

OBJECTS = ("gc.get_objects", "gc.get_referrers", "gc.get_referents")
MEMORY = ("ctypes.cdata", "ctypes.string_at", "ctypes.wstring_at", "ctypes.PyObj_FromPtr")
FRAMES = ("sys._getframe", "sys._current_frames", "object.__getattr__")
FILES = ("open", "os.listdir", "os.scandir")
PROCESSES = ("subprocess.Popen", "os.system", "os.posix_spawn")
FORKS = ("os.fork", "os.forkpty")
NETWORK = ("socket.connect",)

EVENTS = frozenset((*OBJECTS, *MEMORY, *FRAMES, *FILES, *PROCESSES, *FORKS, *NETWORK))

_HERE = basename(__file__)

STANDING_IN = {"search-frames": (_HERE, "inspect.py", "traceback.py"), "process": (_HERE, "subprocess.py")}
"""Modules of Python's library that do what a caller asks for; others do it for themselves, as logging looks at frames."""


class Search:
    """What one call looks for. `folder` has its inputs; `extents` are the addresses that its operands lie between."""

    def __init__(self, folder: Path | None, extents: list[tuple[int, int]]) -> None:
        self.found: list[Finding] = []
        self._folder = None if folder is None else abspath(folder)
        self._extents = extents

    def saw(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Notes the event if it is the kernel's and no business of a kernel."""
        finding = self._finding(event, arguments)
        if finding is not None and finding not in self.found and self._is_kernels(finding):
            self.found.append(finding)

    def _finding(self, event: str, arguments: tuple[Any, ...]) -> Finding | None:
        first = arguments[0] if arguments else None
        if event in OBJECTS:
            return Finding("search-objects", f"it went through the objects of the process ({event})")
        if event in MEMORY:
            inside = isinstance(first, int) and any(low <= first < high for low, high in self._extents)
            return None if inside else Finding("search-memory", f"it read memory by its address ({event})")
        if event in FRAMES:
            if event == "object.__getattr__" and arguments[1] not in ("tb_frame", "gi_frame", "cr_frame", "ag_frame"):
                return None
            return Finding("search-frames", "it looked at the frames of its callers")
        if event in FILES:
            return self._file(event, first)
        if event in FORKS:
            return Finding("process", "it forked the process")
        if event in PROCESSES:
            program = basename(str(first))
            return None if program in COMPILERS else Finding("process", f"it started the program {program}")
        return Finding("network", f"it connected to {arguments[1]}")

    def _file(self, event: str, name: Any) -> Finding | None:
        if not isinstance(name, str | bytes | Path):
            return None
        path = abspath(fsdecode(name))
        did = "opened" if event == "open" else "listed"
        if self._folder is not None and path in (self._folder, dirname(self._folder)) and did == "listed":
            return Finding("search-files", "it listed the folder in which its inputs lie")
        if self._folder is not None and dirname(path) == self._folder:
            return Finding("search-inputs", f"it opened {basename(path)} in the folder of its inputs")
        if join(path, "").startswith(OURS):
            return Finding("search-files", f"it {did} {basename(path)} of this lab")
        if path.startswith("/proc/") and basename(path) in ("mem", "maps"):
            return Finding("search-memory", f"it opened {path}")
        return None

    def _is_kernels(self, finding: Finding) -> bool:
        """Whoever opens the inputs does so for the kernel, NumPy too. Python's library stands for whoever calls it; where it
        has business of its own with what was found, only the modules that are there to be called for that do.
        """
        if finding.key == "search-inputs":
            return True
        frame: FrameType | None = sys._getframe()
        while frame is not None:
            file = frame.f_code.co_filename
            if file.startswith("<frozen importlib"):
                return False
            if not standard(file) and file != __file__:
                return own(file)
            if not file.startswith("<") and basename(file) not in STANDING_IN.get(finding.key, (basename(file),)):
                return False
            frame = frame.f_back
        return False


_now: list[Search] = []
"""The search that goes on, if one does."""


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if _now and event in EVENTS:
        if event == "sys._getframe" and arguments[0].f_code.co_filename == __file__:
            return
        _now[-1].saw(event, arguments)


_listening: list[bool] = []


@contextmanager
def listening(search: Search) -> Iterator[None]:
    """While this lasts, what happens in this process is told to the search."""
    if not _listening:
        sys.addaudithook(_heard)  # stays until the process ends
        _listening.append(True)
    _now.append(search)
    try:
        yield
    finally:
        _now.remove(search)
