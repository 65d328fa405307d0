"""The plug-in for pytest, installed with the lab: a test marked with an attention kernel runs once for each check of it.

    @pytest.mark.attention_kernel("mymodule:attention", dtype="float32", sizes=(16, 64))
    def test_my_attention(hardlab_check):
        hardlab_check()

The marker takes what `hardlab.conformance.check_algorithm` does: the kernel (a target, or a function at the top of a module)
and, by keywords, the conventions (scale, layout, dtype, seed, convention, features, device, backward), sizes, timeout, memory,
path, only, quick, forbid_library, seed_of_check. A check that fails is a failed test with its reasons; one with nothing to
check, as where the kernel declines, is skipped with the reason.

Without a seed_of_check one is drawn, the same for all processes of pytest-xdist, which must collect the same tests; the reasons
of a failure end with it.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

FIXTURE = "hardlab_check"
MARKER = "attention_kernel"
RUN_OF_XDIST = "PYTEST_XDIST_TESTRUNUID"
"""The variable in which pytest-xdist names a run to each of its processes."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", f"{MARKER}(kernel, **options): run the test once for each conformance check, as its argument {FIXTURE}"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if FIXTURE not in metafunc.fixturenames:
        return
    from dataclasses import fields

    import pytest

    from hardlab.conformance import Conventions, check_algorithm  # a second to import, and this file is loaded in every run

    marker = metafunc.definition.get_closest_marker(MARKER)
    if marker is None:
        raise pytest.UsageError(f'{metafunc.definition.nodeid} takes {FIXTURE}: mark it with @pytest.mark.{MARKER}("KERNEL")')
    options = {"seed_of_check": _seed(metafunc.definition.nodeid), **marker.kwargs}
    names = [field.name for field in fields(Conventions)]
    try:
        options["conventions"] = Conventions(**{name: options.pop(name) for name in names if name in options})
        checks = list(check_algorithm(*marker.args, **options))
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: {MARKER}: {error}") from None
    metafunc.parametrize(FIXTURE, checks, ids=str)


def _seed(test: str) -> int | None:
    """The seed of a test in a run of pytest-xdist, None elsewhere."""
    run = os.environ.get(RUN_OF_XDIST)
    return None if run is None else int.from_bytes(sha256(f"{run} {test}".encode()).digest()[:8], "little")
