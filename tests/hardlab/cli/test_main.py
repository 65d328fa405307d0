"""Every verb has a help with an example."""

import pytest

from hardlab.cli.main import VERBS
from tests.support.calling import Caller

STUDIES = ("study transition", "study exponent", "study frontier", "study plan")
WITHOUT_JSON = ("export", "report", "study")
"""What they make is a file, or made by verbs of their own."""


@pytest.mark.parametrize("verb", [*VERBS, *STUDIES])
def test_help_has_an_example(call: Caller, verb: str) -> None:
    answer = call(*verb.split(), "--help")
    assert answer.code == 0
    assert f"hardlab {verb}" in answer.out.split("Example")[1]
    assert ("\n  --json " in answer.out) is (verb not in WITHOUT_JSON)


def test_without_a_verb_there_is_help(call: Caller) -> None:
    answer = call()
    assert answer.code == 0
    assert all(f"\n  {verb} " in answer.out for verb in VERBS)
