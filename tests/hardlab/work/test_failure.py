"""What the end of foreign code comes to: by its exit code, its last words, its exception."""

import pytest

from hardlab.work.failure import Failure, failure_of, failure_of_end, speaks_of_memory

MEMORY = 2**30


@pytest.mark.parametrize(
    ("code", "words", "kind", "reason"),
    [
        (0, "", "crashed", "the process ended with exit code 0"),
        (1, "", "crashed", "the process ended with exit code 1"),
        (3, "bye", "crashed", "the process ended with exit code 3; it said: bye"),
        (-9, "", "memory", "killed by SIGKILL, as systems do when memory runs out"),
        (-9, "bye", "memory", "killed by SIGKILL, as systems do when memory runs out; it said: bye"),
        (-11, "", "crashed", "killed by SIGSEGV"),
        (-1, "x", "crashed", "killed by SIGHUP; it said: x"),
        (-200, "", "crashed", "killed by signal 200"),
        (1, "MemoryError", "memory", "MemoryError (the limit is 1 GiB)"),
        (-11, "std::bad_alloc", "memory", "std::bad_alloc (the limit is 1 GiB)"),
        (0, "CUDA out of memory", "memory", "CUDA out of memory (the limit is 1 GiB)"),
    ],
)
def test_ends_of_processes(code: int, words: str, kind: str, reason: str) -> None:
    found = failure_of_end(code, words, MEMORY)
    assert (found.kind, found.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("text", "speaks"),
    [
        ("MemoryError", True),
        ("numpy._core._exceptions._ArrayMemoryError: x", True),
        ("what(): std::bad_alloc", True),
        ("Unable to allocate 3 GiB: no memory", True),
        ("cannot ALLOCate Memory", True),
        ("Out Of Memory", True),
        ("memory", False),
        ("allocation of shares", False),
        ("out of range", False),
        ("", False),
    ],
)
def test_words_about_memory(text: str, speaks: bool) -> None:
    assert speaks_of_memory(text) is speaks


class Declined(Exception):
    """Foreign code has its own class of that name."""


class TooLarge(Declined):
    pass


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (Declined("too\nlarge"), "declined", "too large"),
        (TooLarge("why"), "declined", "why"),
        (MemoryError("x"), "memory", "MemoryError: x"),
        (RuntimeError("bad_alloc"), "memory", "RuntimeError: bad_alloc"),
        (ValueError("no\n  good"), "raised", "ValueError: no good"),
        (SystemExit(3), "raised", "SystemExit: 3"),
    ],
)
def test_exceptions(error: BaseException, kind: str, reason: str) -> None:
    assert failure_of(error) == Failure(kind, reason)  # type: ignore[arg-type]
