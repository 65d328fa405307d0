"""Trials in one's own tests."""

from unittest import SkipTest

import pytest

from hardlab.conformance.laws.checking import LAWS, check_laws

HERE = "tests.support.rules.hostile"


def said(name: str) -> dict[str, str]:
    """What each law comes to when it is called."""
    found = {}
    for law in check_laws(f"{HERE}:{name}", time=2.0, timeout=0.5, seed_of_check=3):
        try:
            law()
            found[str(law)] = "passed"
        except SkipTest:
            found[str(law)] = "skipped"
        except AssertionError:
            found[str(law)] = "failed"
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "failed", "passed"),
    [
        ("Same", set(), {"pure", "promise_is_kept", "size_is_exact", "complete", "sound"}),
        ("Changes", {"pure"}, set()),
        ("Parity", set(), {"decides", "witnesses"}),
        ("Denies", {"decides"}, {"witnesses"}),
        ("Ends", {"others"}, set()),
        ("Shrugs", {"decides"}, set()),
        ("OfEndless", {"sound"}, set()),
    ],
)
def test_each_law_says_its_own(name: str, failed: set[str], passed: set[str]) -> None:
    found = said(name)
    assert set(found) == {*LAWS, "others"}
    assert failed <= {law for law, what in found.items() if what == "failed"}
    assert passed <= {law for law, what in found.items() if what == "passed"}
    assert failed or not [law for law, what in found.items() if what == "failed"]
