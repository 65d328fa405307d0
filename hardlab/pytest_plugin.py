"""The plug-in for pytest, installed with the lab: a test marked with an attention kernel runs once for each check of it, and
one marked with a reduction or a solver once for each law.

    @pytest.mark.attention_kernel("mymodule:attention", dtype="float32", sizes=(16, 64))
    def test_my_attention(hardlab_check):
        hardlab_check()

    @pytest.mark.on_trial("mymodule:MyReduction", time=20)
    def test_my_reduction(hardlab_check):
        hardlab_check()

The first marker takes what `hardlab.conformance.check_algorithm` does: the kernel (a target, or a function at the top of a
module) and, by keywords, the conventions (scale, layout, dtype, seed, convention, features, device, backward), sizes, timeout,
memory, path, only, quick, forbid_library, seed_of_check. The second takes what `hardlab.conformance.check_laws` does: time,
timeout, memory, path, seed_of_check. A check that fails is a failed test with its reasons; one with nothing to check, as where
the kernel declines, is skipped with the reason.

Without a seed_of_check one is drawn, the same for all processes of pytest-xdist, which must collect the same tests; the reasons
of a failure end with it.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

FIXTURE = "hardlab_check"
KERNEL, TRIAL = "attention_kernel", "on_trial"
RUN_OF_XDIST = "PYTEST_XDIST_TESTRUNUID"
"""The variable in which pytest-xdist names a run to each of its processes."""


def pytest_configure(config: pytest.Config) -> None:
    for marker, of in ((f"{KERNEL}(kernel, **options)", "conformance check"), (f"{TRIAL}(rule, **options)", "law")):
        config.addinivalue_line("markers", f"{marker}: run the test once for each {of}, as its argument {FIXTURE}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if FIXTURE not in metafunc.fixturenames:
        return
    import pytest

    test = metafunc.definition.nodeid
    marker = next(filter(None, map(metafunc.definition.get_closest_marker, (KERNEL, TRIAL))), None)
    if marker is None:
        raise pytest.UsageError(f'{test} takes {FIXTURE}: mark it with @pytest.mark.{KERNEL}("KERNEL") or {TRIAL}("RULE")')
    options = {"seed_of_check": _seed(test), **marker.kwargs}
    try:
        checks = (_checks if marker.name == KERNEL else _laws)(marker.args, options)
    except (TypeError, ValueError) as error:
        raise pytest.UsageError(f"{test}: {marker.name}: {error}") from None
    metafunc.parametrize(FIXTURE, checks, ids=str)


def _checks(arguments: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
    from dataclasses import fields

    from hardlab.conformance import Conventions, check_algorithm  # a second to import, and this file is loaded in every run

    names = [field.name for field in fields(Conventions)]
    options["conventions"] = Conventions(**{name: options.pop(name) for name in names if name in options})
    return list(check_algorithm(*arguments, **options))


def _laws(arguments: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
    from hardlab.conformance import check_laws

    return list(check_laws(*arguments, **options))


def _seed(test: str) -> int | None:
    """The seed of a test in a run of pytest-xdist, None elsewhere."""
    run = os.environ.get(RUN_OF_XDIST)
    return None if run is None else int.from_bytes(sha256(f"{run} {test}".encode()).digest()[:8], "little")
