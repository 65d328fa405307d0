"""Which events are a fault of a kernel's, each just inside and just outside of what it may do."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from hardlab.kernels.watching.finding import Finding
from hardlab.kernels.watching.searching import COMPILERS, EVENTS, Search, listening
from hardlab.kernels.watching.whose import ROOT

FOLDER = Path("/tmp/of/inputs")


def finding(event: str, *arguments: Any, folder: Path | None = FOLDER, extents: Any = ((100, 200), (300, 301))) -> Any:
    """Its key and sentence, or None where it is no business of ours."""
    found = Search(folder, list(extents))._finding(event, arguments)
    return found and tuple(found)


def test_objects_and_frames() -> None:
    for event in ("gc.get_objects", "gc.get_referrers", "gc.get_referents"):
        assert finding(event) == ("search-objects", f"it went through the objects of the process ({event})")
    frames = ("search-frames", "it looked at the frames of its callers")
    assert finding("sys._getframe", None) == frames
    assert finding("sys._current_frames") == frames
    for name in ("tb_frame", "gi_frame", "cr_frame", "ag_frame"):
        assert finding("object.__getattr__", None, name) == frames
    assert finding("object.__getattr__", None, "f_code") is None
    assert finding("object.__getattr__", None, "frame") is None


@pytest.mark.parametrize("event", ["ctypes.cdata", "ctypes.string_at", "ctypes.wstring_at", "ctypes.PyObj_FromPtr"])
def test_memory_beside_the_operands(event: str) -> None:
    outside = ("search-memory", f"it read memory by its address ({event})")
    for address, found in (
        (99, outside),
        (100, None),
        (199, None),
        (200, outside),
        (300, None),
        (301, outside),
        ("100", outside),
    ):
        assert finding(event, address) == found
    assert finding(event) == outside
    assert finding(event, 100, extents=()) == outside


def test_processes_and_the_network() -> None:
    for event in ("subprocess.Popen", "os.system", "os.posix_spawn"):
        assert finding(event, "/bin/sh") == ("process", "it started the program sh")
        for program in COMPILERS:
            assert finding(event, f"/usr/bin/{program}") is None
        assert finding(event, "/usr/gcc/other") == ("process", "it started the program other")
    assert finding("os.fork") == finding("os.forkpty") == ("process", "it forked the process")
    assert finding("socket.connect", None, ("host", 80)) == ("network", "it connected to ('host', 80)")


@pytest.mark.parametrize(
    ("event", "name", "found"),
    [
        ("open", "/tmp/of/inputs/Q.npy", ("search-inputs", "it opened Q.npy in the folder of its inputs")),
        ("open", b"/tmp/of/inputs/Q.npy", ("search-inputs", "it opened Q.npy in the folder of its inputs")),
        ("open", Path("/tmp/of/inputs/../inputs/Q.npy"), ("search-inputs", "it opened Q.npy in the folder of its inputs")),
        ("os.listdir", "/tmp/of/inputs", ("search-files", "it listed the folder in which its inputs lie")),
        ("os.scandir", "/tmp/of/inputs/", ("search-files", "it listed the folder in which its inputs lie")),
        ("os.listdir", "/tmp/of", ("search-files", "it listed the folder in which its inputs lie")),
        ("open", "/tmp/of/inputs", None),
        ("open", "/tmp/of", None),
        ("os.listdir", "/tmp", None),
        ("open", "/tmp/of/other", None),
        ("open", "/tmp/of/inputs/deeper/x", None),
        ("open", 3, None),
        ("open", None, None),
        ("open", f"{ROOT}/hardlab/kernels/call.py", ("search-files", "it opened call.py of this lab")),
        ("os.listdir", f"{ROOT}/attention", ("search-files", "it listed attention of this lab")),
        ("open", f"{ROOT}/attention", ("search-files", "it opened attention of this lab")),
        ("open", f"{ROOT}/attention_of_others/x.py", None),
        ("open", f"{ROOT}/README.md", None),
        ("open", "/proc/self/mem", ("search-memory", "it opened /proc/self/mem")),
        ("open", "/proc/7/maps", ("search-memory", "it opened /proc/7/maps")),
        ("open", "/proc/self/status", None),
        ("open", "/data/mem", None),
    ],
)
def test_files(event: str, name: Any, found: Any) -> None:
    assert finding(event, name) == found


def test_without_a_folder() -> None:
    assert finding("open", "/tmp/of/inputs/Q.npy", folder=None) is None
    assert finding("os.listdir", "/tmp/of", folder=None) is None
    assert finding("open", "/proc/1/mem", folder=None) is not None


def test_each_finding_is_kept_once() -> None:
    search = Search(FOLDER, [])
    for name in ("Q.npy", "Q.npy", "K.npy"):
        search.saw("open", (str(FOLDER / name),))
    search.saw("open", ("/elsewhere",))
    assert [found.key for found in search.found] == ["search-inputs"] * 2
    assert Finding("search-inputs", "it opened K.npy in the folder of its inputs") == search.found[1]


def kernel(source: str, file: str) -> Any:
    """A function `kernel` whose code says that it is of that file."""
    names: dict[str, Any] = {}
    exec(compile(source, file, "exec"), names)
    return names["kernel"]


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("import gc\ndef kernel():\n    gc.get_objects()", "search-objects"),
        ("import sys\ndef kernel():\n    sys._getframe()", "search-frames"),
        ("import inspect\ndef kernel():\n    inspect.currentframe()", "search-frames"),
        ("import os\ndef kernel():\n    os.listdir('/tmp/of')", "search-files"),
        ("def kernel():\n    open('/proc/self/maps').close()", "search-memory"),
        ("import logging\ndef kernel():\n    logging.getLogger('x').findCaller()", None),
        ("def kernel():\n    open('/dev/null').close()", None),
    ],
)
def test_only_what_a_kernel_does_is_its_fault(source: str, key: str | None, tmp_path: Path) -> None:
    """The same in this lab's own code, or an installed library's, is none; neither is what happens before and after."""
    mine = kernel(source, str(tmp_path / "kernel.py"))
    search = Search(FOLDER, [])
    with listening(search):
        run(mine)
    assert [found.key for found in search.found] == ([] if key is None else [key])
    run(mine)
    assert len(search.found) == (key is not None)
    for file in (f"{ROOT}/hardlab/kernels/x.py", str(tmp_path / "site-packages" / "x.py")):
        others = Search(FOLDER, [])
        with listening(others):
            run(kernel(source, file))
        assert others.found == []


def run(function: Any) -> None:
    with suppress(OSError):
        function()


def test_the_inner_one_of_two_searches_hears() -> None:
    outer, inner = Search(FOLDER, []), Search(FOLDER, [])
    with listening(outer):
        with listening(inner):
            run(lambda: open(FOLDER / "Q.npy"))  # noqa: SIM115
        assert (len(outer.found), len(inner.found)) == (0, 1)
        run(lambda: open(FOLDER / "Q.npy"))  # noqa: SIM115
    assert (len(outer.found), len(inner.found)) == (1, 1)
    run(lambda: open(FOLDER / "K.npy"))  # noqa: SIM115
    assert len(outer.found) == 1
    assert "open" in EVENTS
