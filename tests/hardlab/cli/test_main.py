"""Every verb has a help with an example."""

import pytest

from tests.support.calling import Caller

VERBS = ("run", "decide", "reduce", "chains", "list", "graph", "verify", "replay", "check")


@pytest.mark.parametrize("verb", VERBS)
def test_help_has_an_example(call: Caller, verb: str) -> None:
    answer = call(verb, "--help")
    assert answer.code == 0
    assert f"hardlab {verb}" in answer.out.split("Example")[1]
    assert "--json" in answer.out


def test_without_a_verb_there_is_help(call: Caller) -> None:
    answer = call()
    assert answer.code == 0
    assert all(f"\n  {verb} " in answer.out for verb in VERBS)
